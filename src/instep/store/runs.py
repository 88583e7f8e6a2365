"""Runs: when each account was synchronized, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from instep.store.database import Tx


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


def start(tx: Tx, account: str, at: datetime, *, dry: bool = False) -> int:
    """Record that a run begins; gives its id, which is never used twice."""
    raise NotImplementedError


def finish(tx: Tx, run_id: int, at: datetime, status: str, report: dict[str, Any]) -> None:
    """Record how a run ended."""
    raise NotImplementedError


def get(tx: Tx, run_id: int) -> RunRow | None:
    """A run by its id; ``None`` when there is none."""
    raise NotImplementedError


def of_account(tx: Tx, account: str | None = None, limit: int | None = None) -> list[RunRow]:
    """The runs of an account, or of all, newest first."""
    raise NotImplementedError


def last(tx: Tx, account: str, *, dry: bool = False) -> RunRow | None:
    """The account's newest run that ended; dry runs count only when asked for."""
    raise NotImplementedError
