"""Pictures from items: only what a browser shows as a picture, told by its first bytes and never by what it says."""

from __future__ import annotations

from starlette.responses import Response

from instep.core.model import Binary

_LARGEST = 8_000_000  # bytes; a picture beyond that is only named


def picture_type(data: bytes) -> str:
    """The media type of a JPEG, PNG, GIF or WebP picture by its first bytes; empty for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def is_picture(value: object) -> bool:
    """Tell whether a field's value is shown as a picture."""
    return isinstance(value, Binary) and len(value.data) <= _LARGEST and bool(picture_type(value.data))


def picture(value: object) -> Response | None:
    """Answer with a picture; ``None`` when the value is none that is shown."""
    if not isinstance(value, Binary) or not is_picture(value):
        return None
    return Response(value.data, media_type=picture_type(value.data))
