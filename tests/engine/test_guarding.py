"""A collection that is not what it was is looked at before anything is written there (DESIGN.md, guard)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.stage import THERE, Stage
from engine.test_run import person
from instep.core.guard import Stop
from instep.core.model import Kind, Side
from instep.engine.events import Face, GuardAnswer

L, R = Side.LEFT, Side.RIGHT


def test_a_collection_that_no_longer_takes_the_kind_stops_its_pair(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    shelf = stage.right.shelves[THERE]
    shelf.info = replace(shelf.info, kinds=frozenset({Kind.TASK}))
    stage.right.forget_tokens(THERE)
    stage.put(L, person("Bert Clay"))
    assert stage.pair_run().stopped
    assert stage.names(R) == ["Anna Berg"]


def test_a_forgotten_token_alone_stops_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    stage.right.forget_tokens(THERE)
    stage.put(L, person("Bert Clay"))
    assert not stage.pair_run().stopped
    assert stage.names(R) == ["Anna Berg", "Bert Clay"]


def test_a_collection_that_became_read_only_is_one_way_from_then_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(R, person("Anna Berg"))
    stage.pair_run()
    shelf = stage.right.shelves[THERE]
    shelf.info = replace(shelf.info, writable=False)
    stage.put(L, person("Bert Clay"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="from there"))
    report = stage.pair_run()
    assert not report.problems and stage.names(R) == ["Anna Berg"]
    assert stage.item(L, "Anna Berg").note == "from there"  # type: ignore[union-attr]


def test_after_a_go_the_next_single_deletion_is_not_asked_about(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for n in range(80):
        stage.put(L, person(f"Anna Berg{n}"))
    stage.pair_run()
    for n in range(55):
        stage.remove(L, f"Anna Berg{n}")
    assert stage.pair_run().stopped

    async def go(account: str, kind: Kind, stop: Stop) -> GuardAnswer:
        return GuardAnswer.GO

    assert stage.pair_run(Face(guard=go)).server_actions.delete == 55
    stage.remove(L, "Anna Berg60")
    report = stage.pair_run()
    assert not report.stopped and report.server_actions.delete == 1
