"""One write each: PUT and DELETE under preconditions, and what the server's refusals mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from instep.connectors.base import Create, Delete, Failed, Outcome, Scheduling, Update, Write, Written
from instep.connectors.dav import documents
from instep.connectors.dav.hrefs import folder_of, proposed, tidy_etag, url_of
from instep.connectors.dav.scheduling import scheduling
from instep.connectors.dav.shelf import Shelf
from instep.core.invitations import has_guests
from instep.core.model import Item, Kind, name_of
from instep.errors import CollectionError, InstepError, ItemRefused, PreconditionFailed, ReadOnly, Transient, Where
from instep.protocols.exchange import Response
from instep.protocols.webdav.discovery import collection_at
from instep.protocols.webdav.verbs import Refused, delete, put, vanished
from instep.protocols.webdav.xml import error_condition

_GONE = frozenset({404, 410})
_MALFORMED = frozenset({400, 415, 422})
_LOCKED = 423
_MOST_TURNS = 8


async def carry_out(shelf: Shelf, write: Write, kind: Kind) -> Outcome:
    """Carry out one write; an ``InstepError`` becomes its ``Failed``. After ``Transient`` nobody knows the effect."""
    try:
        if write.href is not None and not shelf.holds(write.href):
            raise ItemRefused("Its address lies outside the folder, so nothing was sent.", "Look at the item there.")
        match write:
            case Create():
                return await _create(shelf, write, kind)
            case Update():
                return await _update(shelf, write)
            case Delete():
                return await _delete(shelf, write)
    except InstepError as error:
        name = write.href if isinstance(write, Delete) else name_of(write.item)
        place = error.where
        error.where = Where(place.account, place.collection or shelf.info.name, place.item or name)
        return Failed(write.key, error)


async def _create(shelf: Shelf, write: Create, kind: Kind) -> Written:
    _require_writable(shelf)
    href = write.href or proposed(folder_of(shelf.url), write.item, shelf.flavour.suffix, shelf.etags)
    if href in shelf.etags:
        # Known without asking, and not every server would refuse it.
        raise PreconditionFailed("There is something at its address already.", "The next run compares it again.")
    schedules = await _schedules(shelf, write.item)
    data = documents.for_create(write.item, write.like, schedules=schedules)
    shelf.wrote(href, None, there=True)
    response = await _put_new(shelf, href, data, kind)
    if _stumbles(response) and write.like is not None:
        # The other side's document has something that this server stumbles over: write the item itself.
        plain = documents.for_create(write.item, None, schedules=schedules)
        response = response if plain == data else await _put_new(shelf, href, plain, kind)
    if not response.ok:
        shelf.wrote(href, None, there=response.status == 412)
        raise await _refusal(shelf, response)
    # Anything but "created" on a server that knows the difference means: something was there, look at what it is now.
    etag = tidy_etag(response.headers.get("etag"))
    shelf.wrote(href, etag, there=True)
    return Written(write.key, href, etag if response.status == 201 else None)


def _stumbles(response: Response) -> bool:
    """True for answers that find fault with the document; some servers say so with 412 and the fault's name."""
    if response.status in _MALFORMED:
        return True
    return response.status in {403, 409, 412} and _condition(response) in _FAULTS


def _condition(response: Response) -> str:
    return error_condition(response.body, response.url).rpartition("}")[2]


async def _put_new(shelf: Shelf, href: str, data: bytes, kind: Kind) -> Response:
    url, media_type = url_of(shelf.url, href), documents.media_type(kind)
    return await _in_turn(shelf, lambda: put(shelf.client, url, data, media_type, if_none_match="*"))


async def _update(shelf: Shelf, write: Update) -> Written:
    _require_writable(shelf)
    data = documents.for_update(write.item, write.based_on)
    shelf.wrote(write.href, None, there=True)
    url, media_type = url_of(shelf.url, write.href), write.based_on.media_type
    if_match = tidy_etag(write.etag) or ""
    response = await _in_turn(shelf, lambda: put(shelf.client, url, data, media_type, if_match=if_match))
    if not response.ok:
        raise await _refusal(shelf, response)
    etag = tidy_etag(response.headers.get("etag"))
    shelf.wrote(write.href, etag, there=True)
    return Written(write.key, write.href, etag)


async def _delete(shelf: Shelf, write: Delete) -> Written:
    _require_writable(shelf)
    shelf.wrote(write.href, None, there=True)
    url, if_match = url_of(shelf.url, write.href), tidy_etag(write.etag) or ""
    response = await _in_turn(shelf, lambda: delete(shelf.client, url, if_match=if_match))
    if not response.ok and response.status not in _GONE:
        raise await _refusal(shelf, response)
    shelf.wrote(write.href, None, there=False)
    return Written(write.key, write.href)


async def _in_turn(shelf: Shelf, send: Callable[[], Awaitable[Response]]) -> Response:
    """Send a write; again, and from then on one at a time, when the server says that another one locks it out."""
    response = await send()
    if response.status != _LOCKED:
        return response
    shelf.pace.settle_for_one()
    for _ in range(_MOST_TURNS):
        async with shelf.turn:
            response = await send()
        if response.status != _LOCKED:
            return response
    raise Transient("The server keeps it locked.", "Try again later.")


def _require_writable(shelf: Shelf) -> None:
    if shelf.info.writable is False:
        raise _read_only(shelf)


async def _schedules(shelf: Shelf, item: Item) -> bool:
    return has_guests(item) and await scheduling(shelf) is not Scheduling.NONE


async def _refusal(shelf: Shelf, response: Response) -> InstepError:
    condition = _condition(response)
    match response.status:
        case 412 if condition not in _REASONS:
            shelf.learned.honours_if_match = True
            return PreconditionFailed("It was changed on the server meanwhile.", "The next run compares it again.")
        case 403 | 405 if condition in ("need-privileges", "cannot-modify-protected-property"):
            return _read_only(shelf)
        case 413:
            return ItemRefused(
                "It is too large for the server.", "Make it smaller, for example its photo or attachment."
            )
        case 403 | 404 | 405 | 409 | 410 if not condition:
            if (error := await _of_collection(shelf)) is not None:
                return error
    said = f"status {response.status}, {condition}" if condition else f"status {response.status}"
    reason = _REASONS.get(condition, f"The server will not take it ({said}).")
    return ItemRefused(reason, "Look at the item; the others go on.")


_FAULTS = frozenset({"valid-calendar-data", "valid-address-data", "supported-address-data"})
_REASONS = {
    "no-uid-conflict": "The server holds another item with the same uid.",
    "unique-scheduling-object-resource": "The server holds the same meeting in another place.",
    "allowed-attendee-scheduling-object-change": "Only its organizer may change that of a meeting.",
    "allowed-organizer-scheduling-object-change": "The server does not let the organizer change that of a meeting.",
    "same-organizer-in-all-components": "The occurrences of a meeting must all have the same organizer.",
    "supported-calendar-component": "The calendar does not take items of this kind.",
    "supported-address-data": "The server does not take this version of vCard.",
    "valid-calendar-data": "The server finds the appointment or task malformed.",
    "valid-address-data": "The server finds the contact malformed.",
    "max-resource-size": "It is too large for the server.",
}


async def _of_collection(shelf: Shelf) -> CollectionError | None:
    """Tell whether a refusal was about the collection: gone, or not ours to write."""
    try:
        found = await collection_at(shelf.client, shelf.url)
    except InstepError:
        return None
    if isinstance(found, Refused):
        return vanished(shelf.url) if found.status in _GONE else None
    if found is None:
        return vanished(shelf.url)
    return _read_only(shelf) if found.writable is False else None


def _read_only(shelf: Shelf) -> ReadOnly:
    return ReadOnly(
        "This login may not write there.",
        "Ask for the right to write, or let the pair go one way, to the desktop.",
        Where(collection=shelf.info.name),
    )
