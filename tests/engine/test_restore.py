"""Restoring a version (RULES 24): a person's edit on the side it came from, which the next run carries."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.hands import GO, last_run, noted, outcomes, undone
from engine.stage import Stage
from engine.test_run import person
from engine.test_undo import ALL_STORES, note, started
from instep.connectors.memory import MemoryConnector, Traits
from instep.core.model import Side
from instep.engine.byhand import HandReport
from instep.engine.restoring import restore
from instep.engine.undoing import Wanted
from instep.engine.versions import find, the_one, versions
from instep.errors import ConfigError

L, R = Side.LEFT, Side.RIGHT


def restored(stage: Stage, item: str, number: int, **wanted: Any) -> HandReport:
    chosen = Wanted(**{"yes": True, "face": GO, **wanted})
    left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
    return asyncio.run(restore(stage.db, the_one(stage.db, item), number, left, right, chosen))


def told(stage: Stage, item: str) -> list[tuple[int, str, str, list[str]]]:
    """Number, side, action and changed fields of each version."""
    found = versions(stage.db, the_one(stage.db, item))
    return [(v.number, v.side.value, v.action, [row.field for row in v.changes]) for v in found]


def test_versions_are_numbered_from_the_oldest_with_what_each_changed(tmp_path: Path) -> None:
    stage = started(tmp_path, Traits(tokens=False), Traits())
    stage.edit(L, "Anna Berg", noted("one"))
    stage.pair_run()
    stage.edit(R, "Anna Berg", noted("two"))
    stage.pair_run()
    stage.remove(L, "Anna Berg")
    stage.pair_run()
    assert told(stage, "anna berg") == [
        (1, "server", "create", []),
        (2, "server", "update", ["note"]),
        (3, "desktop", "found", []),
        (4, "desktop", "update", ["note"]),
        (5, "server", "found", ["note"]),
        (6, "server", "delete", []),
    ]


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
def test_an_older_version_comes_back_on_its_side_and_is_carried(tmp_path: Path, left: Traits, right: Traits) -> None:
    stage = started(tmp_path, left, right)
    for text in ("one", "two"):
        stage.edit(L, "Anna Berg", noted(text))
        stage.pair_run()
    report = restored(stage, "Anna Berg", 1)
    assert outcomes(report) == [("server", "update", "Anna Berg", "done")]
    assert note(stage, R, "Anna Berg") == "a" and note(stage, L, "Anna Berg") == "two"
    after = stage.pair_run()
    assert after.work == 1 and not after.stopped and note(stage, L, "Anna Berg") == "a"
    assert stage.idle()
    assert outcomes(restored(stage, "Anna Berg", 1)) == [("server", "update", "Anna Berg", "already")]
    assert outcomes(undone(stage, report.run)) == [("server", "update", "Anna Berg", "done")]
    assert note(stage, R, "Anna Berg") == "two"


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
@pytest.mark.parametrize("synced", [False, True], ids=["before the next sync", "after the next sync"])
def test_a_deleted_item_comes_back_and_is_not_doubled(
    tmp_path: Path, left: Traits, right: Traits, synced: bool
) -> None:
    stage = started(tmp_path, left, right)
    number = the_one(stage.db, "Anna Berg").number
    stage.remove(L, "Anna Berg")
    stage.pair_run()
    assert outcomes(restored(stage, number, 1)) == [("server", "create", "Anna Berg", "done")]
    if synced:
        assert stage.pair_run().desktop_actions.create == 1
    assert outcomes(restored(stage, number, 1))[0][3] == "already"
    stage.pair_run()
    assert stage.names(L) == stage.names(R) == ["Anna Berg", "Bert Clay"]
    assert stage.idle()


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
@pytest.mark.parametrize("side", ["the copy", "its origin"])
def test_an_item_whose_copy_was_taken_back_is_carried_again(
    tmp_path: Path, left: Traits, right: Traits, side: str
) -> None:
    stage = started(tmp_path, left, right)
    stage.put(R, person("Cora Dean", note="c"))
    stage.pair_run()
    stage.edit(L, "Cora Dean", noted("d"))
    stage.pair_run()  # history knows both sides of it now
    stage.edit(L, "Cora Dean", noted("c"))
    stage.pair_run()
    first = next(v.run for v in versions(stage.db, the_one(stage.db, "Cora Dean")) if v.action == "create")
    assert outcomes(undone(stage, first)) == [("desktop", "delete", "Cora Dean", "done")]
    assert stage.idle() and "Cora Dean" not in stage.names(L)
    wanted = L if side == "the copy" else R
    found = [v for v in versions(stage.db, the_one(stage.db, "Cora Dean")) if v.side is wanted and v.item is not None]
    chosen = next(v.number for v in reversed(found) if getattr(v.item, "note", "") == "c")
    report = restored(stage, "Cora Dean", chosen)
    assert not report.failure and report.intents[0].outcome.value == ("done" if wanted is L else "already")
    stage.pair_run()
    assert stage.names(L) == stage.names(R) and "Cora Dean" in stage.names(L)
    assert stage.idle()


def test_what_cannot_be_restored_is_said(tmp_path: Path) -> None:
    stage = started(tmp_path, Traits(tokens=False), Traits())
    stage.remove(L, "Anna Berg")
    stage.pair_run()
    with pytest.raises(ConfigError, match="is its deletion"):
        restored(stage, "Anna Berg", 2)
    with pytest.raises(ConfigError, match="has the versions 1 to 2, not 3"):
        restored(stage, "Anna Berg", 3)
    with pytest.raises(ConfigError, match="holds no item"):
        restored(stage, "Nobody", 1)
    with pytest.raises(ConfigError, match=r"Several items fit “e”: .*Anna Berg.*Bert Clay|.*Bert Clay.*Anna Berg"):
        restored(stage, "e", 1)


def test_an_item_that_never_had_a_link_is_called_by_its_first_write(tmp_path: Path) -> None:
    stage = started(tmp_path, Traits(tokens=False), Traits())
    stage.remove(L, "Anna Berg")
    stage.pair_run()
    with stage.db.transaction() as tx:
        from sqlalchemy import update

        from instep.store.schema import history

        tx.connection.execute(update(history).values(link_id=None))
    [known] = find(stage.db, "anna")
    assert known.number.startswith("h") and find(stage.db, known.number) == [known]
    assert outcomes(restored(stage, known.number, 1)) == [("server", "create", "Anna Berg", "done")]
    assert stage.pair_run().desktop_actions.create == 1
    assert last_run(stage) and stage.idle()
