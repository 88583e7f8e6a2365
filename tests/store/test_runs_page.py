"""Runs a page at a time: newest first, with nothing left out or told twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert

from instep.store import runs
from instep.store.database import Database
from instep.store.schema import history

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def db(tmp_path: Path) -> Database:
    """Ten runs, of Work and Home in turn, of which 1, 4, 5 and 8 wrote something."""
    found = Database.open(tmp_path / "state.db")
    with found.transaction() as tx:
        for number in range(1, 11):
            assert runs.start(tx, ("Home", "Work")[number % 2], AT) == number
        for number in (1, 4, 5, 8, 8):
            row = {"run_id": number, "pair_id": 1, "at": AT, "side": "server", "op": "create"}
            tx.connection.execute(insert(history), [row])
    return found


TABLE = [
    ("the newest", {}, [10, 9, 8]),
    ("those before one", {"before": 8}, [7, 6, 5]),
    ("the last page", {"before": 3}, [2, 1]),
    ("those after one, the nearest", {"after": 5}, [8, 7, 6]),
    ("none before the first", {"before": 1}, []),
    ("of one account", {"account": "Work"}, [9, 7, 5]),
    ("that wrote something, each once", {"wrote": True}, [8, 5, 4]),
    ("that wrote something, the page before", {"wrote": True, "after": 1}, [8, 5, 4]),
    ("of one account that wrote something", {"wrote": True, "account": "Home"}, [8, 4]),
    ("of an account that never ran", {"account": "Club"}, []),
]


@pytest.mark.parametrize(("situation", "asked", "found"), TABLE, ids=[row[0] for row in TABLE])
def test_page_holds(db: Database, situation: str, asked: dict[str, object], found: list[int]) -> None:
    with db.reading() as tx:
        assert [row.id for row in runs.page(tx, 3, **asked)] == found  # type: ignore[arg-type]


def test_accounts_are_those_that_ever_ran(db: Database) -> None:
    with db.reading() as tx:
        assert runs.accounts(tx) == ["Home", "Work"]
