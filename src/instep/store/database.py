"""The state database: opened once, used in short transactions."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from instep.errors import Busy, InstepError, StateDamaged, StoreFull
from instep.store.upgrade import is_current, upgrade

BUSY_SECONDS = 30
LOG_PAGES = 16_384
"""How far the write-ahead log grows (64 MB) before it is written into the database file while somebody works."""
_READING = "instep_reading"


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction: what every function of the store works in. Everything in it happens, or nothing."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Database:
    """An open state database. Never hold a transaction open over an ``await``: others would wait for it."""

    engine: Engine
    path: Path | None = None

    @classmethod
    def open(cls, path: Path | str) -> Database:
        """Open the database file at ``path``; make it (0600) and its folder (0700) where they are not there, and bring
        an older schema up to date.

        Raises ``StateDamaged`` when the file is no Instep database, is damaged or of a newer version (it is then left
        as it is), or cannot be opened at all.
        """
        file = Path(path).absolute()
        try:
            _make_private(file)
        except OSError as e:
            raise _unusable(file, e.strerror or str(e)) from e
        return cls._ready(cls(_sqlite(file), file))

    @classmethod
    def connect(cls, url: str) -> Database:
        """Open a database server's database by its SQLAlchemy URL (PostgreSQL); otherwise as ``open``."""
        return cls._ready(cls(create_engine(url)))

    @classmethod
    def _ready(cls, db: Database) -> Database:
        try:
            with db.reading() as tx:
                current = is_current(tx.connection)
            if not current:
                with db.transaction() as tx:
                    # Another process may have done it while this one waited for its turn.
                    if not is_current(tx.connection):
                        upgrade(tx.connection)
        except BaseException:
            db.close()
            raise
        return db

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Give a transaction for writing: durable when the block has ended, undone when it raises.

        Raises ``Busy`` when another process writes for too long, ``StoreFull`` when the disk is full, ``StateDamaged``
        when the file is damaged; nothing of the block has happened then.
        """
        with _told(self.path), self.engine.begin() as connection:
            yield Tx(connection)

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Give a transaction for reading: one unchanging view, which waits for no writer and hinders none."""
        with _told(self.path), self.engine.connect() as raw:
            # SQLite gives every transaction one unchanging view anyway.
            level = {} if self.engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
            connection = raw.execution_options(**{_READING: True}, **level)
            with connection.begin():
                yield Tx(connection)

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()


def _make_private(file: Path) -> None:
    if not file.parent.is_dir():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite gives its -wal and -shm files the mode of the database file.
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    if os.name == "posix" and file.stat().st_mode & 0o077:
        file.chmod(0o600)


def _sqlite(file: Path) -> Engine:
    engine = create_engine(f"sqlite:///{file.as_posix()}", connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, record: object) -> None:
    # Python's driver is kept from opening transactions by itself: `_begin` does.
    connection.isolation_level = None
    _write_ahead(connection)
    # A backup program copies one file after the other. As long as the log only grows, whatever it gets is a state that
    # was; so the log is written back at the end, and in the middle only where it would become too large.
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"wal_autocheckpoint={LOG_PAGES}"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: Any) -> None:
    # Two processes that switch a new file at once: SQLite tells one of them "locked" without waiting.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            # The database of another program is not changed, not even in its mode; it is refused later.
            if not tables or "alembic_version" in tables:
                connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as e:
            if e.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    # A transaction that may write takes its turn at once: one that begins by reading could not go on to write (BUSY)
    # after somebody else wrote.
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _unusable(path: Path | None, why: str) -> StateDamaged:
    place = path or "the state database"
    return StateDamaged(f"{place} cannot be used: {why}.", "Check the folder, its rights and the disk.")


@contextmanager
def _told(path: Path | None) -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as e:
        told = _in_words(path, e)
        if told is None:
            raise
        raise told from e
    except StateDamaged as e:
        if path and not e.where.item:
            e.where.item = str(path)
        raise


def _in_words(path: Path | None, error: DBAPIError | sqlite3.Error) -> InstepError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", None)
    match None if code is None else code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Busy(
                f"Another process has been writing to {path} for more than {BUSY_SECONDS} seconds.",
                "Try again when it is done.",
            )
        case sqlite3.SQLITE_FULL:
            return StoreFull(f"There is no room for the state database {path}.", "Make room on that disk.")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StateDamaged(
                f"The state database {path} is damaged ({cause}).",
                "Put back a copy of it, or move it away: the next run then compares both sides anew and loses nothing.",
            )
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return _unusable(path, str(cause))
        case _:
            return None
