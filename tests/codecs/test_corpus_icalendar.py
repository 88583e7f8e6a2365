"""Both laws of the iCalendar lens, on every real file that is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest

from instep.codecs import icalendar
from instep.codecs.contentline import parse
from instep.core.model import Alarm, Attendee, Binary, Event, Extra, Moment, Note, Override, Task
from instep.errors import CodecError

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(CORPUS.rglob("*.ics"))
MANY = 20
EDITED = 1
LARGE = 20_000

pytestmark = pytest.mark.skipif(not FILES, reason="the real files (../shared/corpus) are not here")
MORNING = Moment(datetime(2021, 3, 4, 9, 30), "Europe/Berlin")
ZONE_LINES = frozenset(
    {"BEGIN", "END", "TZID", "DTSTART", "RRULE", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME"},
)

Edit = tuple[str, Event | Task | Note, frozenset[str]]


def edits_of(item: Event | Task | Note) -> Iterator[Edit]:
    """Yield a name, the changed item, and the names of the lines that the change concerns."""
    if isinstance(item, Note):
        yield "title", replace(item, title="A new; title"), frozenset({"SUMMARY", "DESCRIPTION"})
        yield (
            "body",
            replace(item, title=item.title or "t", body="one\n\ntwo, three"),
            frozenset({"SUMMARY", "DESCRIPTION"}),
        )
        yield "date", replace(item, date=MORNING), frozenset({"DTSTART"}) | ZONE_LINES
        yield "date gone", replace(item, date=None), frozenset({"DTSTART"})
        words: tuple[tuple[str, str], ...] = (("status", "STATUS"), ("sensitivity", "CLASS"), ("color", "COLOR"))
        yield from _common(item, words)
        return
    if item.headless:
        yield from _exceptions(item)
        return
    end = "end" if isinstance(item, Event) else "due"
    texts: tuple[tuple[str, str], ...] = (
        ("summary", "SUMMARY"),
        ("location", "LOCATION"),
        ("description", "DESCRIPTION"),
        ("status", "STATUS"),
        ("sensitivity", "CLASS"),
        ("color", "COLOR"),
        ("url", "URL"),
    )
    if isinstance(item, Event):
        texts += (("transparency", "TRANSP"), ("busy", "X-MICROSOFT-CDO-BUSYSTATUS"))
    yield from _common(item, texts)
    schedule = frozenset({"DTSTART", "DTEND", "DUE", "DURATION"})
    if item.exceptions:
        # One written in UTC names its occurrence in the zone of the series.
        schedule |= {"RECURRENCE-ID"}
    later = replace(MORNING, local=datetime(2021, 3, 4, 10, 45))
    yield "moved to a zone", replace(item, start=MORNING, **{end: later}), schedule | ZONE_LINES
    old_start, old_end = item.start, getattr(item, end)
    if old_start is not None and old_end is not None and old_end.local.year < 9000:
        shifted = replace(old_end, local=old_end.local + timedelta(days=1), offset=old_end.offset)
        yield "a day longer", replace(item, **{end: shifted}), schedule - {"DTSTART"}
    yield "all day", replace(item, start=Moment(MORNING.local.date()), **{end: Moment(later.local.date())}), schedule
    yield "no end", replace(item, **{end: None}), schedule - {"DTSTART"}
    yield "html", replace(item, html="<p>new, text</p>"), frozenset({"X-ALT-DESC", "DESCRIPTION"})
    yield "no html", replace(item, html=""), frozenset({"X-ALT-DESC", "DESCRIPTION"})
    yield "priority", replace(item, priority=7), frozenset({"PRIORITY"})
    yield "no priority", replace(item, priority=None), frozenset({"PRIORITY"})
    if isinstance(item, Task):
        yield "percent", replace(item, percent=37), frozenset({"PERCENT-COMPLETE"})
        yield "completed", replace(item, completed=Moment(datetime(2021, 1, 1), "UTC")), frozenset({"COMPLETED"})
    yield "rule", replace(item, rules=("FREQ=DAILY;COUNT=7",)), frozenset({"RRULE"})
    yield "no rule", replace(item, rules=()), frozenset({"RRULE"})
    yield "a date left out", replace(item, exdates=(*item.exdates, MORNING)), frozenset({"EXDATE"}) | ZONE_LINES
    yield "no date left out", replace(item, exdates=()), frozenset({"EXDATE"})
    yield "a date more", replace(item, rdates=(*item.rdates, MORNING)), frozenset({"RDATE"}) | ZONE_LINES
    yield "organizer", replace(item, organizer=Attendee("boss@example.com", "B, oss")), frozenset({"ORGANIZER"})
    yield "no organizer", replace(item, organizer=None), frozenset({"ORGANIZER"})
    somebody = Attendee("new@example.com", "New; One", "CHAIR", "INDIVIDUAL", "TENTATIVE", True)
    yield "attendee added", replace(item, attendees=(*item.attendees, somebody)), frozenset({"ATTENDEE"})
    if item.attendees:
        first = replace(item.attendees[0], participation="DELEGATED", name="Renamed")
        yield "attendee changed", replace(item, attendees=(first, *item.attendees[1:])), frozenset({"ATTENDEE"})
        yield "attendee gone", replace(item, attendees=item.attendees[1:]), frozenset({"ATTENDEE"})
    inside = frozenset({"BEGIN", "END", "TRIGGER", "ACTION", "DESCRIPTION"})
    yield "alarm added", replace(item, alarms=(*item.alarms, Alarm(-1234, text="late"))), inside
    if item.alarms:
        first_alarm = replace(item.alarms[0], trigger=-4321, related_end=True)
        yield "alarm changed", replace(item, alarms=(first_alarm, *item.alarms[1:])), frozenset({"TRIGGER"})
    yield from _exceptions(item)
    if not item.uid:
        return
    extra = Override(MORNING, type(item)(summary="Only here", start=later))
    names = frozenset({"UID", "DTSTAMP", "RECURRENCE-ID", "SUMMARY"}) | ZONE_LINES
    yield "exception added", replace(item, exceptions=(*item.exceptions, extra)), names


def _exceptions(item: Event | Task) -> Iterator[Edit]:
    if item.exceptions:
        one = item.exceptions[0]
        changed = replace(one, item=replace(one.item, summary="Another subject"))
        yield "exception changed", replace(item, exceptions=(changed, *item.exceptions[1:])), frozenset({"SUMMARY"})


def _common(item: Event | Task | Note, texts: tuple[tuple[str, str], ...]) -> Iterator[Edit]:
    shout = ("status", "sensitivity", "transparency", "busy")
    for field, name in texts:
        value = "TENTATIVE" if field in shout else "A \\ new, long; value: with everything " * 3 + "in it\nand more"
        if field in ("color", "url"):
            value = "https://example.com/?a=b;c,d"
        yield field, replace(item, **{field: value}), frozenset({name})
        yield f"no {field}", replace(item, **{field: ""}), frozenset({name})
    yield "uid", replace(item, uid="another-uid"), frozenset({"UID"})
    yield "category", replace(item, categories=(*item.categories, "A; new, one")), frozenset({"CATEGORIES"})
    yield "no category", replace(item, categories=()), frozenset({"CATEGORIES"})
    paper = Binary(b"\x00\x01" * 100, "", "application/x-thing", "a;b.bin")
    yield "attachment", replace(item, attachments=(*item.attachments, paper)), frozenset({"ATTACH"})
    yield "no attachment", replace(item, attachments=()), frozenset({"ATTACH"})
    more = Extra("X-NEW", "value; with, all\nof it", (("X-PARAM", ("one", "two, three")),))
    yield "property added", replace(item, extra=(*item.extra, more)), frozenset({"X-NEW"})
    if item.extra:
        gone = item.extra[0]
        yield "property gone", replace(item, extra=item.extra[1:]), frozenset({gone.name})


def touched(before: bytes, after: bytes) -> set[str]:
    """Give the names of all lines that are in one document and not, at that place, in the other."""
    old, new = parse(before).lines, parse(after).lines
    low, high = 0, 0
    shorter = min(len(old), len(new))
    while low < shorter and old[low].raw == new[low].raw:
        low += 1
    while high < shorter - low and old[-1 - high].raw == new[-1 - high].raw:
        high += 1
    a, b = old[low : len(old) - high], new[low : len(new) - high]
    matcher = SequenceMatcher(None, [line.raw for line in a], [line.raw for line in b], autojunk=False)
    names: set[str] = set()
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            names |= {line.name for line in (*a[i:j], *b[k:m])}
    return names


def differences(a: Any, b: Any) -> list[str]:
    """Name the fields in which two items differ, for messages."""
    return [
        f"{f.name}: {getattr(a, f.name)!r:.300} became {getattr(b, f.name)!r:.300}"
        for f in fields(a)
        if f.name != "modified" and getattr(a, f.name) != getattr(b, f.name)
    ]


def items(path: Path) -> tuple[bytes, list[tuple[int, Event | Task | Note]]]:
    """Give the file and its items; a file or an item that cannot be read is named in the error."""
    raw = path.read_bytes()
    try:
        parts = icalendar.read_all(raw, path.name)
    except CodecError as error:
        assert path.name in str(error)
        return raw, []
    for part in parts:
        if isinstance(part.item, CodecError):
            assert path.name in str(part.item)
            assert part.item.line > 0
    return raw, [(i, part.item) for i, part in enumerate(parts) if not isinstance(part.item, CodecError)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_item_that_did_not_change_is_written_byte_for_byte(path: Path) -> None:
    raw, found = items(path)
    for index, item in found[:MANY]:
        assert icalendar.write(item, raw, index) == raw


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_item_taken_out_or_written_anew_is_the_same_item(path: Path) -> None:
    raw, found = items(path)
    for index, item in found[:MANY]:
        assert icalendar.read(icalendar.extract(raw, index)) == item
        if item.uid or isinstance(item, Note) or not item.exceptions:
            back = icalendar.read(icalendar.write(item))
            assert back == item, differences(item, back)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_changed_field_is_read_back_and_touches_no_other_line(path: Path) -> None:
    raw, found = items(path)
    for index, item in found[: EDITED if len(raw) < LARGE else 0]:
        for name, changed, allowed in edits_of(item):
            written = icalendar.write(changed, raw, index)
            back = [part.item for part in icalendar.read_all(written)]
            assert changed in back, (name, differences(changed, back[index]))
            assert touched(raw, written) <= allowed, name


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_item_removed_leaves_its_neighbours_as_they_were(path: Path) -> None:
    raw, found = items(path)
    for index, _ in found[:1]:
        rest = icalendar.remove(raw, index)
        if len(found) > 1:
            assert [part.item for part in icalendar.read_all(rest) if not isinstance(part.item, CodecError)] == [
                item for other, item in found if other != index
            ]
        else:
            assert b"BEGIN:VCALENDAR" not in raw or b"VCALENDAR" in rest
