"""The recurrence object of an event, in forms that nobody has documented: all are invented here, so that a client must
find out and never guess.

Inside, a recurrence is a rule of iCalendar (RFC 5545), or None.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from instep.codecs.expand import instants
from instep.codecs.recurrence import canonical_rule
from instep.core.model import Event, Moment
from instep.core.moments import instant
from instep.errors import CodecError
from instep.testing.smartermail.exchange import Json, Refusal
from instep.testing.smartermail.shapes import key
from instep.testing.smartermail.switches import Switches

_SOME_DAY: Final = Moment(datetime(2026, 1, 1), "UTC")
_TYPES: Final = ("NONE", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS: Final = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")


def shown(switches: Switches, rule: str | None) -> Json:
    """Give the object that an answer holds; of type 0 (or ``none``) where nothing recurs."""
    parts = _parts(rule) if rule else {}
    frequency = parts.pop("FREQ", "NONE")
    number = _TYPES.index(frequency) if frequency in _TYPES else 0
    match switches.recurrence:
        case "rule":
            return {"type": number, "rule": rule}
        case "opaque":
            return {"type": number, "blob": base64.b64encode(rule.encode()).decode() if rule else None}
        case "words":
            return {
                "type": frequency.lower(),
                "every": int(parts.pop("INTERVAL", "1")),
                "times": int(parts.pop("COUNT", "0")) or None,
                "endsOn": parts.pop("UNTIL", None),
                "weekDays": parts.pop("BYDAY", ""),
                "further": _joined(parts),
            }
        case _:
            plain = all(day in _DAYS for day in parts.get("BYDAY", "SU").split(","))
            days = [_DAYS.index(day) for day in parts.pop("BYDAY", "").split(",") if day] if plain else []
            return {
                "type": number,
                "interval": int(parts.pop("INTERVAL", "1")),
                "occurrences": int(parts.pop("COUNT", "0")),
                "endDate": parts.pop("UNTIL", None),
                "daysOfWeek": days,
                "extra": _joined(parts),
            }


def read(switches: Switches, value: Any) -> str | None:
    """Give the rule of an object that somebody sends; raises ``Refusal`` (400) for one in another form."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refusal(400, "Error converting value. Path 'recurrence'.")
    kind = key(value, "type", 0)
    if kind in (0, None, "", "none", "None"):
        return None
    try:
        rule = _rule(switches, value, kind)
    except (ValueError, TypeError, IndexError):
        raise Refusal(400, "Error converting value. Path 'recurrence'.") from None
    if not expands(Event(start=_SOME_DAY, rules=(rule,))):
        raise Refusal(400, "Error converting value. Path 'recurrence'.")
    return canonical_rule(rule)


def expands(event: Event) -> bool:
    """Whether an event's rules can be understood."""
    start = instant(event.start) if event.start else None
    start = start or datetime(2026, 1, 1, tzinfo=UTC)
    try:
        instants(event, start, start + timedelta(days=1), 1)
    except (CodecError, OverflowError):
        return False
    return True


def _rule(switches: Switches, value: Json, kind: Any) -> str:
    match switches.recurrence:
        case "rule":
            rule = key(value, "rule")
            if not isinstance(rule, str):
                raise ValueError
            return rule
        case "opaque":
            return base64.b64decode(key(value, "blob"), validate=True).decode()
        case "words":
            parts = {
                "FREQ": _TYPES[[name.lower() for name in _TYPES].index(kind)],
                "INTERVAL": str(int(key(value, "every") or 1)),
                "COUNT": str(int(key(value, "times") or 0)),
                "UNTIL": key(value, "endsOn") or "",
                "BYDAY": key(value, "weekDays") or "",
            }
            further = key(value, "further") or ""
        case _:
            parts = {
                "FREQ": _TYPES[int(kind)],
                "INTERVAL": str(int(key(value, "interval") or 1)),
                "COUNT": str(int(key(value, "occurrences") or 0)),
                "UNTIL": key(value, "endDate") or "",
                "BYDAY": ",".join(_DAYS[int(day)] for day in key(value, "daysOfWeek") or ()),
            }
            further = key(value, "extra") or ""
    said = {name: text for name, text in parts.items() if text and (name, text) != ("COUNT", "0")}
    return ";".join(part for part in (_joined(said), further) if part)


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in canonical_rule(rule).split(";") if "=" in part)


def _joined(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())
