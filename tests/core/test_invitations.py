"""RULES 25, RFC 6638: whom a scheduling server would mail, situation by situation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from instep.core.invitations import Mail, Part, Why, has_guests, sending
from instep.core.model import Alarm, Attendee, Contact, Event, Extra, Item, Moment, Override, Task

ME, ANN, BOB, BOSS = "me@x.test", "ann@x.test", "bob@x.test", "boss@x.test"
OWN = frozenset({ME})
WHEN = Moment(datetime(2027, 3, 1, 9), "Europe/Berlin")
SECOND = Moment(datetime(2027, 3, 8, 9), "Europe/Berlin")


def person(address: str, answer: str = "") -> Attendee:
    return Attendee(address, participation=answer)


def mine(**more: Any) -> Event:
    """A series of mine with two guests; I stand among them as many programs write it."""
    usual: dict[str, Any] = {"organizer": person(ME), "attendees": (person(ME), person(ANN), person(BOB))}
    return Event("u", "Plan", start=WHEN, rules=("FREQ=WEEKLY",), **{**usual, **more})


def boss(**more: Any) -> Event:
    """A series to which I am invited."""
    return mine(**{"organizer": person(BOSS), **more})


def once(item: Event, **more: Any) -> Override:
    """The second occurrence, otherwise."""
    return Override(SECOND, replace(item, **{"uid": "", "rules": (), "start": SECOND, "exceptions": (), **more}))


def changed(item: Event, **more: Any) -> tuple[Event, Event]:
    return item, replace(item, **more)


NOTHING: tuple[Mail, ...] = ()
ALL = (ANN, BOB)


def invitation(*to: str) -> Mail:
    return Mail(Why.INVITATION, to)


def update(*to: str) -> Mail:
    return Mail(Why.UPDATE, to)


def cancellation(*to: str) -> Mail:
    return Mail(Why.CANCELLATION, to)


REPLY = (Mail(Why.REPLY, (BOSS,)),)
ALARM = Alarm(-900)
PRIVATE: dict[str, Any] = {
    "alarms": (ALARM,),
    "categories": ("Work",),
    "color": "red",
    "transparency": "TRANSPARENT",
    "busy": "FREE",
    "extra": (Extra("X-NOTE", "mine"),),
}

ORGANIZER: list[tuple[str, Item | None, Item | None, tuple[Mail, ...]]] = [
    ("3.2.1.1: a new meeting invites its guests, not its organizer", None, mine(), (invitation(*ALL),)),
    ("3.2.1.3: a deleted one is cancelled", mine(), None, (cancellation(*ALL),)),
    ("3.2.1.2: another time is an update", *changed(mine(), start=SECOND), (update(*ALL),)),
    ("another subject", *changed(mine(), summary="Other"), (update(*ALL),)),
    ("another place", *changed(mine(), location="Room 2"), (update(*ALL),)),
    ("another text", *changed(mine(), description="Bring it"), (update(*ALL),)),
    ("another rule", *changed(mine(), rules=("FREQ=DAILY",)), (update(*ALL),)),
    ("one more date", *changed(mine(), rdates=(SECOND,)), (update(*ALL),)),
    ("a comment to all", *changed(mine(), extra=(Extra("COMMENT", "late"),)), (update(*ALL),)),
    ("a web page is everybody's", *changed(mine(), url="http://x.test"), (update(*ALL),)),
    ("called off by its status", *changed(mine(), status="CANCELLED"), (cancellation(*ALL),)),
    ("an occurrence left out (RFC 5546 3.2.5)", *changed(mine(), exdates=(SECOND,)), (cancellation(*ALL),)),
    ("an occurrence put back", mine(exdates=(SECOND,)), mine(), (update(*ALL),)),
    (
        "somebody more is invited, the others learn of it",
        *changed(mine(), attendees=(*mine().attendees, person("new@x.test"))),
        (invitation("new@x.test"), update(*ALL)),
    ),
    (
        "somebody is left out",
        *changed(mine(), attendees=(person(ME), person(ANN))),
        (cancellation(BOB), update(ANN)),
    ),
    ("a first guest is invited", mine(attendees=()), mine(attendees=(person(ANN),)), (invitation(ANN),)),
    ("the last guest is left out", mine(attendees=(person(ANN),)), mine(attendees=()), (cancellation(ANN),)),
    (
        "a guest's name is corrected",
        *changed(mine(), attendees=(person(ME), Attendee(ANN, "Ann"), person(BOB))),
        (update(*ALL),),
    ),
    ("an occurrence at another time", mine(), mine(exceptions=(once(mine(), location="Room 2"),)), (update(*ALL),)),
    ("an occurrence back in its series", mine(exceptions=(once(mine(), location="Room 2"),)), mine(), (update(*ALL),)),
    (
        "an occurrence is called off",
        mine(exceptions=(once(mine()),)),
        mine(exceptions=(once(mine(), status="CANCELLED"),)),
        (cancellation(*ALL),),
    ),
    (
        "a guest of one occurrence only",
        mine(),
        mine(exceptions=(once(mine(), attendees=(*mine().attendees, person("new@x.test"))),)),
        (invitation("new@x.test"), update(*ALL)),
    ),
    (
        "a guest left out of one occurrence only",
        mine(),
        mine(exceptions=(once(mine(), attendees=(person(ME), person(ANN))),)),
        (cancellation(BOB), update(ANN)),
    ),
    (
        "a series without guests, but with one in an exception, is deleted",
        mine(attendees=(), exceptions=(once(mine(attendees=(person(ANN),))),)),
        None,
        (cancellation(ANN),),
    ),
    (
        "a document of exceptions alone",
        None,
        Event("u", exceptions=(once(mine()),), headless=True),
        (invitation(*ALL),),
    ),
    (
        "a task with people (3.2.1 holds for to-dos too)",
        Task("t", "Do", organizer=person(ME), attendees=(person(ANN),)),
        Task("t", "Do it", organizer=person(ME), attendees=(person(ANN),)),
        (update(ANN),),
    ),
    ("nobody but the organizer is invited", *changed(mine(attendees=(person(ME),)), summary="Other"), NOTHING),
    ("nobody is invited", *changed(mine(attendees=()), summary="Other"), NOTHING),
    ("3.1: guests without an organizer are no meeting", *changed(mine(organizer=None), summary="Other"), NOTHING),
    ("no meeting at all", Contact("c", formatted_name="A"), Contact("c", formatted_name="B"), NOTHING),
    ("nothing differs", mine(), mine(), NOTHING),
    *(
        (f"3.2.1.2: {name} is one's own business", *changed(mine(), **{name: value}), NOTHING)
        for name, value in PRIVATE.items()
    ),
    (
        "and so it is in an exception",
        mine(exceptions=(once(mine()),)),
        mine(exceptions=(once(mine(), alarms=(ALARM,)),)),
        NOTHING,
    ),
]


def answered(answer: str) -> tuple[Attendee, ...]:
    return (person(ME, answer), person(ANN), person(BOB))


ATTENDEE: list[tuple[str, Item | None, Item | None, tuple[Mail, ...]]] = [
    ("3.2.2.2: a copy that is not answered", None, boss(), NOTHING),
    ("a copy that comes in answered", None, boss(attendees=answered("ACCEPTED")), REPLY),
    ("3.2.2.4: a deleted copy declines", boss(), None, REPLY),
    ("3.2.2.3: an answer", boss(), boss(attendees=answered("ACCEPTED")), REPLY),
    ("another answer", boss(attendees=answered("ACCEPTED")), boss(attendees=answered("DECLINED")), REPLY),
    ("not answered is the same as said nothing", boss(), boss(attendees=answered("NEEDS-ACTION")), NOTHING),
    ("an occurrence left out declines it", *changed(boss(), exdates=(SECOND,)), REPLY),
    (
        "an answer for one occurrence",
        boss(),
        boss(exceptions=(once(boss(), attendees=answered("DECLINED")),)),
        REPLY,
    ),
    (
        "an occurrence of one's own, answered as the series",
        boss(),
        boss(exceptions=(once(boss(), alarms=(ALARM,)),)),
        NOTHING,
    ),
    ("a comment goes with the answer", *changed(boss(), extra=(Extra("COMMENT", "late"),)), REPLY),
    (
        "progress of a task that somebody gave",
        Task("t", "Do", organizer=person(BOSS), attendees=(person(ME),), percent=10),
        Task("t", "Do", organizer=person(BOSS), attendees=(person(ME),), percent=50),
        REPLY,
    ),
    (
        "another's answer is not ours to give",
        boss(),
        boss(attendees=(person(ME), person(ANN, "ACCEPTED"), person(BOB))),
        NOTHING,
    ),
    ("3.2.2.1: the subject belongs to the organizer, who is not told", *changed(boss(), summary="Mine"), NOTHING),
    *((f"3.2.2.1: {name} is one's own", *changed(boss(), **{name: value}), NOTHING) for name, value in PRIVATE.items()),
]

UNSURE: list[tuple[str, Item | None, Item | None, frozenset[str], tuple[Mail, ...]]] = [
    (
        "nobody told who we are: a deletion may be the organizer's",
        boss(),
        None,
        frozenset(),
        (cancellation(ANN, BOB, ME),),
    ),
    ("nor who changes it", *changed(boss(), summary="Other"), frozenset(), (update(ANN, BOB, ME),)),
    (
        "we are neither of them, as far as is known",
        *changed(boss(), summary="Other"),
        frozenset({"else@x.test"}),
        (update(ANN, BOB, ME),),
    ),
    ("one's own business stays so", *changed(boss(), alarms=(ALARM,)), frozenset(), NOTHING),
]


@pytest.mark.parametrize(("situation", "before", "after", "mails"), ORGANIZER, ids=[r[0] for r in ORGANIZER])
def test_rule_25_what_an_organizers_server_sends(
    situation: str, before: Item | None, after: Item | None, mails: tuple[Mail, ...]
) -> None:
    assert sending(before, after, OWN).mails == mails


@pytest.mark.parametrize(("situation", "before", "after", "mails"), ATTENDEE, ids=[r[0] for r in ATTENDEE])
def test_rule_25_what_an_attendees_server_sends(
    situation: str, before: Item | None, after: Item | None, mails: tuple[Mail, ...]
) -> None:
    found = sending(before, after, OWN)
    assert (found.part, found.mails) == (Part.ATTENDEE, mails)


@pytest.mark.parametrize(("situation", "before", "after", "own", "mails"), UNSURE, ids=[r[0] for r in UNSURE])
def test_rule_25_an_unknown_person_is_read_as_the_organizer(
    situation: str, before: Item | None, after: Item | None, own: frozenset[str], mails: tuple[Mail, ...]
) -> None:
    found = sending(before, after, own)
    assert (found.part, found.mails) == (Part.UNSURE, mails)


def test_rule_25_whatever_an_attendee_sends_the_careful_reading_sees_too() -> None:
    for situation, before, after, mails in ATTENDEE:
        if mails:
            assert sending(before, after, frozenset()).mails, situation


def test_addresses_are_the_same_in_any_case() -> None:
    shouted = mine(organizer=person("Me@X.test"), attendees=(person("ANN@x.test"),))
    assert sending(None, shouted, OWN).mails == (invitation(ANN),)


def test_guests_of_one_occurrence_are_guests() -> None:
    assert has_guests(mine(attendees=(), exceptions=(once(mine()),)))
    assert not has_guests(mine(attendees=())) and not has_guests(None) and not has_guests(Contact("c"))
