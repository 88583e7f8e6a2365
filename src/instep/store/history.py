"""History: every version that was overwritten, deleted or made, so that nothing is lost and a run can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, insert, select, update

from instep.core.model import Item, Kind, Side
from instep.store.batches import chunks
from instep.store.blobs import Native, Staged, flush, sweep
from instep.store.database import Tx
from instep.store.items import Loaded, load, stage_item, stage_native
from instep.store.schema import history, pair, run


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


def add(tx: Tx, happened: Iterable[tuple[HistoryRow, Images]]) -> None:
    """Keep writes with both images, in one batch."""
    owners: dict[int, tuple[str, str]] = {}
    for key, account, kind in tx.connection.execute(select(pair.c.id, pair.c.account, pair.c.kind)):
        owners[key] = account, kind
    for chunk in chunks(happened):
        staged = Staged()
        stored = [_row(staged, row, both, owners) for row, both in chunk]
        flush(tx, staged)
        tx.connection.execute(insert(history), stored)


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
    query = select(history).order_by(history.c.id.desc()).limit(limit)
    wanted = {"account": account, "run_id": run_id, "pair_id": pair_id, "link_id": link_id}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(history.c[name] == value)
    if text:
        query = query.where(history.c.folded_name.contains(text.casefold(), autoescape=True))
    return [_history_row(row) for row in tx.connection.execute(query)]


def images(tx: Tx, ids: Iterable[int]) -> dict[int, Images]:
    """The images of writes by id, read in batches."""
    found: dict[int, Images] = {}
    for chunk in chunks(ids):
        rows = tx.connection.execute(select(history).where(history.c.id.in_(chunk))).all()
        loaded = load(tx, (getattr(row, name) for row in rows for name in _BLOBS))
        for row in rows:
            before = _image(loaded, row.before_item, row.before_document, row.before_media)
            after = _image(loaded, row.after_item, row.after_document, row.after_media)
            found[row.id] = Images(before, after)
    return found


def follow(tx: Tx, old: int, new: int) -> None:
    """Let the writes of one link belong to another: its item moved there (RULES 15)."""
    tx.connection.execute(update(history).where(history.c.link_id == old).values(link_id=new))


def deletions_since(tx: Tx, pair_id: int, side: Side, since: datetime) -> int:
    """How many items were deleted on a side since a time (RULES 22); not those that another pair took over."""
    late = (history.c.side == side.value, history.c.at >= since)
    deleted = select(history.c.uid).where(history.c.pair_id == pair_id, history.c.op == "delete", *late)
    uids = tx.connection.execute(deleted).scalars().all()
    if not uids:
        return 0
    account = select(pair.c.account).where(pair.c.id == pair_id).scalar_subquery()
    others = select(pair.c.id).where(pair.c.account == account, pair.c.id != pair_id)
    made = select(history.c.uid).where(history.c.pair_id.in_(others), history.c.op == "create", *late)
    moved = set(tx.connection.execute(made).scalars()) - {""}
    return sum(uid not in moved for uid in uids)


def prune(tx: Tx, keep_days: int, keep_runs: int, now: datetime) -> int:
    """Forget writes that are older than ``keep_days`` before ``now`` and older than the account's last ``keep_runs``
    runs, with the bytes that only they used; gives how many."""
    old = history.c.at < now - timedelta(days=keep_days)
    owners = tx.connection.execute(select(history.c.account).distinct()).scalars().all()
    gone = 0
    for account in owners:
        newest = select(run.c.id).where(run.c.account == account, ~run.c.dry).order_by(run.c.id.desc())
        kept = tx.connection.execute(newest.limit(keep_runs)).scalars().all()
        here = and_(history.c.account == account, old)
        if kept:
            here = and_(here, history.c.run_id < min(kept))
        gone += tx.connection.execute(delete(history).where(here)).rowcount
    if gone:
        sweep(tx)
    return gone


_BLOBS = ("before_item", "before_document", "after_item", "after_document")


def _row(staged: Staged, row: HistoryRow, both: Images, owners: dict[int, tuple[str, str]]) -> dict[str, Any]:
    before, after = both.before or Image(None, None), both.after or Image(None, None)
    account, kind = owners.get(row.pair_id, (row.account, row.kind.value if row.kind else ""))
    return {
        "run_id": row.run_id,
        "pair_id": row.pair_id,
        "link_id": row.link_id,
        "at": row.at,
        "side": row.side.value,
        "op": row.op,
        "href": row.href,
        "name": row.name,
        "folded_name": row.name.casefold(),
        "uid": row.uid,
        "account": account,
        "kind": kind,
        "before_item": stage_item(staged, before.item),
        **stage_native(staged, before.document, "before_document", "before_media"),
        "after_item": stage_item(staged, after.item),
        **stage_native(staged, after.document, "after_document", "after_media"),
    }


def _history_row(row: Row[Any]) -> HistoryRow:
    return HistoryRow(
        row.id,
        row.run_id,
        row.pair_id,
        row.link_id,
        row.at,
        Side(row.side),
        row.op,
        row.href,
        row.name,
        row.uid,
        row.account,
        Kind(row.kind) if row.kind else None,
    )


def _image(loaded: Loaded, item: str | None, document: str | None, media_type: str) -> Image | None:
    if item is None and document is None:
        return None
    return Image(loaded.item(item), loaded.native(document, media_type))
