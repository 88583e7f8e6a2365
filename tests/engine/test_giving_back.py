"""The guard's answers after every stop, and what *restore* brings back (RULES 22)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE, Stage
from engine.test_crash import EVERY, Killed, mortal
from engine.test_run import person
from instep.connectors.memory import MemoryConnector, MemoryStore, Traits
from instep.core.guard import Stop, StopReason
from instep.core.limits import Limit
from instep.core.model import Extra, Kind, Side, Typed
from instep.engine.events import Face, GuardAnswer
from instep.engine.report import PairReport
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.errors import Transient

L, R = Side.LEFT, Side.RIGHT
GO, RESTORE, SKIP, STOP = GuardAnswer.GO, GuardAnswer.RESTORE, GuardAnswer.SKIP, GuardAnswer.STOP
SIDES = pytest.mark.parametrize("lost", [R, L], ids=["server", "desktop"])
STORES = {
    "tokens": Traits(),
    "snapshots": Traits(tokens=False),
    "own ids": Traits(own_hrefs=False, tells_etag=False),
    "strict": Traits(unique_uids=True, etags=False),
}
EACH = pytest.mark.parametrize("store", list(STORES))


class Answers:
    """A person who answers the stops in turn, the last answer for all that follow, and remembers them."""

    def __init__(self, *answers: GuardAnswer, act: Callable[[], object] | None = None) -> None:
        self.answers, self.stops, self.act = list(answers), [], act
        self.stops: list[Stop] = []

    async def guard(self, account: str, kind: Kind, stop: Stop) -> GuardAnswer:
        self.stops.append(stop)
        if self.act:
            self.act()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def face(self) -> Face:
        return Face(guard=self.guard)

    @property
    def reasons(self) -> list[StopReason]:
        return [stop.reason for stop in self.stops]


def failing(patch: pytest.MonkeyPatch, store: MemoryStore, after: int) -> None:
    """A store that takes so many writes and then says that it is busy."""
    write, left = MemoryStore.write, [after]

    def tired(self: MemoryStore, shelf: Any, what: Any) -> Any:
        if self is store:
            left[0] -= 1
            if left[0] < 0:
                raise Transient("The store is busy.")
        return write(self, shelf, what)

    patch.setattr(MemoryStore, "write", tired)


def place(side: Side) -> str:
    return HERE if side is L else THERE


def name(number: int) -> str:
    return f"Bert Clay{number:03}"


def stage_of(tmp_path: Path, count: int, store: str = "tokens", **more: Any) -> Stage:
    stage = Stage(tmp_path, left_traits=STORES[store], right_traits=STORES[store], **more)
    for n in range(count):
        stage.put(L, person(name(n), note="old"), f"b{n:03}")
    stage.pair_run()
    assert stage.idle()
    return stage


def take(stage: Stage, side: Side, *numbers: int) -> None:
    for n in numbers:
        stage.remove(side, name(n))


def notes(stage: Stage, side: Side) -> list[str]:
    return sorted(f"{i.formatted_name[-3:]} {i.note}" for i in stage.items(side).values())  # type: ignore[union-attr]


def whole(stage: Stage, *expected: str) -> None:
    """Both sides hold these, once each, and the next run has nothing to do."""
    assert notes(stage, L) == notes(stage, R) == sorted(expected)
    assert len({i.uid for i in stage.items(L).values()}) == len(expected) == stage.links()
    assert stage.idle()


# Deletions --------------------------------------------------------------------------------------------------------


@SIDES
@EACH
@pytest.mark.parametrize("gone", [6, 8], ids=["many", "all"])
def test_restore_brings_back_what_vanished_with_what_was_edited_since(
    tmp_path: Path, lost: Side, store: str, gone: int
) -> None:
    stage = stage_of(tmp_path, 8, store)
    take(stage, lost, *range(gone))
    stage.edit(lost.other, name(0), lambda i: replace(i, note="edited since"))
    answers = Answers(RESTORE)
    report = stage.pair_run(answers.face)
    assert answers.reasons == [StopReason.EMPTIED if gone == 8 else StopReason.MASS_DELETION]
    assert not report.problems and not report.conflicts and not report.stopped
    assert (report.actions(lost).create, report.actions(lost.other).total) == (gone, 0)
    whole(stage, "000 edited since", *(f"{n:03} old" for n in range(1, 8)))


@SIDES
def test_restore_brings_back_what_only_that_side_held(tmp_path: Path, lost: Side) -> None:
    one = Traits(limits={Kind.CONTACT: {"telephones": Limit(most=1)}})
    traits = {"left_traits": one if lost is R else Traits(), "right_traits": one if lost is L else Traits()}
    stage = Stage(tmp_path, **traits)  # type: ignore[arg-type]
    extra = (Extra("X-ONLY", "kept"),)
    phones = (Typed("+49 30 1", frozenset({"home"})), Typed("+49 30 2", frozenset({"work"})))
    for n in range(6):
        stage.put(lost, person(name(n), telephones=phones, extra=extra))
    stage.pair_run()
    before = sorted(map(repr, stage.items(lost).values()))
    assert all(len(i.telephones) == 1 for i in stage.items(lost.other).values())  # type: ignore[union-attr]
    take(stage, lost, *range(6))
    stage.pair_run(Answers(RESTORE).face)
    assert sorted(map(repr, stage.items(lost).values())) == before and stage.idle()


@SIDES
@EACH
def test_after_a_stop_without_a_person_the_next_run_may_restore(tmp_path: Path, lost: Side, store: str) -> None:
    stage = stage_of(tmp_path, 8, store)
    take(stage, lost, *range(6))
    for _ in range(2):
        assert stage.pair_run().stopped
    stage.pair_run(Answers(RESTORE).face)
    whole(stage, *(f"{n:03} old" for n in range(8)))


@SIDES
@EACH
@pytest.mark.parametrize("when", ["before the run", "during the question"])
def test_restore_makes_nothing_twice_that_came_back_by_itself(
    tmp_path: Path, lost: Side, store: str, when: str
) -> None:
    stage = stage_of(tmp_path, 8, store)
    items = dict(stage.items(lost))
    take(stage, lost, *range(6))
    stage.pair_run()

    def back() -> None:
        for href, item in items.items():
            if href not in stage.items(lost):
                stage.put(lost, item, href)

    if when == "before the run":
        back()
    stage.pair_run(Answers(RESTORE, act=back if when != "before the run" else None).face)
    stage.pair_run(Answers(RESTORE).face)
    whole(stage, *(f"{n:03} old" for n in range(8)))


def test_restore_writes_nothing_where_nothing_may_be_written(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, 8)
    take(stage, R, *range(6))
    stage.right.lock(THERE)
    report = stage.pair_run(Answers(RESTORE).face)
    assert "takes no writes" in report.stopped and report.work == 0 and len(stage.names(L)) == 8


@SIDES
def test_one_way_restores_only_on_the_persons_word(tmp_path: Path, lost: Side) -> None:
    direction = "to-server" if lost is L else "to-desktop"
    stage = stage_of(tmp_path, 8, direction="two-way")
    stage.direction = direction
    stage.forget_links()
    stage.pair_run()
    take(stage, lost, *range(6))
    assert stage.pair_run(Answers(STOP).face).stopped and len(stage.names(lost)) == 2
    stage.pair_run(Answers(RESTORE).face)
    whole(stage, *(f"{n:03} old" for n in range(8)))


# Edits and rollbacks ----------------------------------------------------------------------------------------------


@SIDES
@EACH
@pytest.mark.parametrize("answer", [STOP, SKIP, GO, RESTORE])
def test_a_mass_edit_does_what_the_answer_says(tmp_path: Path, lost: Side, store: str, answer: GuardAnswer) -> None:
    stage = stage_of(tmp_path, 30, store)
    for n in range(20):
        stage.edit(lost, name(n), lambda i: replace(i, note="broken"))
    stage.edit(lost.other, name(0), lambda i: replace(i, company="mine"))
    stage.edit(lost.other, name(29), lambda i: replace(i, note="mine"))
    answers = Answers(answer)
    report = stage.pair_run(answers.face)
    assert answers.reasons == [StopReason.MASS_EDIT] and report.conflicts == 0
    if answer in {STOP, SKIP}:
        assert report.work == 0 and stage.item(lost.other, name(1)).note == "old"  # type: ignore[union-attr]
        return
    text = "old" if answer is RESTORE else "broken"
    whole(stage, *(f"{n:03} {text if n < 20 else 'old'}" for n in range(29)), "029 mine")
    assert all(stage.item(s, name(0)).company == "mine" for s in Side)  # type: ignore[union-attr]


def backed_up(stage: Stage, side: Side, *, forget: bool) -> None:
    """A server is put back to a backup: four items older, two not there yet, one there that was deleted since."""
    backup = dict(stage.items(side))
    for n in range(4):
        stage.edit(side.other, name(n), lambda i: replace(i, note="newer"))
    for n in (100, 101):
        stage.put(side.other, person(name(n), note="newer"))
    stage.remove(side.other, name(9))
    stage.pair_run()
    assert stage.idle()
    store = stage.store(side)
    for href in list(stage.items(side)):
        if href not in backup:
            store.remove(place(side), href)
    for href, item in backup.items():
        if stage.items(side).get(href) != item:
            store.put(place(side), item, href)
    if forget:
        store.forget_tokens(place(side))


@SIDES
@EACH
@pytest.mark.parametrize("forget", [True, False], ids=["tokens lost", "tokens kept"])
@pytest.mark.parametrize("answer", [STOP, GO, RESTORE])
def test_a_restored_backup_is_recognised_and_the_answer_counts(
    tmp_path: Path, lost: Side, store: str, forget: bool, answer: GuardAnswer
) -> None:
    stage = stage_of(tmp_path, 10, store)
    backed_up(stage, lost, forget=forget)
    stage.edit(lost.other, name(5), lambda i: replace(i, note="mine"))
    stage.edit(lost, name(6), lambda i: replace(i, note="theirs"))
    answers = Answers(answer)
    report = stage.pair_run(answers.face)
    assert answers.reasons == [StopReason.ROLLBACK] and report.conflicts == 0
    if answer is STOP:
        assert report.stopped and report.work == 0
        return
    # What was deleted since the backup is there again in any case: nothing tells it from a new item.
    known = dict.fromkeys(range(10), "old") | {5: "mine", 6: "theirs"}
    if answer is RESTORE:
        known |= dict.fromkeys((0, 1, 2, 3, 100, 101), "newer")
    whole(stage, *(f"{n:03} {text}" for n, text in known.items()))


def test_a_one_way_server_put_back_to_a_backup_gets_back_what_it_had(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, 10, direction="to-server")
    backed_up(stage, R, forget=True)
    answers = Answers(RESTORE)
    report = stage.pair_run(answers.face)
    assert answers.reasons == [StopReason.ROLLBACK] and report.desktop_actions.total == 0
    newer = [f"{n:03} newer" for n in (0, 1, 2, 3, 100, 101)]
    assert notes(stage, L) == sorted([*newer, *(f"{n:03} old" for n in range(4, 9))])
    assert notes(stage, R) == sorted([*notes(stage, L), "009 old"]), "its own addition stays"
    assert stage.pair_run(answers.face).work == 0


def test_a_yes_to_a_rollback_is_none_to_a_mass_deletion(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, 10)
    backed_up(stage, R, forget=False)
    take(stage, R, 4, 5, 6, 7, 8)
    answers = Answers(GO, STOP)
    assert stage.pair_run(answers.face).stopped
    assert answers.reasons == [StopReason.ROLLBACK, StopReason.MASS_DELETION]
    answers = Answers(RESTORE)
    stage.pair_run(answers.face)
    assert answers.reasons == [StopReason.ROLLBACK], "what vanished came back with it"
    assert len(stage.names(L)) == 12 and stage.idle()


def test_there_is_nothing_to_restore_from_a_folder_of_another_nature(tmp_path: Path) -> None:
    stage = stage_of(tmp_path, 3)
    shelf = stage.right.shelves[THERE]
    shelf.info = replace(shelf.info, kinds=frozenset({Kind.TASK}))
    stage.right.forget_tokens(THERE)
    stage.put(L, person("Own Item"))
    report = stage.pair_run(Answers(RESTORE).face)
    assert "nothing to restore" in report.stopped and report.work == 0


# Death, and a day -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@pytest.mark.parametrize("store", ["tokens", "own ids", "snapshots"])
def test_killed_at_any_request_of_a_restore_the_next_one_finishes(
    tmp_path: Path, after: bool, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(1, 90, EVERY):
        stage = stage_of(tmp_path / str(n), 6, store)
        for number in (0, 1):
            stage.edit(L, name(number), lambda i: replace(i, note="newer"))
        stage.pair_run()
        for number in (0, 1):
            stage.edit(R, name(number), lambda i: replace(i, note="old"))
        take(stage, R, 2, 3, 4, 5)
        died = False
        with monkeypatch.context() as patch:
            mortal(stage, n, after=after, monkeypatch=patch)
            try:
                stage.run(Answers(RESTORE).face)
            except Killed:
                died = True
        # Nobody is there any more, and what is left to restore is too little for the guard to ask.
        if stage.pair_run().stopped:
            assert len(stage.names(R)) == 2, "the end came before the answer"
            stage.pair_run(Answers(RESTORE).face)
        whole(stage, "000 newer", "001 newer", *(f"{k:03} old" for k in range(2, 6)))
        stage.db.close()
        if not died:
            return
    raise AssertionError("the restore never came to its end")


@SIDES
def test_what_could_not_be_restored_at_once_is_restored_later_and_never_deleted(
    tmp_path: Path, lost: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = stage_of(tmp_path, 8)
    take(stage, lost, *range(6))
    with monkeypatch.context() as patch:
        failing(patch, stage.store(lost), after=4)
        assert stage.pair_run(Answers(RESTORE).face).problems
    assert len(stage.names(lost)) == 6
    report = stage.pair_run()
    assert report.actions(lost).create == 2 and report.actions(lost.other).delete == 0
    whole(stage, *(f"{n:03} old" for n in range(8)))
    stage.remove(lost, name(7))
    stage.remove(lost, name(6))
    assert stage.pair_run().actions(lost.other).delete == 2, "a later deletion is a deletion"


@pytest.mark.parametrize(
    ("hours", "stopped"), [(23, True), (24, True), (25, False)], ids=["23 hours", "24 hours exactly", "25 hours"]
)
def test_deletions_count_for_a_day(tmp_path: Path, hours: int, stopped: bool) -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    stage = Stage(tmp_path)

    def run(after: int) -> PairReport:
        left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
        clock = lambda: noon + timedelta(hours=after)  # noqa: E731
        return asyncio.run(synchronize(stage.db, "me", left, right, Options(yes=True), clock=clock)).pairs[0]

    for n in range(40):
        stage.put(L, person(name(n)))
    run(0)
    take(stage, L, *range(6))
    assert run(0).server_actions.delete == 6
    take(stage, L, *range(6, 12))
    report = run(hours)
    assert bool(report.stopped) is stopped and report.server_actions.delete == (0 if stopped else 6)
