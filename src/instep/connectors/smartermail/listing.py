"""What is in a folder now: a full listing, and the details of what a listing does not say whole (facts 3.3-3.7).

Nothing on this server tells what changed since, so an item's version is the digest of what it holds. The entries of a
listing serve as bodies only where they say all that the details say. That is tried on a few items in each run: the
largest, in which something would be cut off, and one at random. What a listing hides is found at the latest when the
item is read again before a write.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Mapping, Sequence

from instep.codecs import smartermail
from instep.connectors.base import Entry, Snapshot
from instep.connectors.smartermail.shelf import Body, Shelf, body_of
from instep.core.model import Kind
from instep.errors import CodecError, Transient, Where

SUMMARY, WHOLE = "summary", "whole"
_AT_ONCE = 4
_MOST_FAILURES = 12
_LARGEST = 2
_CHANCE = random.Random()


def question(kind: Kind) -> str:
    """Return the question of the profile that is answered with ``summary`` or ``whole``."""
    return f"{kind.value}.listing"


async def changes(shelf: Shelf) -> Snapshot:
    """List the folder with a version for each item; an item that is listed but not given has none.

    Raises ``CollectionVanished`` where the server does not list the folder, ``Transient``, ``AccountError``.
    """
    await shelf.known.see_build(shelf.server.build)
    await shelf.find()
    entries = await everything(shelf)
    shelf.known.read(shelf.kind, (body.raw for body in entries.values()))
    bodies: dict[str, Body | None] = dict(entries)
    from_listing = await _says_all(shelf, entries, bodies)
    if not from_listing:
        bodies.update(await details(shelf, [id for id in entries if bodies[id] is entries[id]]))
    shelf.listed(bodies, from_listing=from_listing)
    return Snapshot(tuple(Entry(id, (body.etag or None) if body is not None else None) for id, body in bodies.items()))


async def everything(shelf: Shelf) -> dict[str, Body]:
    """Return the entries of a full listing by id; raises ``Transient`` when one cannot be told from another."""
    found: dict[str, Body] = {}
    for raw in await shelf.folder.listing():
        id = smartermail.id_of(shelf.kind, raw)
        if not id or id in found:
            raise Transient(
                "The server lists an item without an id, or one twice, so its listing was not used.",
                "Try again later.",
                Where(collection=shelf.info.name),
            )
        found[id] = _entry(shelf, raw)
    return found


def _entry(shelf: Shelf, raw: dict[str, object]) -> Body:
    try:
        return body_of(shelf.kind, raw)
    except CodecError:
        return Body(raw, b"", "")


async def details(shelf: Shelf, ids: Iterable[str]) -> dict[str, Body | None]:
    """Return each item as the server gives it alone, a few at a time; ``None`` for what it does not give.

    Raises ``Transient`` when it fails again and again, and ``AccountError``.
    """
    slots, failures = asyncio.Semaphore(_AT_ONCE), list[Transient]()

    async def one(id: str) -> Body | None:
        async with slots:
            if len(failures) > _MOST_FAILURES:
                return None
            try:
                return await detail(shelf, id)
            except Transient as error:
                failures.append(error)
                return None

    wanted = list(dict.fromkeys(ids))
    tasks = [asyncio.ensure_future(one(id)) for id in wanted]
    try:
        found = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    if len(failures) > _MOST_FAILURES:
        raise failures[0]
    return dict(zip(wanted, found))


async def detail(shelf: Shelf, id: str) -> Body | None:
    """Return one item as the server gives it alone; ``None`` when it says that there is none."""
    raw = await shelf.folder.item(id)
    return _entry(shelf, raw) if raw is not None else None


async def _says_all(shelf: Shelf, entries: Mapping[str, Body], bodies: dict[str, Body | None]) -> bool:
    """Tell whether the listing can stand for the details; what was read to find out is put into ``bodies``."""
    said = shelf.known.form(question(shelf.kind))
    if said == SUMMARY or (shelf.kind is Kind.EVENT and said != WHOLE):
        return False  # a list of appointments is a summary (facts 3.4)
    shown = {key.casefold() for body in entries.values() for key in body.raw}
    whole = True
    for id, read in (await details(shelf, _sample(entries))).items():
        if read is None:
            continue
        bodies[id] = read
        hidden = [key for key in read.raw if key.casefold() not in shown]
        blind = said != WHOLE and any(_counts(shelf.kind, read, key) for key in hidden)
        whole = whole and not blind and (read.etag == entries[id].etag or not await _hides(shelf, id, read))
    if not whole:
        shelf.known.learn(question(shelf.kind), SUMMARY)
    return whole


def _counts(kind: Kind, body: Body, key: str) -> bool:
    """True when a value under this key would make another version: what no entry shows could hide an edit."""
    try:
        return body_of(kind, {**body.raw, key: "x"}).etag != body_of(kind, {**body.raw, key: None}).etag
    except CodecError:
        return True


def _sample(entries: Mapping[str, Body]) -> Sequence[str]:
    by_size = sorted(entries, key=lambda id: (-len(entries[id].data), id))
    rest = by_size[_LARGEST:]
    return [*by_size[:_LARGEST], *([_CHANCE.choice(rest)] if rest else [])]


async def _hides(shelf: Shelf, id: str, read: Body) -> bool:
    """True when a listing made after the detail was read still says something else: nobody edited it in between."""
    again = (await everything(shelf)).get(id)
    now = await detail(shelf, id)
    return again is not None and now is not None and now.etag == read.etag and again.etag != read.etag


async def learn_from_write(shelf: Shelf, id: str, believed: str, read: Body) -> None:
    """Find out why an item is not the version that a listing gave: a person's edit, or something that it hides."""
    if shelf.from_listing and believed != read.etag and await _hides(shelf, id, read):
        shelf.known.learn(question(shelf.kind), SUMMARY)
        shelf.from_listing = False
