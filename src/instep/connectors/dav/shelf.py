"""One server collection within a run, shared by all replicas that see it: settings, what is known, what was learned."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from instep.connectors.base import Changes, CollectionInfo, Scheduling
from instep.connectors.dav.hrefs import folder_key, folder_of, is_member
from instep.connectors.dav.pace import Pace
from instep.core.model import Kind
from instep.protocols.http import HttpClient
from instep.protocols.origins import origin_of
from instep.protocols.webdav.collections import FoundCollection
from instep.protocols.webdav.names import Flavour

KIND_OF_COMPONENT = {"VEVENT": Kind.EVENT, "VTODO": Kind.TASK, "VJOURNAL": Kind.NOTE}
COMPONENT_OF_KIND = {kind: component for component, kind in KIND_OF_COMPONENT.items()}


@dataclass(slots=True)
class Body:
    """What an item was when it was last read; ``served`` are the kinds that have had it."""

    etag: str | None
    data: bytes
    served: set[Kind] = field(default_factory=set)


@dataclass(slots=True)
class Answer:
    """A listing that was asked for; ``served`` are the kinds that have had it, ``age`` the writes before it."""

    task: asyncio.Task[Changes]
    age: int
    served: set[Kind]


@dataclass(slots=True)
class Learned:
    """What the server showed of itself in this run."""

    honours_if_match: bool = False
    takes_query: bool = True
    batch: int = 100
    scheduling: Scheduling | None = None
    owners: frozenset[str] | None = None


class Shelf:
    """One collection of a server in one run.

    Each kind is given a listing or a body that another kind caused at most once; asking again is a new request. Own
    writes age everything that was known before them.
    """

    def __init__(self, client: HttpClient, url: str, flavour: Flavour, info: CollectionInfo) -> None:
        self.client = client
        self.url = url
        self.flavour = flavour
        self.info = info
        self.learned = Learned()
        self.etags: dict[str, str | None] = {}
        self.complete = False
        self.writes = 0
        self.own: set[str] = set()
        self.bodies: dict[str, Body] = {}
        self.answers: dict[str, Answer] = {}
        self.reading = asyncio.Lock()
        self.turn = asyncio.Lock()
        self.asking = asyncio.Lock()
        self.pace = Pace(client.concurrency)
        self._folders = {folder_key(folder_of(url))}

    def came_from(self, url: str) -> None:
        """Note where the server itself has sent the question on to: its members lie there then."""
        if origin_of(url) == origin_of(self.url):
            self._folders.add(folder_key(folder_of(url)))

    def holds(self, href: str) -> bool:
        """Tell whether an href lies in this collection; no other is ever asked for, written or deleted."""
        return is_member(href, self._folders)

    def surrounds(self, href: str) -> bool:
        """Tell whether an href is that of the collection itself or of a folder around it."""
        key = folder_key(href)
        return any(folder == key or folder.startswith(f"{key}/") for folder in self._folders)

    def body_for(self, href: str, kind: Kind) -> Body | None:
        """Return the body of ``href`` if another kind's reading left it here and it is still the version known."""
        body = self.bodies.get(href)
        if body is None or kind in body.served:
            return None
        known = self.etags.get(href)
        return body if known is None or known == body.etag else None

    def hand_out(self, href: str, kind: Kind) -> None:
        """Note that ``kind`` has had the body; an address book has no other kinds and forgets it."""
        if self.flavour is Flavour.ADDRESSBOOK:
            self.bodies.pop(href, None)
        elif href in self.bodies:
            self.bodies[href].served.add(kind)

    def stop_offering(self, kind: Kind) -> None:
        """Note that ``kind`` has finished reading: what it did not take now, it must ask the server for."""
        for href in list(self.bodies):
            self.hand_out(href, kind)

    def wrote(self, href: str, etag: str | None, *, there: bool) -> None:
        """Note an own write, after which nothing known of the item holds any more."""
        self.writes += 1
        self.own.add(href)
        self.bodies.pop(href, None)
        if there:
            self.etags[href] = etag
        else:
            self.etags.pop(href, None)


def info_of(found: FoundCollection, default_for: Iterable[Kind] = ()) -> CollectionInfo:
    """Return a collection as the engine sees it; its kinds are empty when it holds nothing that Instep keeps."""
    if found.flavour is Flavour.ADDRESSBOOK:
        kinds = frozenset({Kind.CONTACT})
    else:
        kinds = frozenset(KIND_OF_COMPONENT[c] for c in found.components if c in KIND_OF_COMPONENT)
    protocol = "CardDAV" if found.flavour is Flavour.ADDRESSBOOK else "CalDAV"
    default = frozenset(default_for) & kinds
    return CollectionInfo(found.url, found.name, kinds, found.writable, found.color, default, protocol)
