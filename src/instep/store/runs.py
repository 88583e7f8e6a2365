"""Runs: when each account was synchronized, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from instep.store.batches import pack, unpack
from instep.store.database import Tx
from instep.store.schema import run


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


def _run(row: Row[Any]) -> RunRow:
    return RunRow(row.id, row.account, row.started, row.ended, row.status, unpack(row.report), row.dry)


def start(tx: Tx, account: str, at: datetime, *, dry: bool = False) -> int:
    """Record that a run begins; gives its id, which is never used twice."""
    key = tx.connection.execute(insert(run).values(account=account, started=at, dry=dry)).inserted_primary_key
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


def last(tx: Tx, account: str, *, dry: bool = False) -> RunRow | None:
    """The account's newest run that ended; dry runs count only when asked for."""
    query = select(run).where(run.c.account == account, run.c.ended.is_not(None)).order_by(run.c.id.desc()).limit(1)
    if not dry:
        query = query.where(~run.c.dry)
    row = tx.connection.execute(query).one_or_none()
    return None if row is None else _run(row)
