"""The lease: one process at a time works on an account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from instep.store.database import Database


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on an account, until ``release`` or the end of the process."""

    account: str
    token: str


def take(db: Database, account: str, purpose: str) -> Lease:
    """Take the account for this process; ``purpose`` is a word for people (``sync``).

    The lease of a process that has died on this computer is taken over at once; that of another computer when it was
    not renewed for an hour. Raises ``Busy`` while somebody else (or this process, elsewhere) has it.
    """
    raise NotImplementedError


def renew(db: Database, lease: Lease) -> None:
    """Say that the work goes on: needed every few minutes only where several computers share one database.

    Raises ``Busy`` when the lease was lost to somebody else.
    """
    raise NotImplementedError


def release(db: Database, lease: Lease) -> None:
    """Give the account back; does nothing when the lease was lost meanwhile."""
    raise NotImplementedError


@contextmanager
def held(db: Database, account: str, purpose: str) -> Iterator[Lease]:
    """Hold the lease of an account for a block; errors as for ``take``."""
    raise NotImplementedError
    yield
