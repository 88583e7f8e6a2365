"""A look before the write, for servers of which nobody knows yet whether they honour preconditions."""

from __future__ import annotations

from collections.abc import Sequence

from instep.connectors.base import Delete, Update, Write
from instep.connectors.dav.hrefs import key_of, tidy_etag, url_of
from instep.connectors.dav.shelf import Shelf
from instep.errors import InstepError, PreconditionFailed, Where
from instep.protocols.webdav.names import ETAG
from instep.protocols.webdav.verbs import Refused, get, multiget

_GONE = frozenset({404, 410})


async def moved(shelf: Shelf, writes: Sequence[Write]) -> dict[int, InstepError]:
    """Return, by key, why a change or deletion must not be made now: the item is not the version it is based on.

    One request looks at all of them; none is made once the server has refused a wrong version in this run. Items
    without an etag are compared by content.
    """
    based = [write for write in writes if isinstance(write, Update | Delete) and shelf.holds(write.href)]
    failed: dict[int, InstepError] = {}
    for write in based:
        if write.etag is None and (error := await _content_moved(shelf, write)) is not None:
            failed[write.key] = error
    tagged = [write for write in based if write.etag is not None]
    if not tagged or shelf.learned.honours_if_match:
        return failed
    now = await _etags(shelf, [write.href for write in tagged])
    for write in tagged:
        key = key_of(write.href)
        # An update of what is gone would bring it back to life; deleting it is done already.
        if key in now and now[key] != tidy_etag(write.etag) and (now[key] or isinstance(write, Update)):
            failed[write.key] = _moved(shelf, write)
    return failed


async def _etags(shelf: Shelf, hrefs: list[str]) -> dict[str, str | None]:
    """Return the etags of what the server says anything about, None for what it says is gone."""
    try:
        answer = await multiget(shelf.client, shelf.url, hrefs, shelf.flavour, data=False)
    except InstepError:
        return {}
    if isinstance(answer, Refused):
        return {}
    told = {key_of(resource.href): resource for resource in answer.resources}
    return {
        key: None if resource.status in _GONE else tidy_etag(resource.text(ETAG))
        for key, resource in told.items()
        if resource.status in _GONE or resource.text(ETAG)
    }


async def _content_moved(shelf: Shelf, write: Update | Delete) -> InstepError | None:
    if write.based_on is None:
        return None
    try:
        response = await get(shelf.client, url_of(shelf.url, write.href))
    except InstepError as error:
        return error
    if response.status in _GONE and isinstance(write, Delete):
        return None
    if response.ok and _lines(response.body) == _lines(write.based_on.data):
        return None
    return _moved(shelf, write)


def _lines(data: bytes) -> list[bytes]:
    return data.strip().splitlines()


def _moved(shelf: Shelf, write: Update | Delete) -> PreconditionFailed:
    return PreconditionFailed(
        "It was changed on the server meanwhile.",
        "The next run compares it again.",
        Where(collection=shelf.info.name, item=write.href),
    )
