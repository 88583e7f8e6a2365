"""A plan as it is shown and kept: what would be done item by item, and what would be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from instep.core.model import Side


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """One write: ``op`` is ``create``, ``update`` or ``delete``; ``fields`` are the names of those that change."""

    side: Side
    op: str
    fields: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {"side": self.side.value, "op": self.op, "fields": list(self.fields)}

    @classmethod
    def from_json(cls, plain: Any) -> PlannedWrite:
        """The write back; ``KeyError``, ``TypeError`` or ``ValueError`` when it is none."""
        if plain["op"] not in {"create", "update", "delete"}:
            raise ValueError(plain["op"])
        return cls(Side(plain["side"]), plain["op"], tuple(str(name) for name in plain["fields"]))


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """What would happen to one item. Without a write it would only be linked. ``fingerprint`` tells it from what would
    happen to the same item after somebody changed it."""

    name: str
    reason: str
    writes: tuple[PlannedWrite, ...]
    fingerprint: str

    def to_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {
            "name": self.name,
            "reason": self.reason,
            "writes": [write.to_json() for write in self.writes],
            "fingerprint": self.fingerprint,
        }

    @classmethod
    def from_json(cls, plain: Any) -> PlannedItem:
        """The item back; errors as in ``PlannedWrite.from_json``."""
        writes = tuple(PlannedWrite.from_json(write) for write in plain["writes"])
        return cls(str(plain["name"]), str(plain["reason"]), writes, str(plain["fingerprint"]))


@dataclass(frozen=True, slots=True)
class PlannedQuestion:
    """What a person would be asked about an item; ``reason`` is a conflict's."""

    name: str
    reason: str
    fields: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {"name": self.name, "reason": self.reason, "fields": list(self.fields)}

    @classmethod
    def from_json(cls, plain: Any) -> PlannedQuestion:
        """The question back; errors as in ``PlannedWrite.from_json``."""
        return cls(str(plain["name"]), str(plain["reason"]), tuple(str(name) for name in plain["fields"]))
