"""The journal: what is about to be written, durable before the write (RULES 18)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from instep.core.model import Item, Side
from instep.store.blobs import Native
from instep.store.database import Tx


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One intended write. ``op``: ``create``, ``update``, ``delete``; ``id`` 0: not stored yet.

    ``href`` and ``etag``: where and on which version it writes (a creation: the href chosen, or ``None``). ``intent`` is
    the item to be written; ``like`` the document it is written onto or made like. ``before_*`` are both sides'
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
    raise NotImplementedError


def open_rows(tx: Tx, account: str) -> list[JournalRow]:
    """The intended writes of an account of which it is not known that they were finished, oldest first."""
    raise NotImplementedError


def finish(tx: Tx, ids: Iterable[int]) -> None:
    """Strike out writes that were recorded (or certainly did not happen)."""
    raise NotImplementedError
