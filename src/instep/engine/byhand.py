"""What a person asks for item by item (an undo, a restore): the plan, its outcome, and the report of its run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from instep.core.invitations import Mail
from instep.core.model import Kind, Side
from instep.engine.report import Status
from instep.engine.work import PairWork, Step


class Outcome(StrEnum):
    """What came of one item."""

    PLANNED = "planned"  # to be written, or not written because nobody said yes
    DONE = "done"
    ALREADY = "already"  # it is as it shall be
    REFUSED = "refused"  # left as it is, for the reason that is said


@dataclass(slots=True)
class Intent:
    """What shall be done to one item of one side, and what came of it.

    ``action``: ``create``, ``update``, ``delete``; ``reason`` is a sentence where it was refused. ``step`` carries it
    out; an item that is as it shall be may have one, which moves only its link. ``half``: what is done only together
    with it. ``mark`` tells what would be written from what would be after somebody changed the item; ``mails`` is what
    a server would send because of it, where that is why it was refused.
    """

    kind: Kind | None
    side: Side
    action: str
    name: str
    outcome: Outcome = Outcome.PLANNED
    reason: str = ""
    work: PairWork | None = None
    step: Step | None = None
    half: Intent | None = field(default=None, repr=False, compare=False)
    mark: str = ""
    mails: tuple[Mail, ...] = ()

    def refuse(self, reason: str) -> Intent:
        """The same, left as it is for this reason, and so is its other half."""
        self.outcome, self.reason, self.step = Outcome.REFUSED, reason, None
        if self.half is not None and self.half.outcome is not Outcome.REFUSED:
            self.half.refuse(reason)
        return self

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of one item."""
        return {
            "kind": self.kind.value if self.kind else None,
            "side": self.side.value,
            "action": self.action,
            "name": self.name,
            "outcome": self.outcome.value,
            "reason": self.reason,
        }


@dataclass(slots=True)
class HandReport:
    """What came of an undo or a restore; ``asked`` says of which. ``run`` is 0 where nothing was written.

    ``stopped`` are the sentences of guards that stopped a pair, ``foreseen`` of those that would, in a dry run;
    ``waits``: nobody said yes; ``failure`` is the sentence of the error that ended it, ``failure_kind`` the name of its
    class, or both empty; ``cancelled``: a person stopped it.
    """

    account: str
    asked: str
    run: int = 0
    intents: list[Intent] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    waits: bool = False
    failure: str = ""
    failure_kind: str = ""
    unreachable: bool = False
    foreseen: list[str] = field(default_factory=list)
    cancelled: bool = False

    def count(self, outcome: Outcome) -> int:
        """How many items came out so."""
        return sum(i.outcome is outcome for i in self.intents)

    @property
    def status(self) -> Status:
        """The worst of what happened."""
        if self.cancelled:
            return Status.STOPPED
        if self.failure:
            return Status.FAILED
        if self.stopped or self.waits:
            return Status.HALTED
        return Status.PROBLEMS if self.count(Outcome.REFUSED) else Status.IN_STEP

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of ``instep undo --json`` and ``instep restore --json``."""
        return {
            "run": self.run,
            "account": self.account,
            "asked": self.asked,
            "status": self.status.value,
            "items": [i.to_json() for i in self.intents],
            **({"stopped": self.stopped} if self.stopped else {}),
            **({"error": self.failure} if self.failure else {}),
        }

    def lasting(self) -> dict[str, Any]:
        """What is stored of it."""
        return {**self.to_json(), **({"failure_kind": self.failure_kind} if self.failure_kind else {})}
