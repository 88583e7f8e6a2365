"""Between the bytes on a DAV server and the model: which lens, which version, and what a server must not see."""

from __future__ import annotations

import re
from dataclasses import replace

from instep.connectors.base import Document
from instep.connectors.dav.hrefs import uid_for
from instep.core.invitations import has_guests
from instep.core.model import Contact, Event, Item, Kind, Note, Task
from instep.errors import CodecError, Where

VCARD, CALENDAR = "text/vcard", "text/calendar"
_KINDS = {b"VCARD": Kind.CONTACT, b"VEVENT": Kind.EVENT, b"VTODO": Kind.TASK, b"VJOURNAL": Kind.NOTE}
_FIRST = re.compile(rb"^BEGIN:(VCARD|VEVENT|VTODO|VJOURNAL)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_OTHERS = re.compile(rb"^BEGIN:(VFREEBUSY|VAVAILABILITY|VPOLL)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_VERSION_3 = re.compile(rb"^VERSION:[ \t]*3\.0[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)


def media_type(kind: Kind) -> str:
    """Return the media type in which a server holds items of this kind."""
    return VCARD if kind is Kind.CONTACT else CALENDAR


def kind_in(data: bytes) -> Kind | None:
    """Return the kind of the first thing in a document, without reading it; None when there is nothing known."""
    match = _FIRST.search(data)
    return _KINDS[match[1].upper()] if match else None


def is_nobodys(data: bytes) -> bool:
    """Tell whether a document holds only what Instep does not keep (free-busy times …), which is no fault."""
    return kind_in(data) is None and _OTHERS.search(data) is not None


def read(data: bytes, name: str) -> Item:
    """Return the item in a server's document; ``name`` is for messages.

    Raises ``CodecError`` when it cannot be read.
    """
    # The lenses are imported where they are used: a run without changes reads no document.
    match kind_in(data):
        case Kind.CONTACT:
            from instep.codecs import vcard

            return vcard.read(data, name)
        case None:
            raise CodecError("holds nothing that Instep keeps", "Look at it on the server.", Where(item=name))
        case _:
            from instep.codecs import icalendar

            return icalendar.read(data, name)


def for_create(item: Item, like: Document | None, *, schedules: bool) -> bytes:
    """Return the document of a new item, on the base of the other side's where the format fits.

    vCards are written as 3.0, which every server takes. Where the server ``schedules``, a meeting is marked so that the
    server mails nobody (RFC 6638 7.1). Raises ``CodecError`` when the base cannot be read.
    """
    from instep.codecs.strict import strict

    named = item if item.uid else replace(item, uid=uid_for(item))
    base = like.data if like is not None and _fits(named, like) else None
    data = strict(_write(named, base))
    if isinstance(named, Contact):
        return data
    return _for_server(data, quiet=schedules and has_guests(named))


def for_update(item: Item, based_on: Document) -> bytes:
    """Return ``based_on`` with only what differs in ``item`` rewritten, in its own version.

    Marks for a scheduling server are not altered; who comes in is marked where everybody else is (RFC 6638 7.1).
    """
    data = _write(item, based_on.data)
    if not has_guests(item):
        return data
    from instep.codecs.scheduling import kept_quiet

    return kept_quiet(based_on.data, data)


def _write(item: Item, onto: bytes | None) -> bytes:
    match item:
        case Contact():
            from instep.codecs import vcard

            return vcard.write(item, onto=onto)
        case Event() | Task() | Note():
            from instep.codecs import icalendar

            return icalendar.write(item, onto=onto)


def _fits(item: Item, like: Document) -> bool:
    from instep.codecs import contentline

    if isinstance(item, Contact):
        # Several cards in one file stay where they are; a server's resource holds one (RFC 6352 5.1).
        data = like.data
        return like.media_type == VCARD and bool(_VERSION_3.search(data)) and len(_FIRST.findall(data)) == 1
    if like.media_type != CALENDAR:
        return False
    roots = contentline.parse(like.data).roots
    kept = [part for root in roots for part in root.children if part.name.encode() in _KINDS]
    uids = {line.value for part in kept for line in part.lines() if line.name == "UID"}
    # A server's resource holds one object (RFC 4791 4.1); what came in a file with others is written anew.
    return len(roots) == 1 and uids == {item.uid} and len({part.name for part in kept}) == 1


def _for_server(data: bytes, *, quiet: bool) -> bytes:
    from instep.codecs import contentline

    document = contentline.parse(data)
    changes: dict[int, bytes | None] = {}
    for index, line in enumerate(document.lines):
        if line.name == "METHOD":
            # A stored object must not have one (RFC 4791 4.1).
            changes[index] = None
    stored = contentline.replace(document, changes) if changes else data
    if not quiet:
        return stored
    from instep.codecs.scheduling import quietened

    return quietened(stored)
