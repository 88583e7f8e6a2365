"""What a run tells a face while it goes on, and what it asks it.

Events are for showing only: a face may drop any of them. Questions have a safe answer for when nobody is there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from instep.core.guard import Stop
from instep.core.model import Kind
from instep.engine.questions import Question, Resolution
from instep.engine.report import PairReport, Report


class Phase(StrEnum):
    """Where a pair's run is."""

    LOOKING = "looking"  # asking both sides what changed
    READING = "reading"  # fetching items
    DECIDING = "deciding"
    WRITING = "writing"
    DELETING = "deleting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run of an account begins."""

    account: str
    run: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pair (an id) is in a phase; ``total``: 0 where not known yet; ``name``: the item that passed last."""

    account: str
    kind: Kind
    phase: Phase
    done: int = 0
    total: int = 0
    name: str = ""
    pair: int = 0


@dataclass(frozen=True, slots=True)
class PairFinished:
    """A pair is done, with what was done for it."""

    account: str
    report: PairReport


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    report: Report


@dataclass(frozen=True, slots=True)
class FirstSync:
    """What the first synchronization of a pair would do; asked before anything is written."""

    account: str
    kind: Kind
    desktop: str
    server: str
    on_desktop: int
    on_server: int
    linked: int
    to_desktop: int
    to_server: int
    conflicts: int
    pair: int = 0


class GuardAnswer(StrEnum):
    """What a person says to a guard's stop."""

    STOP = "stop"  # leave everything as it is; asked again by the next run
    GO = "go"  # do it
    RESTORE = "restore"  # bring back from the other side what would be deleted
    SKIP = "skip"  # leave this pair out of this run


RunEvent = RunStarted | Progress | PairFinished | RunFinished


def _ignore(event: RunEvent) -> None:
    return None


async def _no_first(question: FirstSync) -> bool:
    return False


async def _stop(account: str, kind: Kind, stop: Stop) -> GuardAnswer:
    return GuardAnswer.STOP


def _never() -> bool:
    return False


async def _later(question: Question) -> Resolution | None:
    return None


@dataclass(frozen=True, slots=True)
class Face:
    """The functions through which a run speaks with a person; the defaults are nobody.

    ``stopped`` is asked between items: once it says yes, nothing more is begun.
    """

    emit: Callable[[RunEvent], None] = _ignore
    confirm_first: Callable[[FirstSync], Awaitable[bool]] = _no_first
    guard: Callable[[str, Kind, Stop], Awaitable[GuardAnswer]] = _stop
    decide: Callable[[Question], Awaitable[Resolution | None]] = _later
    stopped: Callable[[], bool] = _never
