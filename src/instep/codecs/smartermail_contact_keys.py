"""Contact keys of which the names were never seen: used only where the live check saw a server keep them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import date
from typing import Any, Final

from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_json import Object, Pen, broken, text_of
from instep.codecs.smartermail_stamps import PLAIN, parsed
from instep.core.model import Binary, Contact, Typed

# Field -> keys that may hold it; what is a list in the model is one text there.
CANDIDATES: Final[dict[str, tuple[str, ...]]] = {
    "additional": ("middleName",),
    "prefixes": ("title", "namePrefix", "prefix"),
    "suffixes": ("suffix", "nameSuffix"),
    "nicknames": ("nickName",),
    "initials": ("initials",),
    "file_as": ("fileAs",),
    "departments": ("department",),
    "profession": ("profession",),
    "birthday": ("birthDate", "birthday", "dateOfBirth"),
    "anniversary": ("anniversary", "anniversaryDate"),
    "gender": ("gender",),
    "spouse": ("spouse", "spouseName"),
    "assistant": ("assistant", "assistantName"),
    "manager": ("manager", "managerName"),
    "messengers": ("imAddress", "instantMessenger"),
    "photo": ("photo", "image", "imageData"),
}
_LONGEST_PHOTO: Final = 20_000_000
_WORDS: Final = frozenset({"nicknames"})
_LISTS: Final = frozenset({"departments"})
_DATES: Final = frozenset({"birthday", "anniversary"})


def key_for(field: str, dialect: Dialect) -> str | None:
    """Give the key that holds a field on this server, ``None`` where none is known."""
    return next((key for key in CANDIDATES.get(field, ()) if key.lower() in dialect.contact_keys), None)


def more_of(object: Object, dialect: Dialect) -> dict[str, Any]:
    """Give the fields of a contact that stand under such keys."""
    found: dict[str, Any] = {}
    for field in CANDIDATES:
        key = key_for(field, dialect)
        if key is not None and (text := text_of(object, key, longest=_LONGEST_PHOTO).strip()):
            found[field] = _meant(field, key, text)
    return found


def _meant(field: str, key: str, text: str) -> Any:
    if field == "photo":
        return _photo(key, text)
    if field == "messengers":
        return (Typed(text),)
    if field in _WORDS:
        return tuple(word.strip() for word in text.split(",") if word.strip())
    if field in _LISTS:
        return (text,)
    if field in _DATES:
        stamp = parsed(text)
        if stamp is not None:
            return stamp.local.date().isoformat() if stamp.local.year > 1 else ""
    return text


def _photo(key: str, text: str) -> Binary:
    """The bytes of a picture, which stands there as base64, alone or as a ``data:`` address."""
    head, _, data = text.partition(",") if text.startswith("data:") else ("", "", text)
    try:
        return Binary(b64decode(data, validate=True), media_type=head[5:].split(";")[0])
    except ValueError:
        raise broken(key, "holds text that is no picture") from None


def put_more(pen: Pen, field: str, new: Contact, dialect: Dialect) -> None:
    """Write a changed field under its key; a date without a year, which has no form there, is left as it was."""
    key = key_for(field, dialect)
    if key is None:
        return
    value = getattr(new, field)
    if field in _DATES and value:
        stamp, there = parsed(value), parsed(text_of(pen.object, key).strip())
        if stamp is None or not _is_day(value):
            return
        value = (there or PLAIN).at(stamp.local).text()
    elif field in _WORDS:
        value = ", ".join(value)
    elif field in _LISTS:
        value = value[0] if value else ""
    elif field == "messengers":
        value = value[0].value if value else ""
    elif field == "photo":
        if value is not None and not value.data:
            return
        held = text_of(pen.object, key, longest=_LONGEST_PHOTO)
        head = f"data:{value.media_type or 'image/jpeg'};base64," if value and held.startswith("data:") else ""
        value = head + b64encode(value.data).decode("ascii") if value is not None else ""
    pen.put(key, value)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
