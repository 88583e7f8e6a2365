"""Stories in which two features meet: each of them alone is right, and together they once lost, doubled or forgot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.meddling import before_look
from engine.meetings import Meetings, asked, mailing, plan, say
from engine.stage import HERE, THERE, Stage
from engine.test_apply import carried_out, planned
from engine.test_crash import Killed
from engine.test_found_by_simulation import dying_after, refusing, said
from engine.test_rules_places import Folders
from engine.test_run import person
from instep.connectors.base import Create, Failed, Update
from instep.connectors.memory import MemoryReplica, Traits
from instep.core.guard import Stop
from instep.core.limits import Limit
from instep.core.model import Extra, Item, Kind, Side
from instep.engine import conflicts
from instep.engine.events import Face, GuardAnswer
from instep.engine.questions import Choice, Resolution
from instep.errors import Transient
from instep.store import pairs as pair_table

L, R = Side.LEFT, Side.RIGHT
Patch = pytest.MonkeyPatch


async def _restore(account: str, kind: Kind, stop: Stop) -> GuardAnswer:
    return GuardAnswer.RESTORE


async def _never(account: str, kind: Kind, stop: Stop) -> GuardAnswer:
    raise AssertionError(stop.sentence())


RESTORE, NEVER = Face(guard=_restore), Face(guard=_never)


def moved(stage: Folders, side: Side, href: str, change: Callable[[Item], Item] = lambda i: i) -> None:
    """A person moves an item from the first folder to the second one."""
    item = stage.store(side).items(stage.shelf(side, False))[href]
    stage.store(side).remove(stage.shelf(side, False), href)
    stage.store(side).put(stage.shelf(side, True), change(item), f"{href}2")


# A word to restore ------------------------------------------------------------------------------------------------


def half_restored(stage: Stage, patch: Patch, lost: Side = R, names: int = 8, vanished: int = 6) -> list[str]:
    """The server lost six of eight; a person says restore; three of them are busy. Gives the names of those."""
    for number in range(names):
        stage.put(L, person(f"Item {number}"), f"i{number}")
    stage.pair_run()
    for number in range(vanished):
        stage.remove(lost, f"Item {number}")
    late = [f"Item {number}" for number in range(3)]
    one = MemoryReplica._one

    async def busy(self: MemoryReplica, write: Any) -> Any:
        if isinstance(write, Create) and getattr(write.item, "formatted_name", "") in late:
            return Failed(write.key, Transient("Busy."))
        return await one(self, write)

    with patch.context() as short:
        short.setattr(MemoryReplica, "_one", busy)
        stage.run(RESTORE)
    assert len(stage.names(lost)) == names - 3
    return late


def test_what_is_to_be_restored_is_planned_so_and_not_as_a_deletion(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Stage(tmp_path)
    half_restored(stage, monkeypatch)
    plan = planned(stage)
    assert {w.op for _, item in plan.items for w in item.writes} == {"create"}
    carried_out(stage, plan)
    assert len(stage.names(L)) == len(stage.names(R)) == 8
    assert stage.idle()


def test_what_is_to_be_restored_to_a_side_that_takes_no_writes_now_is_not_deleted(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    stage = Stage(tmp_path)
    half_restored(stage, monkeypatch)
    stage.right.lock(THERE)
    stage.run(NEVER)
    assert len(stage.names(L)) == 8
    stage.right.lock(THERE, False)
    for _ in range(2):
        stage.run(NEVER)
    assert len(stage.names(L)) == len(stage.names(R)) == 8


@pytest.mark.parametrize("tokens", [True, False])
def test_what_is_to_be_restored_is_not_forgotten_by_a_second_look(
    tmp_path: Path, monkeypatch: Patch, tokens: bool
) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=tokens))
    half_restored(stage, monkeypatch)
    with monkeypatch.context() as patch:
        before_look(patch, stage.right, 2, lambda: stage.put(R, person("Late Comer"), "late"))
        stage.run(NEVER)
    stage.run(NEVER)
    assert len(stage.names(L)) == len(stage.names(R)) == 9
    assert stage.idle()


def test_what_is_to_be_restored_is_not_forgotten_while_the_other_side_cannot_be_read(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    stage = Stage(tmp_path)
    half_restored(stage, monkeypatch)
    kept = {h: stage.left.shelf(HERE).held[h].document for h in ("i0", "i1", "i2")}
    for href in kept:
        stage.left.damage(HERE, href)
    stage.run(NEVER)
    for href, document in kept.items():
        stage.left._keep(stage.left.shelf(HERE), href, document)
    for _ in range(2):
        stage.run(NEVER)
    assert len(stage.names(L)) == len(stage.names(R)) == 8


def test_what_is_to_be_restored_is_not_forgotten_by_a_run_of_some_folders(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Folders(tmp_path)
    half_restored(stage, monkeypatch)
    stage.run(NEVER, pairs=frozenset({stage.pair.id}))
    stage.run(NEVER)
    assert len(stage.names(L)) == len(stage.names(R)) == 8


def test_what_is_to_be_restored_and_waits_for_a_word_on_mail_is_not_deleted(tmp_path: Path) -> None:
    stage = Meetings(tmp_path, Kind.EVENT, right_traits=mailing(marks=False))
    for number in range(6):
        stage.put(R, plan(uid=f"u{number}", summary=f"Plan {number}"), f"p{number}")
    for number in range(2):
        stage.put(R, plan(uid=f"q{number}", summary=f"Quiet {number}", attendees=(), organizer=None), f"q{number}")
    stage.pair_run()
    for number in range(6):
        stage.right.remove(THERE, f"p{number}")
    stage.run(RESTORE)
    assert len(asked(stage)) == 6 and len(stage.names(R)) == 2
    for question in asked(stage)[:3]:
        say(stage, Choice.SEND, question.id)
    stage.run(RESTORE)
    assert len(stage.names(R)) == 5
    for _ in range(2):
        stage.run(NEVER)
    assert len(stage.names(L)) == 8
    for question in asked(stage):
        say(stage, Choice.SEND, question.id)
    stage.run(NEVER)
    assert len(stage.names(R)) == 8


# Questions and a second look --------------------------------------------------------------------------------------


@pytest.mark.parametrize("tokens", [True, False])
def test_an_answer_outlives_a_second_look(tmp_path: Path, monkeypatch: Patch, tokens: bool) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens))
    stage.put(L, person("Anna Berg"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.pair_run()
    stage.remove(L, "Anna Berg")
    stage.edit(R, "Anna Berg", said(note="n"))
    assert stage.pair_run().conflicts == 1
    [question] = conflicts.questions(stage.db)
    conflicts.decide(stage.db, question.id, Resolution(Choice.SERVER))
    before_look(monkeypatch, stage.left, 2, lambda: stage.put(L, person("Late Comer"), "late"))
    report = stage.pair_run()
    assert report.conflicts == 0 and stage.names(L) == ["Anna Berg", "Bert Clay", "Late Comer"]
    assert stage.idle()


def anna(uid: str, note: str = "") -> Item:
    return replace(person("Anna Berg", note=note), uid=uid)


def test_a_match_question_and_all_that_it_names_wait_while_one_of_them_may_come_from_elsewhere(tmp_path: Path) -> None:
    stage = Folders(tmp_path)
    stage.left.put("attic", anna("second"), "copy")
    stage.whole()
    stage.put(L, anna("first", "1"), "a")
    stage.put(R, anna("second", "2"), "b")
    stage.put(R, anna("third", "3"), "c")
    stage.whole()
    [question] = conflicts.questions(stage.db)
    assert question.reason == "match"
    stage.whole(pairs=frozenset({stage.pair.id}))
    assert stage.listing(L, False) == ["Anna Berg"] and len(stage.listing(R, False)) == 2
    conflicts.decide(stage.db, question.id, Resolution(Choice.NEW))
    stage.whole(pairs=frozenset({stage.pair.id}))
    stage.whole()
    assert not conflicts.questions(stage.db) and len(stage.listing(L, False)) == len(stage.listing(R, False)) == 3


# Moves ------------------------------------------------------------------------------------------------------------


def test_what_both_sides_lost_and_one_makes_again_is_not_deleted_while_a_folder_is_not_looked_at(
    tmp_path: Path,
) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    stage.whole()
    for side in Side:
        stage.remove(side, "Anna Berg")
    stage.whole(pairs=frozenset({stage.pair.id}))
    stage.put(L, person("Anna Berg"), "again")
    stage.whole(pairs=frozenset({stage.pair.id}))
    stage.whole()
    assert stage.names(L) == stage.names(R) == ["Anna Berg"]
    stage.rest()


def test_what_was_made_and_moved_before_it_was_recorded_waits_where_only_its_new_folder_is_looked_at(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dying_after(patch, Create)
        stage.whole()
    moved(stage, R, stage.href(R, "Anna Berg"))
    with stage.db.reading() as tx:
        second = next(p.id for p in pair_table.of_account(tx, "me") if p.id != stage.pair.id)
    stage.whole(pairs=frozenset({second}))
    for _ in range(2):
        stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == ([], ["Anna Berg"])
    stage.rest()


def test_a_move_that_could_not_be_followed_is_not_taken_for_done_because_of_another_copy(tmp_path: Path) -> None:
    refused = [False]
    narrow = Traits(tokens=False, limits={Kind.CONTACT: {"extra": Limit(absent=True)}})
    stage = Folders(
        tmp_path, left_traits=narrow, right_traits=Traits(refuse=lambda i: "not now" if refused[0] else None)
    )
    extra = Extra("X-ONLY-HERE", "kept")
    stage.right.put(THERE, person("Anna Berg", extra=(extra,)), "anna")
    stage.right.put("cellar", person("Anna Berg", note="another"), "copy")
    stage.whole()
    [href] = stage.left.items(HERE)
    moved(stage, L, href)
    refused[0] = True
    stage.whole()
    refused[0] = False
    for _ in range(2):
        stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == ([], ["Anna Berg", "Anna Berg"])
    assert [i for i in stage.right.items("cellar").values() if getattr(i, "extra", ()) == (extra,)]
    stage.rest()


@pytest.mark.parametrize("second", [False, True], ids=["where it was", "where it went"])
def test_an_interrupted_move_waits_for_a_locked_folder_without_holding_anything_up(
    tmp_path: Path, monkeypatch: Patch, second: bool
) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.whole()
    moved(stage, L, "a")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dying_after(patch, Create)
        stage.whole()
    stage.edit(R, "Anna Berg", said(company="ACME"))
    stage.right.lock(stage.shelf(R, second))
    for _ in range(2):
        report = stage.whole()
        assert not any(p.problems or p.conflicts for p in report.pairs) and all(p.complete for p in report.pairs)
        assert stage.listing(R, False) == ["Anna Berg", "Bert Clay"] and stage.listing(L, True) == ["Anna Berg"]
    stage.right.lock(stage.shelf(R, second), False)
    for _ in range(2):
        stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == (["Bert Clay"], ["Anna Berg"])
        [found] = stage.store(side).items(stage.shelf(side, True)).values()
        assert getattr(found, "company", "") == "ACME"
    stage.rest()


@pytest.mark.parametrize("both", [False, True], ids=["moved on one side", "moved on both sides"])
@pytest.mark.parametrize("busy", [False, True], ids=["at once", "after a failed write"])
def test_an_answer_goes_along_when_its_item_moves(tmp_path: Path, monkeypatch: Patch, busy: bool, both: bool) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg", note="old"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.whole()
    stage.edit(L, "Anna Berg", said(note="left"))
    stage.edit(R, "Anna Berg", said(note="right"))
    stage.whole()
    [question] = conflicts.questions(stage.db)
    conflicts.decide(stage.db, question.id, Resolution(Choice.DESKTOP))
    moved(stage, L, "a")
    if both:
        moved(stage, R, stage.href(R, "Anna Berg"))
    if busy:
        with monkeypatch.context() as patch:
            refusing(patch, stage.right, Update if both else Create)
            stage.whole()
    stage.whole()
    assert not conflicts.questions(stage.db)
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == (["Bert Clay"], ["Anna Berg"])
        [found] = stage.store(side).items(stage.shelf(side, True)).values()
        assert getattr(found, "note", "") == "left"
    stage.rest()


@pytest.mark.parametrize("tokens", [True, False])
def test_a_failed_half_of_a_move_is_not_found_in_the_old_item_under_another_address(
    tmp_path: Path, monkeypatch: Patch, tokens: bool
) -> None:
    stage = Folders(tmp_path, right_traits=Traits(tokens=tokens))
    stage.put(L, person("Anna Berg"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.whole()
    moved(stage, L, "a")
    with monkeypatch.context() as patch:
        refusing(patch, stage.right, Create)
        stage.whole()
    item = stage.item(R, "Anna Berg")
    stage.remove(R, "Anna Berg")
    stage.put(R, item, "renamed")
    for _ in range(2):
        stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == (["Bert Clay"], ["Anna Berg"])
    stage.rest()
