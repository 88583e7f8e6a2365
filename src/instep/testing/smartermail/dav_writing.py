"""Writing over CalDAV and CardDAV, with what a server that schedules would mail."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from instep.codecs.contentline import parse
from instep.core.model import Contact, Event, Kind, Task
from instep.errors import CodecError
from instep.testing.smartermail.dav_tree import Tree, etag_of
from instep.testing.smartermail.dav_xml import CAL, CARD, DAV, refused
from instep.testing.smartermail.documents import document_of, read, store, uids
from instep.testing.smartermail.exchange import Request, Response
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.records import Mail
from instep.testing.smartermail.recurrences import expands

_QUIET: Final = frozenset({"CLIENT", "NONE"})
_PRODID: Final = re.compile(rb"^PRODID[^\r\n]*", re.MULTILINE)


def put(tree: Tree, folder: Folder, name: str, request: Request) -> Response:
    """Store a document under a name in a folder's collection."""
    item = folder.named(name)
    if not tree.world.may_write(folder, tree.person.email):
        return refused(403, f"{DAV}need-privileges")
    if _precondition_fails(tree, item, request):
        return Response(412)
    if problem := _problem(folder, item, name, request.body):
        return problem
    before = document_of(tree.world, folder, item) if item else None
    stored = store(tree.world, folder, item, name, request.body)
    _mail_saved(tree, folder, before, request.body)
    tag = etag_of(stored)
    if tree.world.switches.etag == "changes":
        _rewritten(tree, folder, stored)
    told = (("ETag", tag),) if tree.world.switches.etag != "absent" else ()
    return Response(204 if item else 201, headers=told)


def delete(tree: Tree, folder: Folder, name: str, request: Request) -> Response:
    """Delete the item of a name in a folder's collection."""
    item = folder.named(name)
    if item is None:
        return Response(404)
    if not tree.world.may_write(folder, tree.person.email):
        return refused(403, f"{DAV}need-privileges")
    if _precondition_fails(tree, item, request):
        return Response(412)
    document = document_of(tree.world, folder, item)
    tree.world.drop(folder, item)
    _mail_deleted(tree, folder, document, request.headers.get("schedule-reply", "").upper() != "F")
    return Response(204)


def _precondition_fails(tree: Tree, item: Item | None, request: Request) -> bool:
    if tree.world.switches.if_match == "ignored":
        return False
    if request.headers.get("if-none-match") == "*" and item is not None:
        return True
    wanted = request.headers.get("if-match")
    if wanted is None:
        return False
    return item is None or (wanted != "*" and etag_of(item) not in [part.strip() for part in wanted.split(",")])


def _problem(folder: Folder, item: Item | None, name: str, body: bytes) -> Response | None:
    """The answer to a document that cannot be stored here, None for one that can."""
    space, data = (CARD, "valid-address-data") if folder.kind is Kind.CONTACT else (CAL, "valid-calendar-data")
    try:
        body.decode()
        model = read(folder.kind, body)
    except (CodecError, UnicodeDecodeError, AssertionError):
        return refused(403, f"{space}{data}")
    fits = {Kind.CONTACT: Contact, Kind.EVENT: Event, Kind.TASK: Task}[folder.kind]
    if not isinstance(model, fits):
        return refused(403, f"{CAL}supported-calendar-component")
    if not model.uid or not _makes_sense(model):
        return refused(403, f"{space}{data}")
    if uids(folder.items.values()).get(model.uid, name) != name:
        return refused(403, f"{space}no-uid-conflict")
    return None


def _makes_sense(model: Contact | Event | Task) -> bool:
    """Whether the times of a document are such as a calendar can count with."""
    match model:
        case Contact():
            return True
        case Task():
            moments = [model.start, model.due]
        case Event() if model.headless:
            moments = [each.item.start for each in model.exceptions]
        case Event():
            moments = [model.start, model.end]
    if isinstance(model, Event) and (moments[0] is None or not expands(model)):
        return False
    return all(moment is None or 1600 <= moment.local.year <= 4500 for moment in moments)


def _rewritten(tree: Tree, folder: Folder, item: Item) -> None:
    """Write the item in the server's own hand a moment later, so that the ETag of the answer is no more."""
    document = _PRODID.sub(b"PRODID:-//Stand-in for SmarterMail//EN", document_of(tree.world, folder, item))
    tree.world.replace(folder, item, item.data)
    item.document, item.documented = document, item.revision


def _told(document: bytes) -> set[str]:
    """The addresses that the server has to tell: those that no client says it tells itself."""
    return {
        line.value.lower().removeprefix("mailto:").strip()
        for line in parse(document).lines
        if line.name == "ATTENDEE" and (line.param("SCHEDULE-AGENT") or "").upper() not in _QUIET
    }


def _business(document: bytes) -> Event | None:
    """What of an event concerns its guests."""
    event = read(Kind.EVENT, document)
    if not isinstance(event, Event):
        return None
    return replace(event, alarms=(), categories=(), transparency="", busy="", color="", extra=(), sensitivity="")


def _mail_saved(tree: Tree, folder: Folder, before: bytes | None, after: bytes) -> None:
    if folder.kind is not Kind.EVENT or tree.world.switches.dav_mails == "none":
        return
    new, old = _business(after), _business(before) if before else None
    me = tree.person.email
    if new is None or new == old or new.organizer is None:
        return
    if new.organizer.address != me:
        if old is not None and _answer(new, me) != _answer(old, me):
            _mail(tree, "reply", {new.organizer.address}, new.summary)
        return
    told = _told(after)
    gone = (_told(before) - told) if before else set()
    _mail(tree, "invitation", told - {me}, new.summary)
    _mail(tree, "cancellation", gone - {me}, new.summary)


def _mail_deleted(tree: Tree, folder: Folder, document: bytes, replies: bool) -> None:
    if folder.kind is not Kind.EVENT or tree.world.switches.dav_mails == "none":
        return
    event, me = _business(document), tree.person.email
    if event is None or event.organizer is None:
        return
    if event.organizer.address == me:
        _mail(tree, "cancellation", _told(document) - {me}, event.summary)
    elif replies and _answer(event, me) is not None:
        _mail(tree, "reply", {event.organizer.address}, event.summary)


def _answer(event: Event, email: str) -> str | None:
    return next((guest.participation for guest in event.attendees if guest.address == email), None)


def _mail(tree: Tree, kind: str, to: set[str], subject: str) -> None:
    tree.world.records.mails += [Mail(kind, address, subject, tree.person.email) for address in sorted(to)]
