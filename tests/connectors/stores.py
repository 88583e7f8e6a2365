"""Stores for the connector contract: memory in several tempers, and a folder of files."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from instep.connectors.base import Connector
from instep.connectors.files import FilesConnector, formats
from instep.connectors.files.names import SUFFIXES, href_of, parts_of
from instep.connectors.memory import MemoryConnector, MemoryStore, Traits
from instep.core.model import Item, Kind
from instep.testing.builders import item


class MemorySubject:
    """A memory store under test."""

    def __init__(self, kind: Kind, traits: Traits) -> None:
        self.kind = kind
        self.collection = "here"
        self.store = MemoryStore("Memory", traits)
        self.store.add_collection(self.collection, Kind)
        self.connector: Connector = MemoryConnector(self.store)

    async def put(self, item: Item) -> str:
        return self.store.put(self.collection, item)

    async def edit(self, href: str, item: Item) -> None:
        self.store.edit(self.collection, href, lambda _: item)

    async def remove(self, href: str) -> None:
        self.store.remove(self.collection, href)

    async def damage(self) -> str | None:
        self.store.damage(self.collection, "broken")
        return "broken"

    async def add_foreign(self) -> str | None:
        return self.store.put(self.collection, item(Kind.TASK if self.kind is not Kind.TASK else Kind.EVENT, 9))

    async def vanish(self) -> bool:
        self.store.vanish(self.collection)
        return True

    async def forget_tokens(self) -> bool:
        self.store.forget_tokens(self.collection)
        return self.store.traits.tokens


class FilesSubject:
    """A folder of files under test; ``suffix`` is that of the files a person makes."""

    def __init__(self, kind: Kind, root: Path, suffix: str) -> None:
        self.kind = kind
        self.suffix = suffix
        self.collection = "here"
        self.folder = root / self.collection
        self.folder.mkdir(parents=True)
        self.connector: Connector = FilesConnector(root)
        self._made = 0

    async def put(self, item: Item) -> str:
        self._made += 1
        name = f"made by a person {self._made}{self.suffix}"
        (self.folder / name).write_bytes(formats.write(item, name, None))
        return href_of(name)

    async def edit(self, href: str, item: Item) -> None:
        path = self.folder / parts_of(href)[0]
        path.write_bytes(formats.write(item, path.name, path.read_bytes()))

    async def remove(self, href: str) -> None:
        (self.folder / parts_of(href)[0]).unlink()

    async def damage(self) -> str | None:
        name = f"broken{self.suffix}"
        (self.folder / name).write_bytes(b"nothing at all" if self.suffix in (".vcf", ".ics") else b"\x00\xff no text")
        return href_of(name)

    async def add_foreign(self) -> str | None:
        if self.suffix != ".ics":
            return None
        other = Kind.TASK if self.kind is not Kind.TASK else Kind.EVENT
        (self.folder / "foreign.ics").write_bytes(formats.write(item(other, 9), "foreign.ics", None))
        return href_of("foreign.ics")

    async def vanish(self) -> bool:
        shutil.rmtree(self.folder)
        return True

    async def forget_tokens(self) -> bool:
        return False


@asynccontextmanager
async def memory_store(kind: Kind, traits: Traits) -> AsyncIterator[MemorySubject]:
    """A fresh memory store."""
    yield MemorySubject(kind, traits)


@asynccontextmanager
async def files_store(kind: Kind, root: Path, suffix: str = "") -> AsyncIterator[FilesSubject]:
    """A fresh folder under ``root``."""
    yield FilesSubject(kind, root, suffix or SUFFIXES[kind][0])
