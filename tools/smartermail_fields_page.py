"""Write docs/reference/smartermail-fields.md from the lenses, so that the page says what the program does."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from fields_page import becomes, sample
from instep.codecs import smartermail
from instep.codecs.smartermail_contact_keys import CANDIDATES
from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_digest import VOLATILE
from instep.core.fields import FIELDS, Field
from instep.core.limits import Limit
from instep.core.model import Address, Alarm, Contact, Event, Kind, Moment, Note, Task, Typed
from instep.errors import CodecError

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "smartermail-fields.md"
_HEAD = """\
# What each field becomes in SmarterMail

SmarterMail is reached in two ways: over CardDAV and CalDAV, or over the interface of its own web mail (REST). This page
says which key of a REST object holds which field, and which line of a vCard or iCalendar document holds it over DAV.
Keys are found in camelCase or PascalCase. Instep sends back the whole object that it has read: a key that it does not
know, and one that a change does not concern, go back exactly as they came.

No SmarterMail was at hand when this was written. Where public sources say nothing, or contradict each other, nothing is
written by guess; the live check (`instep doctor smartermail NAME`) finds out more about one server, and Instep uses
what it found.

A field that REST does not hold stays on the desktop, also when the item is edited here or there; `instep verify` counts
it as *held*.
"""
_KEPT = "stays on the desktop"
_NOTES: dict[tuple[Kind, str], str] = {
    (Kind.CONTACT, "is_group"): "stays where it is, here or there: over REST only the web mail knows its members",
    (Kind.CONTACT, "formatted_name"): "made of name, company, e-mail or telephone where it is empty",
    (Kind.CONTACT, "telephones"): (
        "each keeps its own form. A type that is a word (`Home`) is read and written; a type that is a number is left "
        "as it is, and a new telephone gets none where the server writes numbers: its types stay on the desktop"
    ),
    (Kind.CONTACT, "addresses"): "one at home and one at work; others, and P.O. boxes, stay on the desktop",
    (Kind.CONTACT, "urls"): "one; others stay on the desktop",
    (Kind.CONTACT, "categories"): "between semicolons, or between commas where there are none",
    (Kind.CONTACT, "note"): (
        "HTML is read as plain text and stays as it is until the text changes; then the change is made in the markup, "
        "or, where it cannot be, the note becomes plain text"
    ),
    (Kind.EVENT, "location"): "the conference room is another key and never touched; a booked room shows as attendee",
    (Kind.EVENT, "description"): "plain, or HTML by its looks or by `isHtml`; edited as a contact's notes",
    (Kind.EVENT, "start"): "the zone and the form of the time keep their spelling; a time without a zone is refused",
    (Kind.EVENT, "end"): "of whole days the day after, or the last day where the server writes it so",
    (
        Kind.EVENT,
        "rules",
    ): "in a form that the live check has proved; else left to CalDAV: it stays where it is",
    (Kind.EVENT, "rdates"): "left to CalDAV: the series stays where it is",
    (Kind.EVENT, "exdates"): "left to CalDAV: the series stays where it is",
    (Kind.EVENT, "exceptions"): "left to CalDAV: the series stays where it is",
    (Kind.EVENT, "headless"): "left to CalDAV: the series stays where it is",
    (Kind.EVENT, "status"): "1 is confirmed, which is read as no status",
    (Kind.EVENT, "sensitivity"): "private or not",
    (Kind.EVENT, "alarms"): "one, in whole minutes before the start; 0 is read as none",
    (Kind.EVENT, "organizer"): "read and shown, never written",
    (Kind.EVENT, "attendees"): "read and shown, never written: a change of guests stays on the desktop",
    (Kind.TASK, "description"): "HTML, as a contact's notes; a new text of several lines is written as HTML",
    (Kind.TASK, "start"): "a start that only repeats the due date is read as none: one is written beside each due date",
    (Kind.TASK, "due"): "midnight is a date; a time is written in UTC; nothing is read where `useDateTime` is false",
    (Kind.TASK, "status"): "0 not started (read as no status), 1 in progress, 2 completed, 3 cancelled",
    (Kind.TASK, "percent"): "0 is read as nothing; 100 is written with a task that is completed without saying so",
    (Kind.TASK, "priority"): (
        "10 (highest) is 1, 9 is 2, 8 is 3, 7 and 6 are 4, 5 is none, 4 is 6, 3 is 7, 2 is 8, 1 and 0 are 9; the "
        "number stays as it is until the priority changes"
    ),
    (Kind.TASK, "alarms"): (
        "one, as minutes or as a time, whichever the task or the server shows; where neither does, it stays outside"
    ),
    (Kind.TASK, "rules"): "stays with SmarterMail, untouched",
    (Kind.TASK, "attachments"): "stays with SmarterMail, untouched",
    (Kind.TASK, "headless"): "refused",
    (Kind.NOTE, "title"): "where there is no subject, the first line of the text",
    (Kind.NOTE, "body"): "without a first line that repeats the subject; HTML as a contact's notes",
    (Kind.NOTE, "color"): "white (read as none), yellow, pink, green, blue; any other stays where it is",
}


def _at(hour: int) -> datetime:
    return datetime(2026, 3, 2, hour)


_PROVEN = Dialect("word", frozenset(k.lower() for keys in CANDIDATES.values() for k in keys), "rrule", "minutes")
_START, _END = Moment(_at(10), "UTC"), Moment(_at(11), "UTC")
_BASES: dict[Kind, Any] = {
    Kind.CONTACT: Contact(formatted_name="A"),
    Kind.EVENT: Event(summary="A", start=_START, end=_END),
    Kind.TASK: Task(summary="A"),
    Kind.NOTE: Note(title="A"),
}
_SAMPLES: dict[str, Any] = {
    "addresses": (Address("Z", types=frozenset({"home"})), Address("Z", types=frozenset({"work"}))),
    "telephones": (Typed("1", frozenset({"home"})),),
    "start": Moment(_at(9), "UTC"),
    "end": Moment(_at(12), "UTC"),
    "due": Moment(_at(12), "UTC"),
    "status": "CANCELLED",
    "alarms": (Alarm(-900),),
    "percent": 40,
    "priority": 1,
    "color": "pink",
    "sensitivity": "PRIVATE",
    "rules": ("FREQ=DAILY",),
}
_READ_ONLY = {"organizer": "`organizerName`, `organizerEmail`", "attendees": "`attendees`"}


def _keys(kind: Kind, field: Field) -> str:
    """The keys that a change of a field changes on a server of which all is known."""
    if kind is Kind.EVENT and field.name in _READ_ONLY:
        return _READ_ONLY[field.name]
    if field.name in CANDIDATES and kind is Kind.CONTACT:
        names = " or ".join(f"`{key}`" for key in CANDIDATES[field.name])
        return f"not known; {names} where the live check saw it kept"
    base = _BASES[kind]
    value = _SAMPLES.get(field.name, sample(field))
    try:
        was, now = (
            json.loads(smartermail.write(item, dialect=_PROVEN))
            for item in (base, replace(base, **{field.name: value}))
        )
    except CodecError:
        return ""
    return ", ".join(f"`{key}`" for key in now if now[key] != was.get(key))


def _remark(kind: Kind, field: Field, limit: Limit | None) -> str:
    if (kind, field.name) in _NOTES:
        return _NOTES[kind, field.name]
    if field.name in CANDIDATES and kind is Kind.CONTACT:
        return f"{_KEPT} otherwise"
    return _KEPT if limit is not None and limit.absent else ""


def page() -> str:
    """Give the whole page as Markdown."""
    parts = [_HEAD]
    for kind, fields in FIELDS.items():
        limits = smartermail.limits()[kind]
        parts.append(f"\n## {kind.value.capitalize()}\n")
        parts.append("| field | REST key | over DAV | over REST |\n|---|---|---|---|\n")
        for field in fields:
            dav = becomes(kind, field) if kind is not Kind.NOTE else ""
            keys = _keys(kind, field)
            parts.append(f"| {field.label} | {keys} | {dav} | {_remark(kind, field, limits.get(field.name))} |\n")
        if kind is Kind.NOTE:
            parts.append("\nSmarterMail has no notes over DAV.\n")
    parts.append(
        "\n## What makes a version\n"
        "Over REST nothing says what has changed, so Instep compares the objects themselves. The order and the case of "
        "keys, and\nempty against missing, make no difference. These keys do not count, since no person changes them "
        "in an item:\n\n"
    )
    parts.append(f"{', '.join(f'`{key}`' for key in sorted(VOLATILE))}.\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(0 if PAGE.write_text(page(), encoding="utf-8") else 1)
