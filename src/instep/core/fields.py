"""The field table: for every kind its fields with label, shape, merge group, and how values are told apart.

``same`` is equality by meaning (RULES 2): white space at line ends, the order of sets, case in sets of words, a
moment written in another zone are no difference. ``alike`` is looser and serves first matching only.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from enum import StrEnum
from functools import lru_cache
from typing import Any

from instep.core.model import (
    Address,
    Alarm,
    Attendee,
    Binary,
    Contact,
    Event,
    Extra,
    Item,
    Kind,
    Member,
    Moment,
    Note,
    Override,
    Task,
    Typed,
    kind_of,
)
from instep.core.moments import same_moment


class Shape(StrEnum):
    """What a field's value is."""

    TEXT = "text"
    LONG_TEXT = "long text"
    CHOICE = "choice"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    MOMENT = "moment"
    WORDS = "words"  # a set of texts: case and order mean nothing
    LIST = "list"  # texts whose order means something
    MOMENTS = "moments"  # a set of moments
    ELEMENTS = "elements"  # a set of compound values, merged one by one
    BINARY = "binary"
    COMPOUND = "compound"  # one compound value, replaced as a whole


def _no_key(value: Hashable) -> Hashable:
    return value


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind. ``group`` names the fields that merge and clash together (RULES 4).

    For ``ELEMENTS``: ``key`` is the identity of an element by its content, ``slot`` the place it fills (its types).
    """

    name: str
    label: str
    shape: Shape = Shape.TEXT
    group: str = ""
    key: Callable[[Any], Hashable] = _no_key
    slot: Callable[[Any], Hashable] = _no_key

    @property
    def clash_group(self) -> str:
        """The name under which a clash of this field is asked."""
        return self.group or self.name


def digits(number: str) -> str:
    """A telephone number without its decoration: what is dialled."""
    kept = "".join(c for c in number if c.isalnum() or c in "+*#").lower()
    return kept or number.strip().lower()


def _typed_key(element: Typed) -> Hashable:
    return element.value.strip().casefold()


def _telephone_key(element: Typed) -> Hashable:
    return digits(element.value.removeprefix("tel:"))


def _typed_slot(element: Typed | Address) -> Hashable:
    return tuple(sorted(element.types)), element.label


def _address_key(element: Address) -> Hashable:
    parts = (element.street, element.city, element.region, element.code, element.country, element.box, element.extended)
    return tuple(" ".join(p.split()).casefold() for p in parts)


def _binary_key(element: Binary) -> Hashable:
    return element.data or element.uri


def _binary_slot(element: Binary) -> Hashable:
    return element.name


def _extra_key(element: Extra) -> Hashable:
    return element.name, element.value, element.params


def _extra_slot(element: Extra) -> Hashable:
    return element.name


def _member_key(element: Member) -> Hashable:
    return element.address.casefold()


def _attendee_key(element: Attendee) -> Hashable:
    return element.address.casefold()


def _one_slot(element: object) -> Hashable:
    return None


def _no_slot(element: object) -> Hashable:
    return element


def _alarm_key(element: Alarm) -> Hashable:
    return element.trigger, element.related_end, element.action


def _alarm_slot(element: Alarm) -> Hashable:
    return element.action


def override_key(element: Override) -> Hashable:
    """Which occurrence an override stands for: its wall time (a zone is the series' own) or date."""
    return element.recurrence_id.local.isoformat(), element.and_future


T = Shape.TEXT
_CONTACT = (
    Field("is_group", "Group", Shape.FLAG),
    Field("formatted_name", "Full Name", group="name"),
    Field("family", "Last Name", group="name"),
    Field("given", "First Name", group="name"),
    Field("additional", "Middle Name", group="name"),
    Field("prefixes", "Title", group="name"),
    Field("suffixes", "Suffix", group="name"),
    Field("file_as", "File As"),
    Field("initials", "Initials"),
    Field("nicknames", "Nickname", Shape.WORDS),
    Field("phonetic_family", "Phonetic Last Name", group="phonetic name"),
    Field("phonetic_given", "Phonetic First Name", group="phonetic name"),
    Field("phonetic_company", "Phonetic Company"),
    Field("emails", "E-mail", Shape.ELEMENTS, key=_typed_key, slot=_typed_slot),
    Field("telephones", "Telephone", Shape.ELEMENTS, key=_telephone_key, slot=_typed_slot),
    Field("addresses", "Address", Shape.ELEMENTS, key=_address_key, slot=_typed_slot),
    Field("messengers", "Messenger", Shape.ELEMENTS, key=_typed_key, slot=_typed_slot),
    Field("urls", "Web Page", Shape.ELEMENTS, key=_typed_key, slot=_typed_slot),
    Field("company", "Company"),
    Field("departments", "Department", Shape.LIST),
    Field("job_title", "Job Title"),
    Field("profession", "Profession"),
    Field("birthday", "Birthday", Shape.DATE),
    Field("anniversary", "Anniversary", Shape.DATE),
    Field("gender", "Gender", Shape.CHOICE),
    Field("spouse", "Spouse"),
    Field("assistant", "Assistant"),
    Field("manager", "Manager"),
    Field("categories", "Categories", Shape.WORDS),
    Field("sensitivity", "Sensitivity", Shape.CHOICE),
    Field("note", "Notes", Shape.LONG_TEXT),
    Field("photo", "Photo", Shape.BINARY),
    Field("keys", "Certificates", Shape.ELEMENTS, key=_binary_key, slot=_binary_slot),
    Field("members", "Members", Shape.ELEMENTS, key=_member_key, slot=_no_slot),
    Field("extra", "Other Properties", Shape.ELEMENTS, key=_extra_key, slot=_extra_slot),
)
_CALENDAR_HEAD = (
    Field("summary", "Subject"),
    Field("location", "Location"),
    Field("description", "Description", Shape.LONG_TEXT),
    Field("html", "Formatted Description", Shape.LONG_TEXT),
)
_SERIES = (
    Field("rules", "Repeats", Shape.LIST, group="recurrence"),
    Field("rdates", "Additional Dates", Shape.MOMENTS, group="recurrence"),
    Field("exdates", "Left-out Dates", Shape.MOMENTS),
    Field("exceptions", "Exceptions", Shape.ELEMENTS, key=override_key, slot=_no_slot),
)
_CALENDAR_TAIL = (
    Field("priority", "Priority", Shape.NUMBER),
    Field("sensitivity", "Sensitivity", Shape.CHOICE),
    Field("categories", "Categories", Shape.WORDS),
    Field("color", "Color"),
    Field("url", "Web Page"),
    Field("geo", "Coordinates"),
    Field("organizer", "Organizer", Shape.COMPOUND),
    Field("attendees", "Attendees", Shape.ELEMENTS, key=_attendee_key, slot=_no_slot),
    Field("alarms", "Reminders", Shape.ELEMENTS, key=_alarm_key, slot=_alarm_slot),
    Field("attachments", "Attachments", Shape.ELEMENTS, key=_binary_key, slot=_binary_slot),
    Field("extra", "Other Properties", Shape.ELEMENTS, key=_extra_key, slot=_extra_slot),
    Field("headless", "Exceptions only", Shape.FLAG),
)
_EVENT = (
    *_CALENDAR_HEAD,
    Field("start", "Start", Shape.MOMENT, group="schedule"),
    Field("end", "End", Shape.MOMENT, group="schedule"),
    *_SERIES,
    Field("status", "Status", Shape.CHOICE),
    Field("transparency", "Show As", Shape.CHOICE, group="show as"),
    Field("busy", "Busy Status", Shape.CHOICE, group="show as"),
    *_CALENDAR_TAIL,
)
_TASK = (
    *_CALENDAR_HEAD,
    Field("start", "Start", Shape.MOMENT, group="schedule"),
    Field("due", "Due", Shape.MOMENT, group="schedule"),
    *_SERIES,
    Field("status", "Status", Shape.CHOICE, group="progress"),
    Field("percent", "% Complete", Shape.NUMBER, group="progress"),
    Field("completed", "Completed", Shape.MOMENT, group="progress"),
    *_CALENDAR_TAIL,
)
_NOTE = (
    Field("title", "Title"),
    Field("body", "Text", Shape.LONG_TEXT),
    Field("date", "Date", Shape.MOMENT),
    Field("categories", "Categories", Shape.WORDS),
    Field("color", "Color"),
    Field("status", "Status", Shape.CHOICE),
    Field("sensitivity", "Sensitivity", Shape.CHOICE),
    Field("attachments", "Attachments", Shape.ELEMENTS, key=_binary_key, slot=_binary_slot),
    Field("extra", "Other Properties", Shape.ELEMENTS, key=_extra_key, slot=_extra_slot),
)

FIELDS: dict[Kind, tuple[Field, ...]] = {
    Kind.CONTACT: _CONTACT,
    Kind.EVENT: _EVENT,
    Kind.TASK: _TASK,
    Kind.NOTE: _NOTE,
}
GROUP_LABELS = {
    "name": "Name",
    "phonetic name": "Phonetic Name",
    "schedule": "Time",
    "recurrence": "Recurrence",
    "series": "Series",
    "exceptions": "Exceptions",
    "progress": "Progress",
    "show as": "Show As",
}
WIDER_GROUPS = {
    "series": frozenset({"start", "end", "due", "rules", "rdates", "exdates", "exceptions"}),
    "exceptions": frozenset({"exdates", "exceptions"}),
}
"""The fields of the groups that clash as one in a series though each merges under its own name else (RULES 4)."""
EMPTY: dict[Shape, Any] = {
    Shape.TEXT: "",
    Shape.LONG_TEXT: "",
    Shape.CHOICE: "",
    Shape.NUMBER: None,
    Shape.FLAG: False,
    Shape.DATE: "",
    Shape.MOMENT: None,
    Shape.WORDS: (),
    Shape.LIST: (),
    Shape.MOMENTS: (),
    Shape.ELEMENTS: (),
    Shape.BINARY: None,
    Shape.COMPOUND: None,
}


def fields_of(item: Item) -> tuple[Field, ...]:
    """The fields of the item's kind, in the order people read them."""
    return FIELDS[kind_of(item)]


def is_empty(value: Any) -> bool:
    """True for what says nothing: ``""``, ``None``, ``()``, ``False``; a number 0 says something."""
    return value is None or value is False or value == "" or value == ()


@lru_cache(maxsize=4096)
def _tidy(text: str) -> str:
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def _words(value: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_tidy(w).strip().casefold() for w in value)


def same_part(a: Any, b: Any) -> bool:
    """Equality by meaning of two values of any one type found inside items."""
    if a is b:
        return True
    match a, b:
        case str(), str():
            return a == b or _tidy(a) == _tidy(b)
        case Moment(), Moment():
            return same_moment(a, b)
        case Override(), Override():
            return (
                a.and_future == b.and_future
                and same_part(a.recurrence_id, b.recurrence_id)
                and same_item(a.item, b.item)
            )
        case (Typed(), Typed()) | (Address(), Address()) | (Attendee(), Attendee()) | (Alarm(), Alarm()):
            return all(same_part(getattr(a, f.name), getattr(b, f.name)) for f in dataclass_fields(a))
        case tuple(), tuple():
            return sorted(a) == sorted(b)  # an alarm's recipients
        case _:
            return bool(a == b)


def same(field: Field, a: Any, b: Any) -> bool:
    """Equality by meaning of two values of one field."""
    if a is b or a == b:
        return True
    match field.shape:
        case Shape.WORDS:
            return _words(a) == _words(b)
        case Shape.MOMENTS | Shape.ELEMENTS:
            return _same_set(a, b)
        case Shape.LIST:
            return len(a) == len(b) and all(same_part(x, y) for x, y in zip(a, b))
        case Shape.CHOICE:
            return bool(a.casefold() == b.casefold())
        case _:
            return same_part(a, b)


def _same_set(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    if len(a) != len(b):
        return False
    rest = list(b)
    for x in a:
        for i, y in enumerate(rest):
            if same_part(x, y):
                del rest[i]
                break
        else:
            return False
    return True


def same_item(a: Item, b: Item) -> bool:
    """Equality by meaning of two items of one kind; the uid is no field and counts not."""
    return kind_of(a) is kind_of(b) and all(same(f, getattr(a, f.name), getattr(b, f.name)) for f in fields_of(a))


__all__ = [
    "EMPTY",
    "FIELDS",
    "GROUP_LABELS",
    "WIDER_GROUPS",
    "Contact",
    "Event",
    "Field",
    "Note",
    "Shape",
    "Task",
    "digits",
    "fields_of",
    "is_empty",
    "override_key",
    "same",
    "same_item",
    "same_part",
]
