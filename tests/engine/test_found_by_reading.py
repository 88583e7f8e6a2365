"""Stories that were found by reading the engine: each lost, doubled or nagged once."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.stage import Stage
from engine.test_crash import Killed
from engine.test_run import conflict, person
from instep.connectors.base import Failed, Outcome, Update, Write
from instep.connectors.memory import MemoryReplica
from instep.core.model import Side
from instep.engine import conflicts
from instep.engine.questions import Choice, Resolution
from instep.errors import Transient
from instep.store import runs

L, R = Side.LEFT, Side.RIGHT


def updates(monkeypatch: pytest.MonkeyPatch, error: Exception | type[BaseException]) -> None:
    """From now on an update is never written: it is answered with an error, or the process dies before it."""
    apply = MemoryReplica.apply

    async def failing(self: MemoryReplica, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        others: list[Write] = []
        async for write in writes:
            if not isinstance(write, Update):
                others.append(write)
            elif isinstance(error, Transient):
                yield Failed(write.key, error)
            else:
                raise Killed

        async def rest() -> AsyncIterator[Write]:
            for write in others:
                yield write

        async for outcome in apply(self, rest()):
            yield outcome

    monkeypatch.setattr(MemoryReplica, "apply", failing)


def test_a_lost_write_beside_a_persons_edit_takes_nothing_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="ours"))
    with monkeypatch.context() as patch:
        updates(patch, Transient("The line was cut."))
        stage.run()
    stage.edit(R, "Anna Berg", lambda i: replace(i, company="theirs"))
    assert stage.pair_run().conflicts == 0
    for side in Side:
        item = stage.item(side, "Anna Berg")
        assert (item.note, item.company) == ("ours", "theirs")  # type: ignore[union-attr]
    assert stage.idle()


def test_keeping_both_after_a_death_between_copy_and_update_makes_one_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = conflict(tmp_path)
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.BOTH))
    with monkeypatch.context() as patch:
        updates(patch, Killed)
        with pytest.raises(Killed):
            stage.run()
    stage.pair_run()
    for side in Side:
        assert sorted(i.note for i in stage.items(side).values()) == ["left", "right"]  # type: ignore[union-attr]
    assert stage.idle()


def test_an_answer_whose_write_failed_is_not_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = conflict(tmp_path)
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.SERVER))
    with monkeypatch.context() as patch:
        updates(patch, Transient("The line was cut."))
        stage.run()
    assert stage.pair_run().conflicts == 0
    assert {stage.item(s, "Anna Berg").note for s in Side} == {"right"}  # type: ignore[union-attr]


def test_a_run_that_died_is_not_recorded_as_in_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="new"))
    updates(monkeypatch, Killed)
    with pytest.raises(Killed):
        stage.run()
    with stage.db.reading() as tx:
        assert runs.of_account(tx, "me")[0].status == "failed"


def test_a_first_match_that_differs_keeps_that_reason_until_it_is_decided(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="left", company="Co"))
    stage.put(R, person("Anna Berg", note="right"))
    for text in ("right", "right", "right again"):
        stage.edit(R, "Anna Berg", lambda i, t=text: replace(i, note=t))  # type: ignore[misc]
        assert stage.pair_run().conflicts == 1
        question = conflicts.questions(stage.db)[0]
        assert question.reason == "differs" and Choice.BOTH not in question.choices
    for side in Side:
        stage.edit(side, "Anna Berg", lambda i, s=side: replace(i, company=f"{s} Co"))  # type: ignore[misc]
    stage.pair_run()
    assert conflicts.questions(stage.db)[0].reason == "both-changed", "now people changed something too"
