"""Statements for many rows at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Table, insert

from instep.store.database import Tx

CHUNK = 500
"""How many values one statement takes: well below every database's limit."""
T = TypeVar("T")


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The values in lists of at most ``size``."""
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def insert_returning(tx: Tx, table: Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows; gives their new ids in the order of the rows."""
    if not rows:
        return []
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return list(tx.connection.execute(statement, rows).scalars())


def insert_missing(tx: Tx, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose key is not there yet; the others stay as they are."""
    if not rows:
        return
    tx.connection.execute(_upsert(tx, table).on_conflict_do_nothing(), rows)


def replace(tx: Tx, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, or replace all columns of the rows with the same primary key."""
    if not rows:
        return
    statement = _upsert(tx, table)
    keys = [c.name for c in table.primary_key]
    values = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    tx.connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)


def _upsert(tx: Tx, table: Table) -> Any:
    # Each database has its own statement for it, and the other's is never loaded.
    if tx.connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def pack(value: Any, empty: Callable[[], Any] = dict) -> str:
    """JSON values as text (ASCII, which every database takes); what is empty as ``""``."""
    return "" if value == empty() else json.dumps(value, separators=(",", ":"))


def unpack(text: str, empty: Callable[[], Any] = dict) -> Any:
    """The JSON values of ``pack``."""
    return json.loads(text) if text else empty()
