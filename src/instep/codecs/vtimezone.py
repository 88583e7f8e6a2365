"""The rules of a VTIMEZONE: which distance from UTC it gives to a wall time (RFC 5545 3.6.5)."""

from __future__ import annotations

import re
from bisect import bisect_right
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from instep.codecs.contentline import Component

_OFFSET: Final = re.compile(r"([+-])([0-9]{2})([0-9]{2})([0-9]{2})?")
_STAMP: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2}))?(Z?)")
_NTH_DAY: Final = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# Real zones stay far below; beyond, a document only wants to be slow, and nothing is believed of its rules.
_MAX_ONSETS: Final = 4000
_MAX_RULES: Final = 50
_LONGEST_RULE: Final = 400  # characters


@dataclass(frozen=True, slots=True)
class Observance:
    """A STANDARD or DAYLIGHT part: from ``start`` on (wall time) ``after`` replaces ``before`` (seconds east)."""

    start: datetime
    before: int
    after: int
    rule: str = ""
    dates: tuple[datetime, ...] = ()


def observances_of(zone: Component) -> tuple[Observance, ...]:
    """Read the parts of a VTIMEZONE that make sense; the others are left out. Empty for one with absurdly many."""
    if len(zone.children) > _MAX_ONSETS:
        return ()
    found = tuple(part for child in zone.children if (part := _observance(child)) is not None)
    onsets = len(found) + sum(len(part.dates) for part in found)
    rules = sum(bool(part.rule) for part in found)
    return found if onsets <= _MAX_ONSETS and rules <= _MAX_RULES else ()


def _observance(child: Component) -> Observance | None:
    start: datetime | None = None
    before: int | None = None
    after: int | None = None
    rule, dates = "", []
    for line in child.lines():
        match line.name:
            case "DTSTART":
                start = _stamp(line.value)
            case "TZOFFSETFROM":
                before = _seconds(line.value)
            case "TZOFFSETTO":
                after = _seconds(line.value)
            case "RRULE":
                rule = line.value.strip().upper() if len(line.raw) <= _LONGEST_RULE else ""
            case "RDATE":
                found = (_stamp(text) for text in line.value.split(","))
                dates += [at for at in found if at is not None]
    if start is None or after is None:
        return None
    return Observance(start, after if before is None else before, after, rule, tuple(dates))


def _seconds(text: str) -> int | None:
    found = _OFFSET.fullmatch(text.strip())
    if found is None:
        return None
    sign, hours, minutes, seconds = found.groups()
    total = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return None if total >= 86400 else -total if sign == "-" else total


def _stamp(text: str) -> datetime | None:
    found = _STAMP.match(text.strip())
    if found is None:
        return None
    try:
        return datetime(*(int(part or 0) for part in found.groups()[:6]))  # type: ignore[arg-type]
    except ValueError:
        return None


class Offsets:
    """The distances from UTC that some observances give; what was found for a year is kept."""

    __slots__ = ("_by_year", "_first", "_fixed", "_rules")

    def __init__(self, observances: tuple[Observance, ...]) -> None:
        self._first: Final = min(observances, key=lambda part: part.start, default=None)
        self._fixed: Final = sorted((at, part.after) for part in observances for at in (part.start, *part.dates))
        self._rules: Final = [part for part in observances if part.rule]
        self._by_year: Final[dict[int, list[tuple[datetime, int]]]] = {}

    def at(self, local: datetime) -> int | None:
        """Give the distance from UTC in seconds at a wall time, None when there are no rules.

        A wall time that comes twice is the earlier one, as RFC 5545 3.3.5 has it.
        """
        if self._first is None:
            return None
        fixed, ruled = _last_until(self._fixed, local), _last_until(self._near(local.year), local)
        last = max((found for found in (fixed, ruled) if found is not None), default=None)
        return self._first.before if last is None else last[1]

    def _near(self, year: int) -> list[tuple[datetime, int]]:
        """Wall times at which a rule begins in the year or the one before, and their offsets."""
        known = self._by_year.get(year)
        if known is None:
            near = (year - 1, year)
            known = sorted((at, part.after) for part in self._rules for one in near for at in _by_rule(part, one))
            self._by_year[year] = known
        return known


def _last_until(onsets: list[tuple[datetime, int]], local: datetime) -> tuple[datetime, int] | None:
    place = bisect_right(onsets, local, key=lambda onset: onset[0])
    return onsets[place - 1] if place else None


def _by_rule(part: Observance, year: int) -> list[datetime]:
    """The days of a yearly rule in one year; other frequencies are no rules that a time zone has."""
    if not part.start.year <= year <= 9998:
        return []
    parts = dict(piece.split("=", 1) for piece in part.rule.split(";") if "=" in piece)
    if parts.get("FREQ") != "YEARLY":
        return []
    try:
        days = _days(parts, part.start, year)
        count = int(parts["COUNT"]) if "COUNT" in parts else None
    except ValueError:
        return []
    out = []
    until = _stamp(parts["UNTIL"]) if "UNTIL" in parts else None
    if until is not None and parts["UNTIL"].endswith("Z"):
        until = _later(until, part.before)
    for day in days:
        at = datetime.combine(day, part.start.time())
        if (
            at < part.start
            or (until is not None and at > until)
            or (count is not None and year >= part.start.year + count)
        ):
            continue
        out.append(at)
    return out


def _later(at: datetime, seconds: int) -> datetime:
    try:
        return at + timedelta(seconds=seconds)
    except OverflowError:
        return at


def _days(parts: dict[str, str], start: datetime, year: int) -> list[date]:
    months = [int(text) for text in parts.get("BYMONTH", str(start.month)).split(",")]
    days: list[date] = []
    for month in months:
        if not 1 <= month <= 12:
            continue
        length = monthrange(year, month)[1]
        allowed = {int(text) for text in parts["BYMONTHDAY"].split(",")} if "BYMONTHDAY" in parts else None
        allowed = {day if day > 0 else length + 1 + day for day in allowed} if allowed is not None else None
        if "BYDAY" not in parts:
            wanted = allowed if allowed is not None else {start.day}
            days += [date(year, month, day) for day in sorted(wanted) if 1 <= day <= length]
            continue
        for text in parts["BYDAY"].split(","):
            found = _NTH_DAY.fullmatch(text)
            if found is None:
                continue
            weekday = _DAYS.index(found[2])
            first = 1 + (weekday - date(year, month, 1).weekday()) % 7
            same = range(first, length + 1, 7)
            if found[1]:
                nth = int(found[1])
                if 1 <= abs(nth) <= len(same):
                    days.append(date(year, month, same[nth - 1 if nth > 0 else nth]))
            else:
                days += [date(year, month, day) for day in same if allowed is None or day in allowed]
    return days
