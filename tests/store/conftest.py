"""A fresh state database for each test: SQLite always, PostgreSQL where one is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from instep.core.model import Kind
from instep.store import pairs
from instep.store.database import Database
from instep.store.pairs import Pair

POSTGRES = "INSTEP_TEST_POSTGRES"


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database; the one that the variable names is emptied before each test."""
    if request.param == "sqlite":
        opened = Database.open(tmp_path / "home" / "state.db")
    else:
        url = os.environ.get(POSTGRES)
        if not url:
            pytest.skip(f"{POSTGRES} names no PostgreSQL database (an SQLAlchemy URL of one that may be emptied)")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
        opened = Database.connect(url)
    yield opened
    opened.close()


@pytest.fixture
def pair(db: Database) -> Pair:
    """A stored pair of contacts of the account ``work``."""
    with db.transaction() as tx:
        return pairs.add(tx, Pair(0, "work", Kind.CONTACT, "contacts", "https://server/dav/contacts/"))
