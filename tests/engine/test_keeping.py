"""History is kept within its bounds, at most once a day, and never at the cost of what is still needed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.hands import last_run, noted, outcomes, undone
from engine.stage import Stage
from engine.test_run import person
from instep.core.model import Side
from instep.engine import run as run_module
from instep.store import blobs, history, runs
from instep.store.retention import Retention
from instep.store.schema import blob

L, R = Side.LEFT, Side.RIGHT
MONTH = Retention(30, 2)


class Calendar:
    """Days that pass when a test says so."""

    def __init__(self) -> None:
        self.now = datetime.fromisoformat("2025-01-01T12:00:00+00:00")

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def days(self, number: float) -> None:
        self.now += timedelta(days=number)


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    found = Calendar()
    original = run_module.synchronize
    import engine.stage as stage_module

    async def timed(*args: object, **kwargs: object) -> object:
        return await original(*args, **{**kwargs, "clock": found})  # type: ignore[arg-type]

    monkeypatch.setattr(stage_module, "synchronize", timed)
    return found


def kept(stage: Stage) -> int:
    with stage.db.reading() as tx:
        return len(history.rows(tx))


def edited(stage: Stage, text: str, retention: Retention = MONTH) -> None:
    stage.edit(L, "Anna Berg", noted(text))
    stage.pair_run(retention=retention)


def begun(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="a"))
    stage.pair_run(retention=MONTH)
    return stage


def test_old_versions_are_forgotten_and_young_ones_and_the_last_runs_stay(tmp_path: Path, calendar: Calendar) -> None:
    stage = begun(tmp_path)
    for text in "bcd":
        calendar.days(2)
        edited(stage, text)
    assert kept(stage) == 4
    calendar.days(40)
    edited(stage, "e")
    assert kept(stage) == 2  # of the last two runs that wrote something, though one is old
    run = last_run(stage)
    assert outcomes(undone(stage, run)) == [("server", "update", "Anna Berg", "done")]


def test_it_is_done_once_a_day_and_not_by_a_run_that_wrote_nothing(tmp_path: Path, calendar: Calendar) -> None:
    stage = begun(tmp_path)
    for text in "bc":
        edited(stage, text)
    calendar.days(40)
    stage.pair_run(retention=MONTH)
    assert kept(stage) == 3
    edited(stage, "d")
    assert kept(stage) == 2
    edited(stage, "e", Retention(1, 0))
    calendar.days(0.5)
    edited(stage, "f", Retention(1, 0))
    assert kept(stage) == 4  # the same day
    calendar.days(1.5)
    edited(stage, "g", Retention(1, 0))
    assert kept(stage) == 1


def test_bytes_that_nothing_needs_go_with_it_and_open_journal_rows_keep_theirs(
    tmp_path: Path, calendar: Calendar
) -> None:
    stage = begun(tmp_path)
    for number in range(20):
        edited(stage, f"text {number}")
    with stage.db.transaction() as tx:
        blobs.put(tx, b"nobody's")
        before = tx.connection.execute(select(func.count()).select_from(blob)).scalar_one()
    calendar.days(40)
    edited(stage, "last")
    with stage.db.transaction() as tx:
        after = tx.connection.execute(select(func.count()).select_from(blob)).scalar_one()
        assert blobs.sweep(tx) == 0
    assert after < before / 2
    with stage.db.reading() as tx:
        report = runs.of_account(tx, "me", limit=1)[0].report
    assert report["swept"] is True
    assert stage.idle()


def test_runs_of_which_nothing_is_kept_are_forgotten_too(tmp_path: Path, calendar: Calendar) -> None:
    stage = begun(tmp_path)
    for _ in range(5):
        stage.pair_run(retention=MONTH)
    calendar.days(40)
    edited(stage, "b")
    with stage.db.reading() as tx:
        assert [row.id for row in runs.of_account(tx, "me")] == [7, 6, 1]  # 6 was the last that had ended
