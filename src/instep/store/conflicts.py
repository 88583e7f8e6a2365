"""Conflicts: the questions that wait for a person, and the answers that wait for a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, case, delete, func, select, tuple_, update

from instep.core.model import Item, Kind
from instep.store.batches import chunks, insert_returning, pack, unpack
from instep.store.blobs import Native, Staged, flush
from instep.store.database import Tx
from instep.store.items import Loaded, load, stage_item, stage_native
from instep.store.schema import conflict, pair


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """One question. ``id`` is small and shown to people, 0: not stored yet; ids are never used twice.

    ``reason``: ``both-changed``, ``edit-delete``, ``match``, ``differs``, ``sends-mail`` … The digests are those of the
    versions that are shown (RULES 7). ``fields``, ``candidates`` and ``resolution`` hold JSON values. A side whose
    version is deleted has neither item nor document. ``at``: first asked, in UTC.
    """

    id: int
    pair_id: int
    link_id: int | None
    reason: str
    name: str
    at: datetime
    left_href: str | None = None
    right_href: str | None = None
    left_digest: str = ""
    right_digest: str = ""
    fields: list[Any] = field(default_factory=list)
    candidates: list[Any] = field(default_factory=list)
    left_document: Native | None = None
    right_document: Native | None = None
    left_item: Item | None = None
    right_item: Item | None = None
    resolution: dict[str, Any] | None = None


def upsert(tx: Tx, rows: Iterable[ConflictRow]) -> list[int]:
    """Ask questions; a question on the same link (or, without one, the same item) keeps its id and time.

    Its answer is kept while reason, digests, fields and candidates are the same, else dropped (RULES 7). The
    ``resolution`` of the rows given is not looked at. Of several rows on one subject the last counts. Gives the ids in
    the order given.
    """
    ids: list[int] = []
    for chunk in chunks(rows):
        staged = Staged()
        stored = [_row(staged, row) for row in chunk]
        flush(tx, staged)
        latest = {(row["pair_id"], row["subject"]): row for row in stored}
        known = _known(tx, stored)
        fresh = [key for key in latest if key not in known]
        numbers = dict(zip(fresh, insert_returning(tx, conflict, [latest[key] for key in fresh])))
        for key in latest.keys() & known.keys():
            _ask_again(tx, known[key], latest[key])
            numbers[key] = known[key].id
        ids += [numbers[row["pair_id"], row["subject"]] for row in stored]
    return ids


@dataclass(frozen=True, slots=True)
class ConflictHead:
    """What a list of questions shows of one, without its versions; fields as in ``ConflictRow``."""

    id: int
    pair_id: int
    account: str
    kind: Kind
    reason: str
    name: str
    at: datetime
    fields: list[Any]
    resolution: dict[str, Any] | None


def heads(
    tx: Tx,
    account: str | None = None,
    kind: Kind | None = None,
    *,
    answered: bool | None = None,
    after: tuple[str, str, int] | None = None,
    limit: int | None = None,
    skip: int = 0,
) -> list[ConflictHead]:
    """The open questions by account, kind (as people list them) and id, without what they are about.

    ``answered``: only those that have an answer, or none; ``after``: only those behind this account, kind and id;
    ``skip`` leaves so many of them out, ``limit`` gives at most so many.
    """
    rank = case({kind.value: number for number, kind in enumerate(Kind)}, value=pair.c.kind)
    place = (pair.c.account, rank, conflict.c.id)
    columns = (conflict.c.reason, conflict.c.name, conflict.c.at, conflict.c.fields, conflict.c.resolution)
    query = select(conflict.c.id, conflict.c.pair_id, pair.c.account, pair.c.kind, *columns)
    query = query.join(pair, pair.c.id == conflict.c.pair_id).order_by(*place)
    if account is not None:
        query = query.where(pair.c.account == account)
    if kind is not None:
        query = query.where(pair.c.kind == kind)
    if answered is not None:
        query = query.where(conflict.c.resolution.is_not(None) if answered else conflict.c.resolution.is_(None))
    if after is not None:
        owner, among, number = after
        query = query.where(tuple_(*place) > (owner, list(Kind).index(Kind(among)), number))
    return [_head(row) for row in tx.connection.execute(query.limit(limit).offset(skip))]


def tally(tx: Tx) -> dict[tuple[str, Kind], tuple[int, int]]:
    """How many questions each account has of each kind, and how many of them have an answer."""
    query = select(pair.c.account, pair.c.kind, func.count(), func.count(conflict.c.resolution))
    query = query.join(pair, pair.c.id == conflict.c.pair_id).group_by(pair.c.account, pair.c.kind)
    return {(name, Kind(kind)): (open, done) for name, kind, open, done in tx.connection.execute(query)}


def _head(row: Any) -> ConflictHead:
    answer = None if row.resolution is None else unpack(row.resolution)
    fields = unpack(row.fields, list)
    return ConflictHead(row.id, row.pair_id, row.account, Kind(row.kind), row.reason, row.name, row.at, fields, answer)


def of_account(tx: Tx, account: str | None = None) -> list[ConflictRow]:
    """The open questions of an account, or of all, by id."""
    query = select(conflict)
    if account is not None:
        query = query.join(pair, pair.c.id == conflict.c.pair_id).where(pair.c.account == account)
    return _read(tx, query)


def undecided(tx: Tx, account: str) -> list[int]:
    """The ids of an account's open questions that nobody has answered yet; nothing else of them is read."""
    query = select(conflict.c.id).join(pair, pair.c.id == conflict.c.pair_id)
    query = query.where(pair.c.account == account, conflict.c.resolution.is_(None))
    return [row.id for row in tx.connection.execute(query.order_by(conflict.c.id))]


def of_pair(tx: Tx, pair_id: int) -> list[ConflictRow]:
    """The open questions of a pair, by id."""
    return _read(tx, select(conflict).where(conflict.c.pair_id == pair_id))


def waiting(tx: Tx) -> dict[str, int]:
    """How many questions of each account have no answer yet; accounts without any are left out."""
    query = select(pair.c.account, func.count()).join(conflict, conflict.c.pair_id == pair.c.id)
    query = query.where(conflict.c.resolution.is_(None)).group_by(pair.c.account)
    return {row[0]: row[1] for row in tx.connection.execute(query)}


def get(tx: Tx, conflict_id: int) -> ConflictRow | None:
    """One question; ``None`` when it is not asked any more."""
    return next(iter(_read(tx, select(conflict).where(conflict.c.id == conflict_id))), None)


def digests(tx: Tx, pair_id: int) -> dict[int, tuple[str, str]]:
    """For the links of a pair that a question is about: the digests of the versions that it shows, left and right."""
    columns = (conflict.c.link_id, conflict.c.left_digest, conflict.c.right_digest)
    query = select(*columns).where(conflict.c.pair_id == pair_id, conflict.c.link_id.is_not(None))
    return {link: (left, right) for link, left, right in tx.connection.execute(query)}


def is_open(tx: Tx, conflict_id: int) -> bool:
    """True while the question is asked."""
    return tx.connection.execute(select(conflict.c.id).where(conflict.c.id == conflict_id)).first() is not None


def is_answered(tx: Tx, conflict_id: int) -> bool:
    """True while the question is asked and has an answer that no run has carried out."""
    query = select(conflict.c.id).where(conflict.c.id == conflict_id, conflict.c.resolution.is_not(None))
    return tx.connection.execute(query).first() is not None


def set_resolution(tx: Tx, conflict_id: int, resolution: dict[str, Any] | None) -> None:
    """Store a person's answer for the next run, or take it back."""
    stored = None if resolution is None else pack(resolution, empty=lambda: None)
    tx.connection.execute(update(conflict).where(conflict.c.id == conflict_id).values(resolution=stored))


def remove(tx: Tx, ids: Iterable[int]) -> None:
    """Forget questions."""
    for chunk in chunks(ids):
        tx.connection.execute(delete(conflict).where(conflict.c.id.in_(chunk)))


def keep_only(tx: Tx, pair_id: int, ids: Iterable[int]) -> None:
    """Forget all questions of a pair but these: they are not asked any more."""
    asked = set(ids)
    known = tx.connection.execute(select(conflict.c.id).where(conflict.c.pair_id == pair_id)).scalars().all()
    remove(tx, [key for key in known if key not in asked])


_BLOBS = ("left_document", "right_document", "left_item", "right_item")
_QUESTION = ("reason", "left_digest", "right_digest", "fields", "candidates")
"""The columns that make a question another one: an answer to the old one is none to the new one."""


def _subject(row: ConflictRow) -> str:
    if row.link_id is not None:
        return f"link {row.link_id}"
    return f"desktop {row.left_href}" if row.left_href is not None else f"server {row.right_href}"


def _known(tx: Tx, rows: list[dict[str, Any]]) -> dict[tuple[int, str], Row[Any]]:
    query = select(conflict).where(conflict.c.subject.in_([row["subject"] for row in rows]))
    return {(row.pair_id, row.subject): row for row in tx.connection.execute(query)}


def _ask_again(tx: Tx, old: Row[Any], row: dict[str, Any]) -> None:
    values = {k: v for k, v in row.items() if k not in ("at", "resolution")}
    if any(getattr(old, name) != row[name] for name in _QUESTION):
        values["resolution"] = None
    tx.connection.execute(update(conflict).where(conflict.c.id == old.id).values(values))


def _row(staged: Staged, row: ConflictRow) -> dict[str, Any]:
    return {
        "pair_id": row.pair_id,
        "subject": _subject(row),
        "link_id": row.link_id,
        "reason": row.reason,
        "name": row.name,
        "at": row.at,
        "left_href": row.left_href,
        "right_href": row.right_href,
        "left_digest": row.left_digest,
        "right_digest": row.right_digest,
        "fields": pack(row.fields, list),
        "candidates": pack(row.candidates, list),
        **stage_native(staged, row.left_document, "left_document", "left_media"),
        **stage_native(staged, row.right_document, "right_document", "right_media"),
        "left_item": stage_item(staged, row.left_item),
        "right_item": stage_item(staged, row.right_item),
        "resolution": None,
    }


def _read(tx: Tx, query: Select[Any]) -> list[ConflictRow]:
    found: list[ConflictRow] = []
    for chunk in chunks(tx.connection.execute(query.order_by(conflict.c.id)).all()):
        loaded = load(tx, (getattr(row, name) for row in chunk for name in _BLOBS))
        found += [_conflict_row(row, loaded) for row in chunk]
    return found


def _conflict_row(row: Row[Any], loaded: Loaded) -> ConflictRow:
    return ConflictRow(
        row.id,
        row.pair_id,
        row.link_id,
        row.reason,
        row.name,
        row.at,
        row.left_href,
        row.right_href,
        row.left_digest,
        row.right_digest,
        unpack(row.fields, list),
        unpack(row.candidates, list),
        loaded.native(row.left_document, row.left_media),
        loaded.native(row.right_document, row.right_media),
        loaded.item(row.left_item),
        loaded.item(row.right_item),
        None if row.resolution is None else unpack(row.resolution),
    )
