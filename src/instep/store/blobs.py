"""Bytes, each kept once: content-addressed by SHA-256, compressed, long values inside documents split off.

A blob is put into a ``Staged`` first and stored with many others at once by ``flush``.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256

from sqlalchemy import delete, func, select, union

from instep.errors import StateDamaged
from instep.store.batches import chunks, insert_missing
from instep.store.database import Tx
from instep.store.schema import BLOB_COLUMNS, blob, blob_part

Native = tuple[bytes, str]
"""A native document: exact bytes and their media type."""

LONG_RUN = 1024
# Base64, on one line or folded (RFC 6350 3.2), or on full lines of its own (vCard 2.1).
_RUN = re.compile(rb"[A-Za-z0-9+/=]{40,}+(?:\r?\n(?:[ \t]++[A-Za-z0-9+/=]++|[A-Za-z0-9+/=]{60,}+))*+")
_HEX = 64
_SWEEP_LOCK = 0x1257E9


class Form(IntEnum):
    """How the bytes of a blob are stored."""

    AS_IS = 0
    ZLIB = 1
    PARTS = 2  # zlib of: length and bytes of a piece, id of a blob, length and bytes of a piece, …


@dataclass(slots=True)
class Staged:
    """Blobs on their way into the database: whole bytes, what they refer to, and (documents) their pieces."""

    data: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pieces: dict[str, bytes] = field(default_factory=dict)


def stage(staged: Staged, data: bytes, parts: Iterable[str] = ()) -> str:
    """Add bytes, which refer to other blobs (``parts``) that shall live as long; gives their id."""
    key = sha256(data).hexdigest()
    if key not in staged.data:
        staged.data[key] = data
        if linked := tuple(parts):
            staged.parts[key] = linked
    return key


def stage_document(staged: Staged, data: bytes, parts: Iterable[str] = ()) -> str:
    """Add bytes like ``stage``, with each long run of base64 as a blob of its own."""
    if len(data) < LONG_RUN:
        return stage(staged, data, parts)
    pieces, runs, at = [], [], 0
    for found in _RUN.finditer(data):
        run = found.group()
        if len(run) < LONG_RUN or len(run) == len(data):
            continue
        runs.append(stage(staged, run))
        pieces += [_piece(data[at : found.start()]), runs[-1].encode("ascii")]
        at = found.end()
    key = stage(staged, data, (*parts, *runs))
    if runs and key not in staged.pieces:
        staged.pieces[key] = b"".join([*pieces, _piece(data[at:])])
    return key


def _piece(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def flush(tx: Tx, staged: Staged) -> None:
    """Store what is staged and not stored yet; ``staged`` is empty afterwards."""
    _hold_off(tx, sweeping=False)
    known: set[str] = set()
    for keys in chunks(staged.data):
        known.update(tx.connection.execute(select(blob.c.id).where(blob.c.id.in_(keys))).scalars())
    new = [key for key in staged.data if key not in known]
    insert_missing(tx, blob, [_row(staged, key) for key in new])
    insert_missing(
        tx, blob_part, [{"blob_id": k, "part_id": p} for k in new for p in dict.fromkeys(staged.parts.get(k, ()))]
    )
    staged.data.clear()
    staged.parts.clear()
    staged.pieces.clear()


def _row(staged: Staged, key: str) -> dict[str, object]:
    linked = key in staged.parts
    if key in staged.pieces:
        return {"id": key, "form": Form.PARTS.value, "linked": linked, "data": zlib.compress(staged.pieces[key])}
    data = staged.data[key]
    packed = zlib.compress(data)
    if len(packed) < len(data):
        return {"id": key, "form": Form.ZLIB.value, "linked": linked, "data": packed}
    return {"id": key, "form": Form.AS_IS.value, "linked": linked, "data": data}


def put(tx: Tx, data: bytes) -> str:
    """Keep bytes; gives the id by which ``get`` returns them. The same bytes have the same id and are kept once."""
    staged = Staged()
    key = stage(staged, data)
    flush(tx, staged)
    return key


def put_document(tx: Tx, data: bytes) -> str:
    """Keep a document like ``put``, with long values (base64 of 1 kB and more) kept once for all its versions."""
    staged = Staged()
    key = stage_document(staged, data)
    flush(tx, staged)
    return key


def get(tx: Tx, key: str) -> bytes:
    """Give the bytes of an id of ``put`` or ``put_document``; ``StateDamaged`` when they are not there or not whole."""
    return get_many(tx, [key])[key]


def get_many(tx: Tx, keys: Iterable[str]) -> dict[str, bytes]:
    """Give the bytes of many ids at once, and those of the blobs that they refer to; errors as for ``get``."""
    rows: dict[str, tuple[int, bytes]] = {}
    wanted = set(keys)
    while wanted:
        linked: list[str] = []
        for chunk in chunks(wanted):
            for key, form, has_parts, data in tx.connection.execute(select(blob).where(blob.c.id.in_(chunk))):
                rows[key] = form, data
                if has_parts:
                    linked.append(key)
        if missing := wanted - rows.keys():
            raise _damaged(min(missing), "is missing")
        wanted = set()
        for chunk in chunks(linked):
            query = select(blob_part.c.part_id).where(blob_part.c.blob_id.in_(chunk))
            wanted.update(tx.connection.execute(query).scalars())
        wanted -= rows.keys()
    whole: dict[str, bytes] = {}
    for key in rows:
        _whole(key, rows, whole)
    return whole


def _whole(key: str, rows: dict[str, tuple[int, bytes]], whole: dict[str, bytes]) -> bytes:
    if key in whole:
        return whole[key]
    form, stored = rows[key]
    try:
        data = stored if form == Form.AS_IS else zlib.decompress(stored)
        if form == Form.PARTS:
            data = _joined(data, rows, whole)
    except (zlib.error, struct.error, KeyError) as e:
        raise _damaged(key, f"cannot be unpacked ({e})") from e
    if sha256(data).hexdigest() != key:
        raise _damaged(key, "is not what was stored")
    whole[key] = data
    return data


def _joined(packed: bytes, rows: dict[str, tuple[int, bytes]], whole: dict[str, bytes]) -> bytes:
    out, at = [], 0
    while True:
        (length,) = struct.unpack_from(">I", packed, at)
        out.append(packed[at + 4 : at + 4 + length])
        at += 4 + length
        if at >= len(packed):
            return b"".join(out)
        out.append(_whole(packed[at : at + _HEX].decode("ascii", "replace"), rows, whole))
        at += _HEX


def _damaged(key: str, how: str) -> StateDamaged:
    return StateDamaged(
        f"The state database is damaged: a stored version ({key[:12]}) {how}.",
        "Put back a copy of it, or move it away: the next run then compares both sides anew and loses nothing.",
    )


def sweep(tx: Tx) -> int:
    """Remove all bytes to which no row refers any more; gives how many blobs went. Reads through all tables."""
    _hold_off(tx, sweeping=True)
    named = union(*(select(c.label("id")).where(c.is_not(None)) for c in BLOB_COLUMNS)).subquery()
    live = select(named.c.id).cte("live", recursive=True)
    live = live.union(select(blob_part.c.part_id).join(live, live.c.id == blob_part.c.blob_id))
    unnamed = select(blob.c.id).outerjoin(live, live.c.id == blob.c.id).where(live.c.id.is_(None))
    gone = list(tx.connection.execute(unnamed).scalars())
    for chunk in chunks(gone):
        tx.connection.execute(delete(blob_part).where(blob_part.c.blob_id.in_(chunk)))
        tx.connection.execute(delete(blob).where(blob.c.id.in_(chunk)))
    return len(gone)


def _hold_off(tx: Tx, *, sweeping: bool) -> None:
    # On SQLite one writes at a time. Elsewhere a sweep could remove a blob that somebody just found to be there.
    if tx.connection.dialect.name == "postgresql":
        lock = func.pg_advisory_xact_lock if sweeping else func.pg_advisory_xact_lock_shared
        tx.connection.execute(select(lock(_SWEEP_LOCK)))
