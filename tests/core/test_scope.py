"""Which items take part: a table with a sentence per row, and what time brings in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instep.core.model import Contact, Event, Item, Moment, Note, Task
from instep.core.scope import EVERYTHING, Scope

TODAY = date(2026, 3, 10)
WINDOW = Scope(past=10, future=20)
WORK = Scope(categories=("Work", "Travel"))


def on(days: int, length: int = 1, **more: Any) -> Event:
    """An all-day event so many days from today."""
    start = TODAY + timedelta(days=days)
    return Event(start=Moment(start), end=Moment(start + timedelta(days=length)), **more)


CASES: list[tuple[str, Scope, Item, bool]] = [
    ("everything takes anything", EVERYTHING, on(-9999), True),
    ("today is in every window", Scope(0, 0), on(0), True),
    ("tomorrow is not in a window of no days", Scope(0, 0), on(1), False),
    ("yesterday is not in a window of no days", Scope(0, 0), on(-1), False),
    ("the first day of the window", WINDOW, on(-10), True),
    ("the day before it", WINDOW, on(-11), False),
    ("the last day of the window", WINDOW, on(20), True),
    ("the day after it", WINDOW, on(21), False),
    ("what reaches into the window", WINDOW, on(-15, 6), True),
    ("what ends the day before it", WINDOW, on(-15, 5), False),
    ("what is longer than the window", WINDOW, on(-100, 300), True),
    ("a series without an end that began long ago", WINDOW, on(-999, rules=("FREQ=WEEKLY",)), True),
    ("a series without an end that begins too late", WINDOW, on(21, rules=("FREQ=WEEKLY",)), False),
    ("a series that ended", WINDOW, on(-999, rules=("FREQ=DAILY;COUNT=10",)), False),
    ("only the past is limited", Scope(past=10), on(9999), True),
    ("only the future is limited", Scope(future=10), on(-9999), True),
    ("a task without a date", WINDOW, Task(summary="Some day"), True),
    ("a task that was due", WINDOW, Task(due=Moment(TODAY - timedelta(days=11))), False),
    ("a contact has no days", WINDOW, Contact(birthday="1970-01-01"), True),
    ("a note has none that count", WINDOW, Note(title="Old", date=Moment(date(1999, 1, 1))), True),
    ("one of the categories", WORK, Contact(categories=("Family", "Work")), True),
    ("written in other letters", WORK, Note(categories=(" wORK ",)), True),
    ("none of the categories", WORK, Contact(categories=("Family",)), False),
    ("no category", WORK, Task(), False),
    ("a word that only begins the same", WORK, Contact(categories=("Workshop",)), False),
    ("the category, but not the window", Scope(10, 20, ("Work",)), on(21, categories=("Work",)), False),
    ("the window, but not the category", Scope(10, 20, ("Work",)), on(0), False),
    ("both", Scope(10, 20, ("Work",)), on(0, categories=("work",)), True),
]


@pytest.mark.parametrize(("scope", "item", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_inside(scope: Scope, item: Item, expected: bool) -> None:
    assert scope.inside(item, TODAY) is expected


ENTERS: list[tuple[str, Scope, Item, int | None]] = [
    ("what is in does not enter", WINDOW, on(0), None),
    ("what is over never comes back", WINDOW, on(-30), None),
    ("what comes next", WINDOW, on(21), 1),
    ("what is far away", WINDOW, on(420), 400),
    ("time brings no category", Scope(10, 20, ("Work",)), on(21), None),
    ("nothing is ahead without a limit ahead", Scope(past=10), on(-30), None),
    ("a contact never enters by time", WORK, Contact(), None),
]


@pytest.mark.parametrize(("scope", "item", "days"), [case[1:] for case in ENTERS], ids=[case[0] for case in ENTERS])
def test_enters_on(scope: Scope, item: Item, days: int | None) -> None:
    assert scope.enters_on(item, TODAY) == (None if days is None else TODAY + timedelta(days=days))


@given(st.integers(-60, 60), st.integers(1, 9), st.integers(0, 30) | st.none(), st.integers(0, 30) | st.none())
def test_an_item_is_in_from_the_day_on_which_it_enters(
    days: int, length: int, past: int | None, future: int | None
) -> None:
    scope, item = Scope(past, future), on(days, length)
    entry = scope.enters_on(item, TODAY)
    if entry is None:
        outside = not scope.inside(item, TODAY)
        assert not (outside and any(scope.inside(item, TODAY + timedelta(days=n)) for n in range(200)))
    else:
        assert scope.inside(item, entry) and not scope.inside(item, entry - timedelta(days=1))


@pytest.mark.parametrize("edge", [date.min, date.max])
def test_the_first_and_the_last_day_there_is_are_no_error(edge: date) -> None:
    item = Event(start=Moment(edge))
    for scope in (Scope(36500, 36500), Scope(0, 0)):
        assert scope.inside(item, TODAY) is False
        scope.enters_on(item, TODAY)


@pytest.mark.parametrize("scope", [EVERYTHING, WINDOW, WORK, Scope(0, None, ("A",))])
def test_the_plain_form_gives_the_same_scope(scope: Scope) -> None:
    assert Scope.from_json(scope.to_json()) == scope
    assert bool(scope.to_json()) is scope.limits


def test_the_sentence_says_all_of_it() -> None:
    assert Scope(30, 365, ("Work", "Travel")).sentence() == "30 days back, 365 days ahead, only Work or Travel"
    assert EVERYTHING.sentence() == ""
