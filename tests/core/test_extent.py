"""How far an item reaches: a table with a sentence per row. A bound may be late, never early."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instep.codecs.expand import instants
from instep.core.extent import extent
from instep.core.model import Event, Moment, Override, Task
from instep.errors import CodecError


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str, zone: str = "") -> Moment:
    return Moment(datetime.fromisoformat(text) if "T" in text else day(text), zone)


def event(start: str, end: str | None = None, zone: str = "", **more: Any) -> Event:
    return Event(start=moment(start, zone), end=moment(end, zone) if end else None, **more)


def exception(named: str, start: str | None, *, future: bool = False, end: str | None = None) -> Override:
    item = Event() if start is None else event(start, end)
    return Override(moment(named), item, future)


CASES: list[tuple[str, Event | Task, tuple[str, str | None] | None]] = [
    ("an hour is one day", event("2026-03-01T10:00", "2026-03-01T11:00"), ("2026-03-01", "2026-03-01")),
    ("no end at all is one day", event("2026-03-01T10:00"), ("2026-03-01", "2026-03-01")),
    ("the end of an all-day event is exclusive", event("2026-03-01", "2026-03-03"), ("2026-03-01", "2026-03-02")),
    ("an all-day event may end where it begins", event("2026-03-01", "2026-03-01"), ("2026-03-01", "2026-03-01")),
    ("an end at midnight is not the next day", event("2026-03-01T22:00", "2026-03-02T00:00"), ("2026-03-01",) * 2),
    ("an event over midnight is two days", event("2026-03-01T22:00", "2026-03-02T00:01"), ("2026-03-01", "2026-03-02")),
    ("an end before the start counts as the start", event("2026-03-05", "2026-03-01"), ("2026-03-05", "2026-03-05")),
    ("a leap day is a day", event("2028-02-29", "2028-03-01"), ("2028-02-29", "2028-02-29")),
    ("a time counts by its day in UTC", event("2026-03-01T00:30", zone="Europe/Berlin"), ("2026-02-28",) * 2),
    ("the same instant in UTC counts the same", event("2026-02-28T23:30", zone="UTC"), ("2026-02-28",) * 2),
    ("in summer Berlin is two hours ahead", event("2026-07-01T01:30", zone="Europe/Berlin"), ("2026-06-30",) * 2),
    ("in winter it is one", event("2026-01-10T01:30", zone="Europe/Berlin"), ("2026-01-10",) * 2),
    (
        "the hour that summer time skips is on its day",
        event("2026-03-29T02:30", zone="Europe/Berlin"),
        ("2026-03-29",) * 2,
    ),
    ("a zone nobody knows counts as written", event("2026-03-01T00:30", zone="Mars/Base"), ("2026-03-01",) * 2),
    ("an event without a start has no days", Event(), None),
    ("a task without a date has no days", Task(summary="Buy milk"), None),
    ("a task with a due date only", Task(due=moment("2026-03-05")), ("2026-03-05", "2026-03-05")),
    (
        "a task from start to due",
        Task(start=moment("2026-03-01"), due=moment("2026-03-05")),
        ("2026-03-01", "2026-03-05"),
    ),
    ("a completed task without other dates has none", Task(completed=moment("2020-01-01T10:00", "UTC")), None),
    ("a rule without an end has none", event("2020-03-01", rules=("FREQ=WEEKLY",)), ("2020-03-01", None)),
    (
        "UNTIL bounds, a day more for zones",
        event("2026-03-01", rules=("FREQ=DAILY;UNTIL=20260310",)),
        ("2026-03-01", "2026-03-11"),
    ),
    (
        "UNTIL in UTC",
        event("2026-03-01T10:00", rules=("FREQ=DAILY;UNTIL=20260310T090000Z",)),
        ("2026-03-01", "2026-03-11"),
    ),
    (
        "UNTIL before the start is the start",
        event("2026-03-05", rules=("FREQ=DAILY;UNTIL=20200101",)),
        ("2026-03-05", "2026-03-06"),
    ),
    ("an UNTIL that is none has no end", event("2026-03-01", rules=("FREQ=DAILY;UNTIL=SOON",)), ("2026-03-01", None)),
    ("COUNT times the period", event("2026-03-01", rules=("FREQ=DAILY;COUNT=10",)), ("2026-03-01", "2026-03-11")),
    (
        "COUNT times the interval",
        event("2026-03-01", rules=("FREQ=WEEKLY;COUNT=2;INTERVAL=2",)),
        ("2026-03-01", "2026-03-29"),
    ),
    (
        "COUNT with days of the week",
        event("2026-03-02", rules=("FREQ=WEEKLY;COUNT=2;BYDAY=MO,WE",)),
        ("2026-03-02", "2026-03-30"),
    ),
    (
        "COUNT of weeks and months together",
        event("2026-03-02", rules=("FREQ=DAILY;COUNT=2;BYMONTH=1",)),
        ("2026-03-02", None),
    ),
    (
        "the 29th of February may need eight years",
        event("2096-02-29", rules=("FREQ=YEARLY;COUNT=1",)),
        ("2096-02-29", "2104-03-07"),
    ),
    (
        "a fifth Friday is not in every month",
        event("2026-01-30", rules=("FREQ=MONTHLY;COUNT=3;BYDAY=5FR",)),
        ("2026-01-30", None),
    ),
    ("a first Friday is", event("2026-01-02", rules=("FREQ=MONTHLY;COUNT=1;BYDAY=1FR",)), ("2026-01-02", "2026-03-05")),
    (
        "a Friday the 13th is rare",
        event("2026-02-13", rules=("FREQ=MONTHLY;COUNT=3;BYDAY=FR;BYMONTHDAY=13",)),
        ("2026-02-13", None),
    ),
    ("a rule that is none has no end", event("2026-03-01", rules=("NONSENSE",)), ("2026-03-01", None)),
    (
        "a count beyond all numbers has no end",
        event("2026-03-01", rules=("FREQ=YEARLY;COUNT=999999999",)),
        ("2026-03-01", None),
    ),
    (
        "the longest of several rules",
        event("2026-03-01", rules=("FREQ=DAILY;COUNT=2", "FREQ=DAILY;COUNT=5")),
        ("2026-03-01", "2026-03-06"),
    ),
    (
        "an additional date reaches further",
        event("2026-03-01", rdates=(moment("2027-05-01"),)),
        ("2026-03-01", "2027-05-01"),
    ),
    (
        "an additional date may come first",
        event("2026-03-01", rdates=(moment("2025-05-01"),)),
        ("2025-05-01", "2026-03-01"),
    ),
    (
        "dates left out make it no shorter",
        event("2026-03-01", rules=("FREQ=DAILY;COUNT=1",), exdates=(moment("2026-03-01"),)),
        ("2026-03-01", "2026-03-02"),
    ),
    (
        "an exception moved far away",
        event("2026-03-01", exceptions=(exception("2026-03-01", "2028-01-01"),)),
        ("2026-03-01", "2028-01-01"),
    ),
    (
        "an exception moved to the past",
        event("2026-03-01", exceptions=(exception("2026-03-01", "2020-01-01"),)),
        ("2020-01-01", "2026-03-01"),
    ),
    (
        "an exception without a time counts by its name",
        event("2026-03-01", exceptions=(exception("2026-04-01", None),)),
        ("2026-03-01", "2026-04-01"),
    ),
    (
        "this and all later ones move the end",
        event(
            "2026-03-01",
            rules=("FREQ=DAILY;UNTIL=20260310",),
            exceptions=(exception("2026-03-05", "2026-03-08", future=True),),
        ),
        ("2026-03-01", "2026-03-14"),
    ),
    (
        "exceptions without their series",
        Event(headless=True, exceptions=(exception("2026-03-01", "2026-03-02"),)),
        ("2026-03-01", "2026-03-02"),
    ),
    ("the last day there is", event("9999-12-31", rules=("FREQ=DAILY;COUNT=5",)), ("9999-12-31", None)),
    ("the first day there is", event("0001-01-01", "0001-01-01"), ("0001-01-01", "0001-01-01")),
]


@pytest.mark.parametrize(("item", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_extent_of(item: Event | Task, expected: tuple[str, str | None] | None) -> None:
    found = extent(item)
    told = None if found is None else (found.first.isoformat(), found.last.isoformat() if found.last else None)
    assert told == expected


RULES = st.builds(
    lambda *parts: ";".join(part for part in parts if part),
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"]),
    st.integers(1, 8).map("COUNT={}".format) | st.sampled_from(["UNTIL=20280310", "UNTIL=20290101T003000Z"]),
    st.sampled_from(["", "INTERVAL=2", "INTERVAL=3", "INTERVAL=12"]),
    st.sampled_from(["", "BYDAY=MO", "BYDAY=1FR", "BYDAY=-1SU", "BYDAY=5TU", "BYDAY=SA,SU", "BYDAY=4MO,5MO"]),
    st.sampled_from(["", "", "BYMONTHDAY=31", "BYMONTHDAY=-1", "BYMONTHDAY=28,30", "BYMONTHDAY=15"]),
    st.sampled_from(["", "", "BYMONTH=2", "BYMONTH=1,6"]),
    st.sampled_from(["", "", "", "BYSETPOS=-1", "BYSETPOS=2"]),
)


@given(RULES, st.dates(date(2024, 1, 1), date(2028, 12, 31)), st.integers(0, 3), st.sampled_from(["", "Asia/Tokyo"]))
def test_no_occurrence_lies_outside_of_the_extent(rule: str, start: date, days: int, zone: str) -> None:
    begins = Moment(datetime(start.year, start.month, start.day, 8), zone)
    item = Event(start=begins, end=replace(begins, local=begins.local + timedelta(days=days, hours=1)), rules=(rule,))
    reach = extent(item)
    assert reach is not None
    try:
        found = instants(item, datetime(2024, 1, 1, tzinfo=UTC), datetime(2060, 1, 1, tzinfo=UTC), 50)
    except CodecError:
        return  # a rule that cannot be expanded
    for one in found:
        on = (one.start.local - timedelta(hours=9 if zone else 0)).date()  # type: ignore[operator,union-attr]
        assert reach.first <= on
        assert reach.last is None or on + timedelta(days=days) <= reach.last
