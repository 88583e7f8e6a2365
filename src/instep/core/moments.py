"""Moments: when two are the same instant, and how a moved wall time is carried into another zone.

Zone data comes from the standard library's zoneinfo: a fixed table, no state.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from instep.core.model import Moment


@lru_cache(maxsize=1024)
def zone_info(name: str) -> ZoneInfo | None:
    """The rules of an IANA zone, ``None`` when the name is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def instant(moment: Moment) -> datetime | None:
    """The moment in UTC; ``None`` for dates, floating times and zones of which nothing is known."""
    if not isinstance(moment.local, datetime):
        return None
    if moment.zone == "UTC":
        return moment.local.replace(tzinfo=UTC)
    if moment.offset is not None:
        return _shifted(moment.local, -moment.offset)
    zone = zone_info(moment.zone) if moment.zone else None
    if zone is None:
        return None
    try:
        return moment.local.replace(tzinfo=zone).astimezone(UTC)
    except OverflowError:
        return None


def _shifted(local: datetime, seconds: int) -> datetime | None:
    try:
        return (local + timedelta(seconds=seconds)).replace(tzinfo=UTC)
    except OverflowError:
        return None


def same_moment(a: Moment, b: Moment) -> bool:
    """Equal as written, or the same instant written twice."""
    if a.local == b.local and a.zone == b.zone:
        return a.all_day == b.all_day
    if a.all_day or b.all_day:
        return False
    first, second = instant(a), instant(b)
    return first is not None and first == second


def in_zone(moment: Moment, zone: str) -> Moment:
    """The same instant as a wall time in another zone; unchanged where that cannot be told."""
    at = instant(moment)
    if at is None or zone == moment.zone:
        return moment
    if zone == "UTC":
        return Moment(at.replace(tzinfo=None), "UTC")
    rules = zone_info(zone)
    if rules is None:
        return moment
    return Moment(at.astimezone(rules).replace(tzinfo=None), zone)


def carried(old: Moment | None, new: Moment | None, onto: Moment | None) -> Moment | None:
    """Apply the change ``old`` to ``new`` onto the other side's moment, keeping what only that side can say.

    RULES 5: an hour's move does not replace the other side's zone name or seconds, a day's move not its time of day.
    """
    if new is None or old is None or onto is None or old.zone != new.zone:
        return new
    if old.all_day and new.all_day and isinstance(onto.local, datetime):
        same_day = onto.local.date() == old.local
        return Moment(datetime.combine(new.local, onto.local.time()), onto.zone) if same_day else new
    if new.all_day or old.all_day or onto.all_day:
        return new
    there = in_zone(new, onto.zone)
    before = in_zone(old, onto.zone)
    if there.zone != onto.zone or before.zone != onto.zone:
        return new
    lag = shift(before, onto)
    if lag is None or not timedelta(0) <= lag < timedelta(minutes=1):
        return new
    return moved(there, lag) if lag else there


def shift(old: Moment, new: Moment) -> timedelta | None:
    """By how much a wall time moved; ``None`` when one is a date and the other a time."""
    if old.all_day != new.all_day:
        return None
    if isinstance(old.local, datetime) and isinstance(new.local, datetime):
        return new.local - old.local
    if isinstance(old.local, datetime) or isinstance(new.local, datetime):
        return None
    return new.local - old.local


def moved(moment: Moment, by: timedelta) -> Moment:
    """The moment moved on its wall clock."""
    local: date | datetime = moment.local + by
    return Moment(local, moment.zone, moment.offset)
