"""What changed in a collection: sync-collection, then ctag, then all etags (RFC 6578, RFC 4918)."""

from __future__ import annotations

import asyncio

from instep.connectors.base import Changes, Delta, Entry, Gone, Snapshot, TokenInvalid
from instep.connectors.dav.hrefs import folder_of, key_of, tidy_etag
from instep.connectors.dav.shelf import Answer, Shelf
from instep.connectors.dav.tokens import Marker, Rung, marker_of, written
from instep.core.model import Kind
from instep.errors import CollectionError, NotADavServer, Where
from instep.protocols.webdav.names import CTAG, ETAG, RESOURCE_TYPE, D
from instep.protocols.webdav.verbs import Refused, propfind, sync_collection, vanished
from instep.protocols.webdav.xml import MultiStatus, Resource, names_in

_GONE = frozenset({404, 410})
_MOST_PAGES = 1000
_MOST_MEMBERS = 1_000_000
# So many strange changes at once and not one removal: more likely a forgotten token than busy people.
_TOO_MANY = 50
# So many changes are believed before everything is listed again.
_OLDEST = 30


async def changes(shelf: Shelf, since: str | None, kind: Kind) -> Changes:
    """Tell what changed since a token, asking the server once for all kinds that ask the same.

    Raises ``CollectionVanished`` when it is not there, and what ``HttpClient.request`` raises.
    """
    name = since or ""
    answer = shelf.answers.get(name)
    if answer is None or answer.age != shelf.writes or kind in answer.served:
        answer = Answer(asyncio.ensure_future(_ask(shelf, since)), shelf.writes, set())
        shelf.answers[name] = answer
    answer.served.add(kind)
    return await asyncio.shield(answer.task)


async def _ask(shelf: Shelf, since: str | None) -> Changes:
    if since is None:
        result: Changes = await everything(shelf)
    else:
        match marker_of(since):
            case Marker(Rung.SYNC) as marker:
                result = await _since_token(shelf, marker)
            case Marker(Rung.CTAG, value):
                result = await _since_ctag(shelf, value)
            case _:
                result = TokenInvalid()
    _remember(shelf, result)
    return result


async def everything(shelf: Shelf) -> Snapshot:
    """List all that is there now; raises ``CollectionVanished``, ``CollectionError`` and what a request raises."""
    found = await _pages(shelf, "")
    if isinstance(found, MultiStatus):
        entries = {e.href: e for e in map(_entry, _members(shelf, found)) if e is not None}
        return Snapshot(tuple(entries.values()), _token(Rung.SYNC, found.sync_token))
    return await _listed(shelf)


async def _since_token(shelf: Shelf, marker: Marker) -> Delta | Snapshot | TokenInvalid:
    if marker.age >= _OLDEST and not shelf.writes:
        # Some servers lose changes (time stamps as tokens): now and then everything is listed.
        return await everything(shelf)
    found = await _pages(shelf, marker.value)
    if isinstance(found, Refused):
        return TokenInvalid()
    members = {resource.href: resource for resource in _members(shelf, found)}
    changed = tuple(e for e in map(_entry, members.values()) if e is not None)
    gone = tuple(Gone(r.href) for r in members.values() if r.status in _GONE and shelf.holds(r.href))
    if not found.sync_token or (not members and found.sync_token != marker.value):
        # The token moved and nothing did: this server may well have forgotten what we know.
        return TokenInvalid()
    strange = sum(entry.href not in shelf.own for entry in changed)
    if strange >= _TOO_MANY and not gone:
        return TokenInvalid()
    age = marker.age + (found.sync_token != marker.value)
    return Delta(changed, gone, written(Marker(Rung.SYNC, found.sync_token, age)))


async def _pages(shelf: Shelf, token: str) -> MultiStatus | Refused:
    """Follow truncated answers to the end (RFC 6578 3.6); a refusal that is no matter of the token is raised.

    Pages that lead back to an earlier one, or bring nothing new, have no end: then the report is taken as refused.
    """
    resources: list[Resource] = []
    tokens, told = {token}, set[tuple[str, int]]()
    for _ in range(_MOST_PAGES):
        try:
            answer = await sync_collection(shelf.client, shelf.url, token)
        except NotADavServer:
            return Refused(0)
        if isinstance(answer, Refused):
            if answer.status in _GONE:
                raise vanished(shelf.url)
            return answer
        resources.extend(answer.resources)
        if not answer.truncated:
            return MultiStatus(answer.url, tuple(resources), answer.sync_token)
        known = len(told)
        told.update((resource.href, resource.status) for resource in answer.resources)
        if len(told) > _MOST_MEMBERS:
            raise CollectionError(
                f"The server's list of changes does not end; {_MOST_MEMBERS} members were read.",
                "Tell the server's operator. Nothing was changed.",
                Where(collection=shelf.info.name),
            )
        if not answer.sync_token or answer.sync_token in tokens or len(told) == known:
            return Refused(507)
        token = answer.sync_token
        tokens.add(token)
    return Refused(507)


async def _since_ctag(shelf: Shelf, ctag: str) -> Delta | Snapshot:
    answer = await propfind(shelf.client, shelf.url, [CTAG], depth=0)
    if isinstance(answer, Refused):
        raise _unlisted(shelf, answer)
    shelf.came_from(answer.url)
    now = next((resource.text(CTAG) for resource in answer.resources), "")
    return Delta((), (), written(Marker(Rung.CTAG, ctag))) if now == ctag else await _listed(shelf)


async def _listed(shelf: Shelf) -> Snapshot:
    answer = await propfind(shelf.client, shelf.url, [ETAG, RESOURCE_TYPE, CTAG], depth=1)
    if isinstance(answer, Refused):
        raise _unlisted(shelf, answer)
    entries = {e.href: e for e in map(_entry, _members(shelf, answer)) if e is not None}
    own = key_of(folder_of(shelf.url)).rstrip("/")
    itself = next((r for r in answer.resources if key_of(r.href).rstrip("/") == own), None)
    return Snapshot(tuple(entries.values()), _token(Rung.CTAG, itself.text(CTAG) if itself else ""))


def _unlisted(shelf: Shelf, refused: Refused) -> CollectionError:
    if refused.status in _GONE:
        return vanished(shelf.url)
    return CollectionError(
        f"The server will not list the collection (status {refused.status}).",
        "Check on the server that this login may read it.",
        Where(collection=shelf.info.name),
    )


def _members(shelf: Shelf, answer: MultiStatus) -> list[Resource]:
    """What is listed but the collection itself; what lies elsewhere stays, so that reading it is refused by name."""
    shelf.came_from(answer.url)
    return [
        resource
        for resource in answer.resources
        if not shelf.surrounds(resource.href)
        and not resource.href.endswith("/")
        and D + "collection" not in names_in(resource.props.get(RESOURCE_TYPE))
    ]


def _entry(resource: Resource) -> Entry | None:
    if resource.status in _GONE:
        return None
    # One that may not be read is still there: without an etag, so that its content is asked for.
    return Entry(resource.href, tidy_etag(resource.text(ETAG)))


def _token(rung: Rung, value: str) -> str | None:
    return written(Marker(rung, value)) if value else None


def _remember(shelf: Shelf, result: Changes) -> None:
    match result:
        case Snapshot(entries):
            shelf.etags = {entry.href: entry.etag for entry in entries}
            shelf.complete = True
        case Delta(changed, gone):
            shelf.etags.update((entry.href, entry.etag) for entry in changed)
            for removed in gone:
                shelf.etags.pop(removed.href, None)
