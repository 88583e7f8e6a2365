"""Is an item really gone? Only the server's own word counts, from a collection that is still the same (RULES 14)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from instep.connectors.base import Presence
from instep.connectors.dav.hrefs import key_of, url_of
from instep.connectors.dav.listing import everything
from instep.connectors.dav.shelf import Shelf
from instep.errors import InstepError
from instep.protocols.webdav.discovery import collection_at
from instep.protocols.webdav.names import ETAG
from instep.protocols.webdav.verbs import Refused, get, multiget

_GONE = frozenset({404, 410})
_FEW = 3


async def confirm(shelf: Shelf, hrefs: Iterable[str]) -> dict[str, Presence]:
    """Ask for each href whether it is there; all but a clear answer is ``UNKNOWN``. Never raises an ``InstepError``."""
    wanted = list(dict.fromkeys(hrefs))
    if not wanted:
        return {}
    if not all(map(shelf.holds, wanted)):
        own = [href for href in wanted if shelf.holds(href)]
        return dict.fromkeys(wanted, Presence.UNKNOWN) | await confirm(shelf, own)
    if not await same_collection(shelf):
        return dict.fromkeys(wanted, Presence.UNKNOWN)
    found = dict.fromkeys(await _seen_in_multiget(shelf, wanted), Presence.PRESENT)
    left = [href for href in wanted if href not in found]
    answers = await asyncio.gather(*(_ask(shelf, href) for href in left))
    found |= dict(zip(left, answers, strict=True))
    if Presence.GONE not in answers:
        return found
    # A server that lists what it does not give contradicts itself (an item it cannot parse, a store that lags).
    listed = await _listed(shelf)
    doubted = listed is None or not await same_collection(shelf)
    return {
        href: Presence.UNKNOWN if p is Presence.GONE and (doubted or key_of(href) in (listed or ())) else p
        for href, p in found.items()
    }


async def _listed(shelf: Shelf) -> set[str] | None:
    """What a full listing names now; ``None`` when there is none to be had."""
    try:
        answer = await everything(shelf)
    except InstepError:
        return None
    return {key_of(entry.href) for entry in answer.entries}


async def same_collection(shelf: Shelf) -> bool:
    """Tell whether the collection answers, readable and as what it was opened for."""
    try:
        found = await collection_at(shelf.client, shelf.url)
        if isinstance(found, Refused) and found.status in (403, 405, 501):
            # Some firewalls drop PROPFIND and let REPORT pass.
            return not isinstance(await multiget(shelf.client, shelf.url, [], shelf.flavour, data=False), Refused)
    except InstepError:
        return False
    return found is not None and not isinstance(found, Refused) and found.flavour is shelf.flavour


async def _seen_in_multiget(shelf: Shelf, hrefs: list[str]) -> list[str]:
    """Sort out cheaply what is certainly there; an absence here proves nothing and is asked about by GET."""
    if len(hrefs) <= _FEW:
        return []
    keys: set[str] = set()
    for start in range(0, len(hrefs), shelf.learned.batch):
        try:
            answer = await multiget(
                shelf.client, shelf.url, hrefs[start : start + shelf.learned.batch], shelf.flavour, data=False
            )
        except InstepError:
            return []
        if isinstance(answer, Refused):
            return []
        keys |= {key_of(resource.href) for resource in answer.resources if resource.text(ETAG)}
    return [href for href in hrefs if key_of(href) in keys]


async def _ask(shelf: Shelf, href: str) -> Presence:
    try:
        status = (await get(shelf.client, url_of(shelf.url, href))).status
    except InstepError:
        return Presence.UNKNOWN
    if status in _GONE:
        return Presence.GONE
    return Presence.PRESENT if 200 <= status < 300 else Presence.UNKNOWN
