"""A state database that lives in this process's memory alone: for simulations, which need many of them, quickly."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from instep.store.database import Database
from instep.store.upgrade import upgrade


def in_memory(image: bytes | None = None) -> Database:
    """A new, empty state database, or the one whose bytes ``image_of`` gave.

    One connection serves all: reading inside of a transaction is not possible, as nobody does.
    """
    raw = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
    raw.deserialize(_empty() if image is None else image)
    raw.execute("PRAGMA foreign_keys=ON")
    return Database(_engine(raw))


def image_of(db: Database) -> bytes:
    """The bytes of a database in memory, as a copy of its file would be."""
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        return bytes(driver.serialize())


def _engine(raw: sqlite3.Connection) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: raw, poolclass=StaticPool)
    # Python's driver is kept from opening transactions by itself.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


@lru_cache(maxsize=1)
def _empty() -> bytes:
    """The bytes of an empty database of the newest schema: made once, copied often."""
    engine = _engine(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None))
    with engine.begin() as connection:
        upgrade(connection)
    db = Database(engine)
    image = image_of(db)
    db.close()
    return image
