"""The journal: what is about to be written, durable before the write (RULES 18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, select

from instep.core.model import Item, Side
from instep.store.batches import chunks, insert_returning, pack, unpack
from instep.store.blobs import Native, Staged, flush
from instep.store.database import Tx
from instep.store.items import Loaded, load, stage_item, stage_native
from instep.store.schema import journal, pair


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One intended write. ``op``: ``create``, ``update``, ``delete``; ``id`` 0: not stored yet.

    ``href`` and ``etag``: where and on which version it writes (a creation: the href chosen, or ``None``). ``intent``
    is the item to be written; ``like`` the document it is written onto or made like. ``before_*`` are both sides'
    before-images. ``other_href`` and ``other_etag`` name the other side's item, to be linked. ``payload`` holds JSON
    values: what the engine needs to finish the link.
    """

    id: int
    run_id: int
    pair_id: int
    link_id: int | None
    side: Side
    op: str
    href: str | None = None
    etag: str | None = None
    uid: str = ""
    name: str = ""
    intent: Item | None = None
    like: Native | None = None
    before_left: Native | None = None
    before_right: Native | None = None
    before_left_item: Item | None = None
    before_right_item: Item | None = None
    other_href: str | None = None
    other_etag: str | None = None
    payload: dict[str, Any] = field(default_factory=dict)


def write(tx: Tx, rows: Iterable[JournalRow]) -> list[int]:
    """Store intended writes in one batch; gives their ids in the order given. Durable once ``tx`` has ended."""
    ids: list[int] = []
    for chunk in chunks(rows):
        staged = Staged()
        stored = [_row(staged, row) for row in chunk]
        flush(tx, staged)
        ids += insert_returning(tx, journal, stored)
    return ids


def open_rows(tx: Tx, account: str) -> list[JournalRow]:
    """The intended writes of an account of which it is not known that they were finished, oldest first."""
    query = select(journal).join(pair, pair.c.id == journal.c.pair_id).where(pair.c.account == account)
    found: list[JournalRow] = []
    for chunk in chunks(tx.connection.execute(query.order_by(journal.c.id)).all()):
        loaded = load(tx, (getattr(row, name) for row in chunk for name in _BLOBS))
        found += [_journal_row(row, loaded) for row in chunk]
    return found


def finish(tx: Tx, ids: Iterable[int]) -> None:
    """Strike out writes that were recorded (or certainly did not happen)."""
    for chunk in chunks(ids):
        tx.connection.execute(delete(journal).where(journal.c.id.in_(chunk)))


_BLOBS = ("intent_item", "like_document", "left_document", "right_document", "left_item", "right_item")


def _row(staged: Staged, row: JournalRow) -> dict[str, Any]:
    images = _images(staged, row)
    return {
        "run_id": row.run_id,
        "pair_id": row.pair_id,
        "link_id": row.link_id,
        "side": row.side.value,
        "op": row.op,
        "href": row.href,
        "etag": row.etag,
        "uid": row.uid,
        "name": row.name,
        "intent_item": stage_item(staged, row.intent, images[f"{_name(row.side)}_item"]),
        **stage_native(staged, row.like, "like_document", "like_media"),
        **images,
        "other_href": row.other_href,
        "other_etag": row.other_etag,
        "payload": pack(row.payload),
    }


def _name(side: Side) -> str:
    return "left" if side is Side.LEFT else "right"


def _images(staged: Staged, row: JournalRow) -> dict[str, str | None]:
    """Both sides' before-images. The other side's is the new version that shall be written, so it is like the one that
    is there, which history has already."""
    items = {Side.LEFT: row.before_left_item, Side.RIGHT: row.before_right_item}
    documents = {Side.LEFT: row.before_left, Side.RIGHT: row.before_right}
    found: dict[str, str | None] = {}
    item = document = None
    for side in (row.side, row.side.other):
        name = _name(side)
        item = found[f"{name}_item"] = stage_item(staged, items[side], item)
        found |= stage_native(staged, documents[side], f"{name}_document", f"{name}_media", document)
        document = found[f"{name}_document"]
    return found


def _journal_row(row: Row[Any], loaded: Loaded) -> JournalRow:
    return JournalRow(
        row.id,
        row.run_id,
        row.pair_id,
        row.link_id,
        Side(row.side),
        row.op,
        row.href,
        row.etag,
        row.uid,
        row.name,
        loaded.item(row.intent_item),
        loaded.native(row.like_document, row.like_media),
        loaded.native(row.left_document, row.left_media),
        loaded.native(row.right_document, row.right_media),
        loaded.item(row.left_item),
        loaded.item(row.right_item),
        row.other_href,
        row.other_etag,
        unpack(row.payload),
    )
