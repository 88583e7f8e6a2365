"""When an account is synchronized by itself: told as stories of moments, on a clock of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from instep.accounts.account import Account
from instep.engine.report import Report, kind_of_failure
from instep.errors import (
    Busy,
    ConfigError,
    InsecureRefused,
    InstepError,
    LoginRefused,
    LoginsPaused,
    NotADavServer,
    SecretUnavailable,
    SignInNeeded,
    StateDamaged,
    StoreFull,
    Transient,
    Unreachable,
)
from instep.service.schedule import (
    LONGEST_SETTLE,
    SETTLE,
    Moment,
    Outcome,
    Standing,
    Why,
    acted,
    begun,
    changed,
    due,
    ended,
    outcome_of,
)

QUARTERLY = Account("work", sync_every=15)
AWARE = Account("work", sync_after_changes=True)
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass
class Story:
    """An account's life: time passes, runs begin and end, the desktop changes."""

    account: Account
    now: Moment = field(default_factory=lambda: Moment(1000.0, 1_800_000_000.0))
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self.standing = Standing(self.now)

    def passes(self, steady: float, wall: float | None = None) -> Story:
        """Let time pass, on both clocks alike unless told."""
        self.now = Moment(self.now.steady + steady, self.now.wall + (steady if wall is None else wall))
        return self

    def runs(self, outcome: Outcome = Outcome.DONE, *, takes: float = 5.0, asked: bool = False) -> Story:
        self.standing = begun(self.standing)
        self.passes(takes)
        self.standing = ended(self.standing, outcome, self.now, asked=asked)
        return self

    def is_edited(self) -> Story:
        self.standing = changed(self.standing, self.now)
        return self

    def set_to(self, **settings: Any) -> Story:
        self.account = replace(self.account, **settings)
        return self

    def is_acted_upon(self) -> Story:
        self.standing = acted(self.standing)
        return self

    def next(self) -> tuple[float, Why] | None:
        found = due(self.account, self.standing, self.now)
        return None if found is None else (found.after, found.why)


def story(account: Account) -> Story:
    return Story(account)


DUE: list[tuple[str, Story, tuple[float, Why] | None]] = [
    ("nothing is set", story(Account("work")), None),
    ("only at exit", story(Account("work", sync_at_exit=True)), None),
    ("switched off", story(replace(QUARTERLY, enabled=False, sync_at_start=True)), None),
    ("at start, and the program has just started", story(Account("work", sync_at_start=True)), (0.0, Why.START)),
    ("at start, and that is done", story(Account("work", sync_at_start=True)).runs(), None),
    ("every 15 minutes, just started", story(QUARTERLY), (15 * MINUTE, Why.EVERY)),
    ("every 15 minutes, 10 after a run", story(QUARTERLY).runs().passes(10 * MINUTE), (5 * MINUTE, Why.EVERY)),
    ("every 15 minutes counts from a run's end", story(QUARTERLY).runs(takes=HOUR), (15 * MINUTE, Why.EVERY)),
    ("a person's run counts, too", story(QUARTERLY).passes(600).runs(asked=True), (15 * MINUTE, Why.EVERY)),
    ("an hour asleep, seen by the wall's clock alone", story(QUARTERLY).passes(10, HOUR), (-45 * MINUTE, Why.EVERY)),
    ("the clock was set back a day", story(QUARTERLY).passes(10 * MINUTE, -DAY), (5 * MINUTE, Why.EVERY)),
    ("the clock was set on a day, and a run followed", story(QUARTERLY).passes(1, DAY).runs(), (900, Why.EVERY)),
    ("every 15 minutes at first, every 5 now", story(QUARTERLY).passes(360).set_to(sync_every=5), (-60, Why.EVERY)),
    ("changes that nobody asked to follow", story(QUARTERLY).is_edited(), (15 * MINUTE, Why.EVERY)),
    ("one change", story(AWARE).is_edited(), (SETTLE, Why.CHANGES)),
    ("a second change begins the wait anew", story(AWARE).is_edited().passes(8).is_edited(), (SETTLE, Why.CHANGES)),
    ("a change seen by a run", story(AWARE).is_edited().runs(), None),
    (
        "a change that a failed run of a person saw",
        story(AWARE).is_edited().runs(Outcome.AWAY, asked=True),
        (5.0, Why.CHANGES),
    ),
    ("no network", story(QUARTERLY).runs(Outcome.AWAY), (MINUTE, Why.AGAIN)),
    (
        "no network for the third time",
        story(QUARTERLY).runs(Outcome.AWAY).runs(Outcome.AWAY).runs(Outcome.AWAY),
        (4 * MINUTE, Why.AGAIN),
    ),
    (
        "no network, and a change hurries nothing",
        story(replace(AWARE, sync_every=15)).runs(Outcome.AWAY).is_edited(),
        (MINUTE, Why.AGAIN),
    ),
    (
        "no network for a person leaves the schedule as it is",
        story(QUARTERLY).runs(Outcome.AWAY, asked=True),
        (15 * MINUTE, Why.EVERY),
    ),
    ("no network for changes is tried again", story(AWARE).is_edited().runs(Outcome.AWAY), (MINUTE, Why.AGAIN)),
    ("the network is back", story(QUARTERLY).runs(Outcome.AWAY).runs(), (15 * MINUTE, Why.EVERY)),
    ("another process works on it", story(QUARTERLY).runs(Outcome.BUSY), (MINUTE, Why.AGAIN)),
    ("another process for a person", story(QUARTERLY).runs(Outcome.BUSY, asked=True), (15 * MINUTE, Why.EVERY)),
    ("a failure", story(QUARTERLY).runs(Outcome.FAILED), (15 * MINUTE, Why.AGAIN)),
    ("a failure where runs are rare", story(AWARE).is_edited().runs(Outcome.FAILED), (5 * MINUTE, Why.AGAIN)),
    ("a refused password", story(QUARTERLY).runs(Outcome.REFUSED).passes(DAY), None),
    ("a refused password and changes", story(AWARE).runs(Outcome.REFUSED).is_edited().passes(DAY), None),
    ("a password refused to a person", story(QUARTERLY).runs(Outcome.REFUSED, asked=True).passes(DAY), None),
    (
        "refused, and then no network for a person",
        story(QUARTERLY).runs(Outcome.REFUSED).runs(Outcome.AWAY, asked=True).passes(DAY),
        None,
    ),
    (
        "refused, and then a person's run worked",
        story(QUARTERLY).runs(Outcome.REFUSED).runs(asked=True),
        (15 * MINUTE, Why.EVERY),
    ),
    (
        "refused, and then a person acted",
        story(QUARTERLY).runs(Outcome.REFUSED).passes(DAY).is_acted_upon(),
        (MINUTE - DAY, Why.AGAIN),
    ),
    (
        "no network for long, and then a person acted",
        story(AWARE).runs(Outcome.AWAY).runs(Outcome.AWAY).runs(Outcome.AWAY).is_acted_upon(),
        (MINUTE, Why.AGAIN),
    ),
    ("in step, and then a person acted", story(QUARTERLY).runs().is_acted_upon(), (15 * MINUTE, Why.EVERY)),
]


@pytest.mark.parametrize(("name", "told", "when"), DUE, ids=[row[0] for row in DUE])
def test_account_is_due_when_its_story_says(name: str, told: Story, when: tuple[float, Why] | None) -> None:
    assert told.next() == when


def test_account_that_runs_is_not_due() -> None:
    told = story(QUARTERLY).passes(DAY)
    assert due(QUARTERLY, begun(told.standing), told.now) is None


def test_desktop_that_never_rests_is_synchronized_all_the_same() -> None:
    told = story(AWARE)
    waited = 0.0
    while (when := told.is_edited().next()) is not None and when[0] > 0:
        told.passes(SETTLE / 2)
        waited += SETTLE / 2
    assert waited == LONGEST_SETTLE


def test_change_during_a_run_makes_another_one_due() -> None:
    told = story(AWARE).is_edited()
    told.standing = changed(begun(told.standing), told.now)
    told.standing = ended(told.standing, Outcome.DONE, told.now)
    assert told.next() == (SETTLE, Why.CHANGES)


PAUSES: list[tuple[str, Account, Outcome, list[float]]] = [
    ("every 5 minutes, no network", Account("a", sync_every=5), Outcome.AWAY, [1, 2, 4, 5, 5, 5]),
    ("every minute, no network", Account("a", sync_every=1), Outcome.AWAY, [1, 1, 1]),
    ("every day, no network", Account("a", sync_every=1440), Outcome.AWAY, [1, 2, 4, 8, 16, 32, 60, 60]),
    ("after changes, no network", AWARE, Outcome.AWAY, [1, 2, 4, 8, 16, 32, 60, 60]),
    ("another process for long", QUARTERLY, Outcome.BUSY, [1, 1, 1, 1]),
    ("a defect", AWARE, Outcome.FAILED, [5, 10, 20, 40, 80, 160, 320, 360, 360]),
    ("a defect, every day", Account("a", sync_every=1440), Outcome.FAILED, [1440, 1440]),
]


@pytest.mark.parametrize(("name", "account", "outcome", "minutes"), PAUSES, ids=[row[0] for row in PAUSES])
def test_pauses_grow_and_have_a_limit(name: str, account: Account, outcome: Outcome, minutes: list[float]) -> None:
    told, seen = story(account), []
    for _ in minutes:
        when = told.runs(outcome).next()
        assert when is not None
        seen.append(when[0] / MINUTE)
    assert seen == minutes


def test_a_year_without_network_overflows_nothing() -> None:
    told = story(AWARE)
    for _ in range(10_000):
        told.runs(Outcome.AWAY)
    assert told.next() == (HOUR, Why.AGAIN)


def test_last_run_in_the_future_counts_as_just_now() -> None:
    now = Moment(5.0, 100.0)
    assert now.ago(-1000) == now
    assert now.since(now.ago(30)) == 30


OUTCOMES: list[tuple[InstepError | None, Outcome]] = [
    (Busy("x"), Outcome.BUSY),
    (Unreachable("x"), Outcome.AWAY),
    (Transient("x"), Outcome.AWAY),
    (LoginRefused("x"), Outcome.REFUSED),
    (SignInNeeded("x"), Outcome.REFUSED),
    (LoginsPaused("x"), Outcome.AWAY),
    (InsecureRefused("x"), Outcome.REFUSED),
    (ConfigError("x"), Outcome.REFUSED),
    (SecretUnavailable("x"), Outcome.FAILED),
    (NotADavServer("x"), Outcome.FAILED),
    (StateDamaged("x"), Outcome.FAILED),
    (StoreFull("x"), Outcome.FAILED),
    (None, Outcome.FAILED),
]


@pytest.mark.parametrize(("error", "outcome"), OUTCOMES, ids=[type(row[0]).__name__ for row in OUTCOMES])
def test_failure_says_what_it_means_for_the_next_run(error: InstepError | None, outcome: Outcome) -> None:
    assert outcome_of(Report(1, "work", failure="It failed.", failure_kind=kind_of_failure(error))) is outcome


def test_run_that_ended_well_or_was_stopped_by_a_person_is_done() -> None:
    assert outcome_of(Report(1, "work")) is Outcome.DONE
    assert outcome_of(Report(1, "work", failure="x", failure_kind="Stopped", cancelled=True)) is Outcome.DONE
