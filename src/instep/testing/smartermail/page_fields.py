"""What a form of the stand-in's web mail shows of an item, and what it changes; all else stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from instep.core.model import Kind
from instep.testing.smartermail.contact_form import PHONES
from instep.testing.smartermail.exchange import Json, Refusal
from instep.testing.smartermail.shapes import NOTE_COLORS
from instep.testing.smartermail.switches import Switches
from instep.testing.smartermail.times import day_after, read_event_time, read_task_time, task_time_shown


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form; ``look``: line, text, lines, phones, number, flag, event (a time), task (a date), html."""

    key: str
    label: str
    look: str = "line"


FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {
    Kind.CONTACT: (
        Field("displayAs", "Display as"),
        Field("firstName", "First name"),
        Field("lastName", "Last name"),
        Field("company", "Company"),
        Field("jobTitle", "Job title"),
        Field("emailAddressList", "E-mail addresses, one a line", "lines"),
        Field("phoneNumberList", "Telephones, one a line: type: number", "phones"),
        Field("homeStreet", "Home: street"),
        Field("homeZip", "Home: postal code"),
        Field("homeCity", "Home: city"),
        Field("webPage", "Web page"),
        Field("categoriesString", "Categories"),
        Field("additionalInfo", "Notes", "text"),
    ),
    Kind.EVENT: (
        Field("subject", "Subject"),
        Field("allDay", "All day", "flag"),
        Field("start", "Start (2026-12-03T09:30:00 Europe/Berlin)", "event"),
        Field("end", "End", "event"),
        Field("location", "Location"),
        Field("conferenceRoom", "Room"),
        Field("reminder", "Reminder, minutes before", "minutes"),
        Field("categoriesString", "Categories"),
        Field("description", "Description", "text"),
    ),
    Kind.TASK: (
        Field("subject", "Subject"),
        Field("start", "Start (2026-12-03T09:30:00)", "task"),
        Field("due", "Due", "task"),
        Field("priority", "Priority, 0 to 10 (highest)", "number"),
        Field("status", "Status: 0 not started, 1 in progress, 2 completed, 3 cancelled", "number"),
        Field("percentComplete", "Percent", "number"),
        Field("categoriesString", "Categories"),
        Field("description", "Description", "text"),
    ),
    Kind.NOTE: (
        Field("subject", "Subject"),
        Field("color", f"Colour: {', '.join(NOTE_COLORS)}"),
        Field("isPlainText", "Plain text", "flag"),
        Field("categoriesString", "Categories"),
        Field("text", "Text", "text"),
    ),
}
_LOCAL: Final = Switches(task_dates="local")


def shown(field: Field, data: Json, zone: str) -> str:
    """Give the text of a field; of a flag ``yes`` or nothing. ``zone`` is the mailbox's."""
    value = data[field.key]
    match field.look:
        case "lines":
            return "\n".join(value)
        case "phones":
            return "\n".join(f"{phone['type']}: {phone['number']}" for phone in value)
        case "flag":
            return "yes" if value else ""
        case "event":
            return f"{value['dt']} {value['tz']}" if value else ""
        case "task":
            return task_time_shown(_LOCAL, value, zone) or ""
        case _:
            return "" if value is None else str(value)


def edited(kind: Kind, old: Json, form: Mapping[str, str], zone: str) -> Json:
    """Give the item with what a form says; raises ``Refusal`` for what cannot be."""
    data = dict(old)
    for field in FIELDS[kind]:
        data[field.key] = _meant(field, form.get(field.key, ""), zone)
    name = data["displayAs"] if kind is Kind.CONTACT else data["subject"]
    if not str(name).strip():
        raise Refusal(400, "It needs a name.")
    if kind is Kind.EVENT:
        if data["start"] is None:
            raise Refusal(400, "It needs a start.")
        if data["end"] is None:
            data["end"] = day_after(data["start"]) if data["allDay"] else data["start"]
    if kind is Kind.TASK:
        data["useDateTime"] = bool(data["start"] or data["due"])
    if kind is Kind.NOTE and data["color"] not in NOTE_COLORS:
        raise Refusal(400, "There is no such colour.")
    return data


def _meant(field: Field, text: str, zone: str) -> Any:
    match field.look:
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()]
        case "phones":
            return [_phone(line) for line in text.splitlines() if line.strip()]
        case "flag":
            return bool(text)
        case "event":
            when, _, name = text.strip().partition(" ")
            return read_event_time({"dt": when, "tz": name or zone}, field.label) if when else None
        case "task":
            return read_task_time(text.strip(), field.label, zone)
        case "number" | "minutes":
            if not text.strip() and field.look == "minutes":
                return None
            if not text.strip().isascii() or not text.strip().isdigit():
                raise Refusal(400, f"{field.label}: a number is wanted.")
            return int(text)
        case _:
            return text


def _phone(line: str) -> Json:
    word, _, number = line.partition(":")
    known = next((phone for phone in PHONES if phone.lower() == word.strip().lower()), None)
    if known is None:
        raise Refusal(400, f"A telephone's type is one of {', '.join(PHONES)}.")
    return {"number": number.strip(), "type": known}
