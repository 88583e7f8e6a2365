"""A stage for meetings: a server in memory that mails (RFC 6638), in iCalendar or in documents without marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.stage import Stage
from instep.codecs import icalendar
from instep.connectors.memory import Form, Traits
from instep.core.model import Attendee, Event, Item, Kind, Moment, Override, Side, Task
from instep.engine import conflicts
from instep.engine.events import Face
from instep.engine.questions import Choice, Question, Resolution
from instep.engine.report import Report

ME, BOSS = "me@x.test", "boss@x.test"
WHEN, LATER = Moment(datetime(2027, 3, 1, 9), "UTC"), Moment(datetime(2027, 3, 1, 15), "UTC")
SECOND = Moment(datetime(2027, 3, 8, 9), "UTC")
GUESTS = (Attendee(ME, participation="ACCEPTED"), Attendee("ann@x.test"), Attendee("bob@x.test"))
L, R = Side.LEFT, Side.RIGHT


def _read(data: bytes) -> Item:
    return icalendar.read(data)


def _write(item: Item, onto: bytes | None) -> bytes:
    assert isinstance(item, Event | Task)
    return icalendar.write(item, onto=onto)


ICS = Form("text/calendar", _read, _write)
MARKS = dict.fromkeys((Kind.EVENT, Kind.TASK), ICS)


def mailing(*, owner: str = ME, marks: bool = True, **more: Any) -> Traits:
    """A store that mails for ``owner`` (empty: it does not tell); ``marks``: its documents can say so."""
    own = frozenset({owner}) if owner else frozenset()
    return Traits(schedules=True, owner=own, forms=MARKS if marks else {}, **more)


def plan(**more: Any) -> Event:
    """A weekly meeting of mine with two guests, at which I am too."""
    usual: dict[str, Any] = {
        "uid": "plan",
        "summary": "Plan",
        "organizer": Attendee(ME),
        "attendees": GUESTS,
        "rules": ("FREQ=WEEKLY",),
    }
    end = Moment(datetime(2027, 3, 1, 10), "UTC")
    return Event(start=WHEN, end=end, **{**usual, **more})


def invited(**more: Any) -> Event:
    """A meeting of somebody else to which I am invited."""
    return plan(**{"organizer": Attendee(BOSS), **more})


def occurrence(item: Event, **more: Any) -> Override:
    """The second occurrence, otherwise."""
    bare = {"uid": "", "rules": (), "exceptions": (), "start": SECOND, "end": Moment(datetime(2027, 3, 8, 10), "UTC")}
    return Override(SECOND, replace(item, **{**bare, **more}))


class Meetings(Stage):
    """A stage of appointments on which the account's person is known."""

    def run(self, face: Face | None = None, **options: object) -> Report:
        return super().run(face, **{"own_addresses": frozenset({ME}), **options})


def begun(folder: Path, item: Item | None = None, traits: Traits | None = None, **more: Any) -> Meetings:
    """A stage on which a person's program made the meeting on the server, and both sides hold it."""
    kind = Kind.TASK if isinstance(item, Task) else Kind.EVENT
    stage = Meetings(folder, kind, right_traits=traits or mailing(), **more)
    stage.put(R, item or plan(), "plan")
    stage.put(R, Event("other", "Alone", start=WHEN) if kind is Kind.EVENT else Task("other", "Alone"), "other")
    stage.pair_run()
    assert stage.names(L) == stage.names(R) and not stage.right.outbox
    return stage


def asked(stage: Stage) -> list[Question]:
    """The open questions."""
    return conflicts.questions(stage.db)


def say(stage: Stage, choice: Choice, number: int = 0) -> None:
    """A person answers the only open question, or the one with this number."""
    found = [q.id for q in asked(stage)]
    conflicts.decide(stage.db, number or found[0], Resolution(choice))


def sent(stage: Stage) -> list[str]:
    """Why mail would have gone out, and to whom."""
    return [f"{mail.why} {' '.join(mail.to)}" for mail in stage.right.outbox]
