"""Several items in one file: one is taken out, put in or removed, and the neighbours stay byte for byte."""

from __future__ import annotations

from instep.codecs.contentline import Component, Document, parse, replace
from instep.codecs.icalendar_read import KIND_OF
from instep.codecs.icalendar_series import Group, groups_of
from instep.codecs.zones import tzid_of
from instep.errors import CodecError


def _group(document: Document, index: int) -> Group:
    groups = groups_of(document)
    if not 0 <= index < len(groups):
        raise CodecError(f"the document holds {len(groups)} items, so there is no item {index}", "Read it again.")
    return groups[index]


def _without(components: list[Component]) -> dict[int, bytes | None]:
    return {index: None for component in components for index in range(component.start, component.end)}


def extract(raw: bytes, index: int) -> bytes:
    """Give a document that holds item ``index`` alone, with the calendar around it and the time zones that it uses.

    Raises ``CodecError`` when there is no such item.
    """
    document = parse(raw)
    group = _group(document, index)
    mine = {component.start for component in group.components}
    used = {
        value
        for component in group.components
        for line in document.lines[component.start : component.end]
        if b"TZID" in line.raw.upper()
        for value in line.param_values("TZID")
    }
    others: list[Component] = []
    for root in document.roots:
        if root.start in mine:
            continue
        if not any(child.start in mine for child in root.children):
            if root.name != "VTIMEZONE" or tzid_of(root) not in used:
                others.append(root)
            continue
        others += [
            child
            for child in root.children
            if child.start not in mine and not (child.name == "VTIMEZONE" and tzid_of(child) in used)
        ]
    return replace(document, _without(others))


def remove(raw: bytes, index: int) -> bytes:
    """Give the document without item ``index``; raises ``CodecError`` when there is no such item."""
    document = parse(raw)
    return replace(document, _without(list(_group(document, index).components)))


def append(raw: bytes, other: bytes) -> bytes:
    """Give the document ``raw`` with all items of ``other`` behind its own, and the time zones that it lacks.

    Raises ``CodecError`` when ``raw`` has no calendar into which they could go, or its calendar is cut off.
    """
    document, source = parse(raw), parse(other)
    calendar = next((root for root in reversed(document.roots) if root.name == "VCALENDAR"), None)
    if calendar is None or not calendar.closed:
        raise CodecError("has no complete calendar to which an item could be added", "Get the file again.")
    known = {tzid_of(child) for child in calendar.children if child.name == "VTIMEZONE"}
    zones: list[bytes] = []
    items: list[bytes] = []
    for root in source.roots:
        for child in root.children if root.name == "VCALENDAR" else (root,):
            text = b"".join(line.raw for line in source.lines[child.start : child.end])
            if not text.endswith((b"\r", b"\n")):
                text += source.eol
            if child.name in KIND_OF:
                items.append(text)
            elif child.name == "VTIMEZONE" and (tzid := tzid_of(child)) not in known:
                known.add(tzid)
                zones.append(text)
    place = next((child.start for child in calendar.children if child.name != "VTIMEZONE"), calendar.content_end)
    insertions: dict[int, bytes] = {}
    if zones:
        insertions[place] = b"".join(zones)
    insertions[calendar.content_end] = insertions.get(calendar.content_end, b"") + b"".join(items)
    return replace(document, {}, insertions)
