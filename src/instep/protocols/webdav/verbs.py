"""The requests of WebDAV, CalDAV and CardDAV, one function each; a refusal is a value, not an error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from instep.errors import CollectionVanished
from instep.protocols.exchange import Response
from instep.protocols.http import HttpClient
from instep.protocols.origins import shown
from instep.protocols.webdav.names import CAL, CARD, COMPONENTS, DISPLAY_NAME, ETAG, RESOURCE_TYPE, D, Flavour
from instep.protocols.webdav.xml import (
    MultiStatus,
    document,
    error_condition,
    parse_multistatus,
    prop_request,
    quoted,
    tag,
)

_XML = {"Content-Type": "application/xml; charset=utf-8"}
_NO_ROOM = frozenset({507})


@dataclass(frozen=True, slots=True)
class Refused:
    """The server would not do it: ``condition`` is the precondition it named, as a Clark name, or empty."""

    status: int
    condition: str = ""


async def propfind(client: HttpClient, url: str, names: Iterable[str], depth: int) -> MultiStatus | Refused:
    """Ask for properties of ``url`` (depth 0) or of it and its members (depth 1); RFC 4918 9.1."""
    body = document(D + "propfind", prop_request(names))
    return _multistatus(await client.request("PROPFIND", url, headers={**_XML, "Depth": str(depth)}, body=body))


async def sync_collection(client: HttpClient, url: str, token: str) -> MultiStatus | Refused:
    """Ask what changed in a collection since ``token`` (empty: everything there is); RFC 6578 3.2.

    Removed members come with status 404. ``truncated`` answers go on from their ``sync_token``.
    """
    content = tag(D + "sync-token", quoted(token)) + tag(D + "sync-level", "1") + prop_request([ETAG])
    return await _report(client, url, D + "sync-collection", content, depth=0)


async def multiget(
    client: HttpClient, url: str, hrefs: Sequence[str], flavour: Flavour, *, data: bool = True
) -> MultiStatus | Refused:
    """Ask for these members' etags, with ``data`` also their bodies; RFC 4791 7.9, RFC 6352 8.7."""
    wanted = prop_request([ETAG, flavour.data] if data else [ETAG])
    content = wanted + "".join(tag(D + "href", quoted(href)) for href in hrefs)
    name = f"{flavour.namespace}{flavour.word}-multiget"
    return await _report(client, url, name, content, depth=0 if flavour is Flavour.ADDRESSBOOK else 1)


async def query_all(client: HttpClient, url: str, flavour: Flavour) -> MultiStatus | Refused:
    """Ask for etags and bodies of all members in one answer; RFC 4791 7.8, RFC 6352 8.6."""
    if flavour is Flavour.CALENDAR:
        criteria = tag(CAL + "filter", tag(CAL + "comp-filter", attributes=' name="VCALENDAR"'))
    else:
        # A filter that is true for every card: some servers refuse one without a condition.
        not_there = tag(CARD + "is-not-defined")
        criteria = tag(CARD + "filter", tag(CARD + "prop-filter", not_there, ' name="X-NO-SUCH-PROPERTY"'))
    name = f"{flavour.namespace}{flavour.word}-query"
    return await _report(client, url, name, prop_request([ETAG, flavour.data]) + criteria, depth=1)


async def get(client: HttpClient, url: str) -> Response:
    """Read one resource with exactly its bytes and the etag that later preconditions need."""
    # With content coding, some servers answer a marked etag that no precondition matches.
    return await client.request("GET", url, headers={"Accept-Encoding": "identity"})


async def put(
    client: HttpClient, url: str, body: bytes, media_type: str, *, if_match: str = "", if_none_match: str = ""
) -> Response:
    """Write one resource under a precondition (empty: none); RFC 4918 9.7, RFC 4791 5.3.2, RFC 6352 6.3.2."""
    headers = {"Content-Type": f"{media_type}; charset=utf-8", **_conditions(if_match, if_none_match)}
    return await client.request("PUT", url, headers=headers, body=body)


async def delete(client: HttpClient, url: str, *, if_match: str = "") -> Response:
    """Remove one resource under a precondition, and have no guest told about it (RFC 4918 9.6, RFC 6638 8.1)."""
    headers = {"Schedule-Reply": "F", **_conditions(if_match, "")}
    return await client.request("DELETE", url, headers=headers)


async def options(client: HttpClient, url: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return what ``url`` announces: the words of all its ``DAV`` headers, and the methods it allows."""
    headers = (await client.request("OPTIONS", url)).headers
    return _words(headers.get("dav", "").lower()), _words(headers.get("allow", "").upper())


async def make_collection(
    client: HttpClient, url: str, name: str, flavour: Flavour, components: Iterable[str] = ()
) -> Refused | None:
    """Make a collection of this name at ``url``; RFC 4791 5.3.1, RFC 5689, RFC 6352 6.3.1. ``None`` means: done."""
    props = tag(DISPLAY_NAME, quoted(name))
    if flavour is Flavour.CALENDAR:
        kinds = "".join(tag(CAL + "comp", attributes=f' name="{component}"') for component in sorted(components))
        props += tag(COMPONENTS, kinds)
        body = document(CAL + "mkcalendar", tag(D + "set", tag(D + "prop", props)))
        response = await client.request("MKCALENDAR", url, headers=_XML, body=body)
        if response.status not in (404, 405, 501):
            return None if response.ok else _refused(response)
    types = tag(RESOURCE_TYPE, tag(D + "collection") + tag(flavour.resource_type))
    body = document(D + "mkcol", tag(D + "set", tag(D + "prop", types + props)))
    response = await client.request("MKCOL", url, headers=_XML, body=body)
    return None if response.ok else _refused(response)


def _conditions(if_match: str, if_none_match: str) -> dict[str, str]:
    named = {"If-Match": if_match, "If-None-Match": if_none_match}
    return {name: value for name, value in named.items() if value}


def _words(text: str) -> frozenset[str]:
    return frozenset(word for part in text.split(",") if (word := part.strip()))


async def _report(client: HttpClient, url: str, name: str, content: str, depth: int) -> MultiStatus | Refused:
    headers = {**_XML, "Depth": str(depth)}
    response = await client.request("REPORT", url, headers=headers, body=document(name, content), accept=_NO_ROOM)
    return _multistatus(response)


def _multistatus(response: Response) -> MultiStatus | Refused:
    if response.status == 207:
        return parse_multistatus(response.body, response.url)
    return _refused(response)


def _refused(response: Response) -> Refused:
    return Refused(response.status, error_condition(response.body, response.url))


def vanished(url: str) -> CollectionVanished:
    """Return the error for a collection that is not there (any more)."""
    return CollectionVanished(
        f"The collection {shown(url)} is not there.",
        "If it was renamed or removed on the server, pair the folder anew; nothing was deleted.",
    )
