"""What the iCalendar lens promises, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from instep.codecs import icalendar
from instep.codecs.contentline import parse
from instep.codecs.recurrence import canonical_rule
from instep.codecs.vtimezone import Offsets, observances_of
from instep.codecs.vtimezone_new import zone_bytes
from instep.codecs.zones import zone_of
from instep.core.model import Alarm, Attendee, Binary, Event, Extra, Moment, Note, Override, Task
from instep.errors import CodecError

OWN_ZONE = """\
BEGIN:VTIMEZONE
TZID:Customized Time Zone
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""


def document(*lines: str, kind: str = "VEVENT", before: str = "", after: str = "") -> bytes:
    text = "\n".join(
        ["BEGIN:VCALENDAR", f"{before}BEGIN:{kind}", "UID:u", *lines, f"END:{kind}", f"{after}END:VCALENDAR"]
    )
    return (text + "\n").replace("\n", "\r\n").encode()


def at(*parts: int, zone: str = "", offset: int | None = None) -> Moment:
    return Moment(datetime(*parts), zone, offset)  # type: ignore[arg-type]


def lines_changed(raw: bytes, item: Event | Task | Note) -> tuple[list[str], list[str]]:
    """Write ``item`` onto ``raw``, prove that it is read back, and give the lines taken out and put in."""
    written = icalendar.write(item, raw)
    assert icalendar.read(written) == item
    before, after = (doc.decode().splitlines() for doc in (raw, written))
    return [line for line in before if line not in after], [line for line in after if line not in before]


BERLIN = at(2020, 7, 1, 10, zone="Europe/Berlin")
READ: list[tuple[str, list[str], str, Any]] = [
    ("a date is all day", ["DTSTART;VALUE=DATE:20200701"], "start", Moment(date(2020, 7, 1))),
    ("a bare date is one, too", ["DTSTART:20200701"], "start", Moment(date(2020, 7, 1))),
    ("a time without a zone floats", ["DTSTART:20200701T100000"], "start", at(2020, 7, 1, 10)),
    ("Z is UTC", ["DTSTART:20200701T100000Z"], "start", at(2020, 7, 1, 10, zone="UTC")),
    ("an IANA name", ["DTSTART;TZID=Europe/Berlin:20200701T100000"], "start", BERLIN),
    ("a Windows name", ["DTSTART;TZID=W. Europe Standard Time:20200701T100000"], "start", BERLIN),
    ("a prefix", ["DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20200701T100000"], "start", BERLIN),
    ("an unknown zone", ["DTSTART;TZID=Nowhere:20200701T100000"], "start", at(2020, 7, 1, 10, zone="Nowhere")),
    ("a duration gives the end", ["DTSTART:20200701T100000", "DURATION:P1DT1H"], "end", at(2020, 7, 2, 11)),
    (
        "hours of a duration are exact where the clock changes",
        ["DTSTART;TZID=Europe/Berlin:20201024T120000", "DURATION:PT24H"],
        "end",
        at(2020, 10, 25, 11, zone="Europe/Berlin"),
    ),
    (
        "days of a duration are days on the wall",
        ["DTSTART;TZID=Europe/Berlin:20201024T120000", "DURATION:P1D"],
        "end",
        at(2020, 10, 25, 12, zone="Europe/Berlin"),
    ),
    ("rules are canonical", ["RRULE:BYDAY=WE,MO;interval=1;freq=weekly"], "rules", ("FREQ=WEEKLY;BYDAY=MO,WE",)),
    (
        "left-out dates stand in several lines",
        ["EXDATE:20200701T100000,20200702T100000", "EXDATE:20200703T100000"],
        "exdates",
        (at(2020, 7, 1, 10), at(2020, 7, 2, 10), at(2020, 7, 3, 10)),
    ),
    (
        "a period among the dates is kept as it is",
        ["RDATE;VALUE=PERIOD:20200701T100000Z/PT1H"],
        "extra",
        (Extra("RDATE", "20200701T100000Z/PT1H", (("VALUE", ("PERIOD",)),)),),
    ),
    ("escapes of a text", [r"SUMMARY:a\, b\; c\\ d\ne"], "summary", "a, b; c\\ d\ne"),
    ("a second subject is not lost", ["SUMMARY:a", "SUMMARY:b"], "extra", (Extra("SUMMARY", "b"),)),
    ("categories of several lines", ["CATEGORIES:a,b\\,c", "CATEGORIES:d,a"], "categories", ("a", "b,c", "d")),
    ("formatted text", ["X-ALT-DESC;FMTTYPE=text/html:<b>x</b>"], "html", "<b>x</b>"),
    ("formatted text in ALTREP", ['DESCRIPTION;ALTREP="data:text/html,%3Cb%3Ex":x'], "html", "<b>x"),
    (
        "an attendee",
        ['ATTENDEE;CN="X, Y";PARTSTAT=accepted;RSVP=TRUE:MAILTO:X@Y.org'],
        "attendees",
        (Attendee("x@y.org", "X, Y", "", "", "ACCEPTED", True),),
    ),
    (
        "an attachment",
        ["ATTACH;FMTTYPE=text/plain;X-FILENAME=a.txt;ENCODING=BASE64;VALUE=BINARY:YWJj"],
        "attachments",
        (Binary(b"abc", "", "", "a.txt"),),
    ),
    ("a busy status", ["X-MICROSOFT-CDO-BUSYSTATUS:OOF"], "busy", "OOF"),
    ("stamps are nobody's edit", ["SEQUENCE:3", "X-MOZ-LASTACK:20200101T000000Z", "CREATED:x"], "extra", ()),
    ("a number that is none is kept", ["PRIORITY:high"], "extra", (Extra("PRIORITY", "high"),)),
    (
        "an alarm before the end",
        ["BEGIN:VALARM", "TRIGGER;RELATED=END:-P1DT1H", "ACTION:display", "END:VALARM"],
        "alarms",
        (Alarm(-90000, True),),
    ),
    (
        "an alarm at its own time",
        ["BEGIN:VALARM", "TRIGGER;VALUE=DATE-TIME:20200701T080000Z", "ACTION:AUDIO", "END:VALARM"],
        "alarms",
        (Alarm(at(2020, 7, 1, 8, zone="UTC"), action="AUDIO"),),
    ),
]


@pytest.mark.parametrize(("lines", "field", "value"), [row[1:] for row in READ], ids=[row[0] for row in READ])
def test_a_property_is_read_as_what_it_means(lines: list[str], field: str, value: Any) -> None:
    raw = document(*lines)
    item = icalendar.read(raw)
    assert getattr(item, field) == value
    assert icalendar.write(item, raw) == raw
    assert icalendar.read(icalendar.write(item)) == item


def test_a_zone_of_the_documents_own_gives_the_offset_of_the_day() -> None:
    raw = document(
        "DTSTART;TZID=Customized Time Zone:20200701T100000",
        "DTEND;TZID=Customized Time Zone:20201201T100000",
        before=OWN_ZONE,
    )
    item = icalendar.read(raw)
    assert isinstance(item, Event)
    assert item.start == at(2020, 7, 1, 10, zone="Customized Time Zone", offset=7200)
    assert item.end == at(2020, 12, 1, 10, zone="Customized Time Zone", offset=3600)
    assert icalendar.read(icalendar.write(item)) == item


def test_a_moved_appointment_keeps_the_documents_own_name_of_the_zone() -> None:
    raw = document("DTSTART;X-A=1;TZID=W. Europe Standard Time:20200701T100000", "DURATION:PT1H", "X-B:1")
    item = icalendar.read(raw)
    assert isinstance(item, Event)
    moved = replace(
        item, start=replace(BERLIN, local=datetime(2020, 7, 1, 11)), end=at(2020, 7, 1, 12, zone=BERLIN.zone)
    )
    old, new = lines_changed(raw, moved)
    assert old == ["DTSTART;X-A=1;TZID=W. Europe Standard Time:20200701T100000"]
    assert new == ["DTSTART;X-A=1;TZID=W. Europe Standard Time:20200701T110000"]
    old, new = lines_changed(raw, replace(item, end=at(2020, 7, 1, 12, 30, zone=BERLIN.zone)))
    assert (old, new) == (["DURATION:PT1H"], ["DURATION:PT2H30M"])


def test_a_changed_alarm_or_attendee_keeps_what_nobody_understands() -> None:
    raw = document(
        "ATTENDEE;X-FOO=1;PARTSTAT=NEEDS-ACTION:mailto:a@b.org",
        *("BEGIN:VALARM", "X-WR-ALARMUID:1", "TRIGGER;X-T=2:-PT5M", "ACTION:DISPLAY", "ACKNOWLEDGED:x", "END:VALARM"),
    )
    item = icalendar.read(raw)
    assert isinstance(item, Event)
    changed = replace(
        item,
        attendees=(replace(item.attendees[0], participation="ACCEPTED"),),
        alarms=(replace(item.alarms[0], trigger=-600),),
    )
    old, new = lines_changed(raw, changed)
    assert old == ["ATTENDEE;X-FOO=1;PARTSTAT=NEEDS-ACTION:mailto:a@b.org", "TRIGGER;X-T=2:-PT5M"]
    assert new == ["ATTENDEE;X-FOO=1;PARTSTAT=ACCEPTED:mailto:a@b.org", "TRIGGER;X-T=2:-PT10M"]


SERIES = document(
    "DTSTART;TZID=Europe/Berlin:20200701T100000",
    "RRULE:FREQ=DAILY",
    after="BEGIN:VEVENT\nUID:u\nRECURRENCE-ID:20200703T080000Z\nX-A:1\nSUMMARY:other\nEND:VEVENT\n",
)


def test_a_series_with_its_exceptions_is_one_item() -> None:
    item = icalendar.read(SERIES)
    extra = (Extra("X-A", "1"),)
    assert isinstance(item, Event)
    assert item.exceptions == (Override(at(2020, 7, 3, 10, zone="Europe/Berlin"), Event(summary="other", extra=extra)),)


def test_an_edited_exception_changes_its_own_line() -> None:
    item = icalendar.read(SERIES)
    assert isinstance(item, Event)
    one = item.exceptions[0]
    changed = replace(item, exceptions=(replace(one, item=replace(one.item, summary="new")),))
    assert lines_changed(SERIES, changed) == (["SUMMARY:other"], ["SUMMARY:new"])


def test_a_series_moved_with_its_exceptions_keeps_their_documents() -> None:
    item = icalendar.read(SERIES)
    assert isinstance(item, Event)
    assert item.start is not None
    later = replace(item.start, local=datetime(2020, 7, 1, 11))
    moved = replace(item.exceptions[0], recurrence_id=at(2020, 7, 3, 11, zone="Europe/Berlin"))
    written = icalendar.write(replace(item, start=later, exceptions=(moved,)), SERIES)
    assert b"X-A:1" in written
    assert icalendar.read(written) == replace(item, start=later, exceptions=(moved,))


def test_exceptions_without_their_series_are_an_item_of_their_own() -> None:
    raw = document("RECURRENCE-ID;RANGE=THISANDFUTURE:20200701T100000", "SUMMARY:x")
    item = icalendar.read(raw)
    assert item == Event(uid="u", headless=True, exceptions=(Override(at(2020, 7, 1, 10), Event(summary="x"), True),))
    assert icalendar.read(icalendar.write(item)) == item
    whole = replace(item, headless=False, summary="series", start=at(2020, 6, 1, 10), rules=("FREQ=DAILY",))
    assert icalendar.read(icalendar.write(whole, raw)) == whole


NOTES = [
    ("title and text apart", ["SUMMARY:t", "DESCRIPTION:b\\nc"], "t", "b\nc"),
    ("the text alone", ["DESCRIPTION:t\\n\\nb"], "t", "b"),
    ("the text repeats the title", ["SUMMARY:t", "DESCRIPTION:t\\nb"], "t", "b"),
    ("the title alone", ["SUMMARY:t"], "t", ""),
]


@pytest.mark.parametrize(("lines", "title", "body"), [row[1:] for row in NOTES], ids=[row[0] for row in NOTES])
def test_a_note_keeps_the_documents_own_way_with_the_title(lines: list[str], title: str, body: str) -> None:
    raw = document(*lines, kind="VJOURNAL")
    note = icalendar.read(raw)
    assert isinstance(note, Note)
    assert (note.title, note.body) == (title, body)
    changed = replace(note, title="new", body="first\nsecond")
    written = icalendar.write(changed, raw)
    assert icalendar.read(written) == changed
    names = {line.name for line in parse(raw).lines} | ({"DESCRIPTION"} if not body else set())
    assert {line.name for line in parse(written).lines} == names


BROKEN = [
    ("nothing at all", b"", 0, "no appointment"),
    ("another kind of file", b"BEGIN:VCARD\r\nEND:VCARD\r\n", 1, "no appointment"),
    ("a start that is none", document("DTSTART:tomorrow"), 4, "DTSTART"),
    ("cut off in an item", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\n", 2, "cut off"),
    ("cut off after an item", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\nEND:VEVENT\r\n", 2, "cut off"),
    ("one uid twice", document(after="BEGIN:VEVENT\nUID:u\nEND:VEVENT\n"), 5, "twice"),
    ("two items", document(after="BEGIN:VTODO\nUID:v\nEND:VTODO\n"), 5, "2 items"),
]


@pytest.mark.parametrize(("raw", "line", "word"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_what_cannot_be_read_is_refused_with_file_line_and_reason(raw: bytes, line: int, word: str) -> None:
    with pytest.raises(CodecError, match=word) as caught:
        icalendar.read(raw, "a.ics")
    assert caught.value.line == line
    assert caught.value.where.item == "a.ics"


def test_a_broken_item_does_not_hide_its_neighbours() -> None:
    raw = document("DTSTART:never", after="BEGIN:VTODO\nDUE:20200101T100000\nEND:VTODO\nBEGIN:VTODO\nEND:VTODO\n")
    parts = icalendar.read_all(raw, "a.ics")
    assert isinstance(parts[0].item, CodecError)
    assert [part.item for part in parts[1:]] == [Task(due=at(2020, 1, 1, 10)), Task()]
    assert b"DTSTART:never" in icalendar.write(Task(summary="x"), raw, 2)
    with pytest.raises(CodecError, match="a task, not a note"):
        icalendar.write(Note(title="x"), raw, 1)


RULES = [
    ("freq=daily", "FREQ=DAILY"),
    ("WKST=MO;FREQ=WEEKLY;INTERVAL=1;BYDAY=SU,MO", "FREQ=WEEKLY;BYDAY=MO,SU"),
    ("FREQ=MONTHLY;BYDAY=+1MO,-1FR", "FREQ=MONTHLY;BYDAY=-1FR,1MO"),
    ("FREQ=DAILY;COUNT=010;", "FREQ=DAILY;COUNT=10"),
    ("no rule", "NORULE"),
]


@pytest.mark.parametrize(("text", "canonical"), RULES)
def test_a_rule_has_one_form_for_one_meaning(text: str, canonical: str) -> None:
    assert canonical_rule(text) == canonical
    assert canonical_rule(canonical) == canonical


ZONE_NAMES = [
    ("US/Eastern", "America/New_York"),
    ("Asia/Calcutta", "Asia/Kolkata"),
    ("Etc/UTC", "UTC"),
    ("romance standard time", "Europe/Paris"),
    ("/mozilla.org/20070129_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
    ("tzone://Microsoft/Utc", "UTC"),
    ("../../etc/passwd", None),
    ("", None),
    ("Europe", None),
]


@pytest.mark.parametrize(("tzid", "zone"), ZONE_NAMES)
def test_a_zone_is_known_by_all_its_names(tzid: str, zone: str | None) -> None:
    assert zone_of(tzid) == zone


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Asia/Jerusalem",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
]


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_written_into_a_document_has_the_offsets_of_the_zone(name: str) -> None:
    raw = zone_bytes(name, name, 1995, b"\r\n")
    rules, zone = Offsets(observances_of(parse(raw).roots[0])), ZoneInfo(name)
    day = datetime(1995, 1, 2, 12)
    while day.year < 2037:
        offset = day.replace(tzinfo=zone).utcoffset()
        assert offset is not None
        assert rules.at(day) == offset.total_seconds(), day
        day += timedelta(days=3)
    starts = [line.value for line in parse(raw).lines if line.name == "DTSTART"]
    assert starts == sorted(starts)
    assert starts[0] >= "1970"
