"""Whatever a client sends gets an answer: the stand-in never stumbles over it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from instep.core.model import Kind
from instep.testing.smartermail import ANNA, Request, World, handle
from instep.testing.smartermail.call import Route
from instep.testing.smartermail.rest import ROUTES

BODIES = [
    None,
    "x",
    7,
    {},
    [],
    [{}],
    [None],
    {"sources": [{}], "searchParams": {}},
    {"sources": [None], "searchParams": {"skip": "a", "take": -1}},
    {"id": {}, "subject": [], "start": 1, "displayAs": None, "categories": [1], "setting": [], "folder": {}},
    {"subject": "x", "start": {"dt": "9999-12-31T23:59:59", "tz": "Pacific/Apia"}, "allDay": True, "id": 0},
    {"subject": "x", "start": {"dt": "0001-01-01T00:00:00", "tz": "Asia/Tokyo"}, "end": {"dt": None}, "id": 0},
    {"subject": "x", "start": {"dt": "2026-01-01"}, "recurrence": {"type": 3, "extra": ";;=;BYDAY=XX"}, "id": 0},
    {"startDate": "0001-01-01", "endDate": "9999-12-31T23:59:59+14:00"},
    {"startDate": {}, "endDate": []},
    {"instanceStart": "9999-12-31T23:59:59"},
    {"categories": [{"colorIndex": "red"}], "section": [], "searchQuery": 3},
]


def _paths(world: World, path: str, kind: Kind) -> Iterator[str]:
    folder = world.primary(ANNA, kind)
    for id in (next(iter(folder.items)), "none"):
        names = {"{owner}": "anna", "{guid}": folder.id, "{id}": id, "{flag}": "false", "{email}": ANNA}
        made = path
        for name, value in names.items():
            made = made.replace(name, value)
        yield made


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.verb} {route.path}")
def test_a_call_with_anything_in_it_is_answered(route: Route) -> None:
    world = World.demo()
    world.intrusion.limit = 1_000_000
    kinds = {"contacts": Kind.CONTACT, "calendars": Kind.EVENT, "tasks": Kind.TASK}
    kind = kinds.get(route.path.partition("/")[0], Kind.NOTE)
    for path in set(_paths(world, route.path, kind)):
        for body in BODIES:
            token, _ = world.sessions.sign_in(ANNA, "x", world.clock.now())
            headers = {"authorization": f"Bearer {token}"}
            sent = b"" if body is None else json.dumps(body).encode()
            request = Request(route.verb, f"/api/v1/{path}", {}, headers, sent)
            answer = handle(world, request)
            assert 200 <= answer.status < 600 and not answer.dropped
    _can_still_be_read(world)


def _can_still_be_read(world: World) -> None:
    """Whatever was stored comes out again, by every way."""
    token, _ = world.sessions.sign_in(ANNA, "x", world.clock.now())
    folder = world.primary(ANNA, Kind.EVENT)
    headers = {"authorization": f"Bearer {token}"}
    for start, end in (("2026-01-01", "2027-01-01"), ("0001-01-01", "9999-12-31")):
        body = json.dumps({"startDate": start, "endDate": end}).encode()
        path = f"/api/v1/calendars/events/anna/{folder.id}"
        assert handle(world, Request("POST", path, {}, headers, body)).status == 200


def _event(*lines: str, uid: str = "u1") -> bytes:
    inside = [f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines]
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", *inside, "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(whole).encode()


def _task(*lines: str) -> bytes:
    return _event(*lines).replace(b"VEVENT", b"VTODO")


DOCUMENTS = [
    ("an exception without its series", Kind.EVENT,
     _event("RECURRENCE-ID:20260301T090000Z", "DTSTART:20260301T100000Z"), 201),
    ("a time of the year 1", Kind.EVENT, _event("DTSTART:00010101T000000Z"), 403),
    ("a time of the year 9999", Kind.EVENT, _event("DTSTART:99991231T235959Z"), 403),
    ("no start", Kind.EVENT, _event("SUMMARY:x"), 403),
    ("a rule that repeats by the second", Kind.EVENT, _event("DTSTART:20260301T100000Z", "RRULE:FREQ=SECONDLY"), 403),
    ("a floating time", Kind.EVENT, _event("DTSTART:20260301T100000", "DURATION:PT1H"), 201),
    ("a zone of nobody's", Kind.EVENT, _event("DTSTART;TZID=Moon:20260301T100000"), 201),
    ("a day", Kind.EVENT, _event("DTSTART;VALUE=DATE:20260301"), 201),
    ("an address that is none", Kind.EVENT, _event("DTSTART:20260301T100000Z", "ATTENDEE:;;", "ORGANIZER:x"), 201),
    ("a task due in the year 9999", Kind.TASK, _task("DUE:99991231T235959Z"), 403),
    ("a task without anything", Kind.TASK, _task(), 201),
    ("a task with odd numbers", Kind.TASK, _task("PRIORITY:99", "PERCENT-COMPLETE:-1", "STATUS:NO"), 201),
    ("a card without a name", Kind.CONTACT, b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nEND:VCARD\r\n", 201),
    ("a card with a bad photo", Kind.CONTACT,
     b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:x\r\nPHOTO;ENCODING=b:###\r\nEND:VCARD\r\n", 201),
    ("text in another coding", Kind.CONTACT, "BEGIN:VCARD".encode("utf-16"), 403),
]  # fmt: skip


@pytest.mark.parametrize(("what", "kind", "document", "status"), DOCUMENTS, ids=[row[0] for row in DOCUMENTS])
def test_an_odd_document_is_refused_or_can_be_read_by_every_way(
    what: str, kind: Kind, document: bytes, status: int
) -> None:
    world = World.demo()
    person, folder = world.people[ANNA], world.primary(ANNA, kind)
    basic = base64.b64encode(f"{ANNA}:{person.password}".encode()).decode()
    place = f"/webdav/{'card' if kind is Kind.CONTACT else 'cal'}/example.com/anna/{folder.number}/"
    headers = {"authorization": f"Basic {basic}"}
    assert handle(world, Request("PUT", f"{place}new", {}, headers, document)).status == status
    for item in folder.items.values():
        assert handle(world, Request("GET", f"{place}{item.name}", {}, headers)).status == 200
    _can_still_be_read(world)
    token, _ = world.sessions.sign_in(ANNA, "x", world.clock.now())
    for path in (f"tasks/anna/{world.primary(ANNA, Kind.TASK).id}", f"contacts/address-book/anna/{folder.id}"):
        assert handle(world, Request("GET", f"/api/v1/{path}", {}, {"authorization": f"Bearer {token}"})).status == 200
