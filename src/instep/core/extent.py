"""Extent: from which day to which an appointment or a task reaches, with all occurrences of a series.

The bound is conservative: it may say later than the last occurrence, never earlier. A rule without an end, or one of
which it cannot be told when it ends, has none. Nothing is expanded, so that the longest series costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from instep.core.model import Event, Moment, Task
from instep.core.moments import instant


@dataclass(frozen=True, slots=True)
class Extent:
    """The first and the last day, both inclusive; a last day of ``None`` is no end."""

    first: date
    last: date | None


def extent(item: Event | Task) -> Extent | None:
    """Give the days that an item reaches over; ``None`` when it has no date at all.

    Times count by their day in UTC, so that both sides agree whatever zone they write; dates and floating times count
    by what they say (RFC 5545 3.3.5). Dates that a series leaves out make it no shorter.
    """
    own = _single(item)
    reaches = [own] if own is not None else []
    if own is not None:
        length = (own.last or own.first) - own.first
        reaches += [Extent(own.first, _rule_end(text, item, own.first, length)) for text in item.rules]
        reaches += [Extent(day, _later(day, length)) for day in map(day_of, item.rdates)]
    for override in item.exceptions:
        named = day_of(override.recurrence_id)
        changed = extent(override.item) or Extent(named, named)
        reaches += [Extent(named, named), changed]
        if override.and_future:
            reaches += [_moved_on(own, reaches, named, changed)]
    return _joined(reaches)


def day_of(moment: Moment) -> date:
    """The day on which a moment counts: in UTC where that is known, else as it is written."""
    at = instant(moment)
    if at is not None:
        return at.date()
    return moment.local.date() if isinstance(moment.local, datetime) else moment.local


def _joined(reaches: Iterable[Extent]) -> Extent | None:
    found = list(reaches)
    if not found:
        return None
    ends = [reach.last for reach in found]
    known = [end for end in ends if end is not None]
    return Extent(min(reach.first for reach in found), max(known) if len(known) == len(ends) else None)


def _single(item: Event | Task) -> Extent | None:
    """The days of the item itself, without its series."""
    if isinstance(item, Task):
        days = [day_of(moment) for moment in (item.start, item.due) if moment is not None]
        return Extent(min(days), max(days)) if days else None
    begins, ends = item.start or item.end, item.end or item.start
    if begins is None or ends is None:
        return None
    first = day_of(begins)
    return Extent(first, max(first, _last_day(begins, ends)))


def _last_day(begins: Moment, ends: Moment) -> date:
    """The end is exclusive: what ends at midnight does not reach into that day."""
    first, last = instant(begins), instant(ends)
    if last is None or first is None:
        local = ends.local if isinstance(ends.local, datetime) else datetime(*ends.local.timetuple()[:3])
        return _earlier(local) if ends != begins else day_of(ends)
    return _earlier(last) if last > first else last.date()


def _earlier(end: datetime) -> date:
    return (end - timedelta(microseconds=1)).date() if end > datetime.min.replace(tzinfo=end.tzinfo) else end.date()


def _later(day: date, by: timedelta) -> date | None:
    try:
        return day + by
    except OverflowError:
        return None


def _moved_on(own: Extent | None, before: list[Extent], named: date, changed: Extent) -> Extent:
    """Where the rest of a series goes when one exception holds for all later ones too (RANGE=THISANDFUTURE)."""
    joined = _joined(([own] if own is not None else []) + before)
    if joined is None or joined.last is None:
        return Extent(changed.first, None)
    if changed.last is None:
        return changed
    by = max(changed.last - named, timedelta())
    return Extent(changed.first, _later(joined.last, by))


# Rules ------------------------------------------------------------------------------------------------------------

_PERIODS = {
    "SECONDLY": timedelta(days=1),
    "MINUTELY": timedelta(days=1),
    "HOURLY": timedelta(days=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(days=7),
    "MONTHLY": timedelta(days=31),
    "YEARLY": timedelta(days=366),
}
"""How long the period of a rule is at most."""


def _rule_end(text: str, item: Event | Task, first: date, length: timedelta) -> date | None:
    """The day after which the rule gives nothing more; ``None`` for never, or when that cannot be told."""
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    if "UNTIL" in parts:
        until = _until(parts["UNTIL"])
        # One day more: UNTIL in UTC may name an occurrence of the next day of another zone.
        return None if until is None else _later(max(until, first), length + timedelta(days=1))
    period = _PERIODS.get(parts.get("FREQ", ""))
    count, interval = parts.get("COUNT", ""), parts.get("INTERVAL", "1")
    if period is None or not count.isdecimal() or not interval.isdecimal() or len(count + interval) > 9:
        return None
    skips = _skipped_periods(parts, _local_day(item, first))
    if skips is None:
        return None
    return _later(first, int(count) * int(interval) * skips * period + length)


def _until(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def _local_day(item: Event | Task, first: date) -> date:
    start = item.start
    if start is None:
        return first
    return start.local.date() if isinstance(start.local, datetime) else start.local


def _skipped_periods(parts: dict[str, str], start: date) -> int | None:
    """In how many periods there is at least one occurrence, at most; ``None`` when that cannot be told.

    An expanding part gives more occurrences per period, which does no harm; a limiting one can leave periods empty
    (RFC 5545 3.3.10, the table of BYxxx parts).
    """
    chosen = {name: value for name, value in parts.items() if name.startswith("BY")}
    match parts["FREQ"], sorted(chosen):
        case _, []:
            return _for_the_day(parts, start)
        case "DAILY", ["BYDAY"]:
            return 7 if parts.get("INTERVAL", "1") == "1" else None
        case "WEEKLY", ["BYDAY"]:
            # The first week may be over when it begins.
            return 2
        case "MONTHLY" | "YEARLY", [*names] if set(names) <= _ALWAYS_THERE[parts["FREQ"]] and _in_every_month(chosen):
            return 2
        case _:
            return None


_ALWAYS_THERE = {"MONTHLY": {"BYDAY", "BYMONTHDAY"}, "YEARLY": {"BYDAY", "BYMONTHDAY", "BYMONTH"}}


def _in_every_month(chosen: dict[str, str]) -> bool:
    """Whether every month has the days that are named; a weekday and a day of the month together meet seldom."""
    if "BYDAY" in chosen and "BYMONTHDAY" in chosen:
        return False
    days = [text.lstrip("+-") for text in chosen.get("BYMONTHDAY", "1").split(",")]
    nths = [text.lstrip("+-")[:-2] for text in chosen.get("BYDAY", "MO").split(",")]
    near = any(day.isdecimal() and int(day) <= 28 for day in days)
    return near and any(not nth or (nth.isdecimal() and int(nth) <= 4) for nth in nths)


def _for_the_day(parts: dict[str, str], start: date) -> int | None:
    """A month without a 31st, a year without a 29th of February are left out."""
    if start.day <= 28 or parts["FREQ"] not in {"MONTHLY", "YEARLY"}:
        return 1
    if parts.get("INTERVAL", "1") != "1":
        return None
    if parts["FREQ"] == "MONTHLY":
        return 2
    return 8 if (start.month, start.day) == (2, 29) else 1
