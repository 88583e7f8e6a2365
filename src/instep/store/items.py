"""Items and native documents as blobs, put and read in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from instep.core.model import Item, Kind, kind_of
from instep.core.plain import from_plain, to_plain
from instep.errors import StateDamaged
from instep.store.blobs import Native, Staged, get_many, stage, stage_document
from instep.store.database import Tx
from instep.store.packing import KEY


def stage_item(staged: Staged, item: Item | None, like: str | None = None) -> str | None:
    """Add an item; gives its id (``None`` for none). Items equal in everything, ``modified`` too, have the same id.
    ``like`` is the id of an earlier version of it."""
    if item is None:
        return None
    parts: list[str] = []

    def put(data: bytes) -> str:
        parts.append(stage(staged, data))
        return parts[-1]

    plain = {"kind": kind_of(item).value, **to_plain(item, put)}
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return stage_document(staged, text.encode("utf-8", "surrogatepass"), parts, like)


def stage_native(
    staged: Staged, native: Native | None, column: str, media: str, like: str | None = None
) -> dict[str, str | None]:
    """Add a document; gives the values of the two columns that name it. ``like`` is the id of an earlier version."""
    if native is None:
        return {column: None, media: ""}
    return {column: stage_document(staged, native[0], like=like), media: native[1]}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Blobs that were read, by id."""

    blobs: dict[str, bytes]

    def item(self, key: str | None) -> Item | None:
        """The item of an id, ``None`` for none; ``StateDamaged`` when it is none."""
        if key is None:
            return None
        try:
            plain = json.loads(self.blobs[key].decode("utf-8", "surrogatepass"))
            return from_plain(Kind(plain.pop("kind")), plain, self._bytes)
        except (ValueError, KeyError, AttributeError) as e:
            raise StateDamaged(
                f"The state database is damaged: a stored item ({key[:12]}) cannot be read ({e}).",
                "Put back a copy of it, or move it away: the next run then compares both sides anew and loses nothing.",
            ) from e

    def _bytes(self, reference: str) -> bytes:
        return self.blobs[reference[:KEY]]  # an older version wrote the whole hash

    def native(self, key: str | None, media_type: str) -> Native | None:
        """The document of an id, ``None`` for none."""
        return None if key is None else (self.blobs[key], media_type)


def load(tx: Tx, keys: Iterable[str | None]) -> Loaded:
    """Read items and documents by their ids, with everything they refer to; ``StateDamaged`` when one is not whole."""
    return Loaded(get_many(tx, {k for k in keys if k is not None}))
