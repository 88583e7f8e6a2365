"""Simulated stores: the memory store with a ledger beside it, reached over a line on which things go wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from instep.connectors.base import (
    Changes,
    Create,
    Delta,
    Entry,
    Failed,
    FetchResult,
    Missing,
    Outcome,
    Presence,
    Snapshot,
    Write,
    Written,
)
from instep.connectors.memory import MemoryConnector, MemoryReplica, MemoryStore, Traits
from instep.connectors.memory.store import Held, Shelf
from instep.core.fields import fields_of
from instep.core.limits import NO_LIMITS, project
from instep.core.model import Item, Kind, kind_of
from instep.errors import InstepError, Transient, Unreachable, Where
from instep.testing.simulate.families import Family
from instep.testing.simulate.items import identity_of
from instep.testing.simulate.ledger import Kept, Ledger
from instep.testing.simulate.process import Process


class SimStore(MemoryStore):
    """A memory store whose every change is seen by the ledger; people's hands go through it as the engine's do."""

    def __init__(self, name: str, traits: Traits, ledger: Ledger) -> None:
        super().__init__(name, traits)
        self.ledger = ledger
        self.lagged: set[str] = set()  # what was not found once; the next time it is

    def hold(self, collection: str, href: str | None, item: Item) -> tuple[str, Item]:
        """A person makes or changes an item: the store keeps what it can of it. Gives where, and what it made of it."""
        taken = self._as_held(item)
        before = self.items(collection).get(href) if href is not None else None
        if before is None or href is None:
            href = self.put(collection, taken, href)
        else:
            self.edit(collection, href, lambda old: taken)
        self.ledger.person(self.name, (self.name, collection, href), before, taken)
        return href, taken

    def drop(self, collection: str, href: str) -> None:
        """A person deletes an item."""
        before = self.items(collection)[href]
        self.remove(collection, href)
        self.ledger.person(self.name, (self.name, collection, href), before, None)

    def carry(self, collection: str, href: str, goal: str, new_href: str | None) -> str:
        """A person moves an item as it is, to another collection or another address."""
        item = self.items(collection)[href]
        self.remove(collection, href)
        there = self.put(goal, item, new_href)
        ledger = self.ledger
        del ledger.there[self.name, collection, href]
        ledger._place((self.name, goal, there), item)
        identity = identity_of(item)
        ledger.touched[identity].add(self.name)
        if collection != goal and identity in ledger.twin_names:
            ledger.doubles[identity] += 1  # nobody can know yet that it is the one in the other store's first folder
        return there

    def _as_held(self, item: Item) -> Item:
        limits = self.traits.limits.get(kind_of(item), NO_LIMITS)
        names = {f.name: project(f, getattr(item, f.name), limits[f.name]) for f in fields_of(item) if f.name in limits}
        limited = replace(item, **names)
        return self.traits.rewrite(limited) if self.traits.rewrite else limited


@dataclass(slots=True)
class Line:
    """The line between a program and a store: who is at its end, and what goes wrong on it."""

    process: Process
    dice: Random
    family: Family
    people: Callable[[], None]
    kept: Kept
    asks: bool = False  # no rule decides an edit against a deletion
    stores: tuple[SimStore, ...] = ()  # at both ends

    def chance(self, share: float) -> bool:
        """True in so many of all cases; no dice are thrown for what never happens."""
        return share > 0 and self.dice.random() < share

    async def point(self, what: str) -> None:
        """A moment in a request: others run, people act, the process may die."""
        for _ in range(self.dice.randrange(3)):
            await asyncio.sleep(0)
        self.process.point(what)
        if self.chance(self.family.meddle):
            self.people()

    def stumble(self, store: str, share: float) -> InstepError | None:
        """The error that ends this request, if one does."""
        if self.chance(share):
            self.process.story.tell(f"{store} fails.")
            return Transient(f"{store} is busy.", "Instep tries again in the next run.")
        if self.chance(self.family.end):
            self.process.story.tell(f"The connection to {store} ends.")
            return Unreachable(f"{store} cannot be reached.", "Try again later.")
        return None


class SimReplica(MemoryReplica):
    """A collection at the other end of a line."""

    def __init__(self, store: SimStore, collection: str, kind: Kind, line: Line) -> None:
        super().__init__(store, collection, kind)
        self._sim, self._line = store, line
        self._listed: set[str] = set()

    async def changes(self, since: str | None) -> Changes:
        """What the store says, through the line."""
        line, store = self._line, self._sim
        await line.point(f"asking {store.name} what changed")
        if error := line.stumble(store.name, line.family.fail):
            raise error
        shelf = store.shelf(self._collection)
        if since is not None and line.chance(line.family.forget):
            store.forget_tokens(self._collection)
            line.process.story.tell(f"{store.name} forgets its tokens.")
        if shelf.held and line.chance(line.family.touch):
            store.touch(self._collection, line.dice.choice(sorted(shelf.held)))
        told = self._faded(await super().changes(since))
        self._listed |= shelf.held.keys()
        await line.point(f"hearing from {store.name} what changed")
        return told

    def _faded(self, told: Changes) -> Changes:
        family = self._line.family
        match told:
            case Snapshot(token=None) if family.hide and self._sim.traits.unique_uids:
                return replace(told, entries=tuple(e for e in told.entries if not self._line.chance(family.hide)))
            case Delta() if family.echo:
                return replace(told, changed=self._with_echoes(told.changed, {g.href for g in told.gone}))
            case _:
                return told

    def _with_echoes(self, changed: tuple[Entry, ...], gone: set[str]) -> tuple[Entry, ...]:
        named = {e.href for e in changed} | gone
        held = self._sim.shelf(self._collection).held
        again = [h for h in held if h not in named and self._line.chance(self._line.family.echo)]
        etags = self._sim.traits.etags
        return (*changed, *(Entry(h, held[h].etag if etags else None) for h in again))

    def propose(self, item: Item, taken: AbstractSet[str] = frozenset()) -> str | None:
        """A free address as far as this session knows: what came since it asked, only a write finds out."""
        if not self._sim.traits.own_hrefs:
            return None
        base = item.uid or identity_of(item)
        return next(h for n in count(1) if (h := base if n == 1 else f"{base} {n}") not in self._listed | taken)

    async def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        """Items through the line; some are not found though they are there."""
        line, store = self._line, self._sim
        async for result in super().fetch(hrefs):
            await line.point(f"reading from {store.name}")
            if error := line.stumble(store.name, line.family.fail / 4):
                raise error
            if result.href not in store.lagged and line.chance(line.family.lag):
                store.lagged.add(result.href)
                line.process.story.tell(f"{store.name} does not find {result.href}, which is there.")
                yield Missing(result.href)
            else:
                yield result

    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """The store's word on absences; sometimes it has none."""
        await self._line.point(f"asking {self._sim.name} what is gone")
        asked = list(hrefs)
        if self._line.chance(self._line.family.doubt):
            self._line.process.story.tell(f"{self._sim.name} cannot say what is gone.")
            return dict.fromkeys(asked, Presence.UNKNOWN)
        return await super().confirm(asked)

    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Writes through the line: they may fail before, and their answers be lost after, they took effect."""
        late: list[Outcome] = []
        async for write in writes:
            outcome = await self._over(write)
            if self._sim.traits.answers_late:
                late.append(outcome)
            else:
                yield outcome
        for outcome in late:
            yield outcome

    async def _over(self, write: Write) -> Outcome:
        line, store = self._line, self._sim
        await line.point(f"before a write to {store.name}")
        if isinstance(write, Create) and write.href and line.chance(line.family.squat):
            self._squat(write)
        if error := line.stumble(store.name, line.family.fail):
            if isinstance(error, Unreachable):
                raise error
            return Failed(write.key, error)
        outcome = await self._one(write)
        await line.point(f"after a write to {store.name}, before it heard of it")
        if isinstance(outcome, Written) and line.chance(line.family.lose):
            line.process.story.tell(f"{store.name} did it, but its answer is lost.")
            return Failed(write.key, Transient(f"{store.name} did not answer.", "Instep looks again in the next run."))
        return outcome

    def _squat(self, write: Create) -> None:
        if write.href and write.href not in self._sim.shelf(self._collection).held:
            self.squatter(self._sim, self._collection, write.href)

    squatter: Callable[[SimStore, str, str], None]

    async def _one(self, write: Write) -> Outcome:
        await asyncio.sleep(0)
        self._store.requests += 1
        store, line = self._sim, self._line
        line.process.point(f"writing to {store.name}")
        try:
            shelf = store.shelf(self._collection)
            before = dict(shelf.held)
            outcome = store.write(shelf, write)
        except InstepError as error:
            return Failed(write.key, error)
        self._tell(shelf, before, outcome.href)
        return outcome

    def _tell(self, shelf: Shelf, before: dict[str, Held], href: str) -> None:
        old, new = (_item(held.get(href)) for held in (before, shelf.held))
        place = (self._sim.name, self._collection, href)
        others = [s for s in self._line.stores if s is not self._sim]
        exact = not any(s.traits.limits or s.traits.rewrite for s in self._line.stores)
        asked = others[0].name if others and exact and self._line.asks else ""
        self._sim.ledger.engine(place, old, new, self._line.process.name, self._line.kept, asked)


def _item(held: Held | None) -> Item | None:
    return held.content if held is not None and not isinstance(held.content, InstepError) else None


class SimConnector(MemoryConnector):
    """A session of one program with a simulated store."""

    def __init__(self, store: SimStore, line: Line, squatter: Callable[[SimStore, str, str], None]) -> None:
        super().__init__(store)
        self._sim, self._line, self._squatter = store, line, squatter

    async def open(self, collection: str, kind: Kind) -> SimReplica:
        """Open a collection; ``CollectionVanished`` when it is away."""
        await self._line.point(f"opening {self._sim.name}")
        self._sim.shelf(collection)
        replica = SimReplica(self._sim, collection, kind, self._line)
        replica.squatter = self._squatter
        return replica


__all__ = ["Line", "SimConnector", "SimReplica", "SimStore", "Where"]
