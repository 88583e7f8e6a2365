"""Is an item really gone? Only what the server says of it and of its folder together counts (RULES 14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from instep.connectors.base import Presence
from instep.connectors.smartermail.listing import everything
from instep.connectors.smartermail.shelf import Body, Shelf
from instep.core.model import Kind
from instep.errors import CollectionError, InstepError
from instep.protocols.smartermail.entries import own
from instep.protocols.smartermail.folders import Json


async def confirm(shelf: Shelf, hrefs: Iterable[str]) -> dict[str, Presence]:
    """Say of each href whether it is there; all but clear answers are ``UNKNOWN``. Never raises an ``InstepError``.

    Gone is what a full listing lacks and what the server, asked for it alone, says is not there, while it lists the
    folder as the same before and after.
    """
    wanted = list(dict.fromkeys(hrefs))
    if not wanted:
        return {}
    unknown = dict.fromkeys(wanted, Presence.UNKNOWN)
    try:
        await shelf.find()
        before = shelf.source
        listed = await everything(shelf)
        told = {href: await _ask(shelf, href, listed) for href in wanted}
        await shelf.find()
    except InstepError:
        return unknown
    return told if shelf.source == before else unknown


async def _ask(shelf: Shelf, href: str, listed: Mapping[str, Body]) -> Presence:
    if href in listed:
        return Presence.PRESENT
    try:
        raw = await shelf.folder.item(href)
        if raw is not None:
            return Presence.GONE if _elsewhere(shelf, raw) else Presence.PRESENT
        return Presence.GONE if await _answers_well(shelf, listed) else Presence.UNKNOWN
    except InstepError:
        return Presence.UNKNOWN


def _elsewhere(shelf: Shelf, raw: Json) -> bool:
    """True when the item itself says that it lies in another folder now."""
    try:
        return not own([raw], shelf.source)
    except CollectionError:
        return True


async def _answers_well(shelf: Shelf, listed: Mapping[str, Body]) -> bool:
    """For an appointment that is not there the server fails (500), as it does in trouble: so another one is asked for
    in the same moment, and where there is none the folder (facts 3.4)."""
    if shelf.kind is not Kind.EVENT:
        return True
    other = next(iter(listed), None)
    if other is None:
        return not await everything(shelf)
    return await shelf.folder.item(other) is not None
