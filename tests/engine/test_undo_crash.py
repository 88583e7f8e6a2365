"""Death at any await of an undo: the next run recovers, deletes nothing, and the undo repeated finishes the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from engine.hands import last_run, noted, undone
from engine.stage import Stage
from engine.test_crash import Killed, mortal
from engine.test_run import person
from engine.test_undo import note
from instep.connectors.memory import Traits
from instep.core.model import Side
from instep.store.database import Database
from instep.store.schema import lease

L, R = Side.LEFT, Side.RIGHT
STORES = [
    pytest.param(Traits(tokens=False), Traits(), id="listing and token"),
    pytest.param(Traits(), Traits(tokens=False), id="token and listing"),
    pytest.param(Traits(own_hrefs=False), Traits(own_hrefs=False, keeps_uids=False), id="ids of the stores' own"),
    pytest.param(Traits(tokens=False, etags=False), Traits(tells_etag=False), id="no etags"),
]

PACE = pytest.mark.parametrize(
    "pace",
    [pytest.param(7, id="some moments"), pytest.param(1, id="every moment", marks=pytest.mark.trial)],
)


def acted(tmp_path: Path, left: Traits, right: Traits) -> tuple[Stage, int]:
    """A stage after a run that made, changed and deleted items on both sides; the run's number."""
    stage = Stage(tmp_path, left_traits=left, right_traits=right)
    for name in ("Changed L", "Changed R", "Gone L", "Gone R", "Kept 1", "Kept 2", "Kept 3", "Kept 4"):
        stage.put(L, person(name, note="old"))
    stage.pair_run()
    stage.pair_run()
    stage.edit(L, "Changed L", noted("new"))
    stage.edit(R, "Changed R", noted("new"))
    stage.remove(L, "Gone L")
    stage.remove(R, "Gone R")
    stage.put(L, person("Made L"))
    stage.put(R, person("Made R"))
    stage.pair_run()
    return stage, last_run(stage)


def is_undone(stage: Stage) -> bool:
    names = ["Changed L", "Changed R", "Gone L", "Gone R", "Kept 1", "Kept 2", "Kept 3", "Kept 4"]
    both = [(stage.names(L), [*names, "Made L"]), (stage.names(R), [*names, "Made R"])]
    notes = {note(stage, side, f"Changed {which}") for side in Side for which in "LR"}
    return all(found == sorted(wanted) for found, wanted in both) and notes == {"old"}


@contextmanager
def dying_at_commit(at: int, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process dies when the n-th transaction ends: just before it is durable."""
    left = [at]
    transaction = Database.transaction

    @contextmanager
    def dying(self: Database) -> Iterator[Any]:
        with transaction(self) as tx:
            yield tx
            left[0] -= 1
            if left[0] <= 0:
                raise Killed  # nothing that comes later happens either

    patch.setattr(Database, "transaction", dying)
    yield


def missing(stage: Stage) -> set[tuple[Side, str]]:
    """The copies that are taken back."""
    return {(side, name) for side in Side for name in ("Made L", "Made R") if name not in stage.names(side)}


def killed(stage: Stage, run: int, at: int, moment: str, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Undo a run in a process that dies at the n-th moment; true when it came so far."""
    died = False
    with monkeypatch.context() as patch:
        if moment != "commit":
            mortal(stage, at, after=moment == "after", monkeypatch=patch)
        try:
            with dying_at_commit(at, patch) if moment == "commit" else nullcontext():
                undone(stage, run)
        except Killed:
            died = True
    with stage.db.transaction() as tx:
        tx.connection.execute(delete(lease))  # that of a dead process counts for nothing
    return died


def quiet(stage: Stage, at: int) -> None:
    """A run without a question or a problem."""
    report = stage.pair_run()
    assert not report.conflicts and not report.problems and not report.stopped, (at, report)


@PACE
@pytest.mark.parametrize("again", ["sync first", "undo again at once"])
@pytest.mark.parametrize("moment", ["before", "after", "commit"])
@pytest.mark.parametrize(("left", "right"), STORES)
def test_killed_at_any_moment_of_an_undo_nothing_is_lost_and_the_rest_can_be_undone(
    tmp_path: Path, left: Traits, right: Traits, moment: str, again: str, pace: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 80, pace):
        stage, run = acted(tmp_path / str(at), left, right)
        died = killed(stage, run, at, moment, monkeypatch)
        if again == "sync first":
            away = missing(stage)
            report = stage.pair_run()
            assert not report.conflicts and not report.problems and not report.stopped, at
            assert missing(stage) == away, at  # what the undo took back before it died stays so
            assert report.desktop_actions.delete == report.server_actions.delete == 0, at
        repeated = undone(stage, run)
        assert not repeated.failure
        if again == "undo again at once":
            assert {i.outcome.value for i in repeated.intents} <= {"done", "already"}, (at, repeated)
        for _ in range(2):
            quiet(stage, at)
        assert is_undone(stage), (at, stage.items(L), stage.items(R))
        assert stage.idle(), at
        stage.db.close()
        if not died:
            return
    raise AssertionError("the undo never came to its end")


@PACE
@pytest.mark.parametrize("again", ["sync first", "undo again at once"])
@pytest.mark.parametrize("moment", ["before", "after", "commit"])
@pytest.mark.parametrize(("left", "right"), STORES)
def test_killed_at_any_moment_of_the_undo_of_an_undo_nothing_is_doubled(
    tmp_path: Path, left: Traits, right: Traits, moment: str, again: str, pace: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 80, pace):
        stage, run = acted(tmp_path / str(at), left, right)
        first = undone(stage, run)
        died = killed(stage, first.run, at, moment, monkeypatch)
        if again == "sync first":
            quiet(stage, at)
        assert not undone(stage, first.run).failure
        for _ in range(2):
            quiet(stage, at)
        names = {side: stage.names(side) for side in Side}
        for side in Side:
            assert len(set(names[side])) == len(names[side]), (at, names)
            assert {"Made L", "Made R", "Changed L", "Changed R"} <= set(names[side]), (at, names)
        if again == "undo again at once":
            assert names[L] == names[R] and not {"Gone L", "Gone R"} & set(names[L]), (at, names)
            assert {note(stage, side, f"Changed {which}") for side in Side for which in "LR"} == {"new"}, at
        assert stage.idle(), at
        stage.db.close()
        if not died:
            return
    raise AssertionError("the undo never came to its end")
