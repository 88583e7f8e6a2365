"""Writes a whole item into its document: the series itself, its exceptions, and the time zones that they need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as with_fields
from datetime import datetime
from typing import Final

from instep.codecs.contentline import Document, Params, escape_text, make_line, parse
from instep.codecs.icalendar_edit import Edit
from instep.codecs.icalendar_read import NAME_OF, WORD_OF, Reading, in_series_zone, read_component
from instep.codecs.icalendar_series import Group, Series, read_series, zones_of
from instep.codecs.icalendar_values import local_text, moment_onto, moment_written
from instep.codecs.icalendar_write import Writer, same_written
from instep.codecs.linetext import edit_head
from instep.codecs.vtimezone_new import fixed_bytes, zone_bytes
from instep.codecs.zones import Zones
from instep.core.fields import override_key
from instep.core.model import Alarm, Event, Moment, Note, Override, Task, kind_of
from instep.core.moments import zone_info
from instep.errors import CodecError, Where

PRODID: Final = "-//Instep//Instep//EN"
_NO_STAMP: Final = datetime(1970, 1, 1)


def write_onto(item: Event | Task | Note, document: Document, group: Group) -> bytes:
    """Write ``item`` into the place of a logical item of ``document``; raises ``CodecError`` for another kind."""
    zones = zones_of(document, group)
    series = read_series(document, group, zones, "")
    if kind_of(item) is not group.kind:
        reason = f"the document holds a {WORD_OF[group.kind]}, not a {WORD_OF[kind_of(item)]}"
        raise CodecError(reason, where=Where(item=item.uid))
    edit = Edit(document)
    _write_uid(edit, series, item.uid)
    if isinstance(item, Note):
        assert series.master is not None
        Writer(edit, series.master, zones).write(series.item, item)
    else:
        assert not isinstance(series.item, Note)
        _write_series(edit, series, series.item, item, group)
    _add_zones(edit, zones, item, group)
    return edit.raw()


def _write_uid(edit: Edit, series: Series, uid: str) -> None:
    if uid == series.item.uid:
        return
    for reading in (series.master, *series.overrides):
        if reading is None:
            continue
        if reading.uid_line < 0:
            edit.insert(reading.component.start + 1, make_line("UID", escape_text(uid), eol=edit.eol))
        elif uid:
            edit.value(reading.uid_line, escape_text(uid))
        else:
            edit.drop(reading.uid_line)


def _write_series(edit: Edit, series: Series, old: Event | Task, new: Event | Task, group: Group) -> None:
    zones = series.zones
    alone = with_fields(new, exceptions=(), headless=False)
    end = group.components[-1].end
    if series.master is None:
        if not new.headless:
            first = group.components[0].start
            edit.insert(first, component_bytes(alone, new.uid, None, zones, edit.eol))
    elif new.headless:
        edit.drop_range(series.master.component.start, series.master.component.end)
    else:
        Writer(edit, series.master, zones).write(old, alone)
    kept, gone, added = _overrides_paired(old.exceptions, new.exceptions)
    for before, after in kept:
        reading = series.overrides[before]
        _write_recurrence_id(edit, reading, after, new.start, zones)
        if old.exceptions[before].item == after.item:
            continue
        Writer(edit, reading, zones).write(old.exceptions[before].item, after.item)
    for index in gone:
        component = series.overrides[index].component
        edit.drop_range(component.start, component.end)
    if added:
        _need_uid(new)
    for override in added:
        edit.insert(end, component_bytes(override.item, new.uid, override, zones, edit.eol))


def _need_uid(item: Event | Task) -> None:
    if not item.uid:
        reason = "exceptions of a series without a UID would not be found again"
        raise CodecError(reason, "Give the series a UID.", Where(item=item.summary))


def _overrides_paired(
    was: tuple[Override, ...], now: tuple[Override, ...]
) -> tuple[list[tuple[int, Override]], list[int], list[Override]]:
    """Match exceptions by their occurrence; what is left over was moved with its series, if there are equally many."""
    waiting: dict[object, list[int]] = {}
    for index in range(len(was) - 1, -1, -1):
        waiting.setdefault(override_key(was[index]), []).append(index)
    kept: list[tuple[int, Override]] = []
    added: list[Override] = []
    for override in now:
        if candidates := waiting.get(override_key(override)):
            kept.append((candidates.pop(), override))
        else:
            added.append(override)
    gone = sorted(index for candidates in waiting.values() for index in candidates)
    if gone and len(gone) == len(added):
        gone.sort(key=lambda index: str(override_key(was[index])))
        added.sort(key=lambda override: str(override_key(override)))
        return [*kept, *zip(gone, added)], [], []
    return kept, gone, added


def _write_recurrence_id(edit: Edit, reading: Reading, new: Override, start: Moment | None, zones: Zones) -> None:
    assert reading.recurrence_id is not None
    index = reading.recurrence_line
    line = edit.document.lines[index]
    head = line.head
    if not same_written(in_series_zone(reading.recurrence_id, start), new.recurrence_id):
        head, value = moment_onto(line, new.recurrence_id, zones)
        edit.value(index, value)
    if reading.and_future != new.and_future:
        add: Params = (("RANGE", ("THISANDFUTURE",)),) if new.and_future else ()
        head = edit_head(head, ("RANGE",), add)
    if head != line.head:
        edit.head(index, head)


def component_bytes(item: Event | Task | Note, uid: str, override: Override | None, zones: Zones, eol: bytes) -> bytes:
    """Write a new component: what a fresh one must have, and then the item as an edit of that."""
    name = NAME_OF[kind_of(item)]
    stamp = item.modified.replace(tzinfo=None) if item.modified is not None else _NO_STAMP
    head = [make_line("BEGIN", name, eol=eol)]
    if uid:
        head.append(make_line("UID", escape_text(uid), eol=eol))
    head.append(make_line("DTSTAMP", local_text(Moment(stamp), True), eol=eol))
    if override is not None:
        value, params = moment_written(override.recurrence_id, zones)
        if override.and_future:
            params = (*params, ("RANGE", ("THISANDFUTURE",)))
        head.append(make_line("RECURRENCE-ID", value, params, eol=eol))
    document = parse(b"".join([*head, make_line("END", name, eol=eol)]))
    edit = Edit(document)
    reading = read_component(document.roots[0], zones, "")
    Writer(edit, reading, zones).write(reading.item(), item)
    return edit.raw()


def new_document(item: Event | Task | Note) -> bytes:
    """Write a document of its own for an item: VERSION, PRODID, the time zones that it needs, and its components."""
    eol = b"\r\n"
    zones = Zones()
    parts: list[bytes] = []
    if isinstance(item, Note):
        parts.append(component_bytes(item, item.uid, None, zones, eol))
    else:
        if item.exceptions:
            _need_uid(item)
        if not item.headless:
            alone = with_fields(item, exceptions=())
            parts.append(component_bytes(alone, item.uid, None, zones, eol))
        parts += [component_bytes(o.item, item.uid, o, zones, eol) for o in item.exceptions]
    head = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + make_line("PRODID", PRODID, eol=eol)
    return head + _zone_components(zones, item, eol) + b"".join(parts) + b"END:VCALENDAR\r\n"


def _add_zones(edit: Edit, zones: Zones, item: Event | Task | Note, group: Group) -> None:
    if not zones.missing:
        return
    place = group.components[0].start
    if group.calendar is not None and (children := group.calendar.children):
        place = next((child.start for child in children if child.name != "VTIMEZONE"), place)
    edit.insert_first(place, _zone_components(zones, item, edit.eol))


def _zone_components(zones: Zones, item: Event | Task | Note, eol: bytes) -> bytes:
    out = []
    by_zone: dict[str, list[Moment]] = {zone: [] for zone in zones.missing}
    for moment in moments_in(item):
        if moment.zone in by_zone:
            by_zone[moment.zone].append(moment)
    for zone, tzid in sorted(zones.missing.items()):
        used = by_zone[zone]
        if zone_info(zone) is not None:
            since = min((moment.local.year for moment in used), default=1970)
            out.append(zone_bytes(tzid, zone, since, eol))
            continue
        known = [(m.local, m.offset) for m in used if m.offset is not None and isinstance(m.local, datetime)]
        if known:
            out.append(fixed_bytes(tzid, known, eol))
    return b"".join(out)


def moments_in(item: Event | Task | Note | Alarm) -> Iterator[Moment]:
    """Yield all moments that an item holds, also those of its exceptions."""
    match item:
        case Note():
            found: tuple[Moment | None, ...] = (item.date,)
        case Event():
            found = (item.start, item.end, *item.rdates, *item.exdates)
        case Task():
            found = (item.start, item.due, item.completed, *item.rdates, *item.exdates)
        case Alarm():
            found = (item.trigger,) if isinstance(item.trigger, Moment) else ()
    yield from (moment for moment in found if moment is not None)
    if isinstance(item, Event | Task):
        for alarm in item.alarms:
            yield from moments_in(alarm)
        for override in item.exceptions:
            yield override.recurrence_id
            yield from moments_in(override.item)
