"""A conflict as a question to a person, and the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from instep.core.diff import Row
from instep.core.invitations import Mail
from instep.core.model import Item, Kind, Side


class Choice(StrEnum):
    """The answers a person can give; which of them fit is in ``Question.choices``."""

    SERVER = "server"
    DESKTOP = "desktop"
    MERGE = "merge"  # a side per field
    NEW = "new"  # match conflicts: the desktop item is a new one
    BOTH = "both"  # double edits: keep both versions as two items
    SEND = "send"  # held mail: write it, whoever is mailed
    SKIP = "skip"  # ask again next time


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's answer. ``which`` counts from 1 where several candidates match; ``takes`` names a side per field."""

    choice: Choice
    which: int = 1
    takes: dict[str, Side] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A plain form, for storing."""
        return {
            "choice": self.choice.value,
            "which": self.which,
            "takes": {k: v.value for k, v in self.takes.items()},
        }

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Resolution:
        """The answer from its plain form."""
        takes = {k: Side(v) for k, v in plain.get("takes", {}).items()}
        return cls(Choice(plain["choice"]), int(plain.get("which", 1)), takes)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of several items that may be the same; numbered from 1 within its side."""

    side: Side
    number: int
    name: str
    rows: tuple[Row, ...] = ()
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One conflict, as it is shown: both versions field by field, and what can be answered.

    ``reason`` is one of ``both-changed``, ``edit-delete``, ``match``, ``differs`` (a first match that differs),
    ``sends-mail``: writing it would make a server send ``mails``. A side whose version is deleted has no item.
    ``fields`` names the fields (or groups) that clash: what ``takes`` may hold. ``answer`` is a person's answer that no
    run has carried out yet. ``version`` tells the versions that are shown from later ones: an answer given with it
    belongs to them (RULES 7).
    """

    id: int
    account: str
    kind: Kind
    name: str
    reason: str
    rows: tuple[Row, ...]
    fields: tuple[str, ...]
    choices: tuple[Choice, ...]
    desktop_name: str
    server_name: str
    left: Item | None = None
    right: Item | None = None
    candidates: tuple[Candidate, ...] = ()
    mails: tuple[Mail, ...] = ()
    answer: Resolution | None = None
    version: str = ""

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of ``instep conflicts --json``."""
        return {
            "id": self.id,
            "account": self.account,
            "kind": self.kind.value,
            "name": self.name,
            "reason": self.reason,
            "fields": list(self.fields),
            "candidates": [{"side": c.side.value, "number": c.number, "name": c.name} for c in self.candidates],
            "mails": [{"why": m.why.value, "to": list(m.to)} for m in self.mails],
        }
