"""What is shown as a picture: told by its bytes, whatever a document says that it is."""

from __future__ import annotations

import pytest

from instep.core.model import Binary
from instep.testing.builders import PIXEL
from instep.web.pictures import is_picture, picture, picture_type

BYTES = {
    "a PNG": (PIXEL, "image/png"),
    "a JPEG": (b"\xff\xd8\xff\xe0 and so on", "image/jpeg"),
    "a GIF": (b"GIF89a and so on", "image/gif"),
    "a WebP": (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    "a sound in the same wrapping": (b"RIFF\x10\0\0\0WAVEfmt ", ""),
    "a drawing, which could hold a script": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
    "a page": (b"<!doctype html><script>alert(1)</script>", ""),
    "a page behind a few letters": (b"GIF8<script>", ""),
    "nothing": (b"", ""),
}


@pytest.mark.parametrize(("data", "shown_as"), BYTES.values(), ids=BYTES.keys())
def test_only_pictures_that_every_browser_shows_are_shown(data: bytes, shown_as: str) -> None:
    assert picture_type(data) == shown_as
    answer = picture(Binary(data, media_type="image/png"))
    assert (answer.headers["content-type"] if answer else "") == shown_as


def test_a_picture_elsewhere_or_too_large_is_not_fetched_nor_shown() -> None:
    assert not is_picture(Binary(uri="https://elsewhere.test/x.png"))
    assert not is_picture(Binary(PIXEL + b"x" * 8_000_000))
    assert picture(None) is None and picture("text") is None
