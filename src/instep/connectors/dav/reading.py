"""Bodies of items: from what another kind left, one query for all, multiget in batches, or one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from instep.connectors.dav.hrefs import key_of, tidy_etag, url_of
from instep.connectors.dav.shelf import Body, Shelf
from instep.core.model import Kind
from instep.errors import InstepError, ItemUnreadable, NotADavServer, Transient, Where
from instep.protocols.webdav.names import ETAG
from instep.protocols.webdav.verbs import Refused, get, multiget, query_all
from instep.protocols.webdav.xml import Resource

_GONE = frozenset({404, 410})
_AT_ONCE = 4
# One answer with everything must fit in memory, and pays only when most of it is wanted.
_QUERY_AT_LEAST, _QUERY_AT_MOST, _QUERY_SHARE = 30, 3000, 0.6
_MOST_FAILURES = 12


@dataclass(frozen=True, slots=True)
class Absent:
    """The server said that there is nothing at the href."""


@dataclass(frozen=True, slots=True)
class Unread:
    """There may be something, but the server would not give it."""

    error: InstepError


Reading = Body | Absent | Unread


async def read(shelf: Shelf, hrefs: Iterable[str], kind: Kind) -> AsyncIterator[tuple[str, Reading]]:
    """Yield what is at each href, each exactly once; what other kinds of this collection read is not asked for again.

    Raises what ``HttpClient.request`` raises, but for an item that alone cannot be had: that is ``Unread``.
    """
    wanted = list(dict.fromkeys(hrefs))
    try:
        await _query_if_cheaper(shelf, wanted, kind)
        position = 0
        while position < len(wanted):
            part = wanted[position : position + shelf.learned.batch * _AT_ONCE]
            position += len(part)
            for href, reading in (await _part(shelf, part, kind)).items():
                yield href, reading
    finally:
        shelf.stop_offering(kind)


async def _part(shelf: Shelf, hrefs: Sequence[str], kind: Kind) -> dict[str, Reading]:
    # Another kind of the same collection waits here, and then finds what this one has read.
    async with shelf.reading:
        known: dict[str, Reading] = {}
        for href in hrefs:
            if not shelf.holds(href):
                known[href] = _outside(shelf, href)
            elif (body := shelf.body_for(href, kind)) is not None:
                known[href] = body
        missing = [href for href in hrefs if href not in known]
        size = shelf.learned.batch
        batches = [missing[start : start + size] for start in range(0, len(missing), size)]
        failures = Failures()
        for found in await asyncio.gather(*(_batch(shelf, batch, failures) for batch in batches)):
            for href, reading in found.items():
                known[href] = reading
                if isinstance(reading, Body):
                    shelf.bodies[href] = reading
        for href in hrefs:
            shelf.hand_out(href, kind)
        return known


def _outside(shelf: Shelf, href: str) -> Unread:
    return Unread(
        ItemUnreadable(
            "The server lists it here, but it lies outside the folder, so it is not touched.",
            "Tell the server's operator.",
            Where(collection=shelf.info.name, item=href),
        )
    )


@dataclass(slots=True)
class Failures:
    """How often the server failed within one reading; a server that only fails is not asked for ever."""

    count: int = 0

    def add(self, error: Transient) -> None:
        """Count one; raises it again when there were too many."""
        self.count += 1
        if self.count > _MOST_FAILURES or error.retry_after is not None:
            raise error


async def _query_if_cheaper(shelf: Shelf, wanted: Sequence[str], kind: Kind) -> None:
    async with shelf.reading:
        there = len(shelf.etags)
        unknown = sum(shelf.holds(href) and shelf.body_for(href, kind) is None for href in wanted)
        if not shelf.complete or not shelf.learned.takes_query or not _QUERY_AT_LEAST <= there <= _QUERY_AT_MOST:
            return
        if unknown <= shelf.learned.batch or unknown < there * _QUERY_SHARE:
            return
        try:
            answer = await query_all(shelf.client, shelf.url, shelf.flavour)
        except (NotADavServer, Transient):
            answer = Refused(0)
        if isinstance(answer, Refused):
            shelf.learned.takes_query = False
            return
        asked = {key_of(href): href for href in wanted}
        for resource in answer.resources:
            body = _body(shelf, resource)
            href = asked.get(key_of(resource.href))
            if body is not None and href is not None:
                shelf.bodies[href] = body


async def _batch(shelf: Shelf, hrefs: Sequence[str], failures: Failures) -> dict[str, Reading]:
    if len(hrefs) <= 1:
        return {href: await _one(shelf, href, failures) for href in hrefs}
    try:
        answer = await multiget(shelf.client, shelf.url, hrefs, shelf.flavour)
    except Transient as error:
        failures.add(error)
        answer = Refused(0)
    except NotADavServer:
        answer = Refused(0)
    found: dict[str, Reading] = {}
    if not isinstance(answer, Refused):
        asked = {key_of(href): href for href in hrefs}
        for resource in answer.resources:
            href = asked.get(key_of(resource.href))
            if href is None:
                continue
            if (body := _body(shelf, resource)) is not None:
                found[href] = body
            elif resource.status in _GONE:
                found[href] = Absent()
    left = [href for href in hrefs if href not in found]
    if not left:
        return found
    half = max(1, len(hrefs) // 2)
    if isinstance(answer, Refused) or len(left) >= len(found):
        # Refused as a whole, or cut off without a word: this many is too many.
        shelf.learned.batch = max(1, min(shelf.learned.batch, half))
    for start in range(0, len(left), half):
        found |= await _batch(shelf, left[start : start + half], failures)
    return found


async def _one(shelf: Shelf, href: str, failures: Failures) -> Reading:
    where = Where(collection=shelf.info.name, item=href)
    try:
        response = await get(shelf.client, url_of(shelf.url, href))
    except Transient as error:
        failures.add(error)
        return Unread(error)
    if response.ok:
        return Body(tidy_etag(response.headers.get("etag")), response.body)
    if response.status in _GONE:
        return Absent()
    return Unread(ItemUnreadable(f"The server refuses to give it (status {response.status}).", "", where))


def _body(shelf: Shelf, resource: Resource) -> Body | None:
    text = "" if resource.status in _GONE else resource.text(shelf.flavour.data)
    if not text:
        return None
    # XML turns every line end into LF (XML 1.0, 2.11); both formats want CRLF.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Body(tidy_etag(resource.text(ETAG)), "\r\n".join([*lines, ""]).encode())
