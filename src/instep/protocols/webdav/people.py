"""For whom a scheduling server acts in a collection: its owner's addresses (RFC 3744 5.1, RFC 6638 2.4.1)."""

from __future__ import annotations

from instep.protocols.http import HttpClient
from instep.protocols.origins import on_origin
from instep.protocols.webdav.names import CALENDAR_ADDRESSES, OWNER
from instep.protocols.webdav.verbs import Refused, propfind
from instep.protocols.webdav.xml import hrefs_in

_MAIL = "mailto:"


async def addresses_of_owner(client: HttpClient, url: str) -> frozenset[str]:
    """Return the mail addresses of a collection's owner in lower case; empty where the server does not tell.

    It is the owner whom the server takes for organizer or attendee, also in a folder that somebody else shares with us.
    Raises what ``HttpClient.request`` raises.
    """
    owner = next(iter(await _hrefs(client, url, OWNER)), "")
    if not owner:
        return frozenset()
    known = await _hrefs(client, on_origin(url, owner), CALENDAR_ADDRESSES)
    return frozenset(a[len(_MAIL) :].strip().casefold() for a in known if a[: len(_MAIL)].casefold() == _MAIL)


async def _hrefs(client: HttpClient, url: str, name: str) -> list[str]:
    answer = await propfind(client, url, (name,), depth=0)
    if isinstance(answer, Refused) or not answer.resources:
        return []
    return [href.strip() for href in hrefs_in(answer.resources[0].props.get(name))]
