"""A side that takes no writes, said beforehand or found out by a refusal: one way from then on (RULES 23)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE, Stage
from engine.test_run import person
from instep.connectors.memory import MemoryConnector, Traits
from instep.core.model import Side
from instep.engine.report import PairReport
from instep.engine.run import synchronize
from instep.engine.work import Options

L, R = Side.LEFT, Side.RIGHT
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SIDES = pytest.mark.parametrize("locked", [R, L], ids=["server", "desktop"])


def refuse(stage: Stage, side: Side, *, says: bool | None, refuses: bool = True) -> None:
    """Writes are refused from now on (or not any more); ``says`` is what the store tells of itself."""
    shelf = stage.store(side).shelves[HERE if side is L else THERE]
    shelf.read_only = refuses
    shelf.info = replace(shelf.info, writable=says)


def on(stage: Stage, day: int = 0) -> PairReport:
    """A run on the n-th day."""
    left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
    clock: Callable[[], datetime] = lambda: NOON + timedelta(days=day)  # noqa: E731
    report = asyncio.run(synchronize(stage.db, "me", left, right, Options(yes=True), clock=clock))
    assert not report.failure, report.failure
    return report.pairs[0]


def busy(tmp_path: Path, locked: Side, **more: Any) -> Stage:
    """Both sides have edits, additions and a deletion when one suddenly refuses."""
    stage = Stage(tmp_path, **more)
    for name in ("Anna Berg", "Bert Clay", "Cora Dell", "Dora Ernst"):
        stage.put(L, person(name))
    on(stage)
    stage.edit(locked.other, "Anna Berg", lambda i: replace(i, note="mine"))
    stage.put(locked.other, person("Own Item"))
    stage.remove(locked.other, "Cora Dell")
    stage.edit(locked, "Anna Berg", lambda i: replace(i, company="theirs"))
    stage.put(locked, person("Their Item"))
    stage.remove(locked, "Dora Ernst")
    return stage


def carried_one_way(stage: Stage, locked: Side) -> None:
    mine, theirs = (stage.item(s, "Anna Berg") for s in (locked.other, locked))
    assert (mine.note, mine.company, theirs.note) == ("mine", "theirs", "")  # type: ignore[union-attr]
    assert stage.names(locked.other) == ["Anna Berg", "Bert Clay", "Own Item", "Their Item"]
    assert stage.names(locked) == ["Anna Berg", "Bert Clay", "Cora Dell", "Their Item"]


def carried_both_ways(stage: Stage) -> None:
    for side in Side:
        assert stage.names(side) == ["Anna Berg", "Bert Clay", "Own Item", "Their Item"]
        item = stage.item(side, "Anna Berg")
        assert (item.note, item.company) == ("mine", "theirs")  # type: ignore[union-attr]


@SIDES
@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("says", [None, True, False], ids=["says nothing", "says yes", "says no"])
def test_a_side_that_refuses_is_left_alone_and_everything_else_is_carried(
    tmp_path: Path, locked: Side, tokens: bool, says: bool | None
) -> None:
    stage = busy(tmp_path, locked, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens))
    refuse(stage, locked, says=says)
    report = on(stage)
    assert not report.problems and not report.conflicts and report.actions(locked).total == 0
    assert report.notes
    carried_one_way(stage, locked)
    for _ in range(2):
        again = on(stage)
        assert (again.work, again.problems, again.notes, again.conflicts) == (0, [], [], 0)
    refuse(stage, locked, says=None if says is None else True, refuses=False)
    for _ in range(3):
        report = on(stage, day=1)
    assert report.work == 0 and not report.problems
    carried_both_ways(stage)


@SIDES
def test_a_side_that_refuses_without_a_word_is_tried_once_a_day(tmp_path: Path, locked: Side) -> None:
    stage = busy(tmp_path, locked)
    refuse(stage, locked, says=None)
    on(stage)
    for day in (1, 1, 2, 2):
        report = on(stage, day)
        assert (report.work, report.problems, report.notes) == (0, [], []), "said once, on the first day"
    carried_one_way(stage, locked)


@SIDES
def test_a_side_that_says_it_takes_writes_again_is_written_the_same_day(tmp_path: Path, locked: Side) -> None:
    stage = busy(tmp_path, locked)
    refuse(stage, locked, says=None)
    on(stage)
    refuse(stage, locked, says=False)
    on(stage)
    refuse(stage, locked, says=True, refuses=False)
    for _ in range(3):
        report = on(stage)
    assert report.work == 0 and not report.problems
    carried_both_ways(stage)


@pytest.mark.parametrize(
    ("direction", "closed"),
    [("to-server", {R}), ("to-desktop", {L}), ("two-way", {L, R}), ("to-server", {L, R})],
    ids=["only to a closed server", "only to a closed desktop", "both closed", "to the server, both closed"],
)
def test_where_nothing_can_be_carried_nothing_is_written_and_it_is_said(
    tmp_path: Path, direction: str, closed: set[Side]
) -> None:
    stage = Stage(tmp_path, direction=direction)
    stage.put(L, person("Anna Berg"))
    stage.put(R, person("Bert Clay"))
    for side in closed:
        refuse(stage, side, says=False)
    for _ in range(2):
        report = stage.pair_run()
        assert report.work == 0 and len(report.problems) == 1 and "no writes" in report.problems[0].message
    assert (stage.names(L), stage.names(R)) == (["Anna Berg"], ["Bert Clay"])
    for side in closed:
        refuse(stage, side, says=True, refuses=False)
    assert not stage.pair_run().problems
