"""Items of a folder: from what the listing has read, else one by one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from instep.codecs import smartermail
from instep.codecs.smartermail_groups import group_error
from instep.connectors.base import Fetched, FetchResult, Missing, Unreadable
from instep.connectors.smartermail.listing import details, everything
from instep.connectors.smartermail.shelf import Body, Shelf
from instep.core.model import Kind
from instep.errors import CodecError, ItemUnreadable, Where

_PART = 100


async def read(shelf: Shelf, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
    """Yield what is at each href, each once; raises ``Transient`` and ``AccountError``."""
    wanted = list(dict.fromkeys(hrefs))
    for start in range(0, len(wanted), _PART):
        part = wanted[start : start + _PART]
        found = {href: shelf.bodies.pop(href) for href in part if href in shelf.bodies}
        missing = [href for href in part if href not in found]
        asked = await details(shelf, missing)
        listed = await _still_listed(shelf, [href for href, body in asked.items() if body is None])
        for href in part:
            body = found.get(href) or asked.get(href)
            if body is not None:
                yield understood(shelf, href, body)
            elif href in listed:
                yield Unreadable(href, None, _not_given(shelf, href))
            else:
                yield Missing(href)


async def _still_listed(shelf: Shelf, hrefs: Sequence[str]) -> set[str]:
    """Which of the items that the server did not give it does list; a new listing where the older one names them."""
    if not any(shelf.ids is None or href in shelf.ids for href in hrefs):
        return set()
    return set(await everything(shelf)) & set(hrefs)


def understood(shelf: Shelf, href: str, body: Body) -> FetchResult:
    """Return what a body holds, as the engine gets it: a group of people is no contact (facts 2.3), and not carried."""
    etag = body.etag or None
    document = shelf.document(body)
    if shelf.kind is Kind.CONTACT and smartermail.is_group(body.raw):
        error = group_error()
        error.where = Where(collection=shelf.info.name, item=smartermail.title_of(shelf.kind, body.raw) or href)
        return Unreadable(href, etag, error, document)
    try:
        return Fetched(href, etag, document, shelf.read(href, body))
    except CodecError as error:
        error.where.collection = error.where.collection or shelf.info.name
        return Unreadable(href, etag, error, document)


def _not_given(shelf: Shelf, href: str) -> ItemUnreadable:
    return ItemUnreadable(
        "The server lists it, but does not give it.",
        "Look at it in the web mail; nothing is done about it meanwhile.",
        Where(collection=shelf.info.name, item=href),
    )
