"""What was decided last, so that it can be taken back; known to this program alone, forgotten with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from instep.engine.questions import Choice, Resolution

_KEPT = 50


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision: its first conflict, by what name people know that, what was chosen, and what answers there were
    before. ``version`` is the first one's when it was decided."""

    first: int
    name: str
    choice: Choice
    before: dict[int, Resolution | None]
    version: str = ""


@dataclass
class Decisions:
    """The decisions of this program, the newest last."""

    _stack: list[Decided] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, decided: Decided) -> None:
        """Remember a decision."""
        with self._lock:
            self._stack = [*self._stack, decided][-_KEPT:]

    @property
    def last(self) -> Decided | None:
        """The newest decision."""
        return self._stack[-1] if self._stack else None

    def take(self, first: int) -> Decided | None:
        """Take the newest decision out, if it is the one that a page showed."""
        with self._lock:
            if self._stack and self._stack[-1].first == first:
                return self._stack.pop()
            return None
