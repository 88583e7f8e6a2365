"""Pairs: which two collections are kept the same, by which policy, and how far."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from instep.core.model import Kind
from instep.store import schema
from instep.store.batches import pack, unpack
from instep.store.database import Tx


@dataclass(frozen=True, slots=True)
class Pair:
    """A left and a right collection (opaque ids) kept the same.

    ``direction``: ``two-way``, ``to-server``, ``to-desktop``. ``on_conflict``: ``ask``, ``server``, ``desktop``,
    ``newest``. ``begun``: the first sync was confirmed and done. ``left_nature``, ``right_nature``: a fingerprint of
    what the collection was when last seen. ``id`` 0: not stored yet; ids are never used twice.
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


def _row(pair: Pair) -> dict[str, Any]:
    row = {f.name: getattr(pair, f.name) for f in fields(pair) if f.name != "id"}
    return {**row, "kind": pair.kind.value, "options": pack(pair.options)}


def _pair(row: Row[Any]) -> Pair:
    values = dict(row._mapping)
    return Pair(**{**values, "kind": Kind(values["kind"]), "options": unpack(values["options"])})


def of_account(tx: Tx, account: str | None = None) -> list[Pair]:
    """The pairs of an account, or of all, in the order they were made."""
    query = select(schema.pair).order_by(schema.pair.c.id)
    if account is not None:
        query = query.where(schema.pair.c.account == account)
    return [_pair(row) for row in tx.connection.execute(query)]


def get(tx: Tx, pair_id: int) -> Pair | None:
    """A pair by its id; ``None`` when there is none."""
    row = tx.connection.execute(select(schema.pair).where(schema.pair.c.id == pair_id)).one_or_none()
    return None if row is None else _pair(row)


def add(tx: Tx, pair: Pair) -> Pair:
    """Store a new pair; gives it with its id."""
    key = tx.connection.execute(insert(schema.pair).values(_row(pair))).inserted_primary_key
    assert key is not None
    return replace(pair, id=key[0])


def change(tx: Tx, pair: Pair) -> None:
    """Store a pair as it is now, all fields."""
    tx.connection.execute(update(schema.pair).where(schema.pair.c.id == pair.id).values(_row(pair)))


def remove(tx: Tx, pair_id: int) -> None:
    """Forget a pair with its links, remarks, open journal rows and conflicts; its history stays."""
    tx.connection.execute(delete(schema.pair).where(schema.pair.c.id == pair_id))


def set_tokens(tx: Tx, pair_id: int, *, left: str | None, right: str | None) -> None:
    """Store both tokens (``None``: ask for everything next time); to be called with what is settled or unsettled."""
    values = {"left_token": left, "right_token": right}
    tx.connection.execute(update(schema.pair).where(schema.pair.c.id == pair_id).values(values))


def taken(tx: Tx, left: str) -> frozenset[str]:
    """The accounts that have a pair with this left collection."""
    query = select(schema.pair.c.account).where(schema.pair.c.left == left)
    return frozenset(tx.connection.execute(query).scalars())


def accounts(tx: Tx) -> list[str]:
    """The accounts that have pairs."""
    return sorted(set(tx.connection.execute(select(schema.pair.c.account)).scalars()))


def rename_account(tx: Tx, old: str, new: str) -> None:
    """Let everything stored under an account's old name belong to the new one."""
    for table in (schema.pair, schema.history, schema.run, schema.lease):
        tx.connection.execute(update(table).where(table.c.account == old).values(account=new))
