"""DAV collections for the connector contract: on the odd server, and on real ones."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

from instep.codecs import icalendar, vcard
from instep.connectors.base import Snapshot
from instep.connectors.dav import DavConnector
from instep.core.model import Contact, Item, Kind
from instep.protocols.http import HttpClient, HttpSettings
from instep.protocols.webdav.verbs import get, put
from instep.testing.builders import item
from instep.testing.contract import Store
from peers.dav_sessions import connector
from peers.odd_dav import CAL, CARD, OddDav, Quirks
from peers.servers import Peer
from peers.standin import serving

CALENDAR_KINDS = (Kind.EVENT, Kind.TASK, Kind.NOTE)


class DavStore:
    """One collection, and a person's hands in it: another client with the same login."""

    def __init__(self, run: DavConnector, hands: HttpClient, collection: str, kind: Kind) -> None:
        self.connector = run
        self.collection = collection
        self.kind = kind
        self._hands = hands
        self._made = 0

    @property
    def _suffix(self) -> str:
        return "vcf" if self.kind is Kind.CONTACT else "ics"

    async def _send(self, href: str, data: bytes) -> bool:
        media_type = "text/vcard" if self.kind is Kind.CONTACT else "text/calendar"
        return (await put(self._hands, self._url(href), data, media_type)).ok

    def _url(self, href: str) -> str:
        parts = urlsplit(self.collection)
        return f"{parts.scheme}://{parts.netloc}{href}"

    def _new_href(self) -> str:
        self._made += 1
        return f"{urlsplit(self.collection).path}by-hand-{self._made}.{self._suffix}"

    async def put(self, new: Item) -> str:
        href = self._new_href()
        assert await self._send(href, _document(new))
        return href

    async def edit(self, href: str, wanted: Item) -> None:
        now = await get(self._hands, self._url(href))
        assert await self._send(href, _document(wanted, now.body))

    async def remove(self, href: str) -> None:
        assert (await self._hands.request("DELETE", self._url(href))).ok

    async def damage(self) -> str | None:
        href = self._new_href()
        cut = _document(item(self.kind, 9)).partition(b"END:")[0]
        return href if await self._send(href, cut) else None

    async def add_foreign(self) -> str | None:
        if self.kind is Kind.CONTACT:
            return None
        href = self._new_href()
        other = Kind.TASK if self.kind is Kind.EVENT else Kind.EVENT
        return href if await self._send(href, _document(item(other, 1))) else None

    async def vanish(self) -> bool:
        return (await self._hands.request("DELETE", self.collection)).ok

    async def forget_tokens(self) -> bool:
        return False


class OddStore(DavStore):
    """A collection of the odd server."""

    def __init__(self, run: DavConnector, hands: HttpClient, collection: str, kind: Kind, odd: OddDav) -> None:
        super().__init__(run, hands, collection, kind)
        self._odd = odd

    async def vanish(self) -> bool:
        self._odd.collections.discard(urlsplit(self.collection).path)
        self._odd.members.clear()
        return True

    async def forget_tokens(self) -> bool:
        self._odd.epoch += 1
        return True


def odd_store(kind: Kind, quirks: Quirks) -> Callable[[], AbstractAsyncContextManager[Store]]:
    """A factory of fresh collections on a server with these quirks."""

    @asynccontextmanager
    async def factory() -> AsyncIterator[Store]:
        odd = OddDav(quirks)
        async with serving(odd.answers) as server, HttpClient(HttpSettings(allow_insecure=True)) as hands:
            collection = server.url + (CARD if kind is Kind.CONTACT else CAL)
            yield OddStore(connector(server.url + "/"), hands, collection, kind, odd)

    return factory


async def collections_of(peer: Peer) -> list[str]:
    """The collections that the peer has now."""
    run = connector(peer.url, peer.login, peer.password)
    try:
        return [info.id for info in await run.collections()]
    finally:
        await run.close()


async def _empty(peer: Peer, hands: HttpClient, collection: str, kind: Kind) -> None:
    run = connector(peer.url, peer.login, peer.password)
    found = await (await run.open(collection, kind)).changes(None)
    await run.close()
    assert isinstance(found, Snapshot)
    parts = urlsplit(collection)
    for entry in found.entries:
        await hands.request("DELETE", f"{parts.scheme}://{parts.netloc}{entry.href}")
    await hands.request("DELETE", collection)


def peer_store(peer: Peer, kind: Kind) -> Callable[[], AbstractAsyncContextManager[Store]]:
    """A factory of fresh collections on a real server."""

    @asynccontextmanager
    async def factory() -> AsyncIterator[Store]:
        before = await collections_of(peer)
        maker = connector(peer.url, peer.login, peer.password)
        kinds = frozenset({kind}) if kind is Kind.CONTACT else frozenset(CALENDAR_KINDS)
        info = await maker.create_collection(f"Contract {uuid.uuid4().hex[:10]}", kinds)
        await maker.close()
        async with HttpClient(HttpSettings(peer.login, peer.password, allow_insecure=True)) as hands:
            hands.trust(peer.url)
            run = connector(peer.url, peer.login, peer.password)
            try:
                yield DavStore(run, hands, info.id, kind)
            finally:
                # Some servers take a uid only once in all calendars of a person, so nothing may stay.
                for made in set(await collections_of(peer)) - set(before):
                    await _empty(peer, hands, made, kind)

    return factory


def _document(new: Item, onto: bytes | None = None) -> bytes:
    return vcard.write(new, onto=onto) if isinstance(new, Contact) else icalendar.write(new, onto=onto)
