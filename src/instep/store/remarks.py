"""Remarks: why an item that a side reported is not (yet) settled by a link; one per item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from instep.core.model import Side
from instep.store.database import Tx


@dataclass(frozen=True, slots=True)
class Remark:
    """Why an item is not settled at this etag.

    ``reason``: ``unsettled`` (a reported change, RULES 11), ``foreign`` (of another kind), ``unreadable``, ``waiting``
    (named in an open match question), ``declined``.
    """

    pair_id: int
    side: Side
    href: str
    etag: str | None
    reason: str
    detail: str = ""


def put(tx: Tx, remarks: Iterable[Remark]) -> None:
    """Store remarks; each replaces the one its item had."""
    raise NotImplementedError


def remove(tx: Tx, pair_id: int, side: Side, hrefs: Iterable[str]) -> None:
    """Forget the remarks on these items; items without one are ignored."""
    raise NotImplementedError


def by_href(tx: Tx, pair_id: int, side: Side, hrefs: Iterable[str] | None = None) -> dict[str, Remark]:
    """The remarks on these items, or on all of a side."""
    raise NotImplementedError


def by_reason(tx: Tx, pair_id: int, reason: str, side: Side | None = None) -> list[Remark]:
    """The remarks of one reason, of one side or both."""
    raise NotImplementedError
