"""Remarks: why an item that a side reported is not (yet) settled by a link; one per item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, delete, select

from instep.core.model import Side
from instep.store.batches import chunks, replace
from instep.store.database import Tx
from instep.store.schema import remark

MISSED = "missed"
"""The detail of a remark on a new item that was listed, but not found when it was read."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Why an item is not settled at this etag.

    ``reason``: ``unsettled`` (a reported change, RULES 11), ``foreign`` (of another kind), ``unreadable``, ``waiting``
    (named in an open match question), ``declined``, ``scope`` (outside of the pair's scope, RULES 16).
    """

    pair_id: int
    side: Side
    href: str
    etag: str | None
    reason: str
    detail: str = ""


_SIDES = {side.value: side for side in Side}


def _remark(row: Row[Any]) -> Remark:
    # A pair may have thousands, and every run reads them.
    values: tuple[Any, ...] = tuple(row)
    return Remark(values[0], _SIDES[values[1]], *values[2:])


def put(tx: Tx, remarks: Iterable[Remark]) -> None:
    """Store remarks; each replaces the one its item had."""
    last = {(r.pair_id, r.side, r.href): {**asdict(r), "side": r.side.value} for r in remarks}
    replace(tx, remark, list(last.values()))


def remove(tx: Tx, pair_id: int, side: Side, hrefs: Iterable[str]) -> None:
    """Forget the remarks on these items; items without one are ignored."""
    for chunk in chunks(hrefs):
        here = (remark.c.pair_id == pair_id, remark.c.side == side.value, remark.c.href.in_(chunk))
        tx.connection.execute(delete(remark).where(*here))


def by_href(tx: Tx, pair_id: int, side: Side, hrefs: Iterable[str] | None = None) -> dict[str, Remark]:
    """The remarks on these items, or on all of a side."""
    query = select(remark).where(remark.c.pair_id == pair_id, remark.c.side == side.value)
    if hrefs is None:
        return {row.href: _remark(row) for row in tx.connection.execute(query)}
    found: dict[str, Remark] = {}
    for chunk in chunks(hrefs):
        found.update((row.href, _remark(row)) for row in tx.connection.execute(query.where(remark.c.href.in_(chunk))))
    return found


def by_reason(tx: Tx, pair_id: int, reason: str, side: Side | None = None) -> list[Remark]:
    """The remarks of one reason, of one side or both."""
    query = select(remark).where(remark.c.pair_id == pair_id, remark.c.reason == reason)
    if side is not None:
        query = query.where(remark.c.side == side.value)
    return [_remark(row) for row in tx.connection.execute(query.order_by(remark.c.side, remark.c.href))]
