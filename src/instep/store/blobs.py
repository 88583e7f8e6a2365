"""Bytes, each kept once: content-addressed by SHA-256, compressed, long values inside documents split off.

A blob is put into a ``Staged`` first and stored with many others at once by ``flush``. A version that is like an
earlier one is stored as what differs from it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import delete, func, select, union, union_all

from instep.errors import StateDamaged
from instep.store.batches import chunks, insert_missing
from instep.store.database import Tx
from instep.store.packing import KEY, Form, as_delta, folded, joined, key_of, laid_down, pieces, taken_up, unfolded
from instep.store.schema import BLOB_COLUMNS, blob, blob_part

Native = tuple[bytes, str]
"""A native document: exact bytes and their media type."""

LONG_RUN = 1024
# Base64, on one line or folded (RFC 6350 3.2), or on full lines of its own (vCard 2.1).
_RUN = re.compile(rb"[A-Za-z0-9+/=]{40,}+(?:\r?\n(?:[ \t]++[A-Za-z0-9+/=]++|[A-Za-z0-9+/=]{60,}+))*+")
_SWEEP_LOCK = 0x1257E9


@dataclass(slots=True)
class Staged:
    """Blobs on their way into the database: whole bytes, what they refer to, the pieces of documents, the recipes of
    folded base64, and which blob each is like."""

    data: dict[str, bytes] = field(default_factory=dict)
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pieces: dict[str, bytes] = field(default_factory=dict)
    recipes: dict[str, bytes] = field(default_factory=dict)
    like: dict[str, str] = field(default_factory=dict)


def stage(staged: Staged, data: bytes, parts: Iterable[str] = (), like: str | None = None) -> str:
    """Add bytes, which refer to other blobs (``parts``) that shall live as long; gives their id. ``like`` is the id of
    an earlier version of them."""
    key = key_of(data)
    if key not in staged.data:
        staged.data[key] = data
        if linked := tuple(parts):
            staged.parts[key] = linked
    if like is not None and like != key:
        staged.like.setdefault(key, like)
    return key


def stage_document(staged: Staged, data: bytes, parts: Iterable[str] = (), like: str | None = None) -> str:
    """Add bytes like ``stage``, with each long run of base64 as a blob of its own."""
    if len(data) < LONG_RUN:
        return stage(staged, data, parts, like)
    cuts, runs = [], []
    for found in _RUN.finditer(data):
        run = found.group()
        if LONG_RUN <= len(run) < len(data):
            cuts.append(found.span())
            runs.append(_stage_run(staged, run))
    key = stage(staged, data, (*parts, *runs), like)
    if runs and key not in staged.pieces:
        staged.pieces[key] = pieces(data, cuts)
    return key


def _stage_run(staged: Staged, run: bytes) -> str:
    """Base64 is kept as what it says: the photo of an item and that of its document are the same bytes."""
    key = key_of(run)
    if key in staged.data or (said := unfolded(run)) is None:
        return stage(staged, run)
    raw, staged.recipes[key] = said
    return stage(staged, run, (stage(staged, raw),))


def flush(tx: Tx, staged: Staged) -> None:
    """Store what is staged and not stored yet; ``staged`` is empty afterwards."""
    _hold_off(tx, sweeping=False)
    known: set[str] = set()
    for keys in chunks(staged.data):
        known.update(tx.connection.execute(select(blob.c.id).where(blob.c.id.in_(keys))).scalars())
    new = [key for key in staged.data if key not in known]
    bases = _bases(tx, staged, new)
    insert_missing(tx, blob, [_row(staged, key, bases.get(key)) for key in new])
    insert_missing(
        tx, blob_part, [{"blob_id": k, "part_id": p} for k in new for p in dict.fromkeys(staged.parts.get(k, ()))]
    )
    for everything in (staged.data, staged.parts, staged.pieces, staged.recipes, staged.like):
        everything.clear()


class _Stored(NamedTuple):
    """A row of the table."""

    form: int
    linked: bool
    data: bytes
    base: str | None


def _select(tx: Tx, keys: Iterable[str]) -> dict[str, _Stored]:
    columns = select(blob.c.id, blob.c.form, blob.c.linked, blob.c.data, blob.c.base)
    return {
        key: _Stored(*rest)
        for chunk in chunks(keys)
        for key, *rest in tx.connection.execute(columns.where(blob.c.id.in_(chunk)))
    }


def _bases(tx: Tx, staged: Staged, new: list[str]) -> dict[str, tuple[str, bytes]]:
    """For new blobs that are like another: the blob from which the difference is taken, never one that is itself a
    difference, with its packed bytes."""
    like = {key: staged.like[key] for key in new if key in staged.like and key not in staged.recipes}
    stored = _select(tx, set(like.values()) - set(new))
    roots = {key: stored[one].base or one for key, one in like.items() if one in stored}
    stored |= _select(tx, set(roots.values()) - stored.keys())
    found: dict[str, tuple[str, bytes]] = {}
    for key, root in roots.items():
        if root in stored and stored[root].base is None and stored[root].form != Form.FOLDED:
            found[key] = root, taken_up(stored[root].form, stored[root].data, None)
    fresh = set(new) - like.keys() - staged.recipes.keys()
    found |= {key: (one, staged.pieces.get(one, staged.data[one])) for key, one in like.items() if one in fresh}
    return found


def _row(staged: Staged, key: str, base: tuple[str, bytes] | None) -> dict[str, object]:
    row = {"id": key, "linked": key in staged.parts, "base": None}
    if key in staged.recipes:
        return {**row, "form": Form.FOLDED.value, "data": staged.parts[key][0].encode("ascii") + staged.recipes[key]}
    wanted = Form.PARTS if key in staged.pieces else Form.ZLIB
    packed = staged.pieces.get(key, staged.data[key])
    form, data = laid_down(packed, wanted)
    delta = as_delta(packed, wanted, base[1], len(data)) if base is not None else None
    if base is not None and delta is not None:
        form, data = delta
        row["base"] = base[0]
    return {**row, "form": form.value, "data": data}


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
    rows: dict[str, _Stored] = {}
    wanted = set(keys)
    while wanted:
        found = _select(tx, wanted)
        if missing := wanted - found.keys():
            raise _damaged(min(missing), "is missing")
        rows |= found
        wanted = {stored.base for stored in found.values() if stored.base is not None}
        for chunk in chunks(key for key, stored in found.items() if stored.linked):
            query = select(blob_part.c.part_id).where(blob_part.c.blob_id.in_(chunk))
            wanted.update(tx.connection.execute(query).scalars())
        wanted -= rows.keys()
    whole: dict[str, bytes] = {}
    for key in rows:
        _whole(key, rows, whole)
    return whole


def _whole(key: str, rows: dict[str, _Stored], whole: dict[str, bytes]) -> bytes:
    if key in whole:
        return whole[key]
    stored = rows[key]
    try:
        if stored.form == Form.FOLDED:
            origin = stored.data[:KEY].decode("ascii", "replace")
            data = folded(_whole(origin, rows, whole), stored.data[KEY:])
        else:
            data = _packed(key, rows)
            if stored.form in (Form.PARTS, Form.PARTS_DELTA):
                data = b"".join(_whole(p, rows, whole) if isinstance(p, str) else p for p in joined(data))
    except (zlib.error, struct.error, KeyError, ValueError) as e:
        raise _damaged(key, f"cannot be unpacked ({e})") from e
    if key_of(data) != key:
        raise _damaged(key, "is not what was stored")
    whole[key] = data
    return data


def _packed(key: str, rows: dict[str, _Stored]) -> bytes:
    stored = rows[key]
    base = stored.base
    return taken_up(stored.form, stored.data, _packed(base, rows) if base is not None else None)


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
    based = select(blob.c.id.label("user"), blob.c.base.label("used")).where(blob.c.base.is_not(None))
    uses = union_all(select(blob_part.c.blob_id.label("user"), blob_part.c.part_id.label("used")), based).subquery()
    live = live.union(select(uses.c.used).join(live, live.c.id == uses.c.user))
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
