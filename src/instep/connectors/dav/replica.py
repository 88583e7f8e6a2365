"""One DAV collection, seen for one kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence, Set

from instep.connectors.base import (
    Changes,
    CollectionInfo,
    Document,
    Failed,
    Fetched,
    FetchResult,
    Foreign,
    Missing,
    Outcome,
    Presence,
    Scheduling,
    Unreadable,
    Write,
)
from instep.connectors.dav import documents, listing, presence, reading, scheduling
from instep.connectors.dav.hrefs import folder_of, proposed
from instep.connectors.dav.looking import moved
from instep.connectors.dav.shelf import Body, Shelf
from instep.connectors.dav.writing import carry_out
from instep.core.limits import NO_LIMITS, FieldLimits
from instep.core.model import Item, Kind
from instep.errors import CodecError, InstepError, Remedy, classify

_CHUNK = 100
_GROUP = 25
_PATIENCE = 10.0
_FATAL = frozenset({Remedy.STOP_ACCOUNT, Remedy.STOP_COLLECTION})


class DavReplica:
    """A calendar or address book for one kind; items of other kinds in it are ``Foreign``."""

    def __init__(self, shelf: Shelf, kind: Kind) -> None:
        self._shelf = shelf
        self._kind = kind

    @property
    def info(self) -> CollectionInfo:
        """The collection, as far as this run has asked; else its name is the last part of its URL."""
        return self._shelf.info

    @property
    def kind(self) -> Kind:
        """The kind this replica was opened for."""
        return self._kind

    @property
    def limits(self) -> FieldLimits:
        """Nothing: servers keep whole documents."""
        return NO_LIMITS

    async def changes(self, since: str | None) -> Changes:
        """Tell what changed since a token, or list everything; one request for all kinds of a collection.

        Hrefs of other kinds are among the entries: the server does not tell them apart in a listing. A token may be
        answered with everything, where the server knows only that something changed, and now and then anyway. Raises
        ``CollectionVanished``, ``CollectionError`` (may not be listed), ``Transient``, ``AccountError``.
        """
        return await listing.changes(self._shelf, since, self._kind)

    async def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        """Give the items at these hrefs, each once; raises ``Transient`` and ``AccountError``."""
        async for href, found in reading.read(self._shelf, hrefs, self._kind):
            match found:
                case Body():
                    yield self._understood(href, found)
                case reading.Absent():
                    yield Missing(href)
                case reading.Unread(error):
                    yield Unreadable(href, self._shelf.etags.get(href), error)

    def _understood(self, href: str, body: Body) -> FetchResult:
        kind = documents.kind_in(body.data)
        if documents.is_nobodys(body.data) or (kind is not None and kind is not self._kind):
            return Foreign(href, body.etag)
        document = Document(body.data, documents.media_type(self._kind))
        try:
            return Fetched(href, body.etag, document, documents.read(body.data, href))
        except CodecError as error:
            error.where.collection = error.where.collection or self._shelf.info.name
            return Unreadable(href, body.etag, error, document)

    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """Ask the server for each item, while the collection answers as the same before and after (RULES 14)."""
        return await presence.confirm(self._shelf, hrefs)

    async def scheduling(self) -> Scheduling:
        """What the server announces of this calendar; one that does not answer is taken for one that mails."""
        return await scheduling.scheduling(self._shelf)

    async def owners(self) -> frozenset[str]:
        """The addresses of the calendar's owner, as the server knows them (RFC 6638 2.4.1)."""
        return await scheduling.owners(self._shelf)

    def propose(self, item: Item, taken: Set[str] = frozenset()) -> str | None:
        """The href that a creation would use: from the uid, in characters that no server rewrites."""
        shelf = self._shelf
        return proposed(folder_of(shelf.url), item, shelf.flavour.suffix, taken, shelf.etags)

    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Carry out writes, several at once, and answer each key once; after what stops the collection none is sent."""
        halt: list[InstepError] = []
        chunk: list[Write] = []
        async for write in writes:
            chunk.append(write)
            if len(chunk) == _CHUNK:
                async for outcome in self._chunk(chunk, halt):
                    yield outcome
                chunk = []
        async for outcome in self._chunk(chunk, halt):
            yield outcome

    async def _chunk(self, writes: Sequence[Write], halt: list[InstepError]) -> AsyncIterator[Outcome]:
        refused = {} if halt else await moved(self._shelf, writes)
        clock = asyncio.get_running_loop().time
        for start in range(0, len(writes), _GROUP):
            group = writes[start : start + _GROUP]
            width, began = self._shelf.pace.width(), clock()
            async for outcome in self._group(group, refused, halt, width):
                yield outcome
            if len(group) == _GROUP:
                self._shelf.pace.took(width, len(group), clock() - began)

    async def _group(
        self, writes: Sequence[Write], refused: dict[int, InstepError], halt: list[InstepError], width: int
    ) -> AsyncIterator[Outcome]:
        slots = asyncio.Semaphore(width)
        left = False

        async def one(write: Write) -> Outcome:
            async with slots:
                if left:
                    raise asyncio.CancelledError
                if halt or write.key in refused:
                    return Failed(write.key, halt[0] if halt else refused[write.key])
                outcome = await carry_out(self._shelf, write, self._kind)
            if (error := _stops(outcome)) is not None:
                halt.append(error)
            return outcome

        running = [asyncio.ensure_future(one(write)) for write in writes]
        try:
            for done in asyncio.as_completed(running):
                yield await done
        finally:
            # What was sent takes effect whether anybody waits or not; so whoever leaves waits for it, but not for ever.
            left = True
            if late := (await asyncio.wait(running, timeout=_PATIENCE))[1]:
                for task in late:
                    task.cancel()


def _stops(outcome: Outcome) -> InstepError | None:
    return outcome.error if isinstance(outcome, Failed) and classify(outcome.error) in _FATAL else None
