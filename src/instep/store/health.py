"""Looking at a state database from outside, without changing anything in it or bringing it up to date."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, func, inspect, select, text

from instep.errors import StateDamaged
from instep.store.database import Database
from instep.store.schema import metadata
from instep.store.upgrade import VERSIONS, is_current


@dataclass(frozen=True, slots=True)
class Health:
    """How a state database is. ``size`` in bytes with its log; ``schema`` its version, ``newest`` the program's own;
    ``faults``: what SQLite finds wrong, empty when it is sound; ``counts``: rows of each table."""

    size: int
    schema: str
    newest: str
    faults: tuple[str, ...]
    counts: dict[str, int]


def health_of(path: Path, *, scan: bool = True) -> Health:
    """Look at the database file at ``path``; ``scan`` reads all of it, without which ``faults`` is empty.

    Raises ``StateDamaged`` when it cannot be read, is another program's or of a newer version, ``Busy`` when it is
    held.
    """
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    )
    db = Database(engine, path)
    try:
        with db.reading() as tx:
            there = set(inspect(tx.connection).get_table_names())
            if not there:
                raise StateDamaged("The state database is empty.", "Move it away: the next run makes a new one.")
            is_current(tx.connection)
            schema = str(tx.connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
            found = tx.connection.execute(text("PRAGMA quick_check(5)")) if scan else ()
            faults = tuple(str(line) for (line,) in found if line != "ok")
            tables = [table for table in metadata.sorted_tables if table.name in there]
            counts = {
                table.name: tx.connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables
            }
    finally:
        db.close()
    return Health(_size(path), schema, VERSIONS[-1], faults, counts)


def _size(path: Path) -> int:
    beside = (path, path.with_name(f"{path.name}-wal"))
    return sum(file.stat().st_size for file in beside if file.exists())
