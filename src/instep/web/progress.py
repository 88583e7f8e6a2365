"""What a synchronization looks like while it goes on, and when it has ended."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from instep.core.guard import Stop
from instep.core.model import Kind
from instep.engine.events import FirstSync, Phase, Progress, RunEvent, RunStarted
from instep.engine.report import Report

_NAMES = 6


@dataclass(slots=True)
class PairLive:
    """How far one pair is; ``names`` are the items that passed last, the newest first."""

    kind: Kind
    phase: Phase = Phase.LOOKING
    done: int = 0
    total: int = 0
    names: list[str] = field(default_factory=list)
    since: float = field(default_factory=time.monotonic)

    def take(self, event: Progress) -> None:
        """Take in what the engine says."""
        if event.phase is not self.phase:
            self.phase, self.since, self.names = event.phase, time.monotonic(), []
        self.done, self.total = event.done, event.total
        if event.name and self.names[:1] != [event.name]:
            self.names = [event.name, *self.names][:_NAMES]

    @property
    def left(self) -> int | None:
        """How many seconds the phase may still take; ``None`` while nobody can know."""
        spent = time.monotonic() - self.since
        if not self.total or self.done < 5 or spent < 2:
            return None
        return round(spent / self.done * (self.total - self.done))


@dataclass
class Passing:
    """What passes while a piece of work goes on: each pair as it is now, filled by the work's thread."""

    pairs: dict[int, PairLive] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, event: RunEvent) -> None:
        """Take in an event of the engine."""
        if isinstance(event, Progress):
            with self.lock:
                known = self.pairs.get(event.pair)
                if known is None:
                    known = self.pairs[event.pair] = PairLive(event.kind, event.phase)
                known.take(event)

    def shown(self) -> list[PairLive]:
        """The pairs as they are now, in the order in which they appeared."""
        with self.lock:
            return list(self.pairs.values())


@dataclass
class SyncLive:
    """A run as pages show it: a picture of now, filled by the run's thread.

    ``stops`` are what the guard stopped, with the pair's kind, ``first`` the first synchronizations that wait for a
    yes; ``go`` and ``restore`` are the marks of the stops that were answered before, ``begin`` the pairs that got their
    yes: what is asked now is answered together with them. ``paired`` says which folders were paired by themselves just
    now.
    """

    desktop: str = ""
    server: str = ""
    passing: Passing = field(default_factory=Passing)
    run: int = 0
    report: Report | None = None
    stops: list[tuple[Kind, Stop]] = field(default_factory=list)
    first: list[FirstSync] = field(default_factory=list)
    begin: frozenset[int] = frozenset()
    go: frozenset[str] = frozenset()
    restore: frozenset[str] = frozenset()
    paired: list[str] = field(default_factory=list)

    def take(self, event: RunEvent) -> None:
        """Take in an event of the engine."""
        if isinstance(event, RunStarted):
            self.run = event.run
        self.passing.take(event)
