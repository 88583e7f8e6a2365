"""Writes the VTIMEZONE of a zone from its published rules: sorted, none before 1970, yearly rules where they last."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from instep.codecs.contentline import make_line
from instep.core.moments import zone_info

_LAST_YEAR: Final = 2037
_FIRST_YEAR: Final = 1970
_DAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_STEP: Final = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class _Change:
    """One change of a zone: the instant (UTC, naive), the distances from UTC before and after, name, summer or not."""

    at: datetime
    before: int
    after: int
    name: str
    summer: bool

    @property
    def wall(self) -> datetime:
        return self.at + timedelta(seconds=self.before)


@lru_cache(maxsize=64)
def _changes(zone: str) -> tuple[_Change, ...]:
    rules = zone_info(zone)
    assert rules is not None

    def look(at: datetime) -> tuple[int, str, bool]:
        there = at.replace(tzinfo=UTC).astimezone(rules)
        offset, summer = there.utcoffset(), there.dst()
        assert offset is not None
        return int(offset.total_seconds()), there.tzname() or "", bool(summer)

    out = []
    at, end = datetime(_FIRST_YEAR, 1, 1), datetime(_LAST_YEAR + 1, 1, 1)
    known = look(at)
    out.append(_Change(at - timedelta(seconds=known[0]), known[0], known[0], known[1], known[2]))
    while at < end:
        then = at + _STEP
        if look(then) != known:
            low, high = at, then
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
                low, high = (middle, high) if look(middle) == known else (low, middle)
            new = look(high)
            out.append(_Change(high, known[0], *new))
            known, at = new, high
        else:
            at = then
    return tuple(out)


def zone_bytes(tzid: str, zone: str, since: int, eol: bytes) -> bytes:
    """Write the VTIMEZONE called ``tzid`` with the rules of ``zone`` from the year ``since`` on."""
    changes = _changes(zone)
    start = datetime(max(since, _FIRST_YEAR), 1, 1)
    first = max((i for i, change in enumerate(changes) if change.at <= start), default=0)
    return _component(tzid, _parts(changes[first:]), eol)


def fixed_bytes(tzid: str, offsets: Iterable[tuple[datetime, int]], eol: bytes) -> bytes:
    """Write a VTIMEZONE of which only the distances from UTC at some wall times are known, all that is known."""
    parts: list[tuple[datetime, bool, int, int, str, str]] = []
    known: int | None = None
    for local, offset in sorted(offsets):
        if offset != known:
            at = local if parts else datetime(_FIRST_YEAR, 1, 1)
            parts.append((min(at, local), False, offset if known is None else known, offset, "", ""))
            known = offset
    return _component(tzid, parts, eol)


def _parts(changes: tuple[_Change, ...]) -> list[tuple[datetime, bool, int, int, str, str]]:
    """Give (start, summer, before, after, name, rule) of every part, yearly repetitions as one with a rule."""
    groups: dict[tuple[int, int, str, bool, int, int, object], list[_Change]] = {}
    out: list[tuple[datetime, bool, int, int, str, str]] = []
    for change in changes:
        wall = change.wall
        if change.before == change.after:
            out.append((wall, change.summer, change.before, change.after, change.name, ""))
            continue
        key = (change.before, change.after, change.name, change.summer, wall.month, wall.weekday(), wall.time())
        groups.setdefault(key, []).append(change)
    for group in groups.values():
        for run in _runs(group):
            first = run[0]
            rule = _rule(run) if len(run) > 1 else ""
            if rule or len(run) == 1:
                out.append((first.wall, first.summer, first.before, first.after, first.name, rule))
            else:
                out += [(one.wall, one.summer, one.before, one.after, one.name, "") for one in run]
    return sorted(out)


def _runs(group: list[_Change]) -> list[list[_Change]]:
    """Split into runs of consecutive years that one rule describes."""
    runs: list[list[_Change]] = []
    for change in group:
        last = runs[-1] if runs else []
        if last and change.wall.year == last[-1].wall.year + 1 and _rule([*last, change]):
            last.append(change)
        else:
            runs.append([change])
    return runs


def _rule(run: list[_Change]) -> str:
    walls = [change.wall for change in run]
    month, day = walls[0].month, _DAYS[walls[0].weekday()]
    until = "" if walls[-1].year >= _LAST_YEAR else f";UNTIL={run[-1].at:%Y%m%dT%H%M%SZ}"
    head = f"FREQ=YEARLY{until};"
    if all(wall.day + 7 > monthrange(wall.year, month)[1] for wall in walls):
        return f"{head}BYDAY=-1{day};BYMONTH={month}"
    nths = {(wall.day - 1) // 7 + 1 for wall in walls}
    if len(nths) == 1 and max(nths) < 5:
        return f"{head}BYDAY={min(nths)}{day};BYMONTH={month}"
    low, high = min(wall.day for wall in walls), max(wall.day for wall in walls)
    if high - low < 7:
        return f"{head}BYDAY={day};BYMONTHDAY={','.join(map(str, range(low, high + 1)))};BYMONTH={month}"
    return ""


def _component(tzid: str, parts: list[tuple[datetime, bool, int, int, str, str]], eol: bytes) -> bytes:
    out = [b"BEGIN:VTIMEZONE" + eol, make_line("TZID", tzid, eol=eol)]
    for start, summer, before, after, name, rule in parts:
        kind = b"DAYLIGHT" if summer else b"STANDARD"
        out.append(b"BEGIN:" + kind + eol)
        out.append(make_line("DTSTART", f"{start.year:04}{start:%m%dT%H%M%S}", eol=eol))
        if rule:
            out.append(make_line("RRULE", rule, eol=eol))
        out.append(make_line("TZOFFSETFROM", _offset(before), eol=eol))
        out.append(make_line("TZOFFSETTO", _offset(after), eol=eol))
        if name:
            out.append(make_line("TZNAME", name, eol=eol))
        out.append(b"END:" + kind + eol)
    out.append(b"END:VTIMEZONE" + eol)
    return b"".join(out)


def _offset(seconds: int) -> str:
    sign, rest = ("-" if seconds < 0 else "+"), abs(seconds)
    text = f"{sign}{rest // 3600:02}{rest % 3600 // 60:02}"
    return f"{text}{rest % 60:02}" if rest % 60 else text
