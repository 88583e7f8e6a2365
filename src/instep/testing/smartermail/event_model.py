"""An event's inner form and the model of CalDAV's documents, each onto the other."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any, Final

from instep.core.model import Alarm, Attendee, Event
from instep.testing.smartermail.contact_form import words
from instep.testing.smartermail.exchange import Json
from instep.testing.smartermail.times import moment_of, value_of

_STATUS: Final = {"TENTATIVE": 0, "CONFIRMED": 1, "CANCELLED": 2}
_SHOWN: Final = {number: word for word, number in _STATUS.items()}
_PARTICIPATION: Final = {"": 0, "NEEDS-ACTION": 0, "TENTATIVE": 2, "ACCEPTED": 3, "DECLINED": 4}
_ANSWER: Final = {0: "NEEDS-ACTION", 2: "TENTATIVE", 3: "ACCEPTED", 4: "DECLINED"}
SCHEDULE: Final = frozenset({"allDay", "start", "end"})


def taken(event: Event, zone: str) -> Json:
    """Give what an event says, in the inner form; ``zone`` is the mailbox's."""
    if event.headless:
        only = event.exceptions[0].item
        assert isinstance(only, Event)
        event = only
    start = event.start
    out: Json = {
        "subject": event.summary,
        "description": event.description,
        "location": event.location,
        "allDay": start is not None and start.all_day,
        "start": value_of(start, zone) if start else None,
        "end": value_of(event.end or start, zone) if start else None,
        "status": _STATUS.get(event.status, 1),
        "isPrivate": event.sensitivity == "PRIVATE",
        "availability": 0 if event.transparency == "TRANSPARENT" else 2,
        "recurrence": event.rules[0] if event.rules else None,
        "reminder": _minutes(event.alarms),
        "categoriesString": "; ".join(event.categories),
        "meetingUrl": event.url,
        "attendees": [_attendee(person) for person in event.attendees],
        "organizerName": event.organizer.name if event.organizer else "",
        "organizerEmail": event.organizer.address if event.organizer else "",
    }
    out["meetingStatus"] = 1 if event.attendees else 0
    return out


def onto(event: Event, data: Json, changed: Set[str]) -> Event:
    """Give the event with the changed keys of ``data``; what they do not speak of stays."""
    new: dict[str, Any] = {}
    for name in changed:
        value = data[name]
        match name:
            case "subject":
                new["summary"] = value
            case "description" | "location":
                new[name] = value
            case "status":
                new[name] = _SHOWN.get(value, "CONFIRMED")
            case "isPrivate":
                new["sensitivity"] = "PRIVATE" if value else ""
            case "availability":
                new["transparency"] = "" if value else "TRANSPARENT"
            case "recurrence":
                new["rules"] = (value,) if value else ()
                if not value:
                    new |= {"exceptions": (), "exdates": (), "rdates": ()}
            case "reminder":
                rest = tuple(alarm for alarm in event.alarms if not _plain(alarm))
                new["alarms"] = rest if value is None else (*rest, Alarm(-60 * value, text=data["subject"]))
            case "categoriesString":
                new["categories"] = tuple(words(value))
            case "meetingUrl":
                new["url"] = value
            case "attendees":
                new["attendees"] = tuple(_person(entry) for entry in value)
            case "organizerEmail" | "organizerName":
                address, shown = data["organizerEmail"].lower(), data["organizerName"]
                new["organizer"] = Attendee(address, shown) if address else None
    if changed & SCHEDULE:
        new["start"], new["end"] = moment_of(data["start"], data["allDay"]), moment_of(data["end"], data["allDay"])
    return replace(event, **new)


def _plain(alarm: Alarm) -> bool:
    return isinstance(alarm.trigger, int) and not alarm.related_end and alarm.trigger <= 0


def _minutes(alarms: tuple[Alarm, ...]) -> int | None:
    return next((-alarm.trigger // 60 for alarm in alarms if isinstance(alarm.trigger, int) and _plain(alarm)), None)


def _attendee(person: Attendee) -> Json:
    status = _PARTICIPATION.get(person.participation, 0)
    return {
        "name": person.name,
        "email": person.address,
        "status": status,
        "isOrganizer": False,
        "isResource": person.type in ("RESOURCE", "ROOM"),
    }


def _person(entry: Json) -> Attendee:
    kind = "RESOURCE" if entry["isResource"] else ""
    return Attendee(entry["email"].lower(), entry["name"], "", kind, _ANSWER.get(entry["status"], "NEEDS-ACTION"))
