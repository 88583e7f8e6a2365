"""RULES 25, RFC 6638 7.1: the marks that keep a server quiet, read and written line by line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instep.codecs import icalendar
from instep.codecs.scheduling import guests_are_quiet, kept_quiet, organizer_is_quiet, quietened
from instep.core.model import Event

Q = ";SCHEDULE-AGENT=CLIENT"


def document(*people: str, exception: tuple[str, ...] = (), name: str = "VEVENT") -> bytes:
    """A series with these lines, and an exception with those."""
    parts = [f"BEGIN:{name}", "UID:u", "DTSTAMP:20270101T000000Z", "DTSTART:20270301T090000Z", "RRULE:FREQ=WEEKLY"]
    parts += ["SUMMARY:Plan", *people, f"END:{name}"]
    if exception:
        parts += [f"BEGIN:{name}", "UID:u", "DTSTAMP:20270101T000000Z", "RECURRENCE-ID:20270308T090000Z"]
        parts += ["DTSTART:20270308T100000Z", "SUMMARY:Plan", *exception, f"END:{name}"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *parts, "END:VCALENDAR", ""]).encode()


def guest(mark: str = "", address: str = "ann@x.test") -> str:
    return f"ATTENDEE{mark}:mailto:{address}"


def host(mark: str = "") -> str:
    return f"ORGANIZER{mark}:mailto:me@x.test"


GUESTS = [
    ("no mark: the server acts (7.1)", document(host(), guest()), False),
    ("CLIENT: it does not", document(host(), guest(Q)), True),
    ("NONE: nobody does", document(host(), guest(";SCHEDULE-AGENT=NONE")), True),
    ("in any case", document(host(), "attendee;schedule-agent=client:mailto:ann@x.test"), True),
    ("SERVER: it acts", document(host(), guest(";SCHEDULE-AGENT=SERVER")), False),
    ("a word that nobody knows is not trusted", document(host(), guest(";SCHEDULE-AGENT=X-MINE")), False),
    ("one of two is not marked", document(host(), guest(Q), guest("", "bob@x.test")), False),
    ("the organizer's own line needs none", document(host(), guest("", "me@x.test"), guest(Q)), True),
    ("one of an exception is not marked", document(host(), guest(Q), exception=(host(), guest())), False),
    ("all, also in the exception", document(host(), guest(Q), exception=(host(), guest(Q))), True),
    ("only the exception has guests", document(exception=(host(), guest(Q))), True),
    ("a task", document(host(), guest(Q), name="VTODO"), True),
    ("nobody is invited", document(host()), False),
    ("nothing at all", b"", False),
    ("no calendar", b"BEGIN:VCARD\r\nEND:VCARD\r\n", False),
]
HOSTS = [
    ("no mark", document(host(), guest(Q)), False),
    ("marked", document(host(Q), guest()), True),
    ("marked in one component of two", document(host(Q), exception=(host(),)), False),
    ("nobody organizes", document(guest(Q)), False),
]


@pytest.mark.parametrize(("situation", "raw", "quiet"), GUESTS, ids=[r[0] for r in GUESTS])
def test_rule_25_guests_are_quiet_when_every_line_says_so(situation: str, raw: bytes, quiet: bool) -> None:
    assert guests_are_quiet(raw) is quiet


@pytest.mark.parametrize(("situation", "raw", "quiet"), HOSTS, ids=[r[0] for r in HOSTS])
def test_rule_25_organizer_is_quiet_when_every_line_says_so(situation: str, raw: bytes, quiet: bool) -> None:
    assert organizer_is_quiet(raw) is quiet


NEW = [
    ("nobody was marked", document(host(), guest()), document(host(Q), guest(Q))),
    ("the server was asked to act", document(host(), guest(";SCHEDULE-AGENT=SERVER")), document(host(Q), guest(Q))),
    (
        "it was asked to mail again (7.2)",
        document(host(Q), guest(f"{Q};SCHEDULE-FORCE-SEND=REQUEST")),
        document(host(Q), guest(Q)),
    ),
    ("NONE stays", document(host(Q), guest(";SCHEDULE-AGENT=NONE")), document(host(Q), guest(";SCHEDULE-AGENT=NONE"))),
    (
        "the exception too",
        document(host(), guest(), exception=(host(), guest())),
        document(host(Q), guest(Q), exception=(host(Q), guest(Q))),
    ),
    ("no meeting", document(), document()),
]


@pytest.mark.parametrize(("situation", "raw", "quiet"), NEW, ids=[r[0] for r in NEW])
def test_rule_25_new_document_is_marked_and_nothing_else_of_it_changes(
    situation: str, raw: bytes, quiet: bytes
) -> None:
    assert quietened(raw) == quiet
    assert icalendar.read(quietened(raw)) == icalendar.read(raw)


BOB = "bob@x.test"
UPDATED = [
    ("all were marked: so is who comes in", [host(Q), guest(Q)], [guest("", BOB)], [guest(Q, BOB)]),
    ("one was not: nobody is", [host(Q), guest(Q), guest("", "cid@x.test")], [guest("", BOB)], [guest("", BOB)]),
    ("the server schedules: it goes on", [host(), guest()], [guest("", BOB)], [guest("", BOB)]),
    ("nobody was there before", [host()], [guest("", BOB)], [guest("", BOB)]),
    (
        "the organizer's own line stays without",
        [host(), guest("", "me@x.test"), guest(Q)],
        [guest("", BOB)],
        [guest(Q, BOB)],
    ),
]


@pytest.mark.parametrize(("situation", "there", "fresh", "then"), UPDATED, ids=[r[0] for r in UPDATED])
def test_rule_25_update_alters_no_mark_that_stood_there(
    situation: str, there: list[str], fresh: list[str], then: list[str]
) -> None:
    before = document(*there)
    assert kept_quiet(before, document(*there, *fresh)) == document(*there, *then)


def test_rule_25_exception_that_comes_in_is_as_quiet_as_its_series() -> None:
    before = document(host(Q), guest(Q))
    after = kept_quiet(before, document(host(Q), guest(Q), exception=(host(), guest())))
    assert after == document(host(Q), guest(Q), exception=(host(Q), guest(Q)))


@pytest.mark.parametrize("mark", [Q, "", ";SCHEDULE-AGENT=NONE", f";RSVP=TRUE{Q}"])
def test_rule_25_guest_who_changes_keeps_the_mark_byte_for_byte(mark: str) -> None:
    raw = document(host(mark), guest(mark))
    item = icalendar.read(raw)
    assert isinstance(item, Event)
    was = item.attendees[0]
    renamed = replace(item, attendees=(replace(was, name="Ann"),))
    written = kept_quiet(raw, icalendar.write(replace(renamed, summary="Other"), onto=raw))
    assert written == raw.replace(b"Plan", b"Other").replace(
        f"ATTENDEE{mark}".encode(), f"ATTENDEE{mark};CN=Ann".encode()
    )
