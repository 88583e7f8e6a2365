"""Field values as text for people; pure, English, dates in the style that a face asks for."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from datetime import timedelta
from typing import Any

from instep.core.dates import PLAIN, Style, show_moment
from instep.core.fields import WIDER_GROUPS, Field, Shape, fields_of, is_empty, same
from instep.core.model import (
    Address,
    Alarm,
    Attendee,
    Binary,
    Event,
    Extra,
    Item,
    Member,
    Moment,
    Override,
    Task,
    Typed,
    name_of,
)
from instep.core.moments import shift
from instep.core.recurring import rule_in_words

_CODES = {
    "needs-action": "not started",
    "in-process": "in progress",
    "opaque": "busy",
    "transparent": "free",
    "oof": "out of office",
    "workingelsewhere": "working elsewhere",
}
_ANSWERS = {"needs-action": "not answered"}
_SHORT = 80  # characters of what differs in an exception
_TIMES = WIDER_GROUPS["series"]


def show(field: Field, value: Any, style: Style = PLAIN, item: Item | None = None) -> str:
    """The value as text, several elements one a line; empty for what says nothing.

    ``item`` is the one that the value is of: exceptions are shown by what differs from their series.
    """
    if is_empty(value):
        return ""
    series = item if isinstance(item, Event | Task) else None
    match field.shape, field.name:
        case _, "rules":
            return "\n".join(rule_in_words(r, series.start if series else None, style) for r in value)
        case _, "exceptions" if series is not None:
            return "\n".join(show_override(o, series, style) for o in value)
        case _, "priority":
            return _priority(value)
        case _, "percent":
            return f"{value} %"
        case Shape.WORDS, _:
            return ", ".join(value)
        case Shape.FLAG, _:
            return "yes"
        case Shape.CHOICE, _:
            return _code(value)
        case Shape.DATE, _:
            return style.day(value)
    if isinstance(value, tuple):
        return "\n".join(show_part(v, style) for v in value)
    return show_part(value, style)


def show_part(value: Any, style: Style = PLAIN) -> str:
    """One element or single value as text."""
    match value:
        case Moment():
            return style.moment(value)
        case Typed():
            return value.value + _types(value.types, value.label)
        case Address():
            parts = (value.box, value.extended, value.street, f"{value.code} {value.city}".strip(), value.region)
            return ", ".join(p for p in (*parts, value.country) if p) + _types(value.types, value.label)
        case Binary():
            return value.uri or f"{value.name or value.media_type or 'data'}, {_size(len(value.data))}"
        case Extra():
            return f"{value.name}: {value.value}"
        case Member():
            return value.name or value.address
        case Attendee():
            said = f", {_ANSWERS.get(value.participation.lower(), _code(value.participation))}"
            said = said if value.participation else ""
            return f"{value.name} <{value.address}>{said}" if value.name else value.address + said
        case Alarm():
            return show_alarm(value, style)
        case Override():
            start = value.item.start
            when = f" at {style.moment(start)}" if start and start != value.recurrence_id else ""
            return f"{style.moment(value.recurrence_id)}: {name_of(value.item)}{when}"
        case _:
            return str(value)


def show_exactly(value: Any) -> str:
    """The value with everything that ``show`` leaves out, for two values that differ and read alike."""
    if isinstance(value, tuple):
        return "\n".join(show_exactly(v) for v in value)
    if isinstance(value, Moment):
        return show_moment(value)
    if not is_dataclass(value) or isinstance(value, Binary):
        return show_part(value)
    parts = [f for f in dataclass_fields(value) if f.compare and getattr(value, f.name) != f.default]
    said = [f"{f.name.replace('_', ' ')} {_inline(getattr(value, f.name))}" for f in parts]
    return ", ".join(said)


def _inline(value: Any) -> str:
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    if isinstance(value, tuple):
        return " ".join(show_exactly(v) if is_dataclass(v) else str(v) for v in value)
    return " ".join(show_exactly(value).split())


def show_override(override: Override, series: Event | Task, style: Style = PLAIN) -> str:
    """An exception by what differs from its series: ``2026-03-10 09:00: at 2026-03-11 09:00; Location: Hall``."""
    one = override.item
    later = " and all later ones" if override.and_future else ""
    parts = []
    if one.start is not None and one.start != override.recurrence_id:
        parts.append(f"at {style.moment(one.start)}")
    for field in fields_of(one):
        value = getattr(one, field.name)
        if field.name not in _TIMES and not same(field, value, getattr(series, field.name, value)):
            text = " ".join(show(field, value, style, one).split())
            parts.append(f"{field.label}: {text[:_SHORT] + '…' if len(text) > _SHORT else text or '(empty)'}")
    if _length(one) != _length(series):
        end = one.end if isinstance(one, Event) else one.due
        parts.append(f"until {style.moment(end)}" if end is not None else "without an end")
    return f"{style.moment(override.recurrence_id)}{later}: {'; '.join(parts) or name_of(one)}"


def _length(item: Event | Task) -> timedelta | None:
    end = item.end if isinstance(item, Event) else item.due
    return shift(item.start, end) if item.start is not None and end is not None else None


def show_alarm(alarm: Alarm, style: Style = PLAIN) -> str:
    """A reminder in words."""
    how = ", by e-mail" if alarm.action.upper() == "EMAIL" else ""
    if alarm.repeat:
        times = "once" if alarm.repeat == 1 else f"{alarm.repeat} times"
        how += f", again {times} after {_span(alarm.interval)}" if alarm.interval else f", again {times}"
    if isinstance(alarm.trigger, Moment):
        return f"at {style.moment(alarm.trigger)}{how}"
    anchor = "end" if alarm.related_end else "start"
    if alarm.trigger == 0:
        return f"at {anchor}{how}"
    side = "before" if alarm.trigger < 0 else "after"
    return f"{_span(abs(alarm.trigger))} {side} {anchor}{how}"


def _span(seconds: int) -> str:
    for size, word in ((604800, "week"), (86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {word}{'s' if seconds != size else ''}"
    return str(timedelta(seconds=seconds))


def _size(count: int) -> str:
    if count < 10_000:
        return f"{count} bytes"
    return f"{count // 1000} kB" if count < 10_000_000 else f"{count // 1_000_000} MB"


def _types(types: frozenset[str], label: str) -> str:
    words = label or ", ".join(sorted(types))
    return f" ({words})" if words else ""


def _code(value: str) -> str:
    """A document's code word as people say it: ``IN-PROCESS`` is ``in progress``."""
    return _CODES.get(value.lower(), value.lower().replace("-", " ") if value.isupper() else value)


def _priority(value: int) -> str:
    if not 1 <= value <= 9:
        return "none" if value == 0 else str(value)
    return f"{value} ({'high' if value < 5 else 'normal' if value == 5 else 'low'})"


__all__ = [
    "PLAIN",
    "Style",
    "rule_in_words",
    "show",
    "show_alarm",
    "show_exactly",
    "show_moment",
    "show_override",
    "show_part",
]
