"""What goes wrong on purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from instep.testing.smartermail.exchange import Request

What = int | Literal["drop-before", "drop-after"]
"""A status instead of the answer (nothing is done), or a connection closed before or after the work is done."""


@dataclass
class Fault:
    """One thing that goes wrong ``times`` times on requests whose ``METHOD path`` matches."""

    pattern: re.Pattern[str]
    what: What
    times: int


@dataclass
class Faults:
    """All that will go wrong; ``false_deletes`` counts deletions over REST that will only be said to have been done."""

    waiting: list[Fault] = field(default_factory=list)
    false_deletes: int = 0

    def fail(self, pattern: str, what: What, times: int = 1) -> None:
        """Let requests go wrong: ``pattern`` is searched for in ``POST /api/v1/tasks/save`` and the like."""
        self.waiting.append(Fault(re.compile(pattern), what, times))

    def next_for(self, request: Request) -> What | None:
        """Tell (and use up) what goes wrong with this request."""
        for fault in self.waiting:
            if fault.times > 0 and fault.pattern.search(f"{request.method} {request.path}"):
                fault.times -= 1
                return fault.what
        return None

    def pretends_deletion(self) -> bool:
        """Tell (and use up) whether a deletion is only pretended."""
        if self.false_deletes <= 0:
            return False
        self.false_deletes -= 1
        return True
