"""The keys that the server knows of each kind, and what it does with an object that somebody sends.

As in other servers of its making, keys are found in any case, unknown ones are thrown away, null stands for the empty
value of a text or list, and a value of a wrong type refuses the whole request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from instep.core.model import Kind
from instep.testing.smartermail.exchange import Json, Refusal

CONTACT: Final[Json] = {
    "uid": "",
    "displayAs": "",
    "title": "",
    "firstName": "",
    "middleName": "",
    "lastName": "",
    "suffix": "",
    "nickname": "",
    "company": "",
    "department": "",
    "jobTitle": "",
    "emailAddressList": [],
    "phoneNumberList": [],
    "homeStreet": "",
    "homeCity": "",
    "homeState": "",  # codespell:ignore
    "homeZip": "",
    "homeCountry": "",
    "busStreet": "",
    "busCity": "",
    "busState": "",
    "busZip": "",
    "busCountry": "",
    "webPage": "",
    "imAddress": "",
    "birthDate": None,
    "spouseName": "",
    "additionalInfo": "",
    "isHtml": False,
    "imageBase64": "",
    "categoriesString": "",
    "flagInfo": None,
    "contactType": 0,
    "groupedContacts": [],
    "syncTag": "",
}
EVENT: Final[Json] = {
    "uid": "",
    "subject": "",
    "description": "",
    "location": "",
    "conferenceRoom": "",
    "allDay": False,
    "start": None,
    "end": None,
    "status": 1,
    "meetingStatus": 0,
    "availability": 2,
    "isTentative": False,
    "isPrivate": False,
    "organizerName": "",
    "organizerEmail": "",
    "recurrence": None,
    "reminder": None,
    "emailNotification": "",
    "emailNotificationEnabled": False,
    "attendees": [],
    "meetingUrl": "",
    "categoriesString": "",
    "attachedFiles": [],
    "hideOnPhones": False,
}
TASK: Final[Json] = {
    "uid": "",
    "subject": "",
    "description": "",
    "status": 0,
    "percentComplete": 0,
    "priority": 5,
    "start": None,
    "due": None,
    "useDateTime": False,
    "reminder": None,
    "reminderSet": False,
    "categoriesString": "",
    "isDelegatedByOwner": False,
    "recurrence": None,
    "attachments": [],
    "boardColumn": "",
}
NOTE: Final[Json] = {
    "subject": "",
    "text": "",
    "isPlainText": True,
    "color": "white",
    "categoriesString": "",
    "hasAttachments": False,
    "attachments": [],
    "pinned": False,
}
SHAPES: Final[dict[Kind, Json]] = {Kind.CONTACT: CONTACT, Kind.EVENT: EVENT, Kind.TASK: TASK, Kind.NOTE: NOTE}
NOTE_COLORS: Final = ("white", "yellow", "pink", "green", "blue")


def key(content: Mapping[str, Any], name: str, otherwise: Any = None) -> Any:
    """Give the value of a key, whatever its case."""
    if name in content:
        return content[name]
    wanted = name.lower()
    return next((value for known, value in content.items() if known.lower() == wanted), otherwise)


def has(content: Mapping[str, Any], name: str) -> bool:
    """Whether a key is there, whatever its case."""
    return any(known.lower() == name.lower() for known in content)


def taken(shape: Json, content: Mapping[str, Any], onto: Mapping[str, Any]) -> Json:
    """Give an object of the shape with what ``content`` says, and ``onto`` (or the empty value) where it is silent.

    Raises ``Refusal`` (400) for a value of a wrong type.
    """
    said = {known.lower(): value for known, value in content.items()}
    out: Json = {}
    for name, empty in shape.items():
        if name.lower() in said:
            out[name] = _typed(name, empty, said[name.lower()])
        else:
            out[name] = onto.get(name, _fresh(empty))
    return out


def whole(kind: Kind, content: Mapping[str, Any]) -> Json:
    """Give a whole object of a kind; raises ``Refusal`` (400) for a value of a wrong type."""
    return taken(SHAPES[kind], content, {})


def _fresh(empty: Any) -> Any:
    return list(empty) if isinstance(empty, list) else empty


def _typed(name: str, empty: Any, value: Any) -> Any:
    match empty:
        case bool():
            if isinstance(value, bool):
                return value
        case int():
            if isinstance(value, int) and not isinstance(value, bool):
                return value
            if isinstance(value, str) and value.lstrip("-").isdigit():
                return int(value)
        case str():
            if value is None:
                return ""
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                return str(value)
        case list():
            if value is None:
                return []
            if isinstance(value, list):
                return value
        case _:
            return value
    raise Refusal(400, f"Error converting value {type(value).__name__}. Path '{name}'.")
