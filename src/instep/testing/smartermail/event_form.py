"""An event between its inner form and what REST shows and takes (facts 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from instep.testing.smartermail import recurrences
from instep.testing.smartermail.exchange import Json, Refusal, soft
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.shapes import EVENT, has, key, taken
from instep.testing.smartermail.switches import Switches
from instep.testing.smartermail.times import day_after, day_before, event_time_shown, read_event_time

_ATTENDEE: Final[Json] = {"name": "", "email": "", "status": 0, "isOrganizer": False, "isResource": False}


def id_of(switches: Switches, item: Item) -> str | int:
    """How the server writes an event's id."""
    return item.number if switches.event_ids == "number" else item.id


def uid_of(switches: Switches, item: Item) -> str:
    """The ``uid`` that REST shows."""
    return str(item.data["uid"]) if switches.uids == "same" else f"rest-{item.id}"


def found(switches: Switches, folder: Folder, id: object) -> Item | None:
    """The event at an id as the server writes it."""
    if switches.event_ids == "guid":
        return folder.items.get(str(id))
    return next((item for item in folder.items.values() if str(item.number) == str(id)), None)


def end_shown(switches: Switches, data: Json) -> Json | None:
    """The end as the server counts it: inner ends are exclusive."""
    end: Json | None = data["end"]
    if end is not None and data["allDay"] and switches.all_day_end == "inclusive":
        return day_before(end)
    return end


def row(switches: Switches, item: Item, folder: Folder, owner: str) -> Json:
    """Give an event as a list shows it: the summary, without description, reminder and attendees."""
    data = item.data
    long = switches.event_list == "subject"
    all_day, name = data["allDay"], "dateTime" if long else "dt"
    return {
        "id": id_of(switches, item),
        "uid": uid_of(switches, item),
        "calendarId" if long else "calId": folder.id,  # codespell:ignore
        "subject" if long else "title": data["subject"],
        "allDay": all_day,
        "startWithTZ": event_time_shown(switches, data["start"], all_day, name),
        "endWithTZ": event_time_shown(switches, end_shown(switches, data), all_day, name),
        "location": data["location"],
        "owner": owner,
        "isRecurring": bool(data["recurrence"]),
        "isOnlineMeeting": bool(data["meetingUrl"]),
        "isPrivate": data["isPrivate"],
        "status": data["status"],
    }


def detail(switches: Switches, item: Item, folder: Folder, owner: str, viewer: str) -> Json:
    """Give the whole event."""
    data: Json = {"id": id_of(switches, item), **item.data, "uid": uid_of(switches, item)}
    all_day = data["allDay"]
    data["start"] = event_time_shown(switches, data["start"], all_day)
    data["end"] = event_time_shown(switches, end_shown(switches, item.data), all_day)
    data["recurrence"] = recurrences.shown(switches, data["recurrence"])
    return data | {
        "calendarId": folder.id,
        "calendarOwner": owner,
        "permission": folder.permission(viewer),
        "isOrganizer": data["organizerEmail"].lower() in ("", viewer),
        "hasAttachments": bool(data["attachedFiles"]),
    }


def read(switches: Switches, body: Mapping[str, Any], onto: Json | None) -> Json:
    """Give the inner form of what a client sends; ``onto`` is the event that it replaces, None for a new one.

    Raises ``Refusal`` for a value of a wrong type, and for an event without subject or start.
    """
    body = {name: value for name, value in body.items() if name.lower() != "uid" or onto is None}
    readings = {
        "start": lambda value: read_event_time(value, "start"),
        "end": lambda value: read_event_time(value, "end"),
        "recurrence": lambda value: recurrences.read(switches, value),
        "attendees": _attendees,
        "reminder": _minutes,
    }
    for name, reading in readings.items():
        if has(body, name):
            value = reading(key(body, name))
            body = {known: old for known, old in body.items() if known.lower() != name.lower()} | {name: value}
    kept = onto if onto is not None and switches.partial == "keeps" else {}
    data = taken(EVENT, body, kept)
    if not data["subject"].strip() or data["start"] is None:
        raise soft("SUBJECT_AND_START_REQUIRED")
    _ended(switches, data, has(body, "end"))
    if switches.normalises == "little":
        data["description"] = data["description"].replace("\r\n", "\n")
        data["subject"], data["location"] = data["subject"].strip(), data["location"].strip()
    return data


def _ended(switches: Switches, data: Json, said: bool) -> None:
    if data["allDay"]:
        for name in ("start", "end"):
            if data[name] is not None:
                data[name] = {"dt": data[name]["dt"][:10] + "T00:00:00", "tz": data[name]["tz"]}
        if said and data["end"] is not None and switches.all_day_end == "inclusive":
            data["end"] = day_after(data["end"])
    if data["end"] is None or (data["allDay"] and data["end"]["dt"] <= data["start"]["dt"]):
        data["end"] = day_after(data["start"]) if data["allDay"] else data["start"]


def _attendees(value: Any) -> list[Json]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise Refusal(400, "Error converting value. Path 'attendees'.")
    return [taken(_ATTENDEE, entry, {}) for entry in value]


def _minutes(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise Refusal(400, "Error converting value. Path 'reminder'.")
