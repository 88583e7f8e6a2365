"""A stage for the engine: one account, a desktop and a server in memory, and runs between them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from instep.connectors.memory import MemoryConnector, MemoryStore, Traits
from instep.core.model import Item, Kind, Side, name_of
from instep.engine.events import Face
from instep.engine.report import PairReport, Report
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store.database import Database
from instep.store.pairs import Pair

HERE, THERE = "here", "there"


@dataclass
class Stage:
    """``left`` and ``right`` are the stores; a person's hands are their ``put``, ``edit`` and ``remove``."""

    folder: Path
    kind: Kind = Kind.CONTACT
    left_traits: Traits = field(default_factory=lambda: Traits(tokens=False))
    right_traits: Traits = field(default_factory=Traits)
    direction: str = "two-way"
    on_conflict: str = "ask"
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.left = MemoryStore("Desktop", self.left_traits)
        self.right = MemoryStore("Server", self.right_traits)
        self.left.add_collection(HERE, {self.kind})
        self.right.add_collection(THERE, {self.kind})
        self.db = Database.open(self.folder / "state.db")
        with self.db.transaction() as tx:
            row = Pair(0, "me", self.kind, HERE, THERE, "Here", "There", self.direction, self.on_conflict)
            self.pair = pair_table.add(tx, row)

    def run(self, face: Face | None = None, **options: object) -> Report:
        """One run, to its end; the first sync is confirmed."""
        chosen = Options(**{"yes": True, **options})  # type: ignore[arg-type]
        left, right = MemoryConnector(self.left), MemoryConnector(self.right)
        return asyncio.run(synchronize(self.db, "me", left, right, chosen, face, clock=self.clock))

    def clock(self) -> datetime:
        """The time, which stands still until a test lets it pass; each look at it takes a microsecond."""
        self.time += timedelta(microseconds=1)
        return self.time

    def pass_days(self, days: int) -> None:
        """Let time pass."""
        self.time += timedelta(days=days)

    def pair_run(self, face: Face | None = None, **options: object) -> PairReport:
        """One run and the report of its only pair; the run itself must not fail."""
        report = self.run(face, **options)
        assert not report.failure, report.failure
        return report.pairs[0]

    def store(self, side: Side) -> MemoryStore:
        """The store of a side."""
        return self.left if side is Side.LEFT else self.right

    def items(self, side: Side) -> dict[str, Item]:
        """What a side holds, by href."""
        return self.store(side).items(HERE if side is Side.LEFT else THERE)

    def names(self, side: Side) -> list[str]:
        """The names of what a side holds, sorted."""
        return sorted(name_of(i) for i in self.items(side).values())

    def put(self, side: Side, item: Item, href: str | None = None) -> str:
        """A person makes an item."""
        return self.store(side).put(HERE if side is Side.LEFT else THERE, item, href)

    def edit(self, side: Side, name: str, change: Callable[[Item], Item]) -> None:
        """A person changes the item of that name."""
        self.store(side).edit(HERE if side is Side.LEFT else THERE, self.href(side, name), change)

    def remove(self, side: Side, name: str) -> None:
        """A person deletes the item of that name."""
        self.store(side).remove(HERE if side is Side.LEFT else THERE, self.href(side, name))

    def href(self, side: Side, name: str) -> str:
        """Where the item of that name is."""
        return next(h for h, i in self.items(side).items() if name_of(i) == name)

    def item(self, side: Side, name: str) -> Item:
        """The item of that name."""
        return self.items(side)[self.href(side, name)]

    def forget_links(self) -> None:
        """The state is lost: the pair begins anew."""
        with self.db.transaction() as tx:
            pair_table.remove(tx, self.pair.id)
            row = Pair(0, "me", self.kind, HERE, THERE, "Here", "There", self.direction, self.on_conflict)
            self.pair = pair_table.add(tx, row)

    def links(self) -> int:
        """How many links the pair has."""
        with self.db.reading() as tx:
            return link_table.count(tx, self.pair.id)

    def idle(self) -> bool:
        """True when another run finds nothing to do."""
        report = self.pair_run()
        return report.work == 0 and report.linked == 0 and not report.problems
