"""The occurrences of a series: rules, additional and left-out dates, exceptions (RFC 5545 3.8.5)."""

from __future__ import annotations

import heapq
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dateutil.rrule import rrule, rrulestr

from instep.codecs.icalendar_values import local_of
from instep.core.model import Event, Moment, Override, Task
from instep.core.moments import in_zone, instant, shift
from instep.errors import CodecError, Where

_TOO_FINE: Final = ("FREQ=SECONDLY", "FREQ=MINUTELY")
_LONGEST_RULE: Final = 4000  # characters; all days of a year, hours and minutes that a rule can list take half of it
_POSITIVE: Final = re.compile(r"INTERVAL=\+?0*[1-9][0-9]{0,5}")  # dateutil would go round for ever on the spot
_LAST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence: by which moment the series knows it, when it starts, and the item that says the rest."""

    recurrence_id: Moment
    start: Moment
    item: Event | Task


def instants(item: Event | Task, start: datetime, end: datetime, limit: int = 1000) -> list[Occurrence]:
    """Give the occurrences that start in ``start`` ≤ … < ``end`` (aware datetimes), in order, at most ``limit``.

    Dates, floating times and zones of which nothing is known count as UTC. Nothing after ``end`` is looked at, so an
    endless rule, or one whose day never comes, costs no more than the years asked for. Raises ``CodecError`` for a rule
    that is none or repeats by the minute.
    """
    exact = {_wall(o.recurrence_id): o for o in item.exceptions if not o.and_future}
    changes = sorted((o for o in item.exceptions if o.and_future), key=lambda o: _wall(o.recurrence_id))
    found = [_of_override(override) for override in exact.values()]
    since = [_wall(change.recurrence_id) for change in changes]
    latest = _later(end, timedelta(days=1) + max((abs(_moved(o)) for o in changes), default=timedelta()))
    for count, moment in enumerate(_generated(item, latest)):
        if count > 100 * max(limit, 1000):
            break
        wall = _wall(moment)
        if wall in exact:
            continue
        place = bisect_right(since, wall)
        if not place:
            found.append(Occurrence(moment, moment, item))
            continue
        change = changes[place - 1]
        try:
            moved = Moment(moment.local + _moved(change), moment.zone, moment.offset)
        except OverflowError:
            continue
        found.append(Occurrence(moment, moved, change.item))
    inside = [one for one in found if start <= _at(one.start) < end]
    return sorted(inside, key=lambda one: _at(one.start))[:limit]


def _later(at: datetime, by: timedelta) -> datetime:
    try:
        return at + by
    except OverflowError:
        return _LAST


def _of_override(override: Override) -> Occurrence:
    return Occurrence(override.recurrence_id, override.item.start or override.recurrence_id, override.item)


def _moved(override: Override) -> timedelta:
    begins = override.item.start
    if begins is None:
        return timedelta()
    return shift(override.recurrence_id, in_zone(begins, override.recurrence_id.zone)) or timedelta()


def _wall(moment: Moment) -> datetime:
    local = moment.local
    return local if isinstance(local, datetime) else datetime.combine(local, time())


def _at(moment: Moment) -> datetime:
    return instant(moment) or _wall(moment).replace(tzinfo=UTC)


def _generated(item: Event | Task, latest: datetime) -> Iterator[Moment]:
    """Yield start, the dates of the rules and the additional dates, each once, without those left out."""
    first = item.start
    if first is None:
        return
    # What is left out or added in another zone is meant as the same instant in the zone of the series.
    left_out = {_wall(in_zone(moment, first.zone)) for moment in item.exdates}
    days_out = {moment.local for moment in item.exdates if moment.all_day}
    added = sorted(_wall(in_zone(moment, first.zone)) for moment in item.rdates)
    sources: list[Iterator[datetime]] = [iter([_wall(first)]), iter(added)]
    sources += [_rule(text, first, item, latest.year) for text in item.rules]
    before: datetime | None = None
    for wall in heapq.merge(*sources):
        local: date | datetime = wall.date() if first.all_day else wall
        moment = Moment(local, first.zone, first.offset)
        if _at(moment) > latest:
            return
        if wall != before and wall not in left_out and wall.date() not in days_out:
            yield moment
        before = wall


class _Beyond(Exception):
    """A rule has gone through all the years that were asked for."""


class _Bounded(rrule):
    """A rule of dateutil that ends after some years, also where it names a day that never comes.

    dateutil looks for such a day until the year 9999. It asks for the week numbers whenever it begins another year.
    """

    looks: int

    @property
    def _byweekno(self) -> object:
        self.looks -= 1
        if self.looks < 0:
            raise _Beyond
        return self.__dict__["_byweekno"]


def _rule(text: str, first: Moment, item: Event | Task, last_year: int) -> Iterator[datetime]:
    parts = [part for part in text.upper().split(";") if part]
    if len(text) > _LONGEST_RULE or any(part in _TOO_FINE for part in parts):
        raise _refused(text, item)
    if any(part.startswith("INTERVAL=") and not _POSITIVE.fullmatch(part) for part in parts):
        raise _refused(text, item)
    try:
        parts = [_until(part, first) if part.startswith("UNTIL=") else part for part in parts]
        found = rrulestr(";".join(parts), dtstart=_wall(first))
        assert isinstance(found, rrule)
        found.__class__ = _Bounded
        assert isinstance(found, _Bounded)
        found.looks = 4 * (max(last_year - first.local.year, 0) + 4)
        yield from found
    except _Beyond:
        return
    except (ValueError, KeyError, TypeError, IndexError, OverflowError):
        raise _refused(text, item) from None


def _refused(text: str, item: Event | Task) -> CodecError:
    return CodecError(f"the rule {text[:80]} cannot be expanded", "Correct the rule.", Where(item=item.summary))


def _until(part: str, first: Moment) -> str:
    """Write UNTIL on the wall clock of the series, where it includes the whole of a day that it names."""
    found = local_of(part.removeprefix("UNTIL="))
    if found is None:
        return part
    local, utc = found
    if not isinstance(local, datetime):
        local = datetime.combine(local, time(23, 59, 59))
    elif utc and first.zone not in ("", "UTC"):
        local = _wall(in_zone(Moment(local, "UTC"), first.zone))
        if first.offset is not None:
            local += timedelta(seconds=first.offset)
    return f"UNTIL={local.year:04}{local:%m%dT%H%M%S}"
