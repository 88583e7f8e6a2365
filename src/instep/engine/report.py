"""What a run did, in numbers and sentences; the documented JSON of ``instep sync --json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from instep.core.guard import Stop
from instep.core.model import Kind, Side
from instep.engine.planned import PlannedItem, PlannedQuestion


class Status(StrEnum):
    """How an account stands after a run."""

    IN_STEP = "in-step"
    CONFLICTS = "conflicts"
    PROBLEMS = "problems"
    HALTED = "halted"
    FAILED = "failed"
    STOPPED = "stopped"  # by a person, between two items


@dataclass(slots=True)
class Counts:
    """Writes on one side."""

    create: int = 0
    update: int = 0
    delete: int = 0

    @property
    def total(self) -> int:
        """All writes."""
        return self.create + self.update + self.delete


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one item (or, with an empty ``item``, with the pair); ``error`` is the name of the class of
    the error that says so, empty where it is no error."""

    side: Side
    item: str
    message: str
    error: str = ""


def kind_of_failure(error: object) -> str:
    """Name the class of an error, by which its topic of the help is found; a sentence has none."""
    return type(error).__name__ if isinstance(error, BaseException) else ""


@dataclass(slots=True)
class PairReport:
    """What was done for one pair. In a dry run: what would be done. ``stopped`` is a guard's sentence, or empty.

    ``linked``: items found to be the same without a write; ``merged``: items whose two edits were joined; ``notes``:
    sentences worth saying that are no problem (RULES 10, 23); ``staying``: items of a side that the protocol in use
    cannot carry; ``complete``: the run came to the pair's end.

    ``items``, ``asks`` and ``stops`` are a dry run's plan; ``tried`` and ``carried`` are the fingerprints of approved
    steps that were found again, and of those that took effect.
    """

    kind: Kind
    desktop: str
    server: str
    desktop_actions: Counts = field(default_factory=Counts)
    server_actions: Counts = field(default_factory=Counts)
    linked: int = 0
    merged: int = 0
    conflicts: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    staying: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    stopped: str = ""
    complete: bool = False
    pair_id: int = 0
    items: list[PlannedItem] = field(default_factory=list)
    asks: list[PlannedQuestion] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    carried: list[str] = field(default_factory=list)

    def actions(self, side: Side) -> Counts:
        """The counts of a side."""
        return self.desktop_actions if side is Side.LEFT else self.server_actions

    @property
    def work(self) -> int:
        """How many writes there were, or would be."""
        return self.desktop_actions.total + self.server_actions.total

    def to_json(self) -> dict[str, Any]:
        """The pair's object of the documented JSON."""
        return {
            "kind": self.kind.value,
            "desktop": self.desktop,
            "server": self.server,
            "desktop_actions": asdict(self.desktop_actions),
            "server_actions": asdict(self.server_actions),
            "linked": self.linked,
            "merged": self.merged,
            "conflicts": self.conflicts,
            "problems": [{"side": p.side.value, "item": p.item, "message": p.message} for p in self.problems],
            "staying": {side.value: self.staying[side] for side in Side},
        }


@dataclass(slots=True)
class Report:
    """What a run did for an account. ``failure`` is the sentence of the error that ended it, ``failure_kind`` the name
    of its class, or both empty; ``unreachable`` tells failures of the server or the login from others; ``swept``: old
    history was forgotten at its end; ``cancelled``: a person stopped it."""

    run: int
    account: str
    pairs: list[PairReport] = field(default_factory=list)
    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    failure: str = ""
    failure_kind: str = ""
    unreachable: bool = False
    swept: bool = False
    cancelled: bool = False

    @property
    def status(self) -> Status:
        """The worst of what happened."""
        if self.cancelled:
            return Status.STOPPED
        if self.failure:
            return Status.FAILED
        if any(p.stopped for p in self.pairs):
            return Status.HALTED
        if any(p.problems for p in self.pairs):
            return Status.PROBLEMS
        if any(p.conflicts for p in self.pairs):
            return Status.CONFLICTS
        return Status.IN_STEP

    def to_json(self) -> dict[str, Any]:
        """The account's object of the documented JSON."""
        return {
            "run": self.run,
            "account": self.account,
            "status": self.status.value,
            "pairs": [p.to_json() for p in self.pairs],
            "requests": self.requests,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            **({"error": self.failure} if self.failure else {}),
        }

    def lasting(self) -> dict[str, Any]:
        """What is stored of it: the documented JSON, and the kinds of the errors, by which faces find their topics."""
        kept = self.to_json()
        for pair, told in zip(self.pairs, kept["pairs"]):
            for problem, entry in zip(pair.problems, told["problems"]):
                entry |= {"error": problem.error} if problem.error else {}
        more = {"failure_kind": self.failure_kind} if self.failure_kind else {}
        return {**kept, **more, **({"swept": True} if self.swept else {})}
