"""Reminders: a VALARM read as an Alarm, and an Alarm written as, or into, a VALARM (RFC 5545 3.6.6)."""

from __future__ import annotations

from typing import Final

from instep.codecs.contentline import Component, Line, Params, escape_text, make_line
from instep.codecs.icalendar_edit import Edit
from instep.codecs.icalendar_values import (
    address_of,
    address_text,
    duration_of,
    duration_text,
    local_text,
    moment_of,
    text_of,
)
from instep.codecs.linetext import edit_head
from instep.codecs.zones import UTC, Zones
from instep.core.model import Alarm, Moment
from instep.core.moments import instant

_LINES: Final = {
    "trigger": "TRIGGER",
    "action": "ACTION",
    "text": "DESCRIPTION",
    "summary": "SUMMARY",
    "repeat": "REPEAT",
    "interval": "DURATION",
}


def read_alarm(component: Component, zones: Zones) -> Alarm | None:
    """Read a reminder; None for one without a trigger, or one that only repeats another (RFC 9074 7.2 snooze)."""
    found: dict[str, Line] = {}
    recipients: list[str] = []
    for line in component.lines():
        if line.name == "ATTENDEE":
            recipients.append(address_of(line.value))
        elif line.name == "RELATED-TO" and (line.param("RELTYPE") or "").upper() == "SNOOZE":
            return None
        else:
            found.setdefault(line.name, line)
    if not component.closed or "TRIGGER" not in found:
        return None
    trigger = _trigger(found["TRIGGER"], zones)
    if trigger is None:
        return None
    interval = duration_of(found["DURATION"].value) if "DURATION" in found else None
    return Alarm(
        trigger,
        (found["TRIGGER"].param("RELATED") or "").upper() == "END" and isinstance(trigger, int),
        found["ACTION"].value.strip().upper() if "ACTION" in found else "DISPLAY",
        text_of(found["DESCRIPTION"]) if "DESCRIPTION" in found else "",
        text_of(found["SUMMARY"]) if "SUMMARY" in found else "",
        _count(found["REPEAT"].value) if "REPEAT" in found else 0,
        interval[0] * 86400 + interval[1] if interval else 0,
        tuple(dict.fromkeys(address for address in recipients if address)),
    )


def _trigger(line: Line, zones: Zones) -> int | Moment | None:
    duration = duration_of(line.value)
    if duration is not None:
        return duration[0] * 86400 + duration[1]
    return moment_of(line.value, line.param("TZID"), zones)


def _count(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _trigger_written(alarm: Alarm, zones: Zones) -> tuple[str, Params]:
    if isinstance(alarm.trigger, int):
        return duration_text(alarm.trigger), (("RELATED", ("END",)),) if alarm.related_end else ()
    at = instant(alarm.trigger)
    if at is not None:
        # RFC 5545 3.8.6.3: an absolute trigger is in UTC.
        return local_text(Moment(at.replace(tzinfo=None)), True), (("VALUE", ("DATE-TIME",)),)
    return local_text(alarm.trigger, alarm.trigger.zone == UTC), (
        ("VALUE", ("DATE" if alarm.trigger.all_day else "DATE-TIME",)),
    )


def _value(alarm: Alarm, field: str, zones: Zones) -> tuple[str, Params]:
    match field:
        case "trigger":
            return _trigger_written(alarm, zones)
        case "action":
            return alarm.action, ()
        case "repeat":
            return (str(alarm.repeat) if alarm.repeat else ""), ()
        case "interval":
            return (duration_text(alarm.interval) if alarm.interval else ""), ()
        case _:
            return escape_text(getattr(alarm, field)), ()


def alarm_bytes(alarm: Alarm, zones: Zones, eol: bytes) -> bytes:
    """Write a new VALARM; a DISPLAY or EMAIL alarm has its DESCRIPTION, also when that is empty."""
    out = [b"BEGIN:VALARM" + eol]
    for field, name in _LINES.items():
        value, params = _value(alarm, field, zones)
        if value or (field == "text" and alarm.action in ("DISPLAY", "EMAIL")):
            out.append(make_line(name, value, params, eol=eol))
    out += [make_line("ATTENDEE", address_text(address), eol=eol) for address in alarm.recipients]
    return b"".join([*out, b"END:VALARM" + eol])


def edit_alarm(edit: Edit, component: Component, old: Alarm, new: Alarm, zones: Zones) -> None:
    """Change the lines of a VALARM in which ``new`` differs; all others stay, also those that nobody understands."""
    first: dict[str, int] = {}
    people: dict[str, int] = {}
    for index, line in component.indexed_lines():
        if line.name == "ATTENDEE":
            people.setdefault(address_of(line.value), index)
        else:
            first.setdefault(line.name, index)
    for field, name in _LINES.items():
        was, now = getattr(old, field), getattr(new, field)
        if field == "trigger":
            was, now = (was, old.related_end), (now, new.related_end)
        if was == now:
            continue
        value, params = _value(new, field, zones)
        index = first.get(name, -1)
        if index < 0:
            edit.insert(component.content_end, make_line(name, value, params, eol=edit.eol))
        elif not value and field != "text":
            edit.drop(index)
        elif field == "trigger":
            edit.head(index, edit_head(edit.document.lines[index].head, ("VALUE", "RELATED", "TZID"), params))
            edit.value(index, value)
        else:
            edit.value(index, value)
    for address, index in people.items():
        if address not in new.recipients:
            edit.drop(index)
    for address in new.recipients:
        if address not in people:
            edit.insert(component.content_end, make_line("ATTENDEE", address_text(address), eol=edit.eol))
