"""The lease: one process at a time works on an account."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, select, update

from instep.errors import Busy, Where
from instep.store.batches import insert_missing
from instep.store.database import Database
from instep.store.processes import Process, is_dead, this_process
from instep.store.schema import lease as table

FOREIGN_HOLD = timedelta(hours=1)
"""How long the lease of a process on another computer is believed without being renewed."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on an account, until ``release`` or the end of the process."""

    account: str
    token: str


def take(db: Database, account: str, purpose: str) -> Lease:
    """Take the account for this process; ``purpose`` is a word for people (``sync``).

    The lease of a process that has died on this computer is taken over at once, so is one that came with a copy of the
    database; that of another computer when it was not renewed for an hour. Raises ``Busy`` while somebody else (or this
    process, elsewhere) has it.
    """
    me, now, place = this_process(), datetime.now(UTC), _place(db)
    lease = Lease(account, secrets.token_hex(16))
    row = {
        "account": account,
        "token": lease.token,
        "purpose": purpose,
        "host": me.host,
        "machine": me.machine,
        "pid": me.pid,
        "started": me.started,
        "place": place,
        "since": now,
        "renewed": now,
    }
    with db.transaction() as tx:
        holder = tx.connection.execute(select(table).where(table.c.account == account)).one_or_none()
        if holder is None:
            insert_missing(tx, table, [row])
        elif _is_over(holder, place, now):
            mine = (table.c.account == account, table.c.token == holder.token)
            tx.connection.execute(update(table).where(*mine).values(row))
        # On a database server two may have come here at once: the row tells who was first.
        winner = tx.connection.execute(select(table).where(table.c.account == account)).one()
    if winner.token != lease.token:
        raise _busy(winner)
    return lease


def _place(db: Database) -> str:
    # A copy of the file is another file: nobody who works on the original holds anything in it.
    return "" if db.path is None else str(db.path.stat().st_ino)


def _is_over(holder: Row[Any], place: str, now: datetime) -> bool:
    if holder.place != place:
        return True
    dead = is_dead(Process(holder.host, holder.machine, holder.pid, holder.started))
    return now - holder.renewed > FOREIGN_HOLD if dead is None else dead


def _busy(holder: Row[Any]) -> Busy:
    since = holder.since.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    here = is_dead(Process(holder.host, holder.machine, holder.pid, holder.started)) is not None
    computer = "" if here else f" on {holder.host}"
    advice = "Wait until it is done, or end that process."
    if not here:
        until = (holder.renewed + FOREIGN_HOLD).astimezone().strftime("%H:%M")
        advice = f"Wait until it is done; if it is gone, the account is free again at {until}."
    return Busy(
        f"Another process works on this account since {since} ({holder.purpose}, process {holder.pid}{computer}).",
        advice,
        Where(account=holder.account),
    )


def renew(db: Database, lease: Lease) -> None:
    """Say that the work goes on: needed every few minutes only where several computers share one database.

    Raises ``Busy`` when the lease was lost to somebody else.
    """
    with db.transaction() as tx:
        mine = (table.c.account == lease.account, table.c.token == lease.token)
        if not tx.connection.execute(update(table).where(*mine).values(renewed=datetime.now(UTC))).rowcount:
            raise Busy("The lease on this account was lost.", "Start again.", Where(account=lease.account))


def release(db: Database, lease: Lease) -> None:
    """Give the account back; does nothing when the lease was lost meanwhile."""
    with db.transaction() as tx:
        tx.connection.execute(delete(table).where(table.c.token == lease.token))


def working(db: Database) -> frozenset[str]:
    """The accounts on which a process works now, this one or another."""
    place, now = _place(db), datetime.now(UTC)
    with db.reading() as tx:
        rows = tx.connection.execute(select(table)).all()
    return frozenset(row.account for row in rows if not _is_over(row, place, now))


@contextmanager
def held(db: Database, account: str, purpose: str) -> Iterator[Lease]:
    """Hold the lease of an account for a block; errors as for ``take``."""
    lease = take(db, account, purpose)
    try:
        yield lease
    finally:
        release(db, lease)


def forget(db: Database) -> None:
    """Forget all leases, as if every process had ended: for simulations, in which processes die inside of this one."""
    with db.transaction() as tx:
        tx.connection.execute(delete(table))
