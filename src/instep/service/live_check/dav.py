"""The same folders over CalDAV and CardDAV, for the questions that compare both ways."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from instep.errors import ItemRefused
from instep.protocols.exchange import Response
from instep.protocols.http import HttpClient
from instep.protocols.origins import on_origin
from instep.protocols.webdav import verbs
from instep.protocols.webdav.collections import FoundCollection
from instep.protocols.webdav.discovery import Account, discover
from instep.protocols.webdav.names import ETAG, Flavour
from instep.protocols.webdav.xml import MultiStatus
from instep.service.live_check.desk import Desk


@dataclass(frozen=True, slots=True)
class Document:
    """A member of a collection: its absolute URL, its version, and its text."""

    url: str
    etag: str
    data: bytes


@dataclass(frozen=True, slots=True)
class DavDesk:
    """What was found of one mailbox over DAV; ``client`` is its own."""

    client: HttpClient
    account: Account

    def collection(self, name: str, flavour: Flavour, component: str = "VEVENT") -> FoundCollection | None:
        """Find the collection of a folder by its name; of calendars, one that takes ``component``, or does not say."""
        fitting = [one for one in self.account.collections if one.flavour is flavour and one.name == name]
        if flavour is Flavour.ADDRESSBOOK:
            return next(iter(fitting), None)
        told = [one for one in fitting if one.tells_components and component in one.components]
        silent = [one for one in fitting if not one.tells_components]
        return next(iter((*told, *silent)), None)

    async def documents(self, collection: FoundCollection) -> list[Document]:
        """Read all that is in a collection of ours."""
        listed = _taken(await verbs.propfind(self.client, collection.url, [ETAG], 1))
        own = urlsplit(collection.url).path.rstrip("/")
        hrefs = [one.href for one in listed.resources if unquote(one.href).rstrip("/") != unquote(own)]
        if not hrefs:
            return []
        answer = _taken(await verbs.multiget(self.client, collection.url, hrefs, collection.flavour))
        found = []
        for resource in answer.resources:
            if text := resource.text(collection.flavour.data):
                data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode() + b"\r\n"
                found.append(Document(on_origin(collection.url, resource.href), resource.text(ETAG), data))
        return found

    async def document_with(self, collection: FoundCollection, text: str) -> Document | None:
        """Find the document in which our text stands (lines may be folded)."""
        wanted = text.encode()
        for document in await self.documents(collection):
            if wanted in document.data.replace(b"\r\n ", b""):
                return document
        return None

    async def put_new(self, collection: FoundCollection, name: str, data: bytes) -> tuple[str, Response]:
        """Put a document where nothing is yet; its URL and the answer, also a refusal."""
        url = f"{collection.url}{quote(name)}.{collection.flavour.suffix}"
        return url, await verbs.put(self.client, url, data, collection.flavour.media_type, if_none_match="*")

    async def put(self, document: Document, flavour: Flavour, if_match: str) -> Response:
        """Write over a document of ours under a precondition."""
        return await verbs.put(self.client, document.url, document.data, flavour.media_type, if_match=if_match)

    async def get(self, url: str) -> Document | None:
        """Read one document; ``None`` when it is not there."""
        answer = await verbs.get(self.client, url)
        return Document(url, answer.headers.get("etag", ""), answer.body) if answer.ok else None


def _taken(answer: MultiStatus | verbs.Refused) -> MultiStatus:
    if isinstance(answer, verbs.Refused):
        raise ItemRefused(f"The server refused to list it (status {answer.status}).")
    return answer


async def open_dav(desk: Desk) -> DavDesk:
    """Find CalDAV and CardDAV with the account's password, shown once. Raises as ``discover``; closes what it opened
    then."""
    user = desk.rest.user
    local, _, domain = user.rpartition("@")
    root = f"{desk.rest.base}/webdav/"
    places = (f"{root}principals/{quote(domain)}/{quote(local)}/", root)
    client = desk.client(user, desk.dav_password)
    try:
        start = desk.dav_start or desk.rest.base
        found = await discover(
            client, start, user, allow_insecure=desk.settings.allow_insecure, resolver=desk.resolver, places=places
        )
    except BaseException:
        await client.close()
        raise
    return DavDesk(client, found)
