"""Pairs: which two collections are kept the same, by which policy, and how far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from instep.core.model import Kind
from instep.store.database import Tx


@dataclass(frozen=True, slots=True)
class Pair:
    """A left and a right collection (opaque ids) kept the same.

    ``direction``: ``two-way``, ``to-server``, ``to-desktop``. ``on_conflict``: ``ask``, ``server``, ``desktop``, ``newest``.
    ``begun``: the first sync was confirmed and done. ``left_nature``, ``right_nature``: a fingerprint of what the
    collection was when last seen. ``id`` 0: not stored yet; ids are never used twice.
    """

    id: int
    account: str
    kind: Kind
    left: str
    right: str
    left_name: str = ""
    right_name: str = ""
    direction: str = "two-way"
    on_conflict: str = "ask"
    left_token: str | None = None
    right_token: str | None = None
    begun: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    left_nature: str = ""
    right_nature: str = ""


def of_account(tx: Tx, account: str) -> list[Pair]:
    """The pairs of an account, in the order they were made."""
    raise NotImplementedError


def get(tx: Tx, pair_id: int) -> Pair | None:
    """A pair by its id; ``None`` when there is none."""
    raise NotImplementedError


def add(tx: Tx, pair: Pair) -> Pair:
    """Store a new pair; gives it with its id."""
    raise NotImplementedError


def change(tx: Tx, pair: Pair) -> None:
    """Store a pair as it is now, all fields."""
    raise NotImplementedError


def remove(tx: Tx, pair_id: int) -> None:
    """Forget a pair with its links, remarks, open journal rows and conflicts; its history stays."""
    raise NotImplementedError


def set_tokens(tx: Tx, pair_id: int, *, left: str | None, right: str | None) -> None:
    """Store both tokens (``None``: ask for everything next time); to be called with what is settled or unsettled."""
    raise NotImplementedError


def taken(tx: Tx, left: str) -> frozenset[str]:
    """The accounts that have a pair with this left collection."""
    raise NotImplementedError


def accounts(tx: Tx) -> list[str]:
    """The accounts that have pairs."""
    raise NotImplementedError


def rename_account(tx: Tx, old: str, new: str) -> None:
    """Let everything stored under an account's old name belong to the new one."""
    raise NotImplementedError
