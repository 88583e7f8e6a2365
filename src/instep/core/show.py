"""Field values as text for people; pure, English, dates as ISO with the weekday left to the face."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from instep.core.fields import Field, Shape, is_empty
from instep.core.model import Address, Alarm, Attendee, Binary, Extra, Member, Moment, Override, Typed, name_of

_FREQUENCIES = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year", "HOURLY": "hour"}


def show(field: Field, value: Any) -> str:
    """The value as text, several elements one a line; empty for what says nothing."""
    if is_empty(value):
        return ""
    if field.name == "rules":
        return "\n".join(rule_in_words(r) for r in value)
    if field.shape is Shape.WORDS:
        return ", ".join(value)
    if field.shape is Shape.FLAG:
        return "yes"
    if isinstance(value, tuple):
        return "\n".join(show_part(v) for v in value)
    return show_part(value)


def show_part(value: Any) -> str:
    """One element or single value as text."""
    match value:
        case Moment():
            return show_moment(value)
        case Typed():
            return value.value + _types(value.types, value.label)
        case Address():
            parts = (value.box, value.extended, value.street, f"{value.code} {value.city}".strip(), value.region)
            return ", ".join(p for p in (*parts, value.country) if p) + _types(value.types, value.label)
        case Binary():
            return value.uri or f"{value.name or value.media_type or 'data'}, {len(value.data)} bytes"
        case Extra():
            return f"{value.name}: {value.value}"
        case Member():
            return value.name or value.address
        case Attendee():
            said = f", {value.participation.lower()}" if value.participation else ""
            return f"{value.name} <{value.address}>{said}" if value.name else value.address + said
        case Alarm():
            return show_alarm(value)
        case Override():
            start = value.item.start
            when = f" at {show_moment(start)}" if start and start != value.recurrence_id else ""
            return f"{show_moment(value.recurrence_id)}: {name_of(value.item)}{when}"
        case _:
            return str(value)


def show_moment(moment: Moment) -> str:
    """A date, or a time with its zone."""
    if not isinstance(moment.local, datetime):
        return moment.local.isoformat()
    text = moment.local.isoformat(" ", "seconds" if moment.local.second else "minutes")
    return f"{text} {moment.zone}" if moment.zone else text


def show_alarm(alarm: Alarm) -> str:
    """A reminder in words."""
    if isinstance(alarm.trigger, Moment):
        return f"at {show_moment(alarm.trigger)}"
    anchor = "end" if alarm.related_end else "start"
    if alarm.trigger == 0:
        return f"at {anchor}"
    side = "before" if alarm.trigger < 0 else "after"
    return f"{_span(abs(alarm.trigger))} {side} {anchor}"


def _span(seconds: int) -> str:
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0:
            return f"{seconds // size} {word}{'s' if seconds != size else ''}"
    return str(timedelta(seconds=seconds))


def _types(types: frozenset[str], label: str) -> str:
    words = label or ", ".join(sorted(types))
    return f" ({words})" if words else ""


def rule_in_words(rule: str) -> str:
    """A recurrence rule in words where that is simple, the rule itself added where it is not."""
    parts = dict(p.split("=", 1) for p in rule.split(";") if "=" in p)
    unit = _FREQUENCIES.get(parts.pop("FREQ", ""), "")
    if not unit:
        return rule
    every = parts.pop("INTERVAL", "1")
    words = f"every {unit}" if every == "1" else f"every {every} {unit}s"
    count, until = parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    days = parts.pop("BYDAY", "")
    parts.pop("WKST", None)
    words += f" on {days.replace(',', ', ')}" if days else ""
    words += f", {count} times" if count else ""
    words += f", until {until[:4]}-{until[4:6]}-{until[6:8]}" if len(until) >= 8 else ""
    return f"{words} ({rule})" if parts else words
