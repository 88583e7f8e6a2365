"""A CalDAV/CardDAV account as a store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

from instep.connectors.base import Capabilities, CollectionInfo
from instep.connectors.dav.hrefs import as_folder
from instep.connectors.dav.replica import DavReplica
from instep.connectors.dav.shelf import COMPONENT_OF_KIND, Shelf, info_of
from instep.core.model import Kind
from instep.errors import ConfigError, ReadOnly, Where
from instep.protocols.http import HttpClient
from instep.protocols.origins import origin_of
from instep.protocols.webdav.collections import FoundCollection
from instep.protocols.webdav.discovery import Account, collection_at, discover
from instep.protocols.webdav.names import Flavour
from instep.protocols.webdav.places import Resolver, resolve
from instep.protocols.webdav.verbs import Refused, make_collection, options, vanished

_USUAL_NAMES = ("default", "calendar", "contacts", "addressbook", "personal", "home", "tasks", "notes", "card")
_GONE = frozenset({404, 410})


class DavConnector:
    """One account on a DAV server for one run.

    ``url`` is what the person typed (a URL, a host, or empty for the domain of ``email``). ``client`` is this account's
    own; the connector closes it. ``allow_insecure`` is the client's. ``resolver`` asks DNS for what a domain announces.
    ``places`` are further URLs where servers of a known product have it. ``tasks_if_told``: a calendar that does not
    say what it takes is not offered for tasks.
    """

    def __init__(
        self,
        client: HttpClient,
        url: str,
        email: str = "",
        *,
        allow_insecure: bool = False,
        resolver: Resolver = resolve,
        places: Sequence[str] = (),
        tasks_if_told: bool = False,
    ) -> None:
        self._client = client
        self._url = url.strip()
        self._email = email
        self._allow_insecure = allow_insecure
        self._resolver = resolver
        self._places = tuple(places)
        self._tasks_if_told = tasks_if_told
        self._account: Account | None = None
        self._infos: dict[str, CollectionInfo] = {}
        self._shelves: dict[str, Shelf] = {}

    @property
    def name(self) -> str:
        """The server's host name."""
        typed = urlsplit(self._url).hostname if "://" in self._url else self._url.partition("/")[0]
        return typed or self._email.rpartition("@")[2]

    @property
    def found_at(self) -> str:
        """The URL by which everything was found, so that the next run can begin there; empty before that."""
        return (self._account.principal or self._account.base) if self._account is not None else ""

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests made and bytes moved so far, heads included."""
        return self._client.requests, self._client.bytes

    async def close(self) -> None:
        """Close the connections; the traffic can still be read."""
        await self._client.close()

    async def probe(self) -> Capabilities:
        """Find the collections and what the server announces; reads only.

        Raises what ``discover`` raises: ``NotADavServer``, ``LoginRefused``, ``Unreachable``, ``InsecureRefused``,
        ``ConfigError``, ``Transient``.
        """
        infos = await self.collections()
        account = await self._discovered()
        homes = [home for homes in account.homes.values() for home in homes]
        place = next(iter(homes), account.collections[0].url if account.collections else account.base)
        calendars = [found.url for found in account.collections if found.flavour is Flavour.CALENDAR]
        announced, allowed = await options(self._client, calendars[0] if calendars else place)
        return Capabilities(
            product=self.name,
            kinds=frozenset(kind for info in infos for kind in info.kinds),
            tokens=any(found.syncs or found.ctag for found in account.collections),
            schedules="calendar-auto-schedule" in announced,
            creates_collections=bool(homes) and bool({"extended-mkcol"} & announced or {"MKCALENDAR"} & allowed),
        )

    async def collections(self) -> list[CollectionInfo]:
        """The calendars and address books that hold one of the kinds, defaults first; raises as ``probe``."""
        found = tuple(map(self._taken_at_its_word, (await self._discovered()).collections))
        defaults = _defaults(found)
        infos = [info_of(collection, defaults.get(collection.url, ())) for collection in found]
        self._infos = {info.id: info for info in infos if info.kinds}
        return sorted(self._infos.values(), key=lambda info: (not info.default_for, info.name.casefold()))

    def _taken_at_its_word(self, found: FoundCollection) -> FoundCollection:
        if self._tasks_if_told and not found.tells_components:
            return replace(found, components=found.components - {COMPONENT_OF_KIND[Kind.TASK]})
        return found

    async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
        """Make an address book (for contacts alone) or a calendar for the other kinds (RFC 4791 5.3.1, RFC 5689).

        Raises ``ReadOnly`` when the server will not, and ``ConfigError`` for contacts together with other kinds.
        """
        flavour = Flavour.ADDRESSBOOK if Kind.CONTACT in kinds else Flavour.CALENDAR
        if not kinds or (flavour is Flavour.ADDRESSBOOK and len(kinds) > 1):
            raise ConfigError("A server keeps contacts apart from other kinds.", "Make one folder for each.")
        account = await self._discovered()
        home = next(iter(account.homes.get(flavour, ())), "")
        if not home:
            raise ReadOnly(
                "The server names no place for new folders.", "Make the folder on the server.", Where(collection=name)
            )
        components = [COMPONENT_OF_KIND[kind] for kind in kinds if kind in COMPONENT_OF_KIND]
        url = self._free_url(home, name, {found.url for found in account.collections})
        refused = await make_collection(self._client, url, name, flavour, components)
        if refused is not None:
            raise ReadOnly(
                f"The server will not make a folder (status {refused.status}).",
                "Make it on the server, then pair it.",
                Where(collection=name),
            )
        found = await collection_at(self._client, url)
        # A server may have given it other kinds than it was asked for; what it says counts.
        info = info_of(found) if isinstance(found, FoundCollection) else CollectionInfo(url, name, kinds)
        self._account = None
        self._infos[info.id] = info
        return info

    async def open(self, collection: str, kind: Kind) -> DavReplica:
        """Open a collection by its URL without a request, unless this run has listed the collections without it.

        Raises ``CollectionVanished`` when the server then says that it is not there.
        """
        url = as_folder(collection)
        self._trust(url)
        if self._infos and url not in self._infos:
            found = await collection_at(self._client, url)
            if found is None or (isinstance(found, Refused) and found.status in _GONE):
                raise vanished(url)
            if isinstance(found, FoundCollection):
                self._infos[url] = info_of(found)
        shelf = self._shelves.get(url)
        if shelf is None:
            flavour = Flavour.ADDRESSBOOK if kind is Kind.CONTACT else Flavour.CALENDAR
            shelf = self._shelves[url] = Shelf(self._client, url, flavour, self._info(url, kind))
        elif url in self._infos:
            shelf.info = self._infos[url]
        return DavReplica(shelf, kind)

    def _info(self, url: str, kind: Kind) -> CollectionInfo:
        name = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
        return self._infos.get(url) or CollectionInfo(url, name or url, frozenset({kind}))

    async def _discovered(self) -> Account:
        if self._account is None:
            self._account = await discover(
                self._client,
                self._url,
                self._email,
                allow_insecure=self._allow_insecure,
                resolver=self._resolver,
                places=self._places,
            )
        return self._account

    def _trust(self, url: str) -> None:
        """Let the password go to a collection's server, if that is the account's own or lies in its domain."""
        origin = origin_of(url)
        if "://" in self._url:
            if origin.takes_password_of(origin_of(self._url)):
                self._client.trust(url)
            return
        domain = self.name.lower().partition(":")[0]
        if origin.host == domain or (origin.secure and origin.host.endswith("." + domain)):
            self._client.trust(url)

    @staticmethod
    def _free_url(home: str, name: str, taken: set[str]) -> str:
        stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or quote(name.encode().hex()[:32])
        number, url = 1, as_folder(f"{home.rstrip('/')}/{stem}")
        while url in taken:
            number += 1
            url = as_folder(f"{home.rstrip('/')}/{stem}-{number}")
        return url


def _defaults(found: tuple[FoundCollection, ...]) -> dict[str, set[Kind]]:
    """Choose each kind's default: writable, usually named, and first among equals."""

    def rank(collection: FoundCollection) -> tuple[bool, int]:
        word = urlsplit(collection.url).path.rstrip("/").rpartition("/")[2].lower()
        return collection.writable is False, _USUAL_NAMES.index(word) if word in _USUAL_NAMES else len(_USUAL_NAMES)

    chosen: dict[str, set[Kind]] = {}
    for kind in Kind:
        holders = [collection for collection in found if kind in info_of(collection).kinds]
        if holders:
            chosen.setdefault(min(holders, key=rank).url, set()).add(kind)
    return chosen
