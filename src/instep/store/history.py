"""History: every version that was overwritten, deleted or made, so that nothing is lost and a run can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from instep.core.model import Item, Kind, Side
from instep.store.blobs import Native
from instep.store.database import Tx


@dataclass(frozen=True, slots=True)
class Image:
    """An item as it was: the model, and the exact document where there was one."""

    item: Item | None
    document: Native | None


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One write that happened, without its images. ``op``: ``create``, ``update``, ``delete``; ``at`` is in UTC.

    ``id`` 0: not stored yet. ``account`` and ``kind`` are filled from the pair when stored, so that they outlive it.
    """

    id: int
    run_id: int
    pair_id: int
    link_id: int | None
    at: datetime
    side: Side
    op: str
    href: str
    name: str
    uid: str = ""
    account: str = ""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Images:
    """What was there before and after a write; ``None`` where there was nothing."""

    before: Image | None
    after: Image | None


def add(tx: Tx, rows: Iterable[tuple[HistoryRow, Images]]) -> None:
    """Keep writes with both images, in one batch."""
    raise NotImplementedError


def rows(
    tx: Tx,
    *,
    account: str | None = None,
    run_id: int | None = None,
    pair_id: int | None = None,
    link_id: int | None = None,
    text: str = "",
    limit: int | None = None,
) -> list[HistoryRow]:
    """The writes that fit all that is given, newest first; ``text`` is looked for in names, case apart."""
    raise NotImplementedError


def images(tx: Tx, ids: Iterable[int]) -> dict[int, Images]:
    """The images of writes by id, read in batches."""
    raise NotImplementedError


def deletions_since(tx: Tx, pair_id: int, side: Side, since: datetime) -> int:
    """How many items were deleted on a side since a time (RULES 22)."""
    raise NotImplementedError


def prune(tx: Tx, keep_days: int, keep_runs: int, now: datetime) -> int:
    """Forget writes that are older than ``keep_days`` before ``now`` and older than the account's last ``keep_runs``
    runs, with the bytes that only they used; gives how many."""
    raise NotImplementedError
