"""Runs: when each account was synchronized, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, insert, select, update

from instep.store.batches import pack, unpack
from instep.store.database import Tx
from instep.store.schema import history, run

ASKED = "asked"
"""The key of a run's report that tells what a person wanted of it, from its first moment on."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. ``ended`` is ``None`` while it goes on, or when it was interrupted; ``report`` holds JSON values."""

    id: int
    account: str
    started: datetime
    ended: datetime | None = None
    status: str = ""
    report: dict[str, Any] = field(default_factory=dict)
    dry: bool = False

    @property
    def asked(self) -> str:
        """What a person wanted of it (``undo 12``), empty for a synchronization."""
        return str(self.report.get(ASKED, ""))


def was_asked() -> ColumnElement[bool]:
    """The condition that a run was an undo or a restore: a person's word, not a synchronization."""
    # Quotation marks inside of names are escaped in JSON, so nothing but the key itself is found.
    return run.c.report.contains(f'"{ASKED}":', autoescape=True)


def _run(row: Row[Any]) -> RunRow:
    return RunRow(row.id, row.account, row.started, row.ended, row.status, unpack(row.report), row.dry)


def start(tx: Tx, account: str, at: datetime, *, dry: bool = False, asked: str = "") -> int:
    """Record that a run begins; gives its id, which is never used twice.

    ``asked`` is what a person wanted of it, item by item (``undo 12``); empty for a synchronization.
    """
    values = {"account": account, "started": at, "dry": dry, "report": pack({ASKED: asked} if asked else {})}
    key = tx.connection.execute(insert(run).values(values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def finish(tx: Tx, run_id: int, at: datetime, status: str, report: dict[str, Any]) -> None:
    """Record how a run ended."""
    values = {"ended": at, "status": status, "report": pack(report)}
    tx.connection.execute(update(run).where(run.c.id == run_id).values(values))


def get(tx: Tx, run_id: int) -> RunRow | None:
    """A run by its id; ``None`` when there is none."""
    row = tx.connection.execute(select(run).where(run.c.id == run_id)).one_or_none()
    return None if row is None else _run(row)


def of_account(tx: Tx, account: str | None = None, limit: int | None = None) -> list[RunRow]:
    """The runs of an account, or of all, newest first."""
    query = select(run).order_by(run.c.id.desc()).limit(limit)
    if account is not None:
        query = query.where(run.c.account == account)
    return [_run(row) for row in tx.connection.execute(query)]


def page(
    tx: Tx, limit: int, *, account: str | None = None, before: int = 0, after: int = 0, wrote: bool = False
) -> list[RunRow]:
    """A page of runs, newest first, of an account or of all; ``wrote``: only those of which history holds something.

    ``before`` is the id of the run that the page follows, ``after`` of the one that it precedes; 0 for neither.
    """
    query = select(run).limit(limit)
    if account is not None:
        query = query.where(run.c.account == account)
    if wrote:
        query = query.where(exists().where(history.c.run_id == run.c.id))
    if before:
        query = query.where(run.c.id < before)
    if after:
        rows = tx.connection.execute(query.where(run.c.id > after).order_by(run.c.id)).all()
        return [_run(row) for row in reversed(rows)]
    return [_run(row) for row in tx.connection.execute(query.order_by(run.c.id.desc()))]


def accounts(tx: Tx) -> list[str]:
    """The accounts that ever ran, also those that are not set up any more, by name."""
    return list(tx.connection.execute(select(run.c.account).distinct().order_by(run.c.account)).scalars())


def swept_since(tx: Tx, since: datetime) -> bool:
    """True when a run that began since a time has forgotten old history at its end."""
    query = select(run.c.id).where(run.c.started >= since, run.c.report.contains('"swept":true', autoescape=True))
    return tx.connection.execute(query.limit(1)).first() is not None


def asked(tx: Tx, since: int) -> dict[int, str]:
    """What a person wanted of the runs from ``since`` on that were an undo or a restore."""
    query = select(run).where(run.c.id >= since, was_asked())
    return {row.id: _run(row).asked for row in tx.connection.execute(query)}


def asked_after(tx: Tx, account: str, id: int) -> RunRow | None:
    """The account's newest undo or restore that ended after the run ``id`` began, if there is one."""
    query = select(run).where(run.c.account == account, run.c.id > id, run.c.ended.is_not(None), was_asked())
    row = tx.connection.execute(query.order_by(run.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else _run(row)


def last(tx: Tx, account: str, *, dry: bool = False) -> RunRow | None:
    """The account's newest synchronization that ended; dry runs count only when asked for."""
    query = select(run).where(run.c.account == account, run.c.ended.is_not(None), ~was_asked())
    query = query.order_by(run.c.id.desc()).limit(1)
    if not dry:
        query = query.where(~run.c.dry)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _run(row)
