"""A folder of files as the engine sees it; everything that waits for the disk runs on the connector's own threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from instep.connectors.base import (
    Changes,
    CollectionInfo,
    Failed,
    FetchResult,
    Outcome,
    Presence,
    Scheduling,
    Snapshot,
    TokenInvalid,
    Write,
)
from instep.connectors.files.folder import Folder
from instep.connectors.files.names import folded, parts_of
from instep.core.limits import ABSENT, NO_LIMITS, FieldLimits
from instep.core.model import Item, Kind
from instep.errors import InstepError

_BATCH = 100
ABREAST = 8
NOTE_LIMITS: FieldLimits = dict.fromkeys(
    ("date", "categories", "color", "status", "sensitivity", "attachments", "extra"), ABSENT
)
T = TypeVar("T")


class Threads:
    """The threads of one connector: looking takes its turn, writes wait for the disk together.

    A disk brings eight files home in about the time of one.
    """

    def __init__(self) -> None:
        self.reading = ThreadPoolExecutor(1, thread_name_prefix="instep-files")
        self.writing = ThreadPoolExecutor(ABREAST, thread_name_prefix="instep-files-write")

    def end(self) -> None:
        """Finish what is being done."""
        self.reading.shutdown()
        self.writing.shutdown()


class FilesReplica:
    """One folder, seen for one kind."""

    def __init__(self, folder: Folder, info: CollectionInfo, threads: Threads) -> None:
        self._folder = folder
        self._info = info
        self._threads = threads

    @property
    def info(self) -> CollectionInfo:
        """The folder."""
        return self._info

    @property
    def kind(self) -> Kind:
        """The kind this replica was opened for."""
        return self._folder.kind

    @property
    def limits(self) -> FieldLimits:
        """Nothing for vCard and iCalendar; a note in a text file is its title and its text alone."""
        return NOTE_LIMITS if self.kind is Kind.NOTE and self._folder.suffix != ".ics" else NO_LIMITS

    async def changes(self, since: str | None) -> Changes:
        """Everything that is there; a folder gives no tokens.

        Raises ``CollectionVanished`` when the folder is not there, may not be read, or is empty and not the one it was
        (an unmounted drive); ``Transient`` when reading it failed otherwise.
        """
        if since is not None:
            return TokenInvalid()
        return Snapshot(await self._on_thread(self._folder.listing))

    async def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        """Each href once, in order; ``CollectionVanished`` when the folder is not there."""
        asked = list(dict.fromkeys(hrefs))
        for start in range(0, len(asked), _BATCH):
            batch = asked[start : start + _BATCH]
            for result in await self._on_thread(partial(self._folder.fetch, batch)):
                yield result

    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """Gone only when the file is not there and the same folder could be read before and after."""
        asked = tuple(hrefs)
        return await self._on_thread(lambda: self._folder.confirm(asked))

    async def scheduling(self) -> Scheduling:
        """A folder mails nobody."""
        return Scheduling.NONE

    async def owners(self) -> frozenset[str]:
        """A folder acts for nobody."""
        return frozenset()

    def propose(self, item: Item, taken: AbstractSet[str] = frozenset()) -> str | None:
        """A file name that every file system takes: the uid where that is safe, a note's title, numbered if in use.

        Raises ``CollectionVanished`` when the folder is not there.
        """
        return self._folder.propose(item, taken)

    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Carry out some writes at a time; each is on the disk when it is answered, and none is ever half.

        Writes to one file keep their order. When the caller stops early, what has begun is finished first.
        """
        running: dict[asyncio.Future[Outcome], str] = {}
        try:
            async for write in writes:
                name = folded(parts_of(write.href or "")[0])
                while len(running) >= ABREAST or name in running.values():
                    for outcome in await _finished(running):
                        yield outcome
                running[self._begin(write)] = name
            while running:
                for outcome in await _finished(running):
                    yield outcome
        finally:
            if running:
                await asyncio.wait(running)

    def _begin(self, write: Write) -> asyncio.Future[Outcome]:
        return asyncio.get_running_loop().run_in_executor(self._threads.writing, self._carry_out, write)

    def _carry_out(self, write: Write) -> Outcome:
        try:
            return self._folder.write(write)
        except InstepError as error:
            return Failed(write.key, error)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads.reading, work)


async def _finished(running: dict[asyncio.Future[Outcome], str]) -> list[Outcome]:
    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for future in done:
        del running[future]
    return [future.result() for future in done]
