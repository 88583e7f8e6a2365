"""Conflicts: the questions that wait for a person, and the answers that wait for a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from instep.core.model import Item
from instep.store.blobs import Native
from instep.store.database import Tx


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
    ``resolution`` of the rows given is not looked at. Gives the ids in the order given.
    """
    raise NotImplementedError


def of_account(tx: Tx, account: str | None = None) -> list[ConflictRow]:
    """The open questions of an account, or of all, by id."""
    raise NotImplementedError


def of_pair(tx: Tx, pair_id: int) -> list[ConflictRow]:
    """The open questions of a pair, by id."""
    raise NotImplementedError


def get(tx: Tx, conflict_id: int) -> ConflictRow | None:
    """One question; ``None`` when it is not asked any more."""
    raise NotImplementedError


def set_resolution(tx: Tx, conflict_id: int, resolution: dict[str, Any] | None) -> None:
    """Store a person's answer for the next run, or take it back."""
    raise NotImplementedError


def remove(tx: Tx, ids: Iterable[int]) -> None:
    """Forget questions."""
    raise NotImplementedError


def keep_only(tx: Tx, pair_id: int, ids: Iterable[int]) -> None:
    """Forget all questions of a pair but these: they are not asked any more."""
    raise NotImplementedError
