"""The state database: opened once, used in short transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction: what every function of the store works in. Everything in it happens, or nothing."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Database:
    """An open state database. Never hold a transaction open over an ``await``: others would wait for it."""

    engine: Engine
    path: Path | None

    @classmethod
    def open(cls, path: Path | str) -> Database:
        """Open the database file at ``path``; make it (0600) and its folder (0700) where they are not there, and bring
        an older schema up to date.

        Raises ``StateDamaged`` when the file is no Instep database, is damaged or of a newer version; it is then left
        as it is.
        """
        raise NotImplementedError

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """Give a transaction for writing: durable when the block has ended, undone when it raises.

        Raises ``Busy`` when another process writes for too long, ``StoreFull`` when the disk is full, ``StateDamaged``
        when the file is damaged; nothing of the block has happened then.
        """
        raise NotImplementedError
        yield

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """Give a transaction for reading: one unchanging view, which waits for no writer and hinders none."""
        raise NotImplementedError
        yield

    def close(self) -> None:
        """Let go of the file."""
        raise NotImplementedError
