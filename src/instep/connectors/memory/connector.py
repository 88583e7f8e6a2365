"""One session with a memory store: the connector and its replicas."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from collections.abc import Set as AbstractSet

from instep.connectors.base import (
    Absence,
    Capabilities,
    Changes,
    CollectionInfo,
    Delta,
    Entry,
    Failed,
    Fetched,
    FetchResult,
    Foreign,
    Gone,
    Missing,
    Outcome,
    Page,
    Presence,
    Scheduling,
    Snapshot,
    TokenInvalid,
    Unreadable,
    Write,
)
from instep.connectors.memory.mailing import scheduling_of
from instep.connectors.memory.store import Held, MemoryStore, Shelf
from instep.core.limits import NO_LIMITS, FieldLimits
from instep.core.model import Item, Kind, kind_of, name_of
from instep.errors import CodecError, CollectionVanished, InstepError


class MemoryConnector:
    """One session with a memory store."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store

    @property
    def name(self) -> str:
        """The store's name."""
        return self.store.name

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests so far; bytes are not counted."""
        return self.store.requests, 0

    async def probe(self) -> Capabilities:
        """What the traits say."""
        traits = self.store.traits
        return Capabilities(
            product=self.store.name,
            kinds=frozenset(kind for shelf in self.store.shelves.values() for kind in shelf.info.kinds),
            limits=traits.limits,
            own_hrefs=traits.own_hrefs,
            keeps_uids=traits.keeps_uids,
            tokens=traits.tokens,
            preconditions=traits.preconditions,
            schedules=traits.schedules,
            creates_collections=True,
        )

    async def collections(self) -> list[CollectionInfo]:
        """The collections that are there, defaults first."""
        self.store.requests += 1
        there = [shelf.info for shelf in self.store.shelves.values() if shelf.there]
        return sorted(there, key=lambda info: not info.default_for)

    async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
        """Make a collection whose id is its name, numbered where that is taken."""
        self.store.requests += 1
        number, id = 1, name
        while id in self.store.shelves:
            number += 1
            id = f"{name} {number}"
        return self.store.add_collection(id, kinds, name)

    async def open(self, collection: str, kind: Kind) -> MemoryReplica:
        """Open a collection; ``CollectionVanished`` when it is not there."""
        self.store.shelf(collection)
        return MemoryReplica(self.store, collection, kind)

    async def close(self) -> None:
        """Nothing to let go of: the store stays."""


class MemoryReplica:
    """One collection of a memory store, seen for one kind."""

    def __init__(self, store: MemoryStore, collection: str, kind: Kind) -> None:
        self._store = store
        self._collection = collection
        self._kind = kind

    @property
    def info(self) -> CollectionInfo:
        """The collection."""
        return self._store.shelves[self._collection].info

    @property
    def kind(self) -> Kind:
        """The kind this replica was opened for."""
        return self._kind

    @property
    def limits(self) -> FieldLimits:
        """What the traits say of this kind."""
        return self._store.traits.limits.get(self._kind, NO_LIMITS)

    async def changes(self, since: str | None) -> Changes:
        """A snapshot for ``None``; a delta for a token of this collection; a page where the traits ask for pages."""
        shelf = await self._asked()
        if since in shelf.pages:
            return self._page(shelf, shelf.pages.pop(since))
        if since is None:
            return self._page(shelf, self._cut(self._snapshot(shelf)))
        position = self._position(shelf, since)
        if position is None:
            return TokenInvalid()
        return self._page(shelf, self._cut(self._delta(shelf, position)))

    def _token(self, shelf: Shelf) -> str | None:
        return f"{shelf.epoch}/{len(shelf.log)}" if self._store.traits.tokens else None

    def _position(self, shelf: Shelf, token: str) -> int | None:
        epoch, _, position = token.partition("/")
        valid = self._store.traits.tokens and epoch == str(shelf.epoch) and position.isdecimal()
        return int(position) if valid and int(position) <= len(shelf.log) else None

    def _entry(self, href: str, held: Held) -> Entry:
        return Entry(href, held.etag if self._store.traits.etags else None)

    def _snapshot(self, shelf: Shelf) -> Snapshot:
        entries = (self._entry(href, held) for href, held in shelf.held.items() if self._store.in_scope(held))
        return Snapshot(tuple(entries), self._token(shelf))

    def _delta(self, shelf: Shelf, position: int) -> Delta:
        changed: list[Entry] = []
        gone: list[Gone] = []
        for href in dict.fromkeys(shelf.log[position:]):
            held = shelf.held.get(href)
            if held is None:
                gone.append(Gone(href))
            elif self._store.in_scope(held):
                changed.append(self._entry(href, held))
            else:
                gone.append(Gone(href, Absence.OUT_OF_SCOPE))
        return Delta(tuple(changed), tuple(gone), self._token(shelf) or "")

    def _cut(self, whole: Snapshot | Delta) -> tuple[Snapshot | Delta, ...]:
        size = self._store.traits.page
        entries = whole.entries if isinstance(whole, Snapshot) else whole.changed
        if not size or len(entries) <= size:
            return (whole,)
        parts = [entries[i : i + size] for i in range(0, len(entries), size)]
        if isinstance(whole, Snapshot):
            return tuple(Snapshot(part, whole.token) for part in parts)
        return tuple(Delta(part, whole.gone if i == 0 else (), whole.token) for i, part in enumerate(parts))

    def _page(self, shelf: Shelf, parts: tuple[Snapshot | Delta, ...]) -> Changes:
        if len(parts) == 1:
            return parts[0]
        following = f"page {self._store.next_number()}"
        shelf.pages[following] = parts[1:]
        return Page(parts[0], following)

    async def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        """Each href once; foreign when it holds another kind."""
        for href in dict.fromkeys(hrefs):
            shelf = await self._asked()
            yield self._found(shelf, href)

    def _found(self, shelf: Shelf, href: str) -> FetchResult:
        held = shelf.held.get(href)
        if held is None:
            return Missing(href)
        etag = held.etag if self._store.traits.etags else None
        if isinstance(held.content, CodecError):
            return Unreadable(href, etag, held.content, held.document)
        if kind_of(held.content) is not self._kind:
            return Foreign(href, etag)
        return Fetched(href, etag, held.document, held.content)

    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """Present or gone; all unknown when the collection itself does not answer."""
        asked = tuple(hrefs)
        try:
            shelf = await self._asked()
        except CollectionVanished:
            return dict.fromkeys(asked, Presence.UNKNOWN)
        return {href: Presence.PRESENT if href in shelf.held else Presence.GONE for href in asked}

    async def scheduling(self) -> Scheduling:
        """What the traits say; only iCalendar documents can be marked."""
        return scheduling_of(self._store.traits.schedules, self._store.form(self._kind).media_type)

    async def owners(self) -> frozenset[str]:
        """The owner in the traits."""
        return self._store.traits.owner

    def propose(self, item: Item, taken: AbstractSet[str] = frozenset()) -> str | None:
        """The item's uid (or name), numbered where it is in use; ``None`` where the store assigns ids."""
        if not self._store.traits.own_hrefs:
            return None
        base = item.uid or name_of(item)
        used = self._store.shelf(self._collection).held.keys() | taken
        number, href = 1, base
        while href in used:
            number += 1
            href = f"{base} {number}"
        return href

    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Carry out one write after the other; answers at once, or at the end where the traits say so."""
        late: list[Outcome] = []
        async for write in writes:
            outcome = await self._one(write)
            if self._store.traits.answers_late:
                late.append(outcome)
            else:
                yield outcome
        for outcome in late:
            yield outcome

    async def _one(self, write: Write) -> Outcome:
        try:
            return self._store.write(await self._asked(), write)
        except InstepError as error:
            return Failed(write.key, error)

    async def _asked(self) -> Shelf:
        # a store that never lets others run would hide every race
        await asyncio.sleep(0)
        self._store.requests += 1
        return self._store.shelf(self._collection)
