"""What can be told of an item of SmarterMail's at a glance, without reading it as a whole; keys in any case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from instep.core.model import Kind

Json = Mapping[str, Any]

_IDS: Final = {
    Kind.CONTACT: ("id", "contactid"),
    Kind.EVENT: ("id", "eventid"),
    Kind.TASK: ("id", "taskid"),
    Kind.NOTE: ("id", "noteid"),
}
_TITLES: Final = {
    Kind.CONTACT: ("displayas",),
    Kind.EVENT: ("subject", "title"),
    Kind.TASK: ("subject",),
    Kind.NOTE: ("subject",),
}
_NO_ID: Final = frozenset({"", "0", "00000000-0000-0000-0000-000000000000"})
_GROUP: Final = frozenset({"2", "group"})


def _lowered(item: Json) -> dict[str, Any]:
    return {key.lower(): value for key, value in item.items()}


def id_of(kind: Kind, item: Json) -> str | None:
    """Give the server's id of an item, ``None`` where it has none (null, 0, a GUID of noughts)."""
    keys = _lowered(item)
    for name in _IDS[kind]:
        value = keys.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and str(value) not in _NO_ID:
            return str(value)
    return None


def is_group(item: Json) -> bool:
    """Say whether a contact is a group of SmarterMail's, which holds no person."""
    return str(_lowered(item).get("contacttype")).lower() in _GROUP


def title_of(kind: Kind, item: Json) -> str:
    """Give the name under which a person sees an item in the web mail; empty where it has none."""
    keys = _lowered(item)
    names = (value for name in _TITLES[kind] if isinstance(value := keys.get(name), str))
    return next((" ".join(name.split()) for name in names if name.strip()), "")


def is_delegated(item: Json) -> bool:
    """Say whether a task was given to somebody by its owner, and so can only be read."""
    return says_something(_lowered(item).get("isdelegatedbyowner"))


def has_attendees(item: Json) -> bool:
    """Say whether anybody but its organizer is invited to an event; unclear entries count as somebody."""
    attendees = _lowered(item).get("attendees")
    if not isinstance(attendees, list):
        return says_something(attendees)
    return any(not isinstance(one, Mapping) or _lowered(one).get("isorganizer") is not True for one in attendees)


def is_series(item: Json) -> bool:
    """Say whether an event or a task is a series, or one occurrence of it."""
    keys = _lowered(item)
    if says_something(keys.get("recurrenceid")):
        return True
    said = keys.get("isrecurring")
    return said if isinstance(said, bool) else says_something(keys.get("recurrence"))


def says_something(value: Any) -> bool:
    """Say whether a value, or anything in it, is more than nothing, no, 0 or ``none``."""
    match value:
        case None | False | 0:
            return False
        case str():
            return value.lower() not in ("", "none")
        case Mapping():
            return any(says_something(part) for part in value.values())
        case list():
            return bool(value)
        case _:
            return True
