"""Pairs by hand: joined, changed, let go, and never two accounts in one desktop folder by accident."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from instep.accounts.account import Account
from instep.accounts.folders import Folders
from instep.accounts.joining import (
    change,
    join,
    let_go,
    pairs_of,
    part,
    part_all,
    scope_of,
    store_pairs,
    taken_folders,
)
from instep.accounts.scope_choice import ScopeChoice
from instep.connectors.base import CollectionInfo
from instep.core.model import Kind
from instep.core.scope import EVERYTHING, Scope
from instep.errors import ConfigError
from instep.store import pairs
from instep.store.database import Database
from instep.store.pairs import Pair

C, E = Kind.CONTACT, Kind.EVENT
ANN = Account("ann", url="https://dav.example.org/", email="ann@example.org", desktop="files:/pim")
BOB = replace(ANN, name="Bob", email="bob@example.org")


def info(id: str, *kinds: Kind, name: str = "", writable: bool | None = True) -> CollectionInfo:
    return CollectionInfo(id, name or id, frozenset(kinds), writable)


FOLDERS = Folders(
    ANN,
    (info("contacts", C), info("calendar", E), info("private", E), info("fixed", E, writable=False)),
    (
        info("https://s/card/", C, name="People"),
        info("https://s/cal/", E, name="Calendar"),
        info("https://s/team/", E, name="Team"),
        info("https://s/hol/", E, name="Holidays", writable=False),
    ),
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "state.db")
    yield opened
    opened.close()


def test_two_folders_are_joined_and_joined_again_is_a_change(database: Database) -> None:
    with database.transaction() as tx:
        first, new = join(tx, FOLDERS, E, "Calendar", "calendar")
        assert (new, first.direction, first.on_conflict) == (True, "two-way", "ask")
        second, again = join(tx, FOLDERS, E, "calendar", "https://s/cal", direction="to-server")
        third, _ = join(tx, FOLDERS, E, "calendar", "Calendar", on_conflict="newest")
        assert (again, second.id, third.id) == (False, first.id, first.id)
        assert pairs_of(tx, ANN) == [replace(first, direction="to-server", on_conflict="newest")]


REFUSED: list[tuple[str, Folders, tuple[Kind, str, str], dict[str, object], str]] = [
    ("an unknown folder", FOLDERS, (E, "calendr", "Calendar"), {}, "Did you mean 'calendar'"),
    ("a folder of another kind", FOLDERS, (C, "contacts", "Calendar"), {}, "takes no contacts"),
    ("a desktop folder that is paired", FOLDERS, (E, "calendar", "Holidays"), {}, "paired already"),
    ("a server folder that is paired", FOLDERS, (E, "private", "Calendar"), {}, "instep unpair ann appointments"),
    ("an unknown direction", FOLDERS, (C, "contacts", "People"), {"direction": "up"}, "two-way, to-server"),
    ("an unknown rule", FOLDERS, (C, "contacts", "People"), {"on_conflict": "me"}, "ask, server, desktop"),
    (
        "a folder of another account",
        replace(FOLDERS, taken={"contacts": "Bob"}),
        (C, "contacts", "People"),
        {},
        "--share",
    ),
    ("a server folder nobody writes", FOLDERS, (E, "private", "Holidays"), {"direction": "two-way"}, "to-desktop"),
    ("a desktop folder nobody writes", FOLDERS, (E, "fixed", "Team"), {"direction": "two-way"}, "to-server"),
    ("two folders nobody writes", FOLDERS, (E, "fixed", "Holidays"), {}, "Neither can be written"),
]


@pytest.mark.parametrize(("story", "there", "said", "policy", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_join_that_cannot_be_meant_is_refused_and_nothing_stored(
    database: Database,
    story: str,
    there: Folders,
    said: tuple[Kind, str, str],
    policy: dict[str, str],
    words: str,
) -> None:
    with database.transaction() as tx:
        first, _ = join(tx, FOLDERS, E, "calendar", "Calendar")
        with pytest.raises(ConfigError) as caught:
            join(tx, there, *said, **policy)  # type: ignore[arg-type]
        assert words in str(caught.value)
        assert pairs_of(tx, ANN) == [first]


def test_folder_of_another_account_is_shared_when_a_person_says_so(database: Database) -> None:
    with database.transaction() as tx:
        store_pairs(tx, [Pair(0, "Bob", C, "contacts", "https://s/bob/", "contacts", "Bob's")])
        taken = taken_folders(tx, ANN, (ANN, BOB), ["contacts", "calendar"])
        assert taken == {"contacts": "Bob"}
        pair, _ = join(tx, replace(FOLDERS, taken=taken), C, "contacts", "People", share=True)
        assert pair.account == "ann"
        elsewhere = replace(ANN, desktop="files:/other")
        assert taken_folders(tx, elsewhere, (ANN, BOB), ["contacts"]) == {}


def test_folder_nobody_writes_goes_one_way_by_itself(database: Database) -> None:
    with database.transaction() as tx:
        assert join(tx, FOLDERS, E, "private", "Holidays")[0].direction == "to-desktop"
        assert join(tx, FOLDERS, E, "fixed", "Team")[0].direction == "to-server"


def test_pair_is_let_go_by_name_or_path(database: Database) -> None:
    with database.transaction() as tx:
        for way in ("calendar", "CALENDAR", "/pim/calendar"):
            pair, _ = join(tx, FOLDERS, E, "calendar", "Calendar")
            assert part(tx, ANN, E, way).id == pair.id
            assert pairs_of(tx, ANN) == []


def test_pair_that_is_not_there_is_a_clear_error(database: Database) -> None:
    with database.transaction() as tx:
        join(tx, FOLDERS, E, "calendar", "Calendar")
        with pytest.raises(ConfigError, match="Paired for appointments: 'calendar'"):
            part(tx, ANN, E, "private")
        with pytest.raises(ConfigError, match="There is no pair for contacts"):
            part(tx, ANN, C, "calendar")
        assert len(pairs_of(tx, ANN)) == 1


def test_account_written_in_other_letters_keeps_its_pairs(database: Database) -> None:
    with database.transaction() as tx:
        first, _ = join(tx, FOLDERS, E, "calendar", "Calendar")
        assert pairs_of(tx, replace(ANN, name="Ann")) == [replace(first, account="Ann")]
        assert pairs_of(tx, BOB) == []


def test_removed_account_lets_all_its_pairs_go(database: Database) -> None:
    with database.transaction() as tx:
        store_pairs(tx, [Pair(0, "Bob", C, "contacts", "https://s/bob/", "contacts", "Bob's")])
        join(tx, FOLDERS, E, "calendar", "Calendar")
        assert len(part_all(tx, ANN)) == 1
        assert (pairs_of(tx, ANN), len(pairs_of(tx, BOB))) == ([], 1)


def test_pair_is_changed_as_a_whole(database: Database) -> None:
    with database.transaction() as tx:
        pair, _ = join(tx, FOLDERS, Kind.EVENT, "calendar", "Calendar", scope=ScopeChoice(past=7, future=7))
        kept = change(tx, FOLDERS.account, pair.id, direction="to-server", on_conflict="newest", scope=Scope(future=30))
        assert pairs.get(tx, pair.id) == kept
    assert (kept.direction, kept.on_conflict, scope_of(kept)) == ("to-server", "newest", Scope(future=30))


def test_pair_is_not_turned_towards_what_takes_no_writes(database: Database) -> None:
    folders = replace(FOLDERS, server=tuple(replace(one, writable=False) for one in FOLDERS.server))
    with database.transaction() as tx:
        pair, _ = join(tx, folders, Kind.EVENT, "calendar", "Calendar")
        with pytest.raises(ConfigError, match="not written"):
            change(
                tx, folders.account, pair.id, direction="two-way", on_conflict="ask", scope=EVERYTHING, folders=folders
            )
        assert pairs.get(tx, pair.id) == pair


def test_pair_of_another_account_is_neither_changed_nor_let_go(database: Database) -> None:
    with database.transaction() as tx:
        pair, _ = join(tx, FOLDERS, Kind.EVENT, "calendar", "Calendar")
        other = replace(FOLDERS.account, name="other")
        with pytest.raises(ConfigError):
            let_go(tx, other, pair.id)
        with pytest.raises(ConfigError):
            change(tx, other, pair.id, direction="two-way", on_conflict="ask", scope=EVERYTHING)
        assert let_go(tx, FOLDERS.account, pair.id) == pair
        assert pairs.get(tx, pair.id) is None
