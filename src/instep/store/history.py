"""History: every version that was overwritten, deleted or made, so that nothing is lost and a run can be undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, insert, select, update

from instep.core.model import Item, Kind, Side
from instep.store.batches import chunks
from instep.store.blobs import Native, Staged, flush, sweep
from instep.store.database import Tx
from instep.store.items import Loaded, load, stage_item, stage_native
from instep.store.runs import was_asked
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
    href: str | None = None,
    text: str = "",
    before: int = 0,
    limit: int | None = None,
) -> list[HistoryRow]:
    """The writes that fit all that is given, newest first; ``text`` is looked for in names, case apart.

    ``before`` is the id of a write that they shall be older than, 0 for none.
    """
    query = select(history).order_by(history.c.id.desc()).limit(limit)
    wanted = {"account": account, "run_id": run_id, "pair_id": pair_id, "link_id": link_id, "href": href}
    for name, value in wanted.items():
        if value is not None:
            query = query.where(history.c[name] == value)
    if before:
        query = query.where(history.c.id < before)
    if text:
        query = query.where(history.c.folded_name.contains(text.casefold(), autoescape=True))
    return [_history_row(row) for row in tx.connection.execute(query)]


def of_links(tx: Tx, ids: Iterable[int]) -> dict[int, list[HistoryRow]]:
    """The writes of items by the numbers of their links, newest first; numbers without any are not in the answer."""
    found: dict[int, list[HistoryRow]] = {}
    for chunk in chunks(ids):
        query = select(history).where(history.c.link_id.in_(chunk)).order_by(history.c.id.desc())
        for row in tx.connection.execute(query):
            found.setdefault(row.link_id, []).append(_history_row(row))
    return found


def places(tx: Tx, link_ids: Iterable[int]) -> dict[tuple[int, Side], tuple[str, str]]:
    """Where each item was written last on each side, and by what ``op``, by the number of its link."""
    found: dict[tuple[int, Side], tuple[str, str]] = {}
    columns = select(history.c.link_id, history.c.side, history.c.href, history.c.op).order_by(history.c.id)
    for chunk in chunks(link_ids):
        for number, side, href, op in tx.connection.execute(columns.where(history.c.link_id.in_(chunk))):
            found[number, Side(side)] = href, op
    return found


def get(tx: Tx, number: int) -> HistoryRow | None:
    """A write by its id; ``None`` when there is none."""
    row = tx.connection.execute(select(history).where(history.c.id == number)).one_or_none()
    return None if row is None else _history_row(row)


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
    """How many items were deleted on a side since a time (RULES 22), without those that a person took back, and those
    that another pair took over."""
    late = (history.c.side == side.value, history.c.at >= since)
    by_hand = exists().where(run.c.id == history.c.run_id, was_asked())
    deleted = select(history.c.uid).where(history.c.pair_id == pair_id, history.c.op == "delete", *late, ~by_hand)
    uids = tx.connection.execute(deleted).scalars().all()
    if not uids:
        return 0
    account = select(pair.c.account).where(pair.c.id == pair_id).scalar_subquery()
    others = select(pair.c.id).where(pair.c.account == account, pair.c.id != pair_id)
    made = select(history.c.uid).where(history.c.pair_id.in_(others), history.c.op == "create", *late)
    moved = set(tx.connection.execute(made).scalars()) - {""}
    return sum(uid not in moved for uid in uids)


def prune(tx: Tx, keep_days: int, keep_runs: int, now: datetime) -> int:
    """Forget writes that are older than ``keep_days`` before ``now`` and not of the account's last ``keep_runs`` runs
    that wrote something, with the bytes that only they used; gives how many.

    Runs as old of which no write is kept are forgotten too, but for each account's newest.
    """
    old = history.c.at < now - timedelta(days=keep_days)
    owners = tx.connection.execute(select(history.c.account).distinct()).scalars().all()
    gone = 0
    for account in owners:
        newest = select(history.c.run_id).where(history.c.account == account).distinct()
        newest = newest.order_by(history.c.run_id.desc())
        kept = tx.connection.execute(newest.limit(keep_runs)).scalars().all()
        here = and_(history.c.account == account, old)
        if kept:
            here = and_(here, history.c.run_id < min(kept))
        gone += tx.connection.execute(delete(history).where(here)).rowcount
    _forget_runs(tx, now - timedelta(days=keep_days))
    if gone:
        sweep(tx)
    return gone


def _forget_runs(tx: Tx, before: datetime) -> None:
    newest = select(func.max(run.c.id)).where(run.c.ended.is_not(None)).group_by(run.c.account)
    wrote = exists().where(history.c.run_id == run.c.id)
    tx.connection.execute(delete(run).where(run.c.started < before, run.c.id.not_in(newest), ~wrote))


_BLOBS = ("before_item", "before_document", "after_item", "after_document")


def _row(staged: Staged, row: HistoryRow, both: Images, owners: dict[int, tuple[str, str]]) -> dict[str, Any]:
    before, after = both.before or Image(None, None), both.after or Image(None, None)
    account, kind = owners.get(row.pair_id, (row.account, row.kind.value if row.kind else ""))
    before_item = stage_item(staged, before.item)
    before_document = stage_native(staged, before.document, "before_document", "before_media")
    earlier = before_document["before_document"]
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
        "before_item": before_item,
        **before_document,
        "after_item": stage_item(staged, after.item, before_item),
        **stage_native(staged, after.document, "after_document", "after_media", earlier),
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
