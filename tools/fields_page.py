"""Write docs/reference/fields.md from the field table, so that the page says what the program does."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from instep.codecs import icalendar, vcard
from instep.connectors.files.replica import NOTE_LIMITS
from instep.core.fields import FIELDS, GROUP_LABELS, Field, Shape
from instep.core.model import (
    Address,
    Alarm,
    Attendee,
    Binary,
    Contact,
    Event,
    Item,
    Kind,
    Moment,
    Note,
    Task,
    Typed,
)

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "fields.md"
_HEAD = """\
# What each field becomes on each side

What Instep compares and merges, for each kind, and what it becomes in a file or on a server. Comparison is by meaning:
white space at line ends, the order of a set, or an instant written in another time zone is no difference. Everything
that a document says and that has no field here is kept under *Other Properties*.

Fields of one group merge and clash together. The name in the second column is what `instep resolve --take` takes, or
the group's name for a field of a group. The last column names the lines of a vCard or iCalendar document that hold the
field, the same in a file on the desktop and on a CalDAV/CardDAV server; where vCard 4.0 writes it otherwise than 3.0,
both are named.

## What each side can hold
| side | contacts | appointments | tasks | notes |
|---|---|---|---|---|
| desktop: `.vcf` and `.ics` files | all fields | all fields | all fields | all fields |
| desktop: `.md` and `.txt` files | | | | {held}; not {lacking} |
| CardDAV server | all fields | | | |
| CalDAV server | | all fields | all fields | all fields, in a collection that takes VJOURNAL |
| SmarterMail | [another page](smartermail-fields.md#contacts) | [another page](smartermail-fields.md#appointments) | \
[another page](smartermail-fields.md#tasks) | [another page](smartermail-fields.md#notes) |
| Outlook | not yet | not yet | not yet | not yet |

*All fields* is what the format has room for, and what Instep writes. A server may still drop or rewrite what it does
not know. Instep looks at what the server made of each write and remembers that, so it is taken for no edit of yours and
[nothing is lost on the other side](../explanation/two-memories.md). What one side cannot hold stays on the other, also
when the item is edited here or there; `instep verify` counts such items as *held*. In `.md` and `.txt` files the first
line is the title.
"""
_HOW = {
    Shape.TEXT: "text",
    Shape.LONG_TEXT: "text of several lines",
    Shape.CHOICE: "one of several words",
    Shape.NUMBER: "number",
    Shape.FLAG: "yes or no",
    Shape.DATE: "date",
    Shape.MOMENT: "date, or time in a zone",
    Shape.WORDS: "set of words, merged one by one",
    Shape.LIST: "list in order",
    Shape.MOMENTS: "set of dates or times",
    Shape.ELEMENTS: "set, merged one by one",
    Shape.BINARY: "data, compared by its bytes",
    Shape.COMPOUND: "one value, taken as a whole",
}

_DAY, _TIME = Moment(date(2026, 3, 2)), Moment(datetime(2026, 3, 2, 10, 0), "UTC")
_LATER = Moment(datetime(2026, 3, 9, 10, 0), "UTC")
_BASES: dict[Kind, Item] = {
    Kind.CONTACT: Contact("u", formatted_name="A B", family="B", given="A"),
    Kind.EVENT: Event("u", "A", start=_TIME, end=Moment(datetime(2026, 3, 2, 11, 0), "UTC")),
    Kind.TASK: Task("u", "A"),
    Kind.NOTE: Note("u", "A"),
}
_BY_SHAPE: dict[Shape, Any] = {
    Shape.TEXT: "Z",
    Shape.LONG_TEXT: "Z",
    Shape.CHOICE: "PRIVATE",
    Shape.NUMBER: 5,
    Shape.FLAG: True,
    Shape.DATE: "1980-02-28",
    Shape.MOMENT: _DAY,
    Shape.WORDS: ("Z",),
    Shape.LIST: ("Z",),
    Shape.MOMENTS: (_LATER,),
    Shape.BINARY: Binary(b"z", media_type="image/png"),
}
_BY_NAME: dict[str, Any] = {
    "formatted_name": "Z",
    "addresses": (Address("Z"),),
    "messengers": (Typed("xmpp:z@example.org"),),
    "emails": (Typed("z@example.org"),),
    "urls": (Typed("https://example.org/"),),
    "telephones": (Typed("+1"),),
    "gender": "F",
    "keys": (Binary(b"z", media_type="application/pkix-cert"),),
    "rules": ("FREQ=DAILY",),
    "transparency": "TRANSPARENT",
    "busy": "TENTATIVE",
    "geo": "1.0;2.0",
    "organizer": Attendee("z@example.org"),
    "attendees": (Attendee("z@example.org"),),
    "alarms": (Alarm(-900),),
    "attachments": (Binary(uri="https://example.org/z"),),
    "completed": _TIME,
    "end": _LATER,
    "start": _LATER,
}
_FIXED = {
    "extra": "any other line, as it is",
    "exceptions": "a component with `RECURRENCE-ID`",
    "headless": "no component without `RECURRENCE-ID`",
    "members": "`MEMBER` (4.0), `X-ADDRESSBOOKSERVER-MEMBER` (3.0)",
}


def _documents(kind: Kind, item: Any) -> dict[str, bytes]:
    if kind is Kind.CONTACT:
        return {version: vcard.write(item, version=version) for version in ("3.0", "4.0")}
    return {"": icalendar.write(item)}


def _lines(document: bytes) -> Counter[bytes]:
    return Counter(document.replace(b"\r\n ", b"").split(b"\r\n"))


def _names(before: bytes, after: bytes) -> list[str]:
    """The properties of the lines that a field adds or changes; a component's own name for what is in one."""
    new = [line for line in after.replace(b"\r\n ", b"").split(b"\r\n") if line not in _lines(before)]
    if b"BEGIN:VALARM" in new:
        return ["VALARM"]
    names = [line.replace(b";", b":").partition(b":")[0].decode().rpartition(".")[2] for line in new]
    return list(dict.fromkeys(name for name in names if name not in ("BEGIN", "END", "")))


def sample(field: Field) -> Any:
    """Give a value that a field of this name and shape may have."""
    return _BY_NAME.get(field.name, _BY_SHAPE.get(field.shape))


def becomes(kind: Kind, field: Field) -> str:
    """Tell which lines of a document hold a field, by writing one."""
    if field.name in _FIXED:
        return _FIXED[field.name]
    base, value = _BASES[kind], sample(field)
    was, now = _documents(kind, base), _documents(kind, replace(base, **{field.name: value}))
    told = {version: ", ".join(f"`{name}`" for name in _names(was[version], now[version])) for version in now}
    if not all(told.values()):
        raise SystemExit(f"No line holds {kind.value}: {field.name} ({told}); give it a sample.")
    if len(set(told.values())) == 1:
        return next(iter(told.values()))
    return ", ".join(f"{names} ({version})" for version, names in reversed(told.items()))


def page() -> str:
    """Give the whole page as Markdown."""
    lacking = [field.label for field in FIELDS[Kind.NOTE] if field.name in NOTE_LIMITS]
    held = [field.label for field in FIELDS[Kind.NOTE] if field.name not in NOTE_LIMITS]
    parts = [_HEAD.format(held=" and ".join(held), lacking=", ".join(lacking))]
    for kind, fields in FIELDS.items():
        parts.append(f"\n## {kind.value.capitalize()}\n")
        parts.append("| field | name | value | group | in a document |\n|---|---|---|---|---|\n")
        parts += [
            f"| {field.label} | `{field.name}` | {_HOW[field.shape]} | {GROUP_LABELS.get(field.group, '')} "
            f"| {becomes(kind, field)} |\n"
            for field in fields
        ]
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(0 if PAGE.write_text(page(), encoding="utf-8") else 1)
