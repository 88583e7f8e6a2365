"""One schedule: a world is made from a seed, lives for a while, comes to rest, and is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from instep.core.model import Kind
from instep.engine.report import Report
from instep.store.volatile import in_memory
from instep.testing.simulate.checks import after_run, at_rest, needless
from instep.testing.simulate.desk import Desk
from instep.testing.simulate.families import FAMILIES, Family, changed_from
from instep.testing.simulate.items import identity_of, words_of
from instep.testing.simulate.ledger import Ledger
from instep.testing.simulate.people import People
from instep.testing.simulate.process import Process
from instep.testing.simulate.stores import SimStore
from instep.testing.simulate.story import Story

KINDS = (Kind.CONTACT, Kind.CONTACT, Kind.EVENT, Kind.TASK, Kind.NOTE)
LIVES = 2
PATIENCE = 5
"""How many rounds each desktop may need until nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a schedule went. ``broken`` are the promises that were broken, none for a sound engine; ``story`` tells how;
    ``runs`` counts the runs of the engine; ``changed`` names what was set otherwise than in the family of that name."""

    seed: int
    family: str
    broken: tuple[str, ...]
    story: str
    runs: int
    changed: tuple[str, ...] = ()

    @property
    def replay(self) -> str:
        """The command line that does the very same again."""
        words = ["python -m instep.testing.simulate", "--family", self.family, "--seed", str(self.seed)]
        return " ".join([*words, *(word for setting in self.changed for word in ("--with", setting))])


def simulate(seed: int, family: str | Family) -> Outcome:
    """Let one schedule happen. The same seed and family give the same schedule in every process.

    ``family`` is the name of one of ``FAMILIES`` (``KeyError`` when it is none), or a family of your own.
    """
    chosen = FAMILIES[family] if isinstance(family, str) else family
    world = _World(seed, chosen)
    try:
        world.live()
    finally:
        world.close()
    broken = tuple(promise for _, promise in world.story.broken)
    return Outcome(seed, chosen.name, broken, world.story.text(), world.runs, changed_from(chosen))


class _World:
    """Stores, desktops and people of one schedule."""

    def __init__(self, seed: int, family: Family) -> None:
        self.family, self.dice = family, Random(f"{family.name} {seed}")
        self.story, self.runs = Story(), 0
        self.clock = datetime(2026, 3, 1, 9, tzinfo=UTC)
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda loop, context: None)
        kind = self.dice.choice(KINDS)
        folders = ("Work", "Home")[: family.folders]
        self.ledger = Ledger(self.story)
        self.server = SimStore("Server", family.server(self.dice), self.ledger)
        desktops = [
            SimStore(f"Desktop {n}", family.desktop(self.dice), self.ledger) for n in range(1, family.desktops + 1)
        ]
        self.stores = [self.server, *desktops]
        for store in self.stores:
            for folder in folders:
                store.add_collection(folder, {kind})
        self.people = People(self.story, self.dice, kind, folders, tuple(self.stores))
        self.desks = [
            Desk(Process(s.name, self.story), s, self.server, in_memory(), self.people, self.ledger) for s in desktops
        ]
        for desk in self.desks:
            desk.pair_up(kind, folders)
        self._populate(folders)

    def close(self) -> None:
        """Let go of everything."""
        self._clear()
        self.loop.close()
        for desk in self.desks:
            desk.db.close()

    def _populate(self, folders: Sequence[str]) -> None:
        """What was there before: some items on one side, some on several."""
        for _ in range(self.dice.randrange(1, 5)):
            item, folder = self.people.fresh(), self.dice.choice(folders)
            owners = [s for s in self.stores if self.dice.random() < 0.5] or [self.server]
            for store in owners:
                self.people.create(store, item, folder=folder)
            if len(owners) > 1:
                self.ledger.twins |= words_of(item)
                self.ledger.twin_names.add(identity_of(item))

    def live(self) -> None:
        """People and programs do what they do, then everything comes to rest; twice."""
        for _ in range(LIVES):
            for _ in range(self.dice.randrange(2, 6)):
                self._days()
                if self.story.broken:
                    return
            self._rest()
            if self.story.broken:
                return
            self.ledger.rested()

    def _days(self) -> None:
        for _ in range(self.dice.randrange(4)):
            self.people.act()
        away = [f for s in self.stores for f in s.shelves.values() if self._chance(self.family.vanish)]
        for shelf in away:
            shelf.there = False
            self.story.tell(f"The folder {shelf.info.name} is away.")
        chosen = self.dice.sample(self.desks, self.dice.randrange(1, len(self.desks) + 1))
        rule = self.dice.choice((None, None, None, "skip", "server", "desktop", "newest"))
        self._run([self._one(desk, self.family, rule) for desk in chosen])
        for shelf in away:
            shelf.there = True
        after_run(self.desks, self.stores, self.ledger, moves=True)

    def _one(self, desk: Desk, family: Family, rule: str | None) -> Coroutine[Any, Any, Report | None]:
        self.runs += 1
        kill_at = self.dice.randrange(1, 90) if self._chance(family.death) else 0
        return desk.run(self.dice, family, self.clock, rule, kill_at)

    def _chance(self, share: float) -> bool:
        return share > 0 and self.dice.random() < share

    def _run(self, runs: Sequence[Coroutine[Any, Any, Report | None]]) -> list[Report | None]:
        self.clock += timedelta(hours=1)

        async def together() -> list[Report | None]:
            return list(await asyncio.gather(*runs))

        try:
            return self.loop.run_until_complete(together())
        finally:
            self._clear()

    def _clear(self) -> None:
        """What a dead program had under way ends with it."""
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        if left:
            self.loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    def _rest(self) -> None:
        """Nobody does anything any more: few runs later nothing is left to do, first but for questions, then at all."""
        self.story.tell("Everybody stops.")
        self._settle(None)
        if self.story.broken:
            return
        needless(self.desks, self.ledger)
        if any(desk.questions() for desk in self.desks):
            self.story.tell("All questions are answered: the server's version.")
            self._settle("server")
        if not self.story.broken and any(desk.questions() for desk in self.desks):
            self._settle("ask")
        for desk in self.desks:
            for row in desk.questions():
                self.story.broke(f"a question ({row.reason}) that no rule answers", row.name)
        if not self.story.broken:
            at_rest(self.desks, self.stores, self.ledger)

    def _settle(self, rule: str | None) -> None:
        quiet = self.family.quiet()
        for _ in range(PATIENCE * len(self.desks)):
            self.clock += timedelta(days=1)
            reports = [self._run([self._one(desk, quiet, rule)])[0] for desk in self.desks]
            for report in reports:
                assert report is not None
                if report.failure:
                    self.story.broke(f"a run fails though nothing goes wrong: {report.failure}")
                    return
            if not any(p.work or p.linked or p.problems or p.stopped for r in reports if r for p in r.pairs):
                return
        self.story.broke("it does not come to rest")
