"""A folder of folders as a store: contacts, calendar, tasks and notes as files that any program can open."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from instep.connectors.base import Capabilities, CollectionInfo
from instep.connectors.files import folders
from instep.connectors.files.fingerprints import Fingerprints
from instep.connectors.files.folder import Folder
from instep.connectors.files.replica import NOTE_LIMITS, FilesReplica, Threads
from instep.core.model import Kind
from instep.errors import CollectionVanished, Where

T = TypeVar("T")


class FilesConnector:
    """The folders under ``root``; any vdir will do.

    ``called`` is the store's name for people; empty: the folder's name. ``memory`` is a folder of Instep's own where it
    remembers between runs which files it has read already; without it, every process reads every file once. It may be
    deleted at any time.
    """

    def __init__(self, root: Path, memory: Path | None = None, called: str = "") -> None:
        self._root = root
        self._called = called
        self._memory = memory
        self._threads = Threads()
        self._known: dict[Path, Fingerprints] = {}

    @property
    def name(self) -> str:
        """What people call it: the name that was given, or the folder's."""
        return self._called or self._root.name or str(self._root)

    @property
    def traffic(self) -> tuple[int, int]:
        """Nothing: the store is local."""
        return 0, 0

    async def probe(self) -> Capabilities:
        """What files can hold; ``CollectionVanished`` when the folder is not there. Writes nothing."""
        await self._on_thread(lambda: folders.folders_under(self._root))
        return Capabilities(
            product="Files",
            kinds=frozenset(Kind),
            limits={Kind.NOTE: NOTE_LIMITS},
            own_hrefs=True,
            keeps_uids=True,
            tokens=False,
            preconditions=True,
            creates_collections=True,
        )

    async def collections(self) -> list[CollectionInfo]:
        """The folders, defaults first; ``CollectionVanished`` when the root is not there or may not be read."""
        return await self._on_thread(lambda: folders.folders_under(self._root))

    async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
        """Make a folder (and the root); ``contacts``, ``calendar``, ``tasks``, ``notes`` are the kinds' own folders."""
        return await self._on_thread(lambda: folders.make_folder(self._root, name, kinds))

    async def open(self, collection: str, kind: Kind) -> FilesReplica:
        """Open a folder; ``CollectionVanished`` when it is not there or may not be read."""
        return await self._on_thread(lambda: self._open(collection, kind))

    def _open(self, collection: str, kind: Kind) -> FilesReplica:
        path = folders.path_of(self._root, collection)
        info = folders.describe(self._root, collection)
        folder = Folder(path, kind, self._known_of(path), folders.suffix_for(path, kind), self._root)
        folder.check()
        if info is None:
            raise CollectionVanished("The folder may not be read.", "Allow reading it.", Where(collection=str(path)))
        return FilesReplica(folder, info, self._threads)

    def _known_of(self, path: Path) -> Fingerprints:
        if path not in self._known:
            name = hashlib.sha256(str(path.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:32]
            self._known[path] = Fingerprints(self._memory / f"{name}.json" if self._memory else None)
        return self._known[path]

    async def close(self) -> None:
        """Finish what the threads are doing and end them."""
        await asyncio.to_thread(self._threads.end)

    async def _on_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads.reading, work)
