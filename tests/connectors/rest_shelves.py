"""A mailbox as its REST calls show it, in memory, with each way to misbehave that a real one may have.

It stands in the place of the client: so a test says what the server does, not how it is asked.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from instep.connectors.smartermail.known import Known
from instep.core.model import Kind
from instep.errors import CollectionVanished, ReadOnly, Transient
from instep.protocols.smartermail.folders import Json, Source

BROKE = "The connection broke off."


@dataclass
class Ways:
    """What is wrong with the server; the default is a good one.

    ``tells_id``: a creation is answered with its id. ``hides``: keys that a listing leaves out. ``blanks``: keys that
    an update empties. ``blanks_once``: only the next update does. ``rewrites``: what becomes of a new object.
    ``late``: a new object shows only when the test says so (``arrive``). ``learns``: what a creation that is taken
    shows of the call's forms.
    ``lost``: before which calls (``create``, ``update``, ``delete``) the connection breaks, ``lost_after``: after.
    """

    tells_id: bool = True
    hides: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    blanks_once: bool = False
    ignores_updates: bool = False
    copies: bool = False
    ignores_deletes: bool = False
    late: bool = False
    learns: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    lost_after: set[str] = field(default_factory=set)
    not_given: set[str] = field(default_factory=set)
    read_only: bool = False
    before_listing: Callable[[], None] | None = None
    rewrites: Callable[[Json], Json] | None = None


class Mailbox:
    """The server: folders by kind and id, each with its objects by id; ``calls`` counts what was asked."""

    def __init__(self, build: int = 9526) -> None:
        self.number = build
        self.places: dict[Kind, list[Source]] = {kind: [] for kind in Kind}
        self.objects: dict[str, dict[str, Json]] = {}
        self.ways = Ways()
        self.calls: dict[str, int] = {}
        self.made = 0
        self.coming: list[tuple[str, str, Json]] = []

    def add(self, kind: Kind, id: str, **more: Any) -> Source:
        """A folder of one's own."""
        source = Source(kind, "anna", id, more.pop("name", id.title()), **{"primary": True, **more})
        self.places[kind].append(source)
        self.objects[id] = {}
        return source

    def put(self, folder: str, item: Json, id: str = "") -> str:
        """A person makes or replaces an object in the web mail."""
        chosen = id or self.new_id()
        self.objects[folder][chosen] = {**copy.deepcopy(item), "id": chosen}
        return chosen

    def arrive(self) -> None:
        """What was made late shows from now on."""
        for folder, id, item in self.coming:
            self.put(folder, item, id)
        self.coming.clear()

    def new_id(self) -> str:
        self.made += 1
        return f"{self.made:08d}-0000-4000-8000-000000000000"

    def count(self, call: str) -> None:
        self.calls[call] = self.calls.get(call, 0) + 1

    # What the connector asks for.

    @property
    def address(self) -> str:
        return "anna@example.org"

    @property
    def traffic(self) -> tuple[int, int]:
        return sum(self.calls.values()), 0

    async def build(self) -> int:
        self.count("build")
        return self.number

    async def sources(self, kind: Kind) -> list[Source]:
        self.count("sources")
        return list(self.places[kind])

    async def make(self, kind: Kind, name: str) -> Source:
        if self.ways.read_only:
            raise ReadOnly("No.")
        return self.add(kind, f"made-{name}", name=name, primary=False)

    def folder(self, source: Source, known: Known) -> Shelved:
        return Shelved(self, source, known)

    async def close(self) -> None:
        """Nothing to let go of."""


@dataclass
class Shelved:
    """One folder's calls."""

    box: Mailbox
    source: Source
    known: Known

    @property
    def there(self) -> dict[str, Json]:
        if self.source.id not in {s.id for s in self.box.places[self.source.kind]}:
            raise CollectionVanished("No such folder.")
        return self.box.objects[self.source.id]

    async def listing(self) -> list[Json]:
        self.box.count("listing")
        if self.box.ways.before_listing is not None:
            self.box.ways.before_listing()
        hidden = {key.casefold() for key in self.box.ways.hides}
        return [
            {key: copy.deepcopy(value) for key, value in item.items() if key.casefold() not in hidden}
            for item in self.there.values()
        ]

    async def item(self, id: str) -> Json | None:
        self.box.count("item")
        if id in self.box.ways.not_given:
            return None
        return copy.deepcopy(self.there.get(id))

    async def create(self, item: Json) -> str | None:
        self._may("create")
        rewrites = self.box.ways.rewrites
        new = rewrites(item) if rewrites is not None else item
        if self.box.ways.late:
            self.box.coming.append((self.source.id, id := self.box.new_id(), new))
        else:
            id = self.box.put(self.source.id, new)
        for question, answer in self.box.ways.learns.items():
            self.known.learn(question, answer)
        self._done("create")
        return id if self.box.ways.tells_id else None

    async def update(self, id: str, item: Json) -> None:
        self._may("update")
        await asyncio.sleep(0)  # others are under way meanwhile
        ways = self.box.ways
        if ways.copies:
            self.box.put(self.source.id, item)
        elif not ways.ignores_updates:
            blank = {key.casefold() for key in ways.blanks}
            self.box.put(self.source.id, {k: None if k.casefold() in blank else v for k, v in item.items()}, id)
            if ways.blanks_once:
                ways.blanks = ()
        self._done("update")

    async def delete(self, id: str) -> None:
        self._may("delete")
        if not self.box.ways.ignores_deletes:
            self.there.pop(id, None)
        self._done("delete")

    def _may(self, call: str) -> None:
        self.box.count(call)
        if self.box.ways.read_only:
            raise ReadOnly("This folder is read-only.")
        if call in self.box.ways.lost:
            raise Transient(BROKE)

    def _done(self, call: str) -> None:
        if call in self.box.ways.lost_after:
            raise Transient(BROKE)
