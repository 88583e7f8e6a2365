"""An undo that was looked at first writes what was shown and nothing else; a person can stop it between two items."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from engine.hands import GO, last_run, noted, undone
from engine.stage import Stage
from engine.test_run import person
from engine.test_stopped import Stopper
from instep.connectors.memory import MemoryConnector
from instep.core.model import Contact, Side
from instep.engine.byhand import HandReport, Outcome
from instep.engine.events import Face, Phase
from instep.engine.report import Status
from instep.engine.undoing import NOT_BEGUN, UNSEEN
from instep.engine.verify import VerifyReport, verify
from instep.store import runs

L, R = Side.LEFT, Side.RIGHT
ITEMS = 120  # more than a batch


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Three notes, which a run carried to the server."""
    found = Stage(tmp_path)
    for name in ("Anna Berg", "Bert Clay", "Cora Dell"):
        found.put(L, person(name, note="old"))
    found.pair_run()
    for name in ("Anna Berg", "Bert Clay", "Cora Dell"):
        found.edit(L, name, noted("new"))
    found.pair_run()
    return found


def by_name(report: HandReport) -> dict[str, tuple[str, str]]:
    """What came of each item, and why not."""
    return {intent.name: (intent.outcome.value, intent.reason) for intent in report.intents}


def test_only_what_was_seen_is_written(stage: Stage) -> None:
    run = last_run(stage)
    look = undone(stage, run, dry_run=True)
    seen = frozenset(i.mark for i in look.intents if i.name != "Bert Clay")
    assert all(seen)
    report = undone(stage, run, approved=seen)
    assert by_name(report) == {"Anna Berg": ("done", ""), "Bert Clay": ("refused", UNSEEN), "Cora Dell": ("done", "")}
    assert [stage.item(R, name).note for name in ("Anna Berg", "Bert Clay")] == ["old", "new"]


def test_mark_is_another_once_the_item_has_another_field(stage: Stage) -> None:
    run = last_run(stage)
    before = {i.name: i.mark for i in undone(stage, run, dry_run=True).intents}
    stage.edit(R, "Anna Berg", lambda item: replace(item, nicknames=("Annie",)))
    after = {i.name: i.mark for i in undone(stage, run, dry_run=True).intents}
    assert before["Bert Clay"] == after["Bert Clay"] and before["Anna Berg"] != after["Anna Berg"]


def test_look_foresees_the_guard_and_asks_nobody(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(10):
        stage.put(L, Contact(uid=f"u{number}", formatted_name=f"Person {number}"))
    stage.pair_run()
    look = undone(stage, dry_run=True, face=Face())
    assert len(look.foreseen) == 1 and not look.stopped and len(stage.items(R)) == 10
    assert undone(stage, face=Face()).stopped == look.foreseen
    assert undone(stage, face=GO).count(Outcome.DONE) == 10


@pytest.mark.parametrize("after", [0, 1, 100])
def test_stopped_undo_is_remembered_and_the_undo_repeated_does_the_rest(tmp_path: Path, after: int) -> None:
    stage = Stage(tmp_path)
    for number in range(ITEMS):
        stage.put(L, Contact(uid=f"u{number}", formatted_name=f"Person {number}", note="old"))
    stage.pair_run()
    for number in range(ITEMS):
        stage.edit(L, f"Person {number}", noted("new"))
    run = stage.run(GO).run
    stopper = Stopper(after, Phase.WRITING)
    report = undone(stage, run, face=Face(stopped=stopper.face.stopped, emit=stopper.emit, guard=GO.guard))
    assert report.cancelled and report.status is Status.STOPPED
    back = sum(item.note == "old" for item in stage.items(R).values())
    assert back == after == report.count(Outcome.DONE)
    if after:
        assert {i.reason for i in report.intents if i.outcome is Outcome.REFUSED} == {NOT_BEGUN}
        with stage.db.reading() as tx:
            row = runs.get(tx, report.run)
        assert row is not None and row.status == "stopped"
    assert undone(stage, run).count(Outcome.DONE) == ITEMS - after
    stage.run(GO)
    assert {item.note for side in Side for item in stage.items(side).values()} == {"old"}
    assert stage.pair_run().work == 0


def compared(stage: Stage, face: Face) -> VerifyReport:
    """Both sides compared."""
    left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
    return asyncio.run(verify(stage.db, "me", left, right, face))


@pytest.mark.parametrize("after", [0, 2, 5])
def test_stopped_comparison_claims_nothing_about_what_it_did_not_compare(stage: Stage, after: int) -> None:
    assert compared(stage, Face()).clean
    stopper = Stopper(after, Phase.READING)
    report = compared(stage, stopper.face)
    assert not report.clean and report.pairs == [] and "You stopped it" in report.failure
