"""One write each: read again just before, sent whole, looked at afterwards; nothing is believed of an answer alone.

The server knows no versions and refuses nothing because of one (facts 3.7), answers "success" to what it did not do,
and may blank what it was not sent in the form that it wants. So each write is proved by what is there afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

from instep.codecs import smartermail
from instep.connectors.base import Create, Delete, Document, Failed, Fetched, Outcome, Update, Write, Written
from instep.connectors.smartermail.listing import detail, everything, learn_from_write
from instep.connectors.smartermail.manners import learn, manners
from instep.connectors.smartermail.meetings import require_no_unasked_mail
from instep.connectors.smartermail.shelf import Body, Shelf, body_of
from instep.connectors.smartermail.verifying import emptied, is_ours, is_the_write
from instep.core.fields import same_item
from instep.core.model import Item, Kind, name_of
from instep.errors import (
    CodecError,
    InstepError,
    ItemError,
    ItemRefused,
    PreconditionFailed,
    ReadOnly,
    Transient,
    Where,
)
from instep.protocols.smartermail.folders import Json

T = TypeVar("T")

_LOOK = "Look at it in the web mail."
_IDS = frozenset({"id", "itemid", "eventid", "contactid", "taskid", "noteid", "uid"})
_USE_DAV = "Use DAV for this kind, or run the live check (instep doctor smartermail NAME)."
_WORKS, _BLANKS, _COPIES = "works", "blanks", "copies"
_CHANGE, _DOUBTFUL = "contact-change", "contact-change-doubtful"


def question(kind: Kind) -> str:
    """Return the question of the profile that says how changing an item of a kind went."""
    return f"{kind.value}.changing"


async def carry_out(shelf: Shelf, write: Write) -> Outcome:
    """Carry out one write; an ``InstepError`` becomes its ``Failed``. After ``Transient`` nobody knows the effect."""
    try:
        if shelf.info.writable is False:
            raise _read_only(shelf)
        match write:
            case Create():
                return await _create(shelf, write)
            case Update():
                return await _update(shelf, write)
            case Delete():
                return await _delete(shelf, write)
    except InstepError as error:
        name = write.href if isinstance(write, Delete) else name_of(write.item)
        place = error.where
        error.where = Where(place.account, place.collection or shelf.info.name, place.item or name)
        return Failed(write.key, error)


# Making -----------------------------------------------------------------------------------------------------------


async def _create(shelf: Shelf, write: Create) -> Written:
    if shelf.ids is None:
        shelf.ids = set(await everything(shelf))
    sent = _new_object(shelf, write.item, write.like)
    while True:
        doubts = shelf.known.doubts
        try:
            id, body = await _made(shelf, write.item, sent)
            break
        except Transient:
            # It is not there. The client then doubts the form of the call, where that can be at fault, and has another.
            # A form that the server took is learned too, but what it took may show later and is not sent twice.
            if shelf.known.doubts == doubts:
                raise
    shelf.wrote(id, there=True)
    shelf.took_a_write()
    body = await _in_its_manner(shelf, id, write.item, body)
    return _written(shelf, write.key, id, write.item, None, body)


async def _made(shelf: Shelf, item: Item, sent: dict[str, Any]) -> tuple[str, Body]:
    """Send a new object and find it; raises ``Transient`` when it is not there afterwards, as far as can be seen."""
    lost: Transient | None = None
    id: str | None = None
    try:
        id = await _in_either_manner(shelf, sent, None, shelf.folder.create)
    except Transient as error:
        lost = error  # it may have been made, and would be made twice
    body = await detail(shelf, id) if id and id not in (shelf.ids or ()) else None
    return (id, body) if id is not None and body is not None else await _found_again(shelf, item, lost)


async def _in_either_manner(shelf: Shelf, sent: Json, held: Json | None, send: Callable[[Json], Awaitable[T]]) -> T:
    """Send an object; in the other manner after a clear refusal, which has done nothing."""
    first: ItemRefused | None = None
    for manner in manners(shelf.kind, shelf.known, sent, held):
        try:
            done = await send(manner)
        except ItemRefused as error:
            first = first or error
            continue
        learn(shelf.known, manner)
        return done
    assert first is not None
    raise first


async def _in_its_manner(shelf: Shelf, id: str, intent: Item, body: Body) -> Body:
    """Write a new item once more where it came back as something else, in the manner that the server shows by then (of
    dates, or of formatted text); what fails now stays as it is, for the item is made."""
    form = shelf.known.form(question(shelf.kind))
    try:
        held = shelf.read(id, body)
        data = smartermail.write(intent, onto=body.data, dialect=shelf.known.dialect)
        if form in (_BLANKS, _COPIES) or data == body.data or is_the_write(intent, None, held, _limits(shelf)):
            return body
        sent = _parsed(data)
        await shelf.folder.update(id, sent)
        used = shelf.known.form(_CHANGE)
        if form != _WORKS and await _copies_removed(shelf, sent):
            _give_up(shelf, _COPIES, used)
        return await detail(shelf, id) or body
    except (ItemError, CodecError, Transient):
        return body


def _new_object(shelf: Shelf, item: Item, like: Document | None) -> dict[str, Any]:
    """The object of a new item; one that was here before gets back what only this server knew of it, but for guests."""
    base = None
    if like is not None and like.media_type == smartermail.MEDIA_TYPES[shelf.kind]:
        old = _parsed(like.data)
        if not (shelf.kind is Kind.EVENT and smartermail.has_attendees(old)):
            base = body_of(shelf.kind, {k: v for k, v in old.items() if k.casefold() not in _IDS}).data
    return _parsed(smartermail.write(item, onto=base, dialect=shelf.known.dialect))


async def _found_again(shelf: Shelf, item: Item, lost: Transient | None) -> tuple[str, Body]:
    """Find what a creation has made that told no id: what was not there before and is what was meant."""
    async with shelf.searching:
        for id in await _new_ones(shelf):
            body = await detail(shelf, id)
            found = _read(shelf, id, body)
            if body is not None and found is not None and is_ours(item, found, _limits(shelf)):
                shelf.wrote(id, there=True)
                return id, body
    raise lost or Transient("The server took it, but does not show it.", "The next run looks for it again.")


async def _new_ones(shelf: Shelf) -> list[str]:
    known = set(shelf.ids or ())
    return sorted(set(await everything(shelf)) - known)


# Changing ---------------------------------------------------------------------------------------------------------


async def _update(shelf: Shelf, write: Update) -> Written:
    before = await _expected(shelf, write.href, write.etag, write.based_on)
    if before is None:
        raise PreconditionFailed("It is not there any more.", "The next run looks what became of it.")
    _require_own(shelf, before)
    _require_known_to_work(shelf)
    old = shelf.read(write.href, before)
    require_no_unasked_mail(shelf, before, old, write.item)
    data = smartermail.write(write.item, onto=before.data, dialect=shelf.known.dialect)
    if data == before.data:
        return _written(shelf, write.key, write.href, write.item, old, before)
    sent = _parsed(data)
    if shelf.ids is None and shelf.known.form(question(shelf.kind)) != _WORKS:
        shelf.ids = set(await everything(shelf))
    known = shelf.known.form(_CHANGE)
    await _send_update(shelf, write.href, before, sent)
    used = known or shelf.known.form(_CHANGE)
    after = await detail(shelf, write.href)
    if after is None:
        raise Transient("It is not there after it was changed.", "The next run looks what became of it.")
    await _require_taken(shelf, before, sent, after, used)
    await _require_whole(shelf, write.href, before, sent, after, used)
    shelf.took_a_write()
    return _written(shelf, write.key, write.href, write.item, old, after)


async def _send_update(shelf: Shelf, id: str, before: Body, sent: dict[str, Any]) -> None:
    """Send a changed object; raises ``Transient`` when no answer came and it is not seen to have been done."""
    while True:
        doubts = shelf.known.doubts
        try:
            return await _in_either_manner(shelf, sent, before.raw, partial(shelf.folder.update, id))
        except Transient:
            after = await detail(shelf, id)
            if after is not None and after.etag == body_of(shelf.kind, sent).etag != before.etag:
                return None
            if after is None or after.etag != before.etag or shelf.known.doubts == doubts:
                raise
        finally:
            shelf.wrote(id, there=True)


async def _require_taken(shelf: Shelf, before: Body, sent: dict[str, Any], after: Body, used: str) -> None:
    """Raise ``ItemRefused`` when nothing changed; a second item that the change has made instead is removed."""
    meant = body_of(shelf.kind, sent).etag
    unchanged = after.etag == before.etag and meant != before.etag
    if not unchanged and shelf.known.form(question(shelf.kind)) == _WORKS:
        return
    if await _copies_removed(shelf, sent):
        _give_up(shelf, _COPIES, used)
        raise ItemRefused("Changing it made a second item on the server, which was removed again.", _USE_DAV)
    if unchanged:
        raise ItemRefused("The server said yes, but kept it as it was.", _LOOK)
    if meant != before.etag:
        shelf.known.learn(question(shelf.kind), _WORKS)


async def _copies_removed(shelf: Shelf, sent: dict[str, Any]) -> bool:
    """Remove what was not there before and says exactly what was sent; True when there was such an item."""
    if shelf.ids is None:
        return False
    meant = _read(shelf, "", body_of(shelf.kind, sent))
    removed = False
    async with shelf.searching:
        for id in await _new_ones(shelf):
            found = _read(shelf, id, await detail(shelf, id))
            if found is not None and meant is not None and same_item(found, meant):
                await shelf.folder.delete(id)
                removed = True
    return removed


async def _require_whole(shelf: Shelf, id: str, before: Body, sent: dict[str, Any], after: Body, used: str) -> None:
    """Put the item back as it was, once, when the server has emptied what it was sent with a value."""
    lost = emptied(shelf.kind, before.raw, sent, after.raw)
    if not lost:
        return
    _give_up(shelf, _BLANKS, used)
    await shelf.folder.update(id, before.raw)
    now = await detail(shelf, id)
    if now is None or now.etag != before.etag:
        # The next run sees what is there, and puts the version before into the history.
        raise Transient(
            f"The server emptied {', '.join(lost)} when it was changed, and did not take it back.",
            "The version before is in the history (instep history); nothing more of this kind is changed there.",
        )
    raise ItemRefused(f"The server emptied {', '.join(lost)} when it was changed; it was put back as it was.", _USE_DAV)


def _give_up(shelf: Shelf, verdict: str, used: str) -> None:
    """Note that changing this kind does harm on this build: contacts have another form of the call, then no more.

    ``used`` is the form of this change; changes that were under way at once in one form count as one.
    """
    doubtful = shelf.known.form(_DOUBTFUL).split()
    if shelf.kind is not Kind.CONTACT or not used or (doubtful and used not in doubtful):
        shelf.known.learn(question(shelf.kind), verdict)
    elif not doubtful:
        shelf.known.learn(_DOUBTFUL, used)
        shelf.known.learn(_CHANGE, "")
        shelf.reopen()


def _require_known_to_work(shelf: Shelf) -> None:
    match shelf.known.form(question(shelf.kind)):
        case "blanks":
            raise ItemRefused(
                "This server empties fields when an item of this kind is changed over REST, so it was not changed.",
                _USE_DAV,
            )
        case "copies":
            raise ItemRefused(
                "This server makes a second item when one of this kind is changed over REST, so it was not changed.",
                _USE_DAV,
            )


# Deleting ---------------------------------------------------------------------------------------------------------


async def _delete(shelf: Shelf, write: Delete) -> Written:
    before = await _expected(shelf, write.href, write.etag, write.based_on)
    if before is None:
        await _require_absent(shelf, write.href)
        return Written(write.key, write.href)
    _require_own(shelf, before)
    require_no_unasked_mail(shelf, before, _read(shelf, write.href, before), None)
    try:
        await shelf.folder.delete(write.href)
    except Transient:
        if await detail(shelf, write.href) is not None:
            raise
    finally:
        shelf.wrote(write.href, there=True)
    if await detail(shelf, write.href) is not None:
        raise ItemRefused("The server said that it was deleted, but it is still there.", _LOOK)
    await _require_absent(shelf, write.href)
    shelf.took_a_write()
    return Written(write.key, write.href)


async def _require_absent(shelf: Shelf, id: str) -> None:
    """For an appointment an error stands for "not there", so the list must lack it too (facts 3.4)."""
    if shelf.kind is Kind.EVENT and id in await everything(shelf):
        raise Transient("The server lists it, but does not give it.", "The next run looks at it again.")
    shelf.wrote(id, there=False)


# What all have in common ------------------------------------------------------------------------------------------


async def _expected(shelf: Shelf, id: str, etag: str | None, based_on: Document | None) -> Body | None:
    """Read the item again; ``PreconditionFailed`` when it is another version than the write is based on."""
    now = await detail(shelf, id)
    wanted = etag or (smartermail.digest(shelf.kind, based_on.data) if based_on is not None else None)
    if now is None or wanted is None or now.etag == wanted:
        return now
    shelf.bodies.pop(id, None)
    await learn_from_write(shelf, id, wanted, now)
    raise PreconditionFailed("It was changed on the server meanwhile.", "The next run compares it again.")


def _require_own(shelf: Shelf, body: Body) -> None:
    if shelf.kind is Kind.TASK and smartermail.is_delegated(body.raw):
        raise ItemRefused("The task is delegated by its owner, so it is only read.", "Change it in the web mail.")


def _written(shelf: Shelf, key: int, id: str, intent: Item, before: Item | None, body: Body) -> Written:
    held = _read(shelf, id, body)
    if held is None:
        return Written(key, id)
    own = is_the_write(intent, before, held, _limits(shelf))
    fetched = Fetched(id, body.etag, shelf.document(body), held)
    return Written(key, id, body.etag if own else None, fetched)


def _read(shelf: Shelf, id: str, body: Body | None) -> Item | None:
    try:
        return shelf.read(id, body) if body is not None else None
    except CodecError:
        return None


def _limits(shelf: Shelf) -> Any:
    return smartermail.limits(shelf.known.dialect).get(shelf.kind, {})


def _parsed(data: bytes) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(data)
    return parsed


def _read_only(shelf: Shelf) -> ReadOnly:
    return ReadOnly(
        "This login may not write there.",
        "Ask for the right to write, or let the pair go one way, to the desktop.",
        Where(collection=shelf.info.name),
    )
