"""Both laws of the iCalendar lens on invented items, and its manners on invented documents."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from instep.codecs import icalendar
from instep.core.fields import same_item
from instep.core.model import Alarm, Attendee, Binary, Event, Extra, Moment, Note, Override, Task
from instep.errors import CodecError

# Invented items, as the lens would read them: words without white space around, choices in capitals.
text = st.text(st.sampled_from("aZ9 ä€😀,;:\\\"'^=\nn%"), max_size=12).map(lambda t: " ".join(t.split()))
long_text = st.text(st.sampled_from("ab ä,;:\\\n"), max_size=90)
some = text.filter(bool)
days = st.dates(date(1980, 1, 1), date(2035, 1, 1))
times = st.datetimes(datetime(1980, 1, 1), datetime(2035, 1, 1)).map(lambda t: t.replace(microsecond=0))
zones = st.sampled_from(["", "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Unknown/Zone: x"])
moments = st.builds(Moment, days) | st.builds(Moment, times, zones)
rules = st.sampled_from(
    ["FREQ=DAILY", "FREQ=WEEKLY;COUNT=5;INTERVAL=2;BYDAY=MO,WE", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"]
)


def sets(elements: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(elements, max_size=3, unique=True).map(tuple)


addresses = st.sampled_from(["a@x.org", "b@y.de", "c,d@z.fr"])
roles = st.sampled_from(["", "CHAIR", "OPT-PARTICIPANT"])
states = st.sampled_from(["", "ACCEPTED", "DECLINED"])
attendees = st.builds(Attendee, addresses, text, roles, st.sampled_from(["", "ROOM"]), states, st.booleans())
absolute = st.builds(Moment, times, st.just("UTC"))
alarms = st.builds(
    Alarm,
    st.integers(-(10**6), 10**6),
    st.booleans(),
    st.sampled_from(["DISPLAY", "AUDIO", "EMAIL"]),
    long_text,
    text,
    st.integers(0, 9),
    st.integers(0, 90000),
    sets(addresses),
) | st.builds(Alarm, absolute)
data = st.builds(Binary, st.binary(min_size=1, max_size=80), st.just(""), st.sampled_from(["", "image/png"]), text)
linked = st.builds(Binary, st.just(b""), st.sampled_from(["https://x/a,b;c", "cid:1"]), st.just(""), text)
own = st.from_regex(r"X-OWN-[A-Z]{1,3}", fullmatch=True) | st.sampled_from(["CONTACT", "RELATED-TO", "COMMENT"])
params = st.dictionaries(st.sampled_from(["X-P", "X-Q"]), st.lists(text, min_size=1, max_size=2).map(tuple), max_size=2)
extras = st.builds(Extra, own, some | long_text.filter(bool), params.map(lambda p: tuple(sorted(p.items()))))
common: dict[str, Any] = {
    "categories": sets(some),
    "color": st.sampled_from(["", "red", "#ff0000"]),
    "status": st.sampled_from(["", "CONFIRMED", "CANCELLED"]),
    "sensitivity": st.sampled_from(["", "PUBLIC", "PRIVATE"]),
    "attachments": sets(data | linked),
    "extra": sets(extras),
}
calendar: dict[str, Any] = common | {
    "summary": text,
    "location": text,
    "description": long_text,
    "html": long_text,
    "start": st.none() | moments,
    "rules": sets(rules).map(lambda found: tuple(sorted(found))),
    "rdates": sets(moments),
    "exdates": sets(moments),
    "priority": st.none() | st.integers(0, 9),
    "url": st.sampled_from(["", "https://x/a;b,c"]),
    "geo": st.sampled_from(["", "48.2;16.3"]),
    "organizer": st.none() | attendees,
    "attendees": sets(attendees),
    "alarms": sets(alarms),
}
event_fields: dict[str, Any] = calendar | {
    "end": st.none() | moments,
    "transparency": st.sampled_from(["", "OPAQUE", "TRANSPARENT"]),
    "busy": st.sampled_from(["", "OOF"]),
}
task_fields: dict[str, Any] = calendar | {
    "due": st.none() | moments,
    "percent": st.none() | st.integers(0, 100),
    "completed": st.none() | absolute,
}


def overrides(item: type[Event] | type[Task], its: dict[str, Any]) -> st.SearchStrategy[tuple[Override, ...]]:
    few = ("summary", "html", "start", "end", "due", "alarms", "extra")
    some_fields = {name: its[name] for name in few if name in its}
    one = st.builds(Override, moments, st.builds(item, **some_fields), st.booleans())
    unique = st.lists(one, max_size=2, unique_by=lambda o: (o.recurrence_id.local.isoformat(), o.and_future))
    return unique.map(tuple)


events = st.builds(Event, uid=st.just("u"), exceptions=overrides(Event, event_fields), **event_fields)
tasks = st.builds(Task, uid=st.just("u"), exceptions=overrides(Task, task_fields), **task_fields)
notes = st.builds(
    Note,
    uid=text.map(str.strip),
    title=some.filter(lambda t: bool(t.strip())),
    body=long_text.map(lambda t: "\n".join(t.strip("\n").split("\n")).strip()),
    date=st.none() | moments,
    **common,
)


def assert_same(item: Event | Task | Note, back: Event | Task | Note) -> None:
    different = [
        (f.name, getattr(item, f.name), getattr(back, f.name))
        for f in fields(item)
        if f.name != "modified" and getattr(item, f.name) != getattr(back, f.name)
    ]
    assert back.uid == item.uid
    assert same_item(back, item), different


@settings(max_examples=60, deadline=None)
@given(events | tasks | notes)
def test_an_item_written_anew_is_read_as_the_same(item: Event | Task | Note) -> None:
    raw = icalendar.write(item)
    assert_same(item, icalendar.read(raw))
    assert icalendar.write(icalendar.read(raw), raw) == raw


@settings(max_examples=80, deadline=None)
@given(st.tuples(events, events) | st.tuples(tasks, tasks) | st.tuples(notes, notes), st.sampled_from(["", "\n"]))
def test_an_item_written_onto_another_is_read_as_the_same(pair: tuple[Any, Any], eol: str) -> None:
    old, new = pair
    raw = icalendar.write(old)
    if eol:
        raw = raw.replace(b"\r\n", b"\n")
    assert_same(new, icalendar.read(icalendar.write(new, raw)))


@settings(max_examples=20, deadline=None)
@given(events, events, notes)
def test_the_neighbours_of_an_edited_item_stay(first: Event, second: Event, note: Note) -> None:
    raw = icalendar.append(icalendar.write(first), icalendar.write(replace(note, uid="n")))
    changed = replace(second, uid="v")
    both = icalendar.read_all(icalendar.write(changed, raw, 0))
    assert [part.uid for part in both] == ["v", "n"]
    assert_same(replace(note, uid="n"), both[1].item)  # type: ignore[arg-type]
    assert icalendar.remove(raw, 1) == icalendar.write(first) or note.date is not None


PIECES = st.sampled_from(
    [
        *(f"{word}:{name}" for word in ("BEGIN", "END") for name in ("VCALENDAR", "VEVENT", "VTODO", "VALARM", "X")),
        *("BEGIN:VJOURNAL", "END:VJOURNAL", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:STANDARD", "END:STANDARD"),
        *("UID:a", "UID:", "SUMMARY:x", "SUMMARY:", "SUMMARY", ":", "", " folded", "DESCRIPTION;ALTREP=x:y"),
        *("DTSTART:20200101T100000Z", "DTSTART;TZID=Custom:20200101T100000", "DTSTART:99999999", "DTSTART:"),
        *("DTEND:20200101", "DURATION:PT1H", "DURATION:P999999W", "DURATION:-PT1H", "DUE:20200101T240000"),
        *("RRULE:FREQ=DAILY", "RRULE:;;=", "RRULE:FREQ=YEARLY;BYDAY=9XX", "EXDATE:20200101,x,", "RDATE:a/b"),
        *("RECURRENCE-ID:20200101T100000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20200102", "TZID:Custom"),
        *("TZOFFSETFROM:+0100", "TZOFFSETTO:-9999", "TZOFFSETTO:+0200", "TRIGGER:-PT5M", "TRIGGER:x", "REPEAT:²"),
        *("ATTACH;ENCODING=BASE64:!!!", "ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA", "ATTENDEE:", "ATTENDEE;CN=:a"),
        *("CATEGORIES:a,,b\\,c", "PRIORITY:x", "PRIORITY:٣", "COMPLETED:x", "GEO:1;2", 'X-A;B="c:d', "\ud800\x00"),
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40), st.sampled_from(["\r\n", "\n", "\r"]))
def test_any_document_is_read_or_refused_with_line_and_reason(pieces: list[str], eol: str) -> None:
    raw = eol.join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *pieces, "END:VEVENT", "END:VCALENDAR", ""]).encode(
        "utf-8", "surrogatepass"
    )
    try:
        parts = icalendar.read_all(raw, "x.ics")
    except CodecError as error:
        assert "x.ics" in str(error)
        return
    for index, part in enumerate(parts):
        if isinstance(part.item, CodecError):
            assert "x.ics" in str(part.item)
            continue
        assert icalendar.write(part.item, raw, index) == raw
        if isinstance(part.item, Event | Task) and part.item.headless:
            continue
        changed = replace(part.item, categories=("new",))
        again = icalendar.read_all(icalendar.write(changed, raw, index))
        assert changed in [other.item for other in again]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for document in (raw, b"BEGIN:VEVENT\r\n" + raw + b"\r\nEND:VEVENT\r\n"):
        try:
            icalendar.read(document)
        except CodecError as error:
            assert error.message
