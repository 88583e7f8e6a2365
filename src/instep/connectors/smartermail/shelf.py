"""One folder of the server in one run: where it is, what was read of it, and what was learned."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from instep.codecs import smartermail
from instep.connectors.base import CollectionInfo, Document
from instep.connectors.smartermail.known import Known
from instep.connectors.smartermail.places import place_of, source_of, vanished
from instep.connectors.smartermail.server import Server
from instep.core.model import Item, Kind
from instep.protocols.smartermail.folders import Folder, Json, Source


@dataclass(frozen=True, slots=True)
class Body:
    """An item as the server gave it: the object, its bytes as a document, and its version."""

    raw: Json
    data: bytes
    etag: str


def body_of(kind: Kind, raw: Json) -> Body:
    """Return an object as a body. Raises ``CodecError`` for what is no object of this kind."""
    data = json.dumps(raw, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return Body(raw, data, smartermail.digest(kind, data))


class Shelf:
    """One folder, shared by all replicas that see it in a run.

    ``ids`` are those of the newest listing with our own writes since, ``None`` before there is one. ``bodies`` are what
    a listing has read and nobody has taken yet; an own write takes its item's body away.
    """

    def __init__(self, server: Server, known: Known, place: str) -> None:
        self.server = server
        self.known = known
        self.place = place
        self.source = source_of(place)
        self.kind = self.source.kind
        self.info = info_of(self.source)
        self.ids: set[str] | None = None
        self.bodies: dict[str, Body] = {}
        self.from_listing = False
        self.searching = asyncio.Lock()
        self._folder: Folder | None = None
        self._found = False

    @property
    def folder(self) -> Folder:
        """The calls on the folder."""
        if self._folder is None:
            self._folder = self.server.folder(self.source, self.known)
        return self._folder

    async def begin(self) -> None:
        """Look once in a run which build answers and whether the folder is there; raises as ``find``."""
        await self.known.see_build(self.server.build)
        if not self._found:
            await self.find()

    async def find(self) -> None:
        """See that the server still lists the folder, and what it says of it; one request.

        Raises ``CollectionVanished`` where it does not list it, and what ``Server.sources`` raises.
        """
        for source in await self.server.sources(self.kind):
            if place_of(source) == self.place:
                self.meet(source)
                return
        # Before the folder was seen, only its kind is known, and a folder of the desktop may be called like that.
        name = self.info.name if self._found else ""
        self._found, self.ids = False, None
        self.bodies.clear()
        raise vanished(self.place, name)

    def meet(self, source: Source) -> None:
        """Take what a list of folders says of this one; a write that worked is not forgotten."""
        writable = True if source.writable is None and self.info.writable else source.writable
        if source != self.source:
            self._folder = None
        self._found = True
        self.source = source
        self.info = replace(info_of(source), writable=writable)

    def reopen(self) -> None:
        """Use what is known of call forms now."""
        self._folder = None

    def took_a_write(self) -> None:
        """Note that the folder takes writes."""
        if self.info.writable is None:
            self.info = replace(self.info, writable=True)

    def document(self, body: Body) -> Document:
        """Return a body as a document."""
        return Document(body.data, smartermail.MEDIA_TYPES[self.kind])

    def read(self, href: str, body: Body) -> Item:
        """Return the item of a body. Raises ``CodecError``."""
        # An id tells nobody which item it is.
        name = smartermail.title_of(self.kind, body.raw) or href
        return smartermail.read(self.kind, body.data, name, self.known.dialect)

    def listed(self, bodies: dict[str, Body | None], *, from_listing: bool) -> None:
        """Take a new listing in the place of the older one."""
        self.ids = set(bodies)
        self.bodies = {id: body for id, body in bodies.items() if body is not None}
        self.from_listing = from_listing

    def wrote(self, id: str, *, there: bool) -> None:
        """Note an own write: nothing known of the item holds any more."""
        self.bodies.pop(id, None)
        if self.ids is not None:
            (self.ids.add if there else self.ids.discard)(id)


def info_of(source: Source, default_for: Iterable[Kind] = ()) -> CollectionInfo:
    """Return a folder as the engine sees it."""
    kinds = frozenset({source.kind})
    return CollectionInfo(
        place_of(source), source.name, kinds, source.writable, source.color, frozenset(default_for), "REST"
    )
