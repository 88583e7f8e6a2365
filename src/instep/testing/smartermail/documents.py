"""The document of an item in CalDAV or CardDAV: the same data as REST's, and what only a document can say."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from instep.codecs import icalendar, vcard
from instep.core.model import Contact, Event, Kind, Moment, Task
from instep.testing.smartermail import contact_model, event_model, task_model
from instep.testing.smartermail.exchange import Json
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.shapes import whole
from instep.testing.smartermail.times import windows_name
from instep.testing.smartermail.world import World

Model = Contact | Event | Task
_PRODID: Final = re.compile(rb"^PRODID[^\r\n]*", re.MULTILINE)
_TZID: Final = re.compile(rb"(TZID[=:])([A-Za-z_]+/[A-Za-z_/+-]+)")
_KIND: Final = re.compile(rb"^KIND:group", re.MULTILINE)
_APPLE: Final = re.compile(rb"^X-ADDRESSBOOKSERVER-KIND:group", re.MULTILINE)


def read(kind: Kind, document: bytes) -> Model:
    """Read a document; raises ``CodecError``."""
    found = vcard.read(document) if kind is Kind.CONTACT else icalendar.read(document)
    assert isinstance(found, Contact | Event | Task)
    return found


def document_of(world: World, folder: Folder, item: Item) -> bytes:
    """Give an item's document, brought up to what its data say now."""
    if item.document is None or item.documented != item.revision:
        item.document = _renewed(world, folder, item)
        item.documented = item.revision
    return item.document


def model_of(world: World, folder: Folder, item: Item) -> Model:
    """Give the item as its document says it."""
    return read(folder.kind, document_of(world, folder, item))


def store(world: World, folder: Folder, item: Item | None, name: str, document: bytes) -> Item:
    """Take a document as the new form of an item, or as a new item of this name."""
    new = read(folder.kind, document)
    zone = _zone(world, folder)
    said = _taken(new, zone)
    if item is None:
        item = world.add(folder, {**whole(folder.kind, {}), **said, "uid": new.uid}, name)
    else:
        old = model_of(world, folder, item)
        before = _taken(old, zone)
        changed = {key: value for key, value in said.items() if before.get(key) != value}
        if isinstance(old, Task) and isinstance(new, Task) and old.html == new.html:
            # Whoever writes plain text alone leaves the formatted one as it was; the newer text counts.
            changed |= {"description": new.description} if old.description != new.description else {}
        world.replace(folder, item, {**item.data, **changed, "uid": new.uid or item.data["uid"]})
    if world.switches.dav_keeps == "everything":
        item.document, item.documented = document, item.revision
    else:
        item.document = None
        document_of(world, folder, item)
    return item


def without_instance(world: World, folder: Folder, item: Item, at: Moment) -> None:
    """Take one instance out of a series."""
    event = model_of(world, folder, item)
    assert isinstance(event, Event)
    kept = tuple(exception for exception in event.exceptions if exception.recurrence_id != at)
    document = icalendar.write(replace(event, exdates=(*event.exdates, at), exceptions=kept), item.document)
    world.replace(folder, item, item.data)
    item.document, item.documented = document, item.revision


def _zone(world: World, folder: Folder) -> str:
    person = world.people.get(folder.owner)
    return person.zone if person else "UTC"


def _taken(model: Model, zone: str) -> Json:
    match model:
        case Contact():
            return contact_model.taken(model)
        case Event():
            return event_model.taken(model, zone)
        case Task():
            return task_model.taken(model, zone)


def _renewed(world: World, folder: Folder, item: Item) -> bytes:
    old = read(folder.kind, item.document) if item.document is not None else _blank(world, folder.kind, item)
    said = _taken(old, _zone(world, folder))
    changed = {key for key, value in item.data.items() if key in said and said[key] != value}
    match old:
        case Contact():
            new_card = contact_model.onto(old, item.data, changed)
            return _marked(world, vcard.write(new_card, item.document, version=world.switches.card_version))
        case Event():
            if item.document is None:
                changed |= event_model.SCHEDULE
            new: Event | Task = event_model.onto(old, item.data, changed)
        case Task():
            new = task_model.onto(old, item.data, changed)
    if item.document is not None:
        return icalendar.write(new, item.document)
    document = icalendar.write(new)
    if world.switches.tzid == "windows":
        document = _TZID.sub(_windows, document)
    return _PRODID.sub(b"PRODID:-//Stand-in for SmarterMail//EN", document)


def _windows(match: re.Match[bytes]) -> bytes:
    return match[1] + windows_name(match[2].decode()).encode()


def _blank(world: World, kind: Kind, item: Item) -> Model:
    uid = item.data["uid"] if world.switches.uids == "same" or item.document else f"dav-{item.data['uid']}"
    match kind:
        case Kind.CONTACT:
            return Contact(uid=item.data["uid"])
        case Kind.TASK:
            return Task(uid=uid)
        case _:
            return Event(uid=uid)


def _marked(world: World, card: bytes) -> bytes:
    if world.switches.group_cards == "kind":
        return _APPLE.sub(b"KIND:group", card)
    return _KIND.sub(b"X-ADDRESSBOOKSERVER-KIND:group", card)


def uids(items: Iterable[Item]) -> dict[str, str]:
    """Give the name of the item of each uid."""
    return {str(item.data["uid"]): item.name for item in items}
