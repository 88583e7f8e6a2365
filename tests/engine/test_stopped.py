"""A person stops a run: nothing more is begun, what was done is recorded, and the next run finishes the job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.stage import Stage
from instep.core.model import Contact, Side, name_of
from instep.engine.events import Face, Phase, Progress, RunEvent
from instep.engine.report import Status
from instep.store import runs

ITEMS = 250  # more than two batches


class Stopper:
    """Says stop once so many writes (or items read) have passed."""

    def __init__(self, after: int, phase: Phase) -> None:
        self.after, self.phase, self.passed = after, phase, 0

    @property
    def face(self) -> Face:
        """A face with this person at it."""
        return Face(emit=self.emit, stopped=lambda: self.passed >= self.after)

    def emit(self, event: RunEvent) -> None:
        """Count what passes."""
        if isinstance(event, Progress) and event.phase is self.phase and event.name:
            self.passed += 1


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A desktop with contacts that the server does not have yet."""
    found = Stage(tmp_path)
    for number in range(ITEMS):
        found.put(Side.LEFT, Contact(uid=f"u{number}", formatted_name=f"Person {number}"))
    return found


@pytest.mark.parametrize("after", [0, 1, 99, 100, 101, 180, ITEMS - 1])
def test_stopped_while_writing_begins_nothing_more_and_the_next_run_finishes(stage: Stage, after: int) -> None:
    report = stage.run(Stopper(after, Phase.WRITING).face)
    assert report.status is Status.STOPPED and report.failure
    written = len(stage.items(Side.RIGHT))
    assert written == after  # a store in memory answers each write before it takes the next
    assert stage.pair_run().server_actions.create == ITEMS - written
    assert len(stage.items(Side.RIGHT)) == ITEMS
    assert stage.pair_run().work == 0


def test_stopped_while_reading_writes_nothing(stage: Stage) -> None:
    assert stage.run(Stopper(10, Phase.READING).face).status is Status.STOPPED
    assert stage.items(Side.RIGHT) == {}
    assert stage.pair_run().server_actions.create == ITEMS


def test_stopped_run_is_remembered_as_stopped(stage: Stage) -> None:
    report = stage.run(Stopper(5, Phase.WRITING).face)
    with stage.db.reading() as tx:
        row = runs.get(tx, report.run)
    assert row is not None and row.status == "stopped" and "You stopped it" in row.report["error"]


def test_edit_of_what_a_stopped_run_had_written_is_no_conflict(stage: Stage) -> None:
    stage.run(Stopper(120, Phase.WRITING).face)
    for number in range(5):
        stage.edit(Side.LEFT, f"Person {number}", lambda item: replace(item, formatted_name=f"{name_of(item)} anew"))
    after = stage.pair_run()
    assert after.conflicts == 0 and after.server_actions.create == ITEMS - 120
    assert stage.names(Side.LEFT) == stage.names(Side.RIGHT)
