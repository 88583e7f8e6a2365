"""RULES 21 to 23: surplus copies, the guard and its answers, one-way pairs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE, Stage
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.guard import Stop, StopReason
from instep.core.model import Kind, Side
from instep.engine.events import Face, GuardAnswer
from instep.store import pairs as pair_table

L, R = Side.LEFT, Side.RIGHT


def the(stage: Stage, side: Side, name: str = "Anna Berg") -> Any:
    return stage.item(side, name)


def people(stage: Stage, count: int) -> None:
    for n in range(count):
        stage.put(L, person(f"Bert Clay{n:03}"), f"b{n:03}")
    stage.pair_run()


def take(stage: Stage, *numbers: int, side: Side = L) -> None:
    for n in numbers:
        stage.remove(side, f"Bert Clay{n:03}")


def answering(answer: GuardAnswer, stops: list[Stop] | None = None) -> Face:
    async def guard(account: str, kind: Kind, stop: Stop) -> GuardAnswer:
        if stops is not None:
            stops.append(stop)
        return answer

    return Face(guard=guard)


# Matching ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unique", [True, False])
def test_rule_21_equal_items_pair_without_a_question_and_the_surplus_gets_a_uid_of_its_own(
    tmp_path: Path, unique: bool
) -> None:
    stage = Stage(tmp_path, right_traits=Traits(unique_uids=unique))
    for n in range(3):
        stage.put(L, replace(person("Anna Berg"), uid="same"), f"l{n}")
    stage.put(R, replace(person("Anna Berg"), uid="same"), "r0")
    report = stage.pair_run()
    assert report.conflicts == 0 and not report.problems
    assert len(stage.items(R)) == len(stage.items(L)) == 3 and stage.links() == 3
    assert len({i.uid for i in stage.items(R).values()}) == 3
    assert stage.idle()


# Guard ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "gone", "reason"),
    [
        (40, 10, None),
        (40, 11, StopReason.MASS_DELETION),
        (12, 4, None),
        (12, 5, StopReason.MASS_DELETION),
        (5, 5, StopReason.EMPTIED),
        (4, 4, None),
    ],
)
def test_rule_22_deletions_over_the_limits_stop(
    tmp_path: Path, count: int, gone: int, reason: StopReason | None
) -> None:
    stage, stops = Stage(tmp_path), []
    people(stage, count)
    take(stage, *range(gone))
    report = stage.pair_run(answering(GuardAnswer.STOP, stops))
    assert [s.reason for s in stops] == ([reason] if reason else [])
    assert len(stage.names(R)) == (count if reason else count - gone) and bool(report.stopped) is bool(reason)


def test_rule_22_deletions_are_summed_over_a_day(tmp_path: Path) -> None:
    stage, stops = Stage(tmp_path), []
    people(stage, 40)
    take(stage, *range(6))
    assert not stage.pair_run(answering(GuardAnswer.STOP, stops)).stopped
    take(stage, *range(6, 12))
    assert stage.pair_run(answering(GuardAnswer.STOP, stops)).stopped
    assert (stops[0].count, stops[0].total) == (12, 40)


@pytest.mark.parametrize("answer", list(GuardAnswer))
def test_rule_22_every_answer_does_what_it_says(tmp_path: Path, answer: GuardAnswer) -> None:
    stage = Stage(tmp_path)
    people(stage, 8)
    take(stage, *range(6))
    stage.pair_run(answering(answer))
    left, right = len(stage.names(L)), len(stage.names(R))
    assert (left, right) == {
        GuardAnswer.STOP: (2, 8),
        GuardAnswer.SKIP: (2, 8),
        GuardAnswer.GO: (2, 2),
        GuardAnswer.RESTORE: (8, 8),
    }[answer]
    if answer in {GuardAnswer.GO, GuardAnswer.RESTORE}:
        assert stage.idle()
    else:
        stops: list[Stop] = []
        stage.pair_run(answering(GuardAnswer.STOP, stops))
        assert len(stops) == 1, "asked again by the next run"


def test_rule_22_mass_edits_stop_but_never_in_a_first_sync(tmp_path: Path) -> None:
    stage, stops = Stage(tmp_path), []
    for n in range(30):
        stage.put(L, person(f"Bert Clay{n:03}"))
        stage.put(R, person(f"Bert Clay{n:03}", company="Co"))
    assert not stage.pair_run(answering(GuardAnswer.STOP, stops)).stopped and not stops
    for n in range(20):
        stage.edit(L, f"Bert Clay{n:03}", lambda i: replace(i, note="n"))
    assert stage.pair_run(answering(GuardAnswer.STOP, stops)).stopped
    assert [s.reason for s in stops] == [StopReason.MASS_EDIT]


@pytest.mark.parametrize("lost", [True, False], ids=["token lost", "token valid"])
def test_rule_22_items_that_return_together_to_older_versions_stop(tmp_path: Path, lost: bool) -> None:
    stage, stops = Stage(tmp_path), []
    people(stage, 10)
    backup = dict(stage.items(R))
    for n in range(4):
        stage.edit(L, f"Bert Clay{n:03}", lambda i: replace(i, note="newer"))
    stage.pair_run()
    for n, (href, item) in enumerate(sorted(backup.items())):
        if n < (1 if lost else 4):
            stage.right.edit(THERE, href, lambda i, old=item: old)  # type: ignore[misc]
    if lost:
        stage.right.forget_tokens(THERE)
    report = stage.pair_run(answering(GuardAnswer.STOP, stops))
    assert report.stopped and [s.reason for s in stops] == [StopReason.ROLLBACK]
    assert [s.side for s in stops] == [L] and the(stage, L, "Bert Clay000").note == "newer"


def test_rule_22_open_conflicts_of_which_other_fields_were_carried_are_no_rollback(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for name in ("Anna Berg", "Bert Stein"):
        stage.put(L, person(name, note="old"))
        stage.pair_run()
        stage.edit(L, name, lambda i: replace(i, note="l", spouse="Bob"))
        stage.edit(R, name, lambda i: replace(i, note="r", job_title="Boss"))
        stage.pair_run()
    for _ in range(2):
        report = stage.pair_run()
        assert (report.stopped, report.conflicts, report.work) == ("", 2, 0)


def test_rule_22_one_edit_that_a_person_takes_back_is_no_rollback(tmp_path: Path) -> None:
    stage, stops = Stage(tmp_path), []
    people(stage, 10)
    for text in ("new", ""):
        stage.edit(R, "Bert Clay000", lambda i, t=text: replace(i, note=t))  # type: ignore[misc]
        stage.pair_run(answering(GuardAnswer.STOP, stops))
    assert not stops and the(stage, L, "Bert Clay000").note == ""


# One way ----------------------------------------------------------------------------------------------------------


def one_way(tmp_path: Path, direction: str) -> Stage:
    stage = Stage(tmp_path, direction=direction)
    for name in ("Anna Berg", "Bert Clay", "Cora Dell", "Dora Ernst"):
        stage.put(L if direction == "to-server" else R, person(name, note="old"))
    stage.pair_run()
    return stage


def both_ways(stage: Stage) -> None:
    with stage.db.transaction() as tx:
        pair = pair_table.get(tx, stage.pair.id)
        assert pair is not None
        pair_table.change(tx, replace(pair, direction="two-way"))


DIRECTIONS = pytest.mark.parametrize(("direction", "source"), [("to-server", L), ("to-desktop", R)])


@DIRECTIONS
def test_rule_23_the_source_is_carried_and_the_targets_own_changes_stay(
    tmp_path: Path, direction: str, source: Side
) -> None:
    stage, target = one_way(tmp_path, direction), source.other
    stage.edit(source, "Anna Berg", lambda i: replace(i, note="source"))
    stage.edit(target, "Anna Berg", lambda i: replace(i, note="target", company="target"))
    stage.edit(target, "Bert Clay", lambda i: replace(i, company="target"))
    stage.put(target, person("Own Item"))
    stage.remove(target, "Cora Dell")
    report = stage.pair_run()
    assert report.conflicts == 0 and not report.problems and report.actions(source).total == 0
    assert (the(stage, target).note, the(stage, target).company) == ("source", "target")
    assert the(stage, source, "Bert Clay").company == ""
    assert "Own Item" not in stage.names(source) and "Cora Dell" not in stage.names(target)
    assert len(report.notes) >= 2
    for _ in range(2):
        again = stage.pair_run()
        assert again.work == 0 and not again.notes and not again.problems, "noted once"
    both_ways(stage)
    stage.pair_run()
    stage.pair_run()
    assert the(stage, source).company == the(stage, source, "Bert Clay").company == "target"
    assert "Own Item" in stage.names(source) and "Cora Dell" not in stage.names(source)
    assert stage.names(L) == stage.names(R) and stage.idle()


@DIRECTIONS
def test_rule_23_the_sources_deletion_is_carried(tmp_path: Path, direction: str, source: Side) -> None:
    stage = one_way(tmp_path, direction)
    stage.remove(source, "Anna Berg")
    stage.pair_run()
    assert stage.names(source.other) == ["Bert Clay", "Cora Dell", "Dora Ernst"] and stage.idle()


@pytest.mark.parametrize("locked", list(Side))
def test_rule_23_a_read_only_side_is_never_written_and_loses_nothing(tmp_path: Path, locked: Side) -> None:
    stage = Stage(tmp_path)
    stage.put(locked, person("Anna Berg"))
    stage.pair_run()
    stage.store(locked).lock(HERE if locked is L else THERE)
    stage.edit(locked.other, "Anna Berg", lambda i: replace(i, note="mine"))
    stage.put(locked.other, person("Own Item"))
    for _ in range(2):
        report = stage.pair_run()
        assert not report.problems and report.conflicts == 0 and report.actions(locked).total == 0
    stage.edit(locked, "Anna Berg", lambda i: replace(i, company="theirs"))
    stage.pair_run()
    other = the(stage, locked.other)
    assert (other.note, other.company) == ("mine", "theirs") and "Own Item" in stage.names(locked.other)
    stage.store(locked).lock(HERE if locked is L else THERE, read_only=False)
    stage.pair_run()
    stage.pair_run()
    assert the(stage, locked).note == "mine" and "Own Item" in stage.names(locked) and stage.idle()
