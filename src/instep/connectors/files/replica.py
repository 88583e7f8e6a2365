"""A folder of files as the engine sees it; everything that waits for the disk runs on the connector's own thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from instep.connectors.base import (
    Changes,
    CollectionInfo,
    Failed,
    FetchResult,
    Outcome,
    Presence,
    Snapshot,
    TokenInvalid,
    Write,
)
from instep.connectors.files.folder import Folder
from instep.core.limits import ABSENT, NO_LIMITS, FieldLimits
from instep.core.model import Item, Kind
from instep.errors import InstepError

_BATCH = 100
NOTE_LIMITS: FieldLimits = dict.fromkeys(
    ("date", "categories", "color", "status", "sensitivity", "attachments", "extra"), ABSENT
)
T = TypeVar("T")


class FilesReplica:
    """One folder, seen for one kind."""

    def __init__(self, folder: Folder, info: CollectionInfo, executor: Executor) -> None:
        self._folder = folder
        self._info = info
        self._executor = executor

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

    def propose(self, item: Item, taken: AbstractSet[str] = frozenset()) -> str | None:
        """A file name that every file system takes: the uid where that is safe, a note's title, numbered if in use.

        Raises ``CollectionVanished`` when the folder is not there.
        """
        return self._folder.propose(item, taken)

    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Carry out one write after the other; each is on the disk when it is answered, and none is ever half."""
        async for write in writes:
            yield await self._one(write)

    async def _one(self, write: Write) -> Outcome:
        try:
            return await self._on_thread(lambda: self._folder.write(write))
        except InstepError as error:
            return Failed(write.key, error)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
