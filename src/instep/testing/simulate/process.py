"""A process that may die at any point: at every request, before and after it took effect, and around every commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from instep.store.database import Database, Tx
from instep.testing.faults import Killed
from instep.testing.simulate.story import Story


@dataclass(slots=True)
class Process:
    """A program on one computer. ``kill_at``: it dies at the point with this number (0: it lives).

    Once dead, nothing of it goes on: what its ``finally`` blocks want to do, a real process would not do either.
    """

    name: str
    story: Story
    kill_at: int = 0
    points: int = 0
    dead: bool = False

    def start(self, kill_at: int = 0) -> None:
        """A new life."""
        self.kill_at, self.points, self.dead = kill_at, 0, False

    def point(self, what: str) -> None:
        """A moment at which the process may die; raises ``Killed`` then, and ever after."""
        if self.dead:
            raise Killed(what)
        self.points += 1
        if self.points == self.kill_at:
            self.dead = True
            self.story.tell(f"{self.name} is killed {what}.")
            raise Killed(what)


@dataclass(frozen=True, slots=True)
class MortalDatabase(Database):
    """The state database of a process: a commit happens whole or not at all, and never after death."""

    process: Process = field(default_factory=lambda: Process("", Story()))

    @contextmanager
    def transaction(self) -> Iterator[Tx]:
        """As ``Database.transaction``; the process may die before, in and after it."""
        self.process.point("before a commit")
        with Database.transaction(self) as tx:
            yield tx
            self.process.point("in a commit, which is undone")
        self.process.point("after a commit")

    @contextmanager
    def reading(self) -> Iterator[Tx]:
        """As ``Database.reading``, while the process lives."""
        if self.process.dead:
            raise Killed("reading")
        with Database.reading(self) as tx:
            yield tx
