"""RULES 14 to 17: what is gone, what moved, what is out of scope, what is another item under the same address."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE, Stage
from engine.test_run import person
from instep.connectors.memory import MemoryConnector, Traits
from instep.core.model import Contact, Extra, Item, Kind, Note, Side
from instep.engine import conflicts
from instep.engine.report import Report
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.store import pairs as pair_table
from instep.store.pairs import Pair

L, R = Side.LEFT, Side.RIGHT


def the(stage: Stage, side: Side, name: str = "Anna Berg") -> Any:
    return stage.item(side, name)


def noted(text: str) -> Any:
    return lambda i: replace(i, note=text)


def begun(tmp_path: Path, count: int = 4, **more: Any) -> Stage:
    stage = Stage(tmp_path, **more)
    stage.put(L, person("Anna Berg"))
    for n in range(1, count):
        stage.put(L, person(f"Bert Clay{n}"))
    stage.pair_run()
    return stage


# Gone -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tokens", [True, False])
def test_rule_14_a_folder_that_vanished_is_never_an_empty_one(tmp_path: Path, tokens: bool) -> None:
    stage = begun(tmp_path, right_traits=Traits(tokens=tokens))
    stage.right.vanish(THERE)
    report = stage.pair_run()
    assert report.problems and report.work == 0 and len(stage.names(L)) == 4
    stage.right.appear(THERE)
    assert stage.idle()


@pytest.mark.parametrize("side", list(Side))
def test_rule_14_an_item_that_cannot_be_read_is_neither_gone_nor_written_over(tmp_path: Path, side: Side) -> None:
    stage = begun(tmp_path)
    place, href = (HERE if side is L else THERE), stage.href(side, "Anna Berg")
    before = stage.store(side).shelf(place).held[href].document
    stage.store(side).damage(place, href)
    stage.edit(side.other, "Anna Berg", noted("n"))
    for _ in range(2):
        report = stage.pair_run()
        assert report.problems and report.work == 0
    assert "Anna Berg" in stage.names(side.other)
    stage.store(side)._keep(stage.store(side).shelf(place), href, before)
    report = stage.pair_run()
    assert not report.problems and the(stage, side).note == "n" and stage.idle()


def test_rule_14_a_deletion_of_what_cannot_be_read_on_the_other_side_waits(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.right.damage(THERE, stage.href(R, "Anna Berg"))
    stage.remove(L, "Anna Berg")
    for _ in range(2):
        assert stage.pair_run().work == 0
    assert len(stage.right.shelf(THERE).held) == 4


def test_rule_14_both_gone_is_no_work(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    for side in Side:
        stage.remove(side, "Anna Berg")
    report = stage.pair_run()
    assert report.work == 0 and report.conflicts == 0 and stage.links() == 3 and stage.idle()


# Moved ------------------------------------------------------------------------------------------------------------


def moved(stage: Stage, side: Side, name: str, change: Any = None) -> str:
    place, href = (HERE if side is L else THERE), stage.href(side, name)
    item = stage.item(side, name)
    stage.store(side).remove(place, href)
    return stage.store(side).put(place, change(item) if change else item, f"elsewhere-{href}")


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("tokens", [True, False])
def test_rule_15_a_renamed_item_keeps_its_partner(tmp_path: Path, side: Side, tokens: bool) -> None:
    stage = begun(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens))
    other = stage.href(side.other, "Anna Berg")
    moved(stage, side, "Anna Berg", noted("edited too"))
    report = stage.pair_run()
    assert (report.actions(side).total, report.actions(side.other).delete) == (0, 0)
    assert stage.href(side.other, "Anna Berg") == other and the(stage, side.other).note == "edited too"
    assert stage.idle()


def test_rule_15_renamed_here_and_edited_there_is_no_conflict(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    moved(stage, L, "Anna Berg")
    stage.edit(R, "Anna Berg", noted("n"))
    assert stage.pair_run().conflicts == 0
    assert the(stage, L).note == "n" and len(stage.names(L)) == len(stage.names(R)) == 4 and stage.idle()


def test_rule_15_an_item_that_moved_while_its_absence_is_not_proved_is_not_doubled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from instep.connectors.base import Presence
    from instep.connectors.memory import MemoryReplica

    stage = begun(tmp_path, right_traits=Traits(tokens=False))
    moved(stage, R, "Anna Berg")

    async def unknown(self: MemoryReplica, hrefs: Any) -> dict[str, Presence]:
        return dict.fromkeys(hrefs, Presence.UNKNOWN)

    with monkeypatch.context() as patch:
        patch.setattr(MemoryReplica, "confirm", unknown)
        for _ in range(2):
            assert stage.pair_run().work == 0
    assert stage.pair_run().work == 0 and len(stage.names(L)) == 4 and stage.idle()


class Folders(Stage):
    """Two pairs of one account: here-there and attic-cellar."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.left.add_collection("attic", {self.kind})
        self.right.add_collection("cellar", {self.kind})
        with self.db.transaction() as tx:
            pair_table.add(
                tx, Pair(0, "me", self.kind, "attic", "cellar", "Attic", "Cellar", self.direction, self.on_conflict)
            )

    def whole(self, **options: Any) -> Report:
        chosen = Options(**{"yes": True, **options})
        left, right = MemoryConnector(self.left), MemoryConnector(self.right)
        report = asyncio.run(synchronize(self.db, "me", left, right, chosen))
        assert not report.failure, report.failure
        return report

    def rest(self) -> None:
        report = self.whole()
        assert sum(p.work for p in report.pairs) == 0 and not any(p.problems for p in report.pairs), report

    def shelf(self, side: Side, second: bool) -> str:
        return {L: (HERE, "attic"), R: (THERE, "cellar")}[side][second]

    def listing(self, side: Side, second: bool) -> list[str]:
        items = self.store(side).items(self.shelf(side, second)).values()
        return sorted(getattr(i, "formatted_name", "") for i in items)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("second", [False, True], ids=["forth", "back"])
@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("edited", ["not edited", "edited where it moved", "edited where it stayed"])
def test_rule_15_a_move_between_two_pairs_is_a_move_on_the_other_side(
    tmp_path: Path, side: Side, second: bool, tokens: bool, edited: str
) -> None:
    stage = Folders(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens))
    for n in range(3):
        stage.store(side).put(stage.shelf(side, second), person(f"Bert Clay{n}"))
    extra = Extra("X-ONLY-HERE", "kept")
    stage.store(side.other).put(stage.shelf(side.other, second), person("Anna Berg", extra=(extra,)), "anna")
    stage.whole()
    stage.rest()
    store, here, there = stage.store(side), stage.shelf(side, second), stage.shelf(side, not second)
    href = next(h for h, i in store.items(here).items() if getattr(i, "given", "") == "Anna")
    item = store.items(here)[href]
    assert isinstance(item, Contact)
    store.remove(here, href)
    store.put(there, replace(item, note="n") if edited == "edited where it moved" else item)
    if edited == "edited where it stayed":
        stage.store(side.other).edit(stage.shelf(side.other, second), "anna", lambda i: replace(i, note="n"))
    report = stage.whole()
    assert sum(p.conflicts for p in report.pairs) == 0 and not any(p.stopped for p in report.pairs)
    for other in Side:
        assert "Anna Berg" not in stage.listing(other, second) and len(stage.listing(other, second)) == 3
        assert stage.listing(other, not second) == ["Anna Berg"]
        found = next(iter(stage.store(other).items(stage.shelf(other, not second)).values()))
        assert isinstance(found, Contact) and found.note == ("n" if "not" not in edited else "")
        assert found.extra == (extra,)
    stage.rest()


def test_rule_15_many_moves_between_pairs_are_no_mass_deletion(tmp_path: Path) -> None:
    stage = Folders(tmp_path)
    for n in range(12):
        stage.put(L, person(f"Bert Clay{n:02}"), f"b{n}")
    stage.whole()
    for n in range(12):
        item = stage.left.items(HERE)[f"b{n}"]
        stage.left.remove(HERE, f"b{n}")
        stage.left.put("attic", item)
    report = stage.whole()
    assert not any(p.stopped for p in report.pairs)
    assert stage.listing(R, False) == [] and len(stage.listing(R, True)) == 12
    stage.rest()


def test_rule_15_a_move_that_cannot_be_followed_deletes_nothing_until_it_can(tmp_path: Path) -> None:
    refused = [False]
    stage = Folders(tmp_path, right_traits=Traits(refuse=lambda i: "not now" if refused[0] else None))
    stage.put(L, person("Anna Berg"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.whole()
    item = stage.left.items(HERE)["a"]
    stage.left.remove(HERE, "a")
    stage.left.put("attic", item)
    refused[0] = True
    for _ in range(2):
        stage.whole()
        assert stage.listing(R, False) == ["Anna Berg", "Bert Clay"] and stage.listing(R, True) == []
    refused[0] = False
    stage.whole()
    assert stage.listing(R, False) == ["Bert Clay"] and stage.listing(R, True) == ["Anna Berg"]
    stage.rest()


# Scope ------------------------------------------------------------------------------------------------------------


def in_scope(item: Item) -> bool:
    return getattr(item, "company", "") != "out"


@pytest.mark.parametrize("tokens", [True, False])
def test_rule_16_leaving_the_scope_deletes_nothing_and_coming_back_goes_on(tmp_path: Path, tokens: bool) -> None:
    stage = begun(tmp_path, right_traits=Traits(scope=in_scope, tokens=tokens))
    stage.edit(R, "Anna Berg", lambda i: replace(i, company="out"))
    for _ in range(3):
        report = stage.pair_run()
        assert (report.work, report.conflicts) == (0, 0)
    assert len(stage.names(L)) == 4
    stage.edit(R, "Anna Berg", lambda i: replace(i, company="back", note="n"))
    stage.pair_run()
    assert the(stage, L).note == "n" and len(stage.names(L)) == len(stage.names(R)) == 4 and stage.idle()


def test_rule_16_an_edit_here_of_what_is_out_of_scope_there_waits_for_its_return(tmp_path: Path) -> None:
    stage = begun(tmp_path, right_traits=Traits(scope=in_scope))
    stage.edit(R, "Anna Berg", lambda i: replace(i, company="out"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", noted("n"))
    stage.pair_run()
    stage.edit(R, "Anna Berg", lambda i: replace(i, company="back"))
    for _ in range(2):
        stage.pair_run()
    for side in Side:
        assert (the(stage, side).note, the(stage, side).company) == ("n", "back")
    assert stage.idle()


def test_rule_16_a_tombstone_of_something_unknown_is_ignored(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.put(R, person("Short Lived"), "s")
    stage.right.remove(THERE, "s")
    assert stage.pair_run().work == 0 and len(stage.names(L)) == 4


# Another item -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", list(Side))
def test_rule_17_another_item_under_the_same_address_is_a_deletion_and_a_new_item(tmp_path: Path, side: Side) -> None:
    stage = begun(tmp_path)
    stage.edit(side, "Anna Berg", lambda i: replace(person("Zoe Alt"), note="new"))
    stage.pair_run()
    for other in Side:
        assert "Anna Berg" not in stage.names(other) and "Zoe Alt" in stage.names(other)
    assert stage.links() == 4 and stage.idle()


@pytest.mark.parametrize("side", list(Side))
def test_rule_17_with_an_edit_there_the_old_one_is_asked_about_and_the_new_one_made_once(
    tmp_path: Path, side: Side
) -> None:
    stage = begun(tmp_path)
    stage.edit(side, "Anna Berg", lambda i: person("Zoe Alt"))
    stage.edit(side.other, "Anna Berg", noted("edited"))
    for _ in range(3):
        assert stage.pair_run().conflicts == 1
    assert stage.names(side.other).count("Zoe Alt") == 1 and the(stage, side.other).note == "edited"
    assert conflicts.questions(stage.db)[0].reason == "edit-delete"


def test_rule_17_a_new_uid_alone_or_a_new_name_alone_is_the_same_item(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Anna Berg", lambda i: replace(i, uid="other"))
    stage.edit(L, "Bert Clay1", lambda i: replace(i, formatted_name="Bert Dell", family="Dell"))
    report = stage.pair_run()
    assert report.server_actions.create == report.server_actions.delete == 0
    assert "Bert Dell" in stage.names(R) and stage.idle()


def test_rule_17_a_note_without_uid_may_change_its_title(tmp_path: Path) -> None:
    stage = Stage(tmp_path, kind=Kind.NOTE)
    stage.put(L, Note(title="Shopping", body="milk"), "n")
    stage.pair_run()
    stage.edit(L, "Shopping", lambda i: replace(i, title="Errands"))  # type: ignore[call-arg]
    report = stage.pair_run()
    assert report.server_actions.update == 1 and stage.names(R) == ["Errands"] and stage.idle()
