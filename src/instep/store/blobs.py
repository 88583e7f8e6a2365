"""Bytes, each kept once: content-addressed by SHA-256, compressed, long values inside documents split off."""

from __future__ import annotations

from collections.abc import Iterable

from instep.core.model import Item, Kind
from instep.store.database import Tx

Native = tuple[bytes, str]
"""A native document: exact bytes and their media type."""


def put(tx: Tx, data: bytes) -> str:
    """Keep bytes; gives the id by which ``get`` returns them. The same bytes have the same id and are kept once."""
    raise NotImplementedError


def put_document(tx: Tx, data: bytes) -> str:
    """Keep a document like ``put``, with long values (base64 of 1 kB and more) kept once for all its versions."""
    raise NotImplementedError


def get(tx: Tx, blob: str) -> bytes:
    """Give the bytes of an id of ``put`` or ``put_document``; ``StateDamaged`` when they are not there or not whole."""
    raise NotImplementedError


def get_many(tx: Tx, blobs: Iterable[str]) -> dict[str, bytes]:
    """Give the bytes of many ids at once; errors as for ``get``."""
    raise NotImplementedError


def put_item(tx: Tx, item: Item) -> str:
    """Keep an item; equal items (``modified`` included) have the same id."""
    raise NotImplementedError


def get_item(tx: Tx, kind: Kind, blob: str) -> Item:
    """Give an item kept by ``put_item``; errors as for ``get``."""
    raise NotImplementedError


def sweep(tx: Tx) -> int:
    """Remove all bytes to which no row refers any more; gives how many blobs went."""
    raise NotImplementedError
