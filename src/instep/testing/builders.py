"""Items for tests in one readable line: ``contact("Anna Weiß", email="anna@example.org")``.

``item(kind, n)`` is the n-th plain item of a kind, ``full(kind)`` one with nearly every field set; both are the same
each time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from instep.core.limits import ABSENT, NO_LIMITS, FieldLimits
from instep.core.model import (
    Address,
    Alarm,
    Attendee,
    Binary,
    Contact,
    Event,
    Extra,
    Item,
    Kind,
    Moment,
    Note,
    Override,
    Task,
    Typed,
)

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


def moment(text: str, zone: str = "") -> Moment:
    """``"2026-03-01"`` is a day, ``"2026-03-01 09:00"`` a wall time in the zone (floating without one)."""
    if len(text) == 10:
        return Moment(date.fromisoformat(text))
    return Moment(datetime.fromisoformat(text), zone)


def contact(name: str = "Anna Weiß", *, email: str = "", phone: str = "", uid: str = "", **more: Any) -> Contact:
    """A person; the last word of the name is the family name."""
    given, _, family = name.rpartition(" ")
    return Contact(
        uid=uid,
        formatted_name=name,
        family=family,
        given=given,
        emails=(Typed(email, frozenset({"home"})),) if email else (),
        telephones=(Typed(phone, frozenset({"cell"})),) if phone else (),
        **more,
    )


def event(
    summary: str = "Meeting",
    start: str = "2026-03-02 10:00",
    *,
    minutes: int = 60,
    zone: str = "Europe/Berlin",
    uid: str = "",
    **more: Any,
) -> Event:
    """An appointment of so many minutes; a start without a time is a whole day."""
    begin = moment(start, zone)
    length = timedelta(days=1) if begin.all_day else timedelta(minutes=minutes)
    return Event(uid=uid, summary=summary, start=begin, end=Moment(begin.local + length, begin.zone), **more)


def task(summary: str = "Call back", due: str = "", *, uid: str = "", **more: Any) -> Task:
    """A task, due on a day or at a time if said."""
    return Task(uid=uid, summary=summary, due=moment(due) if due else None, **more)


def note(title: str = "Shopping", body: str = "", *, uid: str = "", **more: Any) -> Note:
    """A note."""
    return Note(uid=uid, title=title, body=body, **more)


def item(kind: Kind, number: int = 1) -> Item:
    """The n-th plain item of a kind, different from all others in every way people know it by."""
    uid = f"instep-test-{kind.value}-{number}"
    match kind:
        case Kind.CONTACT:
            return contact(f"Person {number} Müller", email=f"person{number}@example.org", uid=uid)
        case Kind.EVENT:
            day = date(2026, 3, 1) + timedelta(days=number)
            return event(f"Meeting {number}", f"{day} 10:00", uid=uid)
        case Kind.TASK:
            return task(f"Task {number}", str(date(2026, 3, 1) + timedelta(days=number)), uid=uid)
        case Kind.NOTE:
            return note(f"Note {number}", f"Line one of {number}\nLine two", uid=uid)


def edited(old: Item, word: str = "edited", limits: FieldLimits = NO_LIMITS) -> Item:
    """The item with one field changed that a store of these limits can hold: a contact's company, a calendar item's
    location or else its subject, a note's text."""
    match old:
        case Contact():
            return replace(old, company=word)
        case Event() | Task() if limits.get("location") == ABSENT:
            return replace(old, summary=f"{old.summary} {word}")
        case Event() | Task():
            return replace(old, location=word)
        case Note():
            return replace(old, body=f"{old.body}\n{word}".strip())


def single(old: Item) -> Item:
    """The item without what makes it a series."""
    if not isinstance(old, Event | Task):
        return old
    return replace(old, rules=(), rdates=(), exdates=(), exceptions=())


def with_extra(old: Item, name: str = "X-INSTEP-TEST", value: str = "kept") -> Item:
    """The item with one more property that has no field of its own."""
    return replace(old, extra=(*old.extra, Extra(name, value)))


def full(kind: Kind) -> Item:
    """An item of the kind with nearly every field set."""
    uid = f"instep-test-{kind.value}-full"
    match kind:
        case Kind.CONTACT:
            return _full_contact(uid)
        case Kind.EVENT:
            return _full_event(uid)
        case Kind.TASK:
            return Task(
                uid,
                "Tax return",
                location="Office",
                description="With all papers;\nand, of course, in time.",
                start=moment("2026-04-01 08:00", "Europe/Berlin"),
                due=moment("2026-04-30 18:30", "Europe/Berlin"),
                status="IN-PROCESS",
                percent=40,
                priority=1,
                categories=("Money",),
                alarms=(Alarm(-3600, text="Tax"),),
            )
        case Kind.NOTE:
            return Note(uid, "Ideas", "First – with a dash\n\n* a list\n* of two", categories=("Private",))


def _full_contact(uid: str) -> Contact:
    return Contact(
        uid,
        formatted_name="Dr. Anna Maria Weiß-Ünal",
        family="Weiß-Ünal",
        given="Anna",
        additional="Maria",
        prefixes="Dr.",
        nicknames=("Anni",),
        emails=tuple(Typed(f"anna{n}@example.org", frozenset({"work"})) for n in range(4)),
        telephones=(Typed("+49 30 1234", frozenset({"home"})), Typed("+49 170 99", frozenset({"cell"}))),
        addresses=(Address("Hauptstraße 1; Hof", "Berlin", "", "10115", "Germany", types=frozenset({"home"})),),
        urls=(Typed("https://example.org/anna"),),
        company="ACME, Inc.",
        departments=("Research",),
        job_title="Head of Tests",
        birthday="1980-02-29",
        categories=("Friends", "VIP"),
        note="Line one\nLine two; with, marks \\ and 😀\n" + "long " * 40,
        photo=Binary(PIXEL, media_type="image/png"),
    )


def _full_event(uid: str) -> Event:
    override = event("Moved", "2026-03-09 11:00", uid=uid)
    return event(
        "Weekly, with marks; and 😀",
        uid=uid,
        location="Room 1",
        description="Agenda:\n1. \\ backslash\n" + "long " * 40,
        rules=("FREQ=WEEKLY;COUNT=5",),
        exdates=(moment("2026-03-16 10:00", "Europe/Berlin"),),
        exceptions=(Override(moment("2026-03-09 10:00", "Europe/Berlin"), override),),
        status="CONFIRMED",
        priority=5,
        categories=("Work",),
        organizer=Attendee("boss@example.org", "Boss"),
        attendees=(Attendee("anna@example.org", "Anna", "REQ-PARTICIPANT", participation="NEEDS-ACTION", rsvp=True),),
        alarms=(Alarm(-900, text="Soon"), Alarm(-86400, text="Tomorrow")),
    )
