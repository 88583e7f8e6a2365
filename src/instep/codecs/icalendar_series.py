"""Finds the logical items of a document: a series with all its exceptions is one, however many components it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from instep.codecs.contentline import Component, Document, parse
from instep.codecs.icalendar_read import KIND_OF, WORD_OF, Reading, in_series_zone, read_component
from instep.codecs.zones import Zones
from instep.core.model import Event, Kind, Note, Override, Task
from instep.errors import CodecError, Where

_CALENDAR: Final = "VCALENDAR"


@dataclass(frozen=True, slots=True)
class Part:
    """One logical item of a document, or why it cannot be read.

    ``uid`` is empty where there is none; ``components`` are its ranges in the document, in order; ``line`` is where
    the first begins, counted from 1.
    """

    uid: str
    kind: Kind
    item: Event | Task | Note | CodecError
    components: tuple[Component, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Series:
    """A logical item with the readings of its components; ``overrides`` belong to ``item.exceptions`` one by one."""

    item: Event | Task | Note
    master: Reading | None
    overrides: tuple[Reading, ...]
    zones: Zones


@dataclass(frozen=True, slots=True)
class Group:
    """The components that make one logical item, before they are read."""

    uid: str
    kind: Kind
    components: tuple[Component, ...]
    calendar: Component | None


def groups_of(document: Document) -> tuple[Group, ...]:
    """Find the logical items in order; components without a uid are items of their own."""
    found: dict[Any, list[Component]] = {}
    calendars: dict[Any, Component | None] = {}
    for root in document.roots:
        inside = root.children if root.name == _CALENDAR else (root,)
        for component in inside:
            kind = KIND_OF.get(component.name)
            if kind is None:
                continue
            uid = uid_of(component)
            key = (kind, uid) if uid else (kind, "", component.start)
            found.setdefault(key, []).append(component)
            calendars.setdefault(key, root if root.name == _CALENDAR else None)
    return tuple(Group(key[1], key[0], tuple(members), calendars[key]) for key, members in found.items())


def uid_of(component: Component) -> str:
    """Give the UID of a component, empty for none."""
    for line in component.lines():
        if line.raw[0] in b"Uu" and line.name == "UID":
            return line.value.strip()
    return ""


def zones_of(document: Document, group: Group) -> Zones:
    """Give the time zones that the item may use: those of its calendar, or all when it stands in none."""
    around = document.roots if group.calendar is None else group.calendar.children
    return Zones([component for component in around if component.name == "VTIMEZONE"])


def read_series(document: Document, group: Group, zones: Zones, where: str) -> Series:
    """Read one logical item; raises ``CodecError`` when it cannot be told what it is."""
    first = document.lines[group.components[0].start].number
    word = WORD_OF[group.kind]
    if group.calendar is not None and not group.calendar.closed:
        reason = "the calendar is cut off (no END:VCALENDAR), so exceptions may be missing"
        raise CodecError(reason, "Get the file again.", Where(item=where), first)
    readings = [read_component(component, zones, where) for component in group.components]
    masters = [reading for reading in readings if reading.recurrence_id is None]
    if len(masters) > 1:
        again = document.lines[masters[1].component.start].number
        reason = f"the {word} is in the file twice, under one UID"
        raise CodecError(reason, "Give one of them another UID, or remove it.", Where(item=where), again)
    overrides = tuple(reading for reading in readings if reading.recurrence_id is not None)
    master = masters[0] if masters else None
    if group.kind is Kind.NOTE:
        # A note is no series: what stands for single days stays in the document.
        reading = master or overrides[0]
        return Series(reading.item(uid=reading.uid), reading, (), zones)
    start = master.fields.get("start") if master is not None else None
    exceptions = []
    for reading in overrides:
        assert reading.recurrence_id is not None
        item = reading.item()
        assert not isinstance(item, Note)
        exceptions.append(Override(in_series_zone(reading.recurrence_id, start), item, reading.and_future))
    if master is not None:
        return Series(master.item(uid=master.uid, exceptions=tuple(exceptions)), master, overrides, zones)
    modified = max((o.item.modified for o in exceptions if o.item.modified is not None), default=None)
    build = Event if group.kind is Kind.EVENT else Task
    item = build(uid=group.uid, exceptions=tuple(exceptions), headless=True, modified=modified)
    return Series(item, None, overrides, zones)


def parts_of(document: Document, where: str) -> tuple[Part, ...]:
    """Read all logical items; one that cannot be read is a ``CodecError`` in its place."""
    out: list[Part] = []
    shared: dict[int, Zones] = {}
    for group in groups_of(document):
        item: Event | Task | Note | CodecError
        calendar = group.calendar.start if group.calendar else -1
        if (zones := shared.get(calendar)) is None:
            zones = shared[calendar] = zones_of(document, group)
        try:
            item = read_series(document, group, zones, where).item
        except CodecError as error:
            item = error
        line = document.lines[group.components[0].start].number
        out.append(Part(group.uid, group.kind, item, group.components, line))
    return tuple(out)


def open_document(raw: bytes, where: str) -> Document:
    """Read a document of at least one logical item; raises ``CodecError`` when it holds none."""
    document = parse(raw, where)
    if not any(True for root in document.roots for name in _names(root) if name in KIND_OF):
        raise CodecError(
            "holds no appointment, task or note",
            "Is it an iCalendar file?",
            Where(item=where),
            1 if document.lines else 0,
        )
    return document


def _names(root: Component) -> tuple[str, ...]:
    return tuple(child.name for child in root.children) if root.name == _CALENDAR else (root.name,)
