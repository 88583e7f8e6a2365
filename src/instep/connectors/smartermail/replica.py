"""One folder of the server, seen for its kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence, Set
from dataclasses import replace

from instep.codecs import smartermail
from instep.connectors.base import (
    Changes,
    CollectionInfo,
    Failed,
    FetchResult,
    Outcome,
    Presence,
    Scheduling,
    TokenInvalid,
    Write,
)
from instep.connectors.smartermail import listing, presence, reading
from instep.connectors.smartermail.shelf import Shelf
from instep.connectors.smartermail.writing import carry_out
from instep.core.limits import NO_LIMITS, FieldLimits
from instep.core.model import Item, Kind
from instep.errors import InstepError, Remedy, classify

_GROUP = 24
_AT_ONCE = 4
_PATIENCE = 10.0
_FATAL = frozenset({Remedy.STOP_ACCOUNT, Remedy.STOP_COLLECTION})


class SmarterMailReplica:
    """A folder over REST. The server gives the ids, so nothing is proposed; versions are digests of content."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    @property
    def info(self) -> CollectionInfo:
        """The folder, as far as this run has asked; else its name is that of its kind."""
        return self._shelf.info

    @property
    def kind(self) -> Kind:
        """The folder's kind."""
        return self._shelf.kind

    @property
    def limits(self) -> FieldLimits:
        """What an object of this kind cannot hold, as far as this build is known."""
        return smartermail.limits(self._shelf.known.dialect).get(self.kind, NO_LIMITS)

    async def changes(self, since: str | None) -> Changes:
        """List everything: the server tells no changes (facts 3.7), so every token is invalid.

        Raises ``CollectionVanished``, ``Transient``, ``AccountError``.
        """
        return TokenInvalid() if since is not None else await listing.changes(self._shelf)

    async def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        """Give the items at these hrefs, each once; groups of people are ``NotCarried``.

        Raises ``CollectionVanished``, ``Transient``, ``AccountError``.
        """
        await self._shelf.begin()
        async for result in reading.read(self._shelf, hrefs):
            yield result

    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """Ask the server for each item and for the whole folder (RULES 14)."""
        return await presence.confirm(self._shelf, hrefs)

    async def scheduling(self) -> Scheduling:
        """The server may mail the guests of a meeting at any save, and cannot be told not to."""
        return Scheduling.ALWAYS if self.kind is Kind.EVENT else Scheduling.NONE

    async def owners(self) -> frozenset[str]:
        """The mailbox's own address."""
        return frozenset({self._shelf.server.address})

    def propose(self, item: Item, taken: Set[str] = frozenset()) -> str | None:
        """Nothing: the server gives the ids."""
        return None

    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Carry out writes, a few at once, and answer each key once; after what stops the folder none is sent."""
        halt: list[InstepError] = []
        group: list[Write] = []
        async for write in writes:
            group.append(write)
            if len(group) == _GROUP:
                async for outcome in self._group(group, halt):
                    yield outcome
                group = []
        async for outcome in self._group(group, halt):
            yield outcome

    async def _group(self, writes: Sequence[Write], halt: list[InstepError]) -> AsyncIterator[Outcome]:
        if writes and not halt:
            try:
                await self._shelf.begin()
            except InstepError as error:
                halt.append(error)
        slots, left = asyncio.Semaphore(_AT_ONCE), False

        async def one(write: Write) -> Outcome:
            async with slots:
                if left:
                    raise asyncio.CancelledError
                outcome = Failed(write.key, halt[0]) if halt else await carry_out(self._shelf, write)
            if (error := _stops(outcome)) is not None:
                halt.append(_of_no_item(error))
            return outcome

        running = [asyncio.ensure_future(one(write)) for write in writes]
        try:
            for done in asyncio.as_completed(running):
                yield await done
        finally:
            # What was sent takes effect whether anybody waits or not; so whoever leaves waits for it, but not for ever.
            left = True
            if running and (late := (await asyncio.wait(running, timeout=_PATIENCE))[1]):
                for task in late:
                    task.cancel()


def _of_no_item(error: InstepError) -> InstepError:
    """The error for the writes that are not sent any more: it is not about the item at which it came."""
    return replace(error, where=replace(error.where, item=""))


def _stops(outcome: Outcome) -> InstepError | None:
    return outcome.error if isinstance(outcome, Failed) and classify(outcome.error) in _FATAL else None
