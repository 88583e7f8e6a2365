"""What a person says about a pair's scope, as a table; and how a pair keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from accounts.test_joining import FOLDERS
from instep.accounts.joining import join, pairs_of, scope_of
from instep.accounts.scope_choice import UNCHANGED, ScopeChoice
from instep.core.model import Kind
from instep.core.scope import EVERYTHING, Scope
from instep.errors import ConfigError, Where
from instep.store import pairs
from instep.store.database import Database

BEFORE = Scope(10, 20, ("Work",))
TAKEN: list[tuple[str, ScopeChoice, Scope]] = [
    ("nothing said changes nothing", UNCHANGED, BEFORE),
    ("one side of the window alone", ScopeChoice(past=3), Scope(3, 20, ("Work",))),
    ("no days at all is today", ScopeChoice(past=0, future=0), Scope(0, 0, ("Work",))),
    ("the days are taken back together", ScopeChoice(all_times=True), Scope(None, None, ("Work",))),
    ("categories take the place of those before", ScopeChoice(categories=("A", "B")), Scope(10, 20, ("A", "B"))),
    ("a category twice is one", ScopeChoice(categories=("Travel", " travel ")), Scope(10, 20, ("travel",))),
    ("the categories are taken back", ScopeChoice(all_categories=True), Scope(10, 20)),
    ("all is taken back", ScopeChoice(all_times=True, all_categories=True), EVERYTHING),
    ("a window with categories taken back", ScopeChoice(past=1, all_categories=True), Scope(1, 20)),
]


@pytest.mark.parametrize(("choice", "after"), [case[1:] for case in TAKEN], ids=[case[0] for case in TAKEN])
def test_a_choice_changes_the_scope(choice: ScopeChoice, after: Scope) -> None:
    assert choice.applied(BEFORE, Kind.EVENT, Where()) == after


REFUSED: list[tuple[str, ScopeChoice, Kind, str]] = [
    ("days below 0", ScopeChoice(past=-1), Kind.EVENT, "--past -1"),
    ("more than a hundred years", ScopeChoice(future=99999), Kind.TASK, "--future 99999"),
    ("days of contacts", ScopeChoice(past=1), Kind.CONTACT, "contacts has no window"),
    ("days of notes", ScopeChoice(future=1), Kind.NOTE, "notes has no window"),
    ("days and no days", ScopeChoice(past=1, all_times=True), Kind.EVENT, "contradict"),
    ("categories and none", ScopeChoice(categories=("A",), all_categories=True), Kind.NOTE, "contradict"),
    ("a category without a name", ScopeChoice(categories=("A", " ")), Kind.CONTACT, "needs a name"),
]


@pytest.mark.parametrize(("choice", "kind", "says"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_choice_that_cannot_be_kept_is_refused(choice: ScopeChoice, kind: Kind, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as told:
        choice.applied(EVERYTHING, kind, Where(account="ann"))
    assert told.value.advice and "ann" in str(told.value)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "state.db")
    yield opened
    opened.close()


def test_a_pair_keeps_its_scope_and_what_a_run_left_there(database: Database) -> None:
    with database.transaction() as tx:
        made, _ = join(tx, FOLDERS, Kind.EVENT, "calendar", "Calendar", scope=ScopeChoice(past=30))
        assert made.options == {"scope": {"past": 30}}
        pairs.change(tx, replace(made, options={**made.options, "kept": "two-way"}))
        again, _ = join(tx, FOLDERS, Kind.EVENT, "calendar", "Calendar", on_conflict="server")
        assert scope_of(again) == Scope(past=30) and again.options["kept"] == "two-way"
        wide, _ = join(tx, FOLDERS, Kind.EVENT, "calendar", "Calendar", scope=ScopeChoice(all_times=True))
        assert wide.options == {"kept": "two-way"}


def test_nothing_is_stored_when_the_scope_is_refused(database: Database) -> None:
    with database.transaction() as tx:
        with pytest.raises(ConfigError, match="has no window"):
            join(tx, FOLDERS, Kind.CONTACT, "contacts", "People", scope=ScopeChoice(past=1))
        assert pairs_of(tx, FOLDERS.account) == []
