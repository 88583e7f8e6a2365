"""A wrapper around any replica that makes it fail on purpose: ``FaultyReplica(replica, Faults(kill_after_write=3))``.

What passes is the real replica's; so a test sees the engine with a real store that breaks at a chosen moment.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from instep.connectors.base import (
    Capabilities,
    Changes,
    CollectionInfo,
    Connector,
    Entry,
    Failed,
    FetchResult,
    Outcome,
    Page,
    Presence,
    Replica,
    Scheduling,
    Snapshot,
    Unreadable,
    Write,
)
from instep.core.limits import FieldLimits
from instep.core.model import Item, Kind
from instep.errors import InstepError


class Killed(BaseException):
    """The process dies here. No code of ours may catch it."""


@dataclass(slots=True)
class Faults:
    """What goes wrong. Counts start at 1 and go over the whole life of the faults.

    ``kill_before_write`` and ``kill_after_write`` raise ``Killed`` before or after that write has reached the store
    (the answer is lost). ``fail_write`` answers with the error and writes nothing; ``lose_answer`` writes and then
    answers with the error. ``fail_fetch`` makes items unreadable by href. ``fail_changes`` raises. ``hide`` leaves
    hrefs out of every snapshot. ``unknown`` makes the store answer "unknown" when asked whether an item is gone.
    ``before_write`` is called with each write first: a person's edit in the worst moment.
    """

    kill_before_write: int = 0
    kill_after_write: int = 0
    fail_write: Callable[[int, Write], InstepError | None] | None = None
    lose_answer: Callable[[int, Write], InstepError | None] | None = None
    fail_fetch: Callable[[str], InstepError | None] | None = None
    fail_changes: InstepError | None = None
    hide: Callable[[str], bool] | None = None
    unknown: Callable[[str], bool] | None = None
    before_write: Callable[[int, Write], object] | None = None
    writes: int = 0


class FaultyReplica:
    """A replica with faults."""

    def __init__(self, inner: Replica, faults: Faults) -> None:
        self._inner = inner
        self._faults = faults

    @property
    def info(self) -> CollectionInfo:
        """The collection."""
        return self._inner.info

    @property
    def kind(self) -> Kind:
        """The kind."""
        return self._inner.kind

    @property
    def limits(self) -> FieldLimits:
        """The limits."""
        return self._inner.limits

    async def changes(self, since: str | None) -> Changes:
        """What the store says, less what is hidden; or the error."""
        if self._faults.fail_changes is not None:
            raise self._faults.fail_changes
        return self._less(await self._inner.changes(since))

    def _less(self, told: Changes) -> Changes:
        hide = self._faults.hide
        if hide is None:
            return told

        def seen(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
            return tuple(entry for entry in entries if not hide(entry.href))

        match told:
            case Snapshot():
                return replace(told, entries=seen(told.entries))
            case Page(part=Snapshot() as part):
                return replace(told, part=replace(part, entries=seen(part.entries)))
            case _:
                return told

    async def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        """The items, with the chosen ones unreadable."""
        async for result in self._inner.fetch(hrefs):
            error = self._faults.fail_fetch(result.href) if self._faults.fail_fetch else None
            yield result if error is None else Unreadable(result.href, None, error)

    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """What the store says; the chosen ones are unknown."""
        answers = await self._inner.confirm(hrefs)
        doubt = self._faults.unknown
        return {href: Presence.UNKNOWN if doubt and doubt(href) else told for href, told in answers.items()}

    async def scheduling(self) -> Scheduling:
        """What the store says."""
        return await self._inner.scheduling()

    async def owners(self) -> frozenset[str]:
        """What the store says."""
        return await self._inner.owners()

    def propose(self, item: Item, taken: AbstractSet[str] = frozenset()) -> str | None:
        """What the store proposes."""
        return self._inner.propose(item, taken)

    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Each write on its own, with its fault."""
        faults = self._faults
        async for write in writes:
            faults.writes += 1
            number = faults.writes
            if number == faults.kill_before_write:
                raise Killed(f"before write {number}")
            if faults.before_write:
                faults.before_write(number, write)
            refusal = faults.fail_write(number, write) if faults.fail_write else None
            if refusal is not None:
                yield Failed(write.key, refusal)
                continue
            outcomes = [outcome async for outcome in self._inner.apply(_only(write))]
            if number == faults.kill_after_write:
                raise Killed(f"after write {number}")
            lost = faults.lose_answer(number, write) if faults.lose_answer else None
            for outcome in outcomes if lost is None else [Failed(write.key, lost)]:
                yield outcome


async def _only(write: Write) -> AsyncIterator[Write]:
    yield write


class FaultyConnector:
    """A connector whose replicas all have the same faults."""

    def __init__(self, inner: Connector, faults: Faults) -> None:
        self._inner = inner
        self.faults = faults

    @property
    def name(self) -> str:
        """The store's name."""
        return self._inner.name

    @property
    def traffic(self) -> tuple[int, int]:
        """The store's traffic."""
        return self._inner.traffic

    async def probe(self) -> Capabilities:
        """What the store can do."""
        return await self._inner.probe()

    async def collections(self) -> list[CollectionInfo]:
        """The store's collections."""
        return await self._inner.collections()

    async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
        """Make a collection."""
        return await self._inner.create_collection(name, kinds)

    async def open(self, collection: str, kind: Kind) -> FaultyReplica:
        """Open a collection, with faults."""
        return FaultyReplica(await self._inner.open(collection, kind), self.faults)

    async def close(self) -> None:
        """Close the store's session."""
        await self._inner.close()
