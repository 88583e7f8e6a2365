"""RULES 15 and 17 in their corners: renames on both sides, swaps, moves into folders that are not looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE
from engine.test_crash import EVERY, Killed, mortal
from engine.test_rules_places import Folders
from engine.test_run import person
from instep.connectors.base import Presence
from instep.connectors.memory import MemoryConnector, MemoryReplica, Traits
from instep.core.model import Extra, Item, Side
from instep.engine import conflicts
from instep.engine.questions import Choice, Resolution
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.store import history
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store.pairs import Pair

L, R = Side.LEFT, Side.RIGHT
Change = Callable[[Any], Item]
SIDES = pytest.mark.parametrize("side", list(Side))
ANNA = person("Anna Berg", extra=(Extra("X-ONLY", "kept"),))
PLACES = {L: (HERE, "attic", "shed"), R: (THERE, "cellar", "barn")}


def same(item: Item) -> Item:
    return item


def noted(text: str) -> Change:
    return lambda item: replace(item, note=text)


class Places(Folders):
    """Three pairs of one account."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.left.add_collection("shed", {self.kind})
        self.right.add_collection("barn", {self.kind})
        with self.db.transaction() as tx:
            pair_table.add(tx, Pair(0, "me", self.kind, "shed", "barn", "Shed", "Barn", self.direction))

    def held(self, side: Side, number: int) -> dict[str, Any]:
        return self.store(side).items(PLACES[side][number])

    def shift(self, side: Side, goal: int, change: Change = same, *, origin: int = 0, name: str = "Anna") -> None:
        """A person moves an item to another folder (or to another address in its own)."""
        store, place = self.store(side), PLACES[side][origin]
        href, item = next((h, i) for h, i in store.items(place).items() if i.given == name)  # type: ignore[union-attr]
        store.remove(place, href)
        store.put(PLACES[side][goal], change(item), f"moved {href}")

    def settled(self, goal: int, note: str = "", folders: int = 3) -> None:
        """Anna is in one folder only, on both sides, with what either side alone knew of her, and nothing is left."""
        for side in Side:
            found = [n for n in range(folders) for i in self.held(side, n).values() if i.given == "Anna"]
            assert found == [goal], (side, found)
            item = next(i for i in self.held(side, goal).values() if i.given == "Anna")
            assert (item.note, item.extra, item.uid) == (note, ANNA.extra, ANNA.uid)
        self.rest()

    def pairs(self) -> list[int]:
        with self.db.reading() as tx:
            return [p.id for p in pair_table.of_account(tx, "me")]


def begun(tmp_path: Path, tokens: bool = True, **more: Any) -> Places:
    stage = Places(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens), **more)
    stage.put(R, ANNA)
    for n in range(4):
        stage.put(L, person(f"Bert Clay{n}"))
    stage.whole()
    stage.rest()
    return stage


# Within a folder --------------------------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize("tokens", [True, False])
def test_two_items_that_change_places_keep_their_partners(tmp_path: Path, side: Side, tokens: bool) -> None:
    stage = begun(tmp_path, tokens)
    place = PLACES[side][0]
    first, second = stage.href(side, "Anna Berg"), stage.href(side, "Bert Clay0")
    one, two = stage.item(side, "Anna Berg"), stage.item(side, "Bert Clay0")
    partners = [stage.href(side.other, n) for n in ("Anna Berg", "Bert Clay0")]
    stage.store(side).edit(place, first, lambda i: two)
    stage.store(side).edit(place, second, lambda i: one)
    report = stage.whole()
    assert sum(p.work + p.conflicts for p in report.pairs) == 0
    assert [stage.href(side.other, n) for n in ("Anna Berg", "Bert Clay0")] == partners
    stage.settled(0)


@pytest.mark.parametrize("edited", [None, L, R], ids=["", "edited on the desktop", "edited on the server"])
def test_an_item_renamed_on_both_sides_stays_one(tmp_path: Path, edited: Side | None) -> None:
    stage = begun(tmp_path)
    for side in Side:
        stage.shift(side, 0, noted("n") if side is edited else same)
    assert sum(p.conflicts for p in stage.whole().pairs) == 0
    stage.settled(0, "n" if edited else "")


@SIDES
def test_an_item_renamed_here_and_deleted_there_is_deleted(tmp_path: Path, side: Side) -> None:
    stage = begun(tmp_path)
    stage.shift(side, 0)
    stage.remove(side.other, "Anna Berg")
    stage.whole()
    assert all("Anna Berg" not in stage.names(s) for s in Side)
    stage.rest()


@SIDES
def test_one_copy_of_two_with_the_same_uid_moves_alone(tmp_path: Path, side: Side) -> None:
    stage = Places(tmp_path)
    for n in range(2):
        stage.put(side, replace(ANNA, note=f"copy {n}"), f"copy {n}")
    stage.whole()
    stage.rest()
    item = stage.items(side)["copy 1"]
    stage.store(side).remove(PLACES[side][0], "copy 1")
    stage.store(side).put(PLACES[side][1], item)
    stage.whole()
    for other in Side:
        assert [[i.note for i in stage.held(other, n).values()] for n in range(2)] == [["copy 0"], ["copy 1"]]
    stage.rest()


# Between folders --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edited", [None, L, R], ids=["", "edited on the desktop", "edited on the server"])
@pytest.mark.parametrize("goals", [(1, 1), (1, 2), (2, 1)], ids=["to one folder", "apart", "apart, the other way"])
@pytest.mark.parametrize("tokens", [True, False])
def test_an_item_that_both_sides_moved_ends_where_the_server_has_it(
    tmp_path: Path, edited: Side | None, goals: tuple[int, int], tokens: bool
) -> None:
    stage = begun(tmp_path, tokens)
    for side, goal in zip(Side, goals):
        stage.shift(side, goal, noted("n") if side is edited else same)
    report = stage.whole()
    assert sum(p.conflicts for p in report.pairs) == 0
    assert sum(len(p.notes) for p in report.pairs) == (goals[0] != goals[1])
    stage.settled(goals[1], "n" if edited else "")


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
def test_killed_at_any_request_of_two_moves_apart_the_next_run_finishes(
    tmp_path: Path, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 80, EVERY):
        stage = begun(tmp_path / str(n))
        stage.shift(L, 1, noted("n"))
        stage.shift(R, 2)
        died = False
        with monkeypatch.context() as patch:
            mortal(stage, n, after=after, monkeypatch=patch)
            try:
                stage.whole()
            except Killed:
                died = True
        assert not any(p.conflicts for p in stage.whole().pairs), n
        stage.settled(2, "n")
        stage.db.close()
        if not died:
            return
    raise AssertionError("the run never came to its end")


@SIDES
def test_a_move_through_two_folders_between_two_runs_is_one_move(tmp_path: Path, side: Side) -> None:
    stage = begun(tmp_path)
    stage.shift(side, 1)
    stage.shift(side, 2, noted("n"), origin=1)
    stage.whole()
    stage.settled(2, "n")


def test_the_history_of_an_item_follows_it(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Anna Berg", noted("first"))
    stage.whole()
    stage.shift(R, 1)
    stage.whole()
    with stage.db.reading() as tx:
        link = next(iter(link_table.heads(tx, stage.pairs()[1])))
        rows = history.rows(tx, link_id=link.id)
    assert [row.op for row in rows] == ["create", "update", "create"]


@pytest.mark.parametrize("direction", ["to-server", "to-desktop"])
@SIDES
def test_a_move_into_or_out_of_a_one_way_folder_loses_nothing(tmp_path: Path, side: Side, direction: str) -> None:
    for n, (origin, goal) in enumerate(((0, 1), (1, 0))):
        stage = begun(tmp_path / str(n))
        if origin:
            stage.shift(L, 1)
            stage.whole()
        with stage.db.transaction() as tx:
            pair = pair_table.get(tx, stage.pairs()[1])
            assert pair is not None
            pair_table.change(tx, replace(pair, direction=direction))
        stage.shift(side, goal, origin=origin)
        for _ in range(3):
            stage.whole()
        stage.rest()
        assert [i for p in (0, 1) for i in stage.held(side, p).values() if i.given == "Anna"] == [ANNA]


@SIDES
@pytest.mark.parametrize("order", [("me", "you"), ("you", "me")], ids=["old place first", "new place first"])
def test_a_move_to_a_folder_of_another_account_loses_nothing(
    tmp_path: Path, side: Side, order: tuple[str, str]
) -> None:
    stage = begun(tmp_path)
    with stage.db.transaction() as tx:
        pair_table.remove(tx, stage.pairs()[2])
        pair_table.add(tx, Pair(0, "you", stage.kind, "shed", "barn", "Shed", "Barn"))
    stage.shift(side, 2)
    for account in (*order, *order):
        stores = MemoryConnector(stage.left), MemoryConnector(stage.right)
        report = asyncio.run(synchronize(stage.db, account, *stores, Options(yes=True)))
        assert not any(p.problems or p.conflicts for p in report.pairs)
        assert [i for i in stage.held(side, 2).values() if i.given == "Anna"] == [ANNA]
    stage.settled(2)


# Folders that are not looked at -----------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("change", [same, noted("n")], ids=["", "edited"])
def test_what_may_have_moved_into_a_folder_that_cannot_be_looked_at_waits(
    tmp_path: Path, side: Side, tokens: bool, change: Change
) -> None:
    stage = begun(tmp_path, tokens)
    stage.shift(side, 1, change)
    stage.remove(side, "Bert Clay0")
    stage.store(side).vanish(PLACES[side][1])
    for _ in range(2):
        report = stage.whole()
        assert sum(p.work for p in report.pairs) == 0 and any("waits" in n for p in report.pairs for n in p.notes)
        assert {"Anna Berg", "Bert Clay0"} <= set(stage.names(side.other))
    stage.store(side).appear(PLACES[side][1])
    stage.whole()
    assert "Bert Clay0" not in stage.names(side.other)
    stage.settled(1, "" if change is same else "n")


@SIDES
@pytest.mark.parametrize("looked_at", [0, 1], ids=["where it was", "where it is"])
def test_a_run_limited_to_some_folders_leaves_moves_to_a_whole_run(tmp_path: Path, side: Side, looked_at: int) -> None:
    stage = begun(tmp_path)
    stage.shift(side, 1, noted("n"))
    for _ in range(2):
        report = stage.whole(pairs=frozenset({stage.pairs()[looked_at]}))
        assert sum(p.work + p.conflicts for p in report.pairs) == 0
    stage.whole()
    stage.settled(1, "n")


def test_a_deletion_that_a_person_decided_needs_no_whole_run(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.remove(L, "Anna Berg")
    stage.edit(R, "Anna Berg", noted("n"))
    stage.whole()
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.DESKTOP))
    report = stage.whole(pairs=frozenset({stage.pairs()[0]}))
    assert report.pairs[0].server_actions.delete == 1 and "Anna Berg" not in stage.names(R)


@SIDES
def test_a_move_whose_departure_nobody_proves_is_not_doubled(
    tmp_path: Path, side: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, tokens=False)
    stage.shift(side, 1)

    async def unknown(self: MemoryReplica, hrefs: Any) -> dict[str, Presence]:
        return dict.fromkeys(hrefs, Presence.UNKNOWN)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryReplica, "confirm", unknown)
        for _ in range(2):
            assert sum(p.work for p in stage.whole().pairs) == 0
    stage.whole()
    stage.settled(1)


def test_moves_do_not_count_as_deletions_of_the_day(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    for n in range(20):
        stage.put(L, person(f"Cora Dell{n}"), f"c{n}")
    stage.whole()
    for n in range(12):
        item = stage.left.items(HERE)[f"c{n}"]
        stage.left.remove(HERE, f"c{n}")
        stage.left.put("attic", item)
    stage.whole()
    stage.remove(L, "Bert Clay0")
    report = stage.whole()
    assert not any(p.stopped for p in report.pairs) and "Bert Clay0" not in stage.names(R)
