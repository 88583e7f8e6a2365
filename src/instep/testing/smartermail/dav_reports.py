"""The REPORTs of a collection: several items at once, all that match, what changed since."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from instep.codecs.expand import instants
from instep.core.model import Event, Kind
from instep.testing.smartermail.dav_tree import SYNC, Tree
from instep.testing.smartermail.dav_xml import CAL, CARD, DAV, Found, element, multistatus, parsed, refused, wanted
from instep.testing.smartermail.documents import document_of, model_of
from instep.testing.smartermail.exchange import Refusal, Response
from instep.testing.smartermail.folders import Folder, Item

_COMPONENT = {Kind.EVENT: "VEVENT", Kind.TASK: "VTODO"}
_BEGIN = datetime(1600, 1, 1, tzinfo=UTC)


def report(tree: Tree, folder: Folder, body: bytes) -> Response:
    """Answer a REPORT on a folder's collection."""
    root = parsed(body)
    if root is None:
        return Response(400)
    contacts = folder.kind is Kind.CONTACT
    space, word = (CARD, "addressbook") if contacts else (CAL, "calendar")
    match root.tag:
        case tag if tag == f"{space}{word}-multiget":
            return multistatus(_several(tree, folder, root), wanted(root))
        case tag if tag == f"{space}{word}-query":
            chosen = _chosen(tree, folder, root)
            if chosen is None:
                return refused(403, f"{space}supported-filter")
            return multistatus([_found(tree, folder, item) for item in chosen], wanted(root))
        case tag if tag == f"{DAV}sync-collection" and tree.world.switches.sync_collection == "there":
            return _changed(tree, folder, root)
        case _:
            return refused(403, f"{DAV}supported-report")


def _found(tree: Tree, folder: Folder, item: Item) -> Found:
    name = f"{CARD}address-data" if folder.kind is Kind.CONTACT else f"{CAL}calendar-data"
    data = element(name, document_of(tree.world, folder, item).decode())
    return Found(tree.member(folder, item), (*tree.item_props(folder, item), data))


def _several(tree: Tree, folder: Folder, root: Element) -> Iterator[Found]:
    base = tree.path(folder)
    for entry in root.iter(f"{DAV}href"):
        asked = (entry.text or "").strip()
        path = urlsplit(asked).path
        item = folder.named(unquote(path.removeprefix(base))) if path.startswith(base) else None
        yield _found(tree, folder, item) if item else Found(asked, status=404)


def _chosen(tree: Tree, folder: Folder, root: Element) -> list[Item] | None:
    """The items that a query's filter lets through; None for a filter that this server does not know."""
    items = list(folder.items.values())
    if folder.kind is Kind.CONTACT:
        return None if root.find(f".//{CARD}prop-filter") is not None else items
    comps = list(root.iter(f"{CAL}comp-filter"))
    names = [comp.get("name", "") for comp in comps]
    if root.find(f".//{CAL}prop-filter") is not None or (names and names[0] != "VCALENDAR"):
        return None
    if len(names) > 1 and names[1] != _COMPONENT[folder.kind]:
        return []
    span = root.find(f".//{CAL}time-range")
    if span is None or folder.kind is not Kind.EVENT:
        return items
    start = _instant(span.get("start"), _BEGIN)
    # An endless series is looked through no further than a leap day may be away.
    end = _instant(span.get("end"), start + timedelta(days=8 * 366))
    return [item for item in items if _happens(tree, folder, item, start, end)]


def _happens(tree: Tree, folder: Folder, item: Item, start: datetime, end: datetime) -> bool:
    event = model_of(tree.world, folder, item)
    assert isinstance(event, Event)
    return bool(instants(event, start, end, 1))


def _instant(text: str | None, otherwise: datetime) -> datetime:
    if not text:
        return otherwise
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refusal(400, "A time-range is in UTC.") from None


def _changed(tree: Tree, folder: Folder, root: Element) -> Response:
    token = (root.findtext(f"{DAV}sync-token") or "").strip()
    last = folder.changes[-1][0] if folder.changes else 0
    known = re.fullmatch(rf"{re.escape(SYNC)}/{folder.number}/(\d+)", token)
    if token and (known is None or int(known[1]) > last):
        return refused(403, f"{DAV}valid-sync-token")
    since = int(known[1]) if known else -1
    latest = {name: gone for revision, name, gone in folder.changes if revision > since}
    found = []
    for name, gone in latest.items():
        item = folder.named(name)
        if item is not None:
            found.append(Found(tree.member(folder, item), tree.item_props(folder, item)))
        elif gone and token:
            found.append(Found(tree.path(folder) + name, status=404))
    return multistatus(found, wanted(root), element(f"{DAV}sync-token", f"{SYNC}/{folder.number}/{last}"))
