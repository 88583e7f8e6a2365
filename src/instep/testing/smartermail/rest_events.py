"""Calendars and events over REST (facts 3.4)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from instep.codecs.expand import instants
from instep.core.model import Event, Kind
from instep.core.moments import instant
from instep.testing.smartermail import event_form
from instep.testing.smartermail.call import Answering, Call, Route, owner_of, page, searched, source_of
from instep.testing.smartermail.documents import model_of, without_instance
from instep.testing.smartermail.exchange import Json, Refusal, Response, soft
from instep.testing.smartermail.folders import Folder, Item
from instep.testing.smartermail.records import Mail
from instep.testing.smartermail.shapes import has, key
from instep.testing.smartermail.times import event_time_shown, instant_of, read_window, value_of, wall

_A_YEAR = timedelta(days=366)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
_NOTHING_DONE: Json = {"owner": None, "calendarId": None, "eventId": None}


def _row(call: Call, folder: Folder, item: Item) -> Json:
    return event_form.row(call.switches, item, folder, owner_of(call.world, folder))


def _detail(call: Call, folder: Folder, item: Item) -> Json:
    owner = owner_of(call.world, folder)
    return event_form.detail(call.switches, item, folder, owner, call.person.email)


def _all(call: Call) -> object:
    body = call.content_object()
    sources, search = key(body, "sources"), key(body, "searchParams")
    if not isinstance(sources, list) or not isinstance(search, dict):
        raise Refusal(400, "The field sources and the field searchParams are required.")
    rows: list[Json] = []
    for source in sources:
        if not isinstance(source, dict):
            raise Refusal(400, "Error converting value. Path 'sources[0]'.")
        folder = source_of(call, Kind.EVENT, source)
        rows += [_row(call, folder, item) for item in folder.items.values()]
    rows = searched(search, rows, ("title", "subject", "location"))
    part = page(call, search, rows)
    if call.switches.list_key == "bare":
        return part
    named = {"specific": "calendarEvents", "plural": "events"}.get(call.switches.list_key, "results")
    return {named: part, "totalCount": len(rows)}


def _window(call: Call) -> Json:
    said = call.content_object() if call.request.method == "POST" else dict(call.request.query)
    start = read_window(key(said, "startDate"), "startDate")
    end = read_window(key(said, "endDate"), "endDate") if has(said, "endDate") else _later(start, _A_YEAR)
    folder = call.folder(Kind.EVENT)
    rows = [row for item in folder.items.values() for row in _instances(call, folder, item, start, end)]
    return {"events": rows}


def _instances(call: Call, folder: Folder, item: Item, start: datetime, end: datetime) -> list[Json]:
    row = _row(call, folder, item)
    if not item.data["recurrence"]:
        event = model_of(call.world, folder, item)
        assert isinstance(event, Event)
        begins = instant(event.start) if event.start else None
        ends = instant(event.end) if event.end else None
        if begins is None or ends is None:
            begins = ends = datetime.fromisoformat(item.data["start"]["dt"]).replace(tzinfo=UTC)
        return [row] if begins < end and (ends > start or begins >= start) else []
    series = model_of(call.world, folder, item)
    assert isinstance(series, Event)
    name = "dateTime" if call.switches.event_list == "subject" else "dt"
    rows = []
    # An endless series is opened for ten years at most.
    first = max(start, instant_of(item.data["start"]) - timedelta(days=2))
    for one in instants(series, start, min(end, _later(first, 10 * _A_YEAR)), 4000):
        event = one.item
        assert isinstance(event, Event) and event.start and event.end
        length = wall(event.end) - wall(event.start)
        begin, finish = value_of(one.start, "UTC"), value_of(one.start, "UTC")
        local = datetime.fromisoformat(begin["dt"])
        finish = {"dt": f"{local + length:%Y-%m-%dT%H:%M:%S}", "tz": begin["tz"]}
        times = (event_time_shown(call.switches, value, row["allDay"], name) for value in (begin, finish))
        rows.append({**row, "startWithTZ": next(times), "endWithTZ": next(times), "instanceStart": begin["dt"]})
    return rows


def _later(at: datetime, by: timedelta) -> datetime:
    return at + by if at < _LAST - by else _LAST


def _found(call: Call, folder: Folder) -> Item:
    item = event_form.found(call.switches, folder, call.params["id"])
    if item is None:
        raise Refusal(500, "Object reference not set to an instance of an object.")
    return item


def _get(call: Call) -> Json:
    folder = call.folder(Kind.EVENT)
    return {"details": _detail(call, folder, _found(call, folder))}


def _save(call: Call) -> Json:
    last = call.params.get("id", "")
    new = last in _NEW_PATHS.values()
    if new and last != _NEW_PATHS[call.switches.event_path]:
        raise Refusal(404, "No HTTP resource was found that matches the request URI.")
    folder = call.writable(call.folder(Kind.EVENT))
    body = call.content_object()
    if new:
        _check_new_id(call, body)
        data = event_form.read(call.switches, body, None)
        item = call.world.add(folder, _organized(call, data))
    else:
        item = _found(call, folder)
        data = event_form.read(call.switches, body, item.data)
        call.world.replace(folder, item, _organized(call, data))
    if call.switches.save_mails == "mails":
        tell(call, "invitation", item)
    return {"events": [_detail(call, folder, item)]}


_NEW_PATHS = {"null": "null", "short": "", "zero": "0"}


def _check_new_id(call: Call, body: Json) -> None:
    """Refuse a new event whose ``id`` is not what this server wants there."""
    there, value = has(body, "id"), key(body, "id")
    match call.switches.event_new_id:
        case "zero" if not there or value is None:
            raise Refusal(400, "Error converting value {null} to type 'System.Int64'. Path 'id'.")
        case "null" if value is not None:
            raise Refusal(500, "Object reference not set to an instance of an object.")
        case "absent" if there:
            raise Refusal(400, "Could not find member 'id'.")
    if value not in (None, 0, "", "0"):
        raise Refusal(500, "Object reference not set to an instance of an object.")


def _organized(call: Call, data: Json) -> Json:
    if data["attendees"] and not data["organizerEmail"]:
        data |= {"organizerEmail": call.person.email, "organizerName": call.person.name}
    return data | {"meetingStatus": 1 if data["attendees"] else 0}


def tell(call: Call, kind: str, item: Item) -> None:
    """Mail the guests of an event that its own organizer changes."""
    if item.data["organizerEmail"].lower() in ("", call.person.email):
        for guest in item.data["attendees"]:
            if guest["email"].lower() != call.person.email:
                call.world.records.mails.append(Mail(kind, guest["email"], item.data["subject"], call.person.email))


def _delete(call: Call) -> object:
    flag = call.params["flag"].lower()
    if flag not in ("true", "false"):
        raise Refusal(404, "No HTTP resource was found that matches the request URI.")
    body = call.content()
    at = key(body, "instanceStart") if isinstance(body, dict) else None
    folder = call.writable(call.folder(Kind.EVENT))
    item = event_form.found(call.switches, folder, call.params["id"])
    if item is None or call.world.faults.pretends_deletion():
        return [_NOTHING_DONE]
    by_flag = call.switches.delete_flag == "series"
    if item.data["recurrence"] and (at is not None or by_flag) and not (by_flag and flag == "true"):
        return _delete_instance(call, folder, item, at)
    call.world.drop(folder, item)
    if (flag == "true" or by_flag) and call.switches.save_mails == "mails":
        tell(call, "cancellation", item)
    return []


def _delete_instance(call: Call, folder: Folder, item: Item, at: object) -> object:
    if at is None:
        return [_NOTHING_DONE]
    wanted = read_window(at, "instanceStart")
    series = model_of(call.world, folder, item)
    assert isinstance(series, Event)
    if not 1600 <= wanted.year <= 4500:
        return [_NOTHING_DONE]
    for one in instants(series, wanted - timedelta(days=2), wanted + timedelta(days=2)):
        if value_of(one.start, "UTC")["dt"] == f"{wanted:%Y-%m-%dT%H:%M:%S}" or instant(one.start) == wanted:
            without_instance(call.world, folder, item, one.recurrence_id)
            return []
    return [_NOTHING_DONE]


def _delete_bulk(call: Call) -> object:
    undone = []
    for entry in call.content_objects():
        folder = call.writable(source_of(call, Kind.EVENT, entry))
        item = event_form.found(call.switches, folder, key(entry, "eventId"))
        if item is None or call.world.faults.pretends_deletion():
            undone.append(_NOTHING_DONE)
            continue
        call.world.drop(folder, item)
        if call.switches.save_mails == "mails":
            tell(call, "cancellation", item)
    return undone


def _answer(status: int) -> Answering:
    def answer(call: Call) -> Response:
        folder = call.writable(call.folder(Kind.EVENT))
        item = _found(call, folder)
        guests = [
            {**guest, "status": status} if guest["email"].lower() == call.person.email else guest
            for guest in item.data["attendees"]
        ]
        if guests == item.data["attendees"] and not any(g["email"].lower() == call.person.email for g in guests):
            raise soft("NOT_AN_ATTENDEE")
        call.world.replace(folder, item, {**item.data, "attendees": guests})
        subject, sender = item.data["subject"], call.person.email
        call.world.records.mails.append(Mail("reply", item.data["organizerEmail"], subject, sender))
        return Response(200)

    return answer


_PLACE = "{owner}/{guid}"
ROUTES = (
    Route("POST", "calendars/events-all2", _all),
    Route("POST", f"calendars/events/{_PLACE}", _window),
    Route("GET", f"calendars/events/{_PLACE}", _window),
    Route("GET", f"calendars/events/{_PLACE}/{{id}}", _get),
    Route("POST", f"calendars/events/save/{_PLACE}", _save),
    Route("POST", f"calendars/events/save/{_PLACE}/{{id}}", _save),
    Route("POST", f"calendars/events/delete/{_PLACE}/{{id}}/{{flag}}", _delete),
    Route("POST", "calendars/events/delete-bulk", _delete_bulk),
    *(
        Route("POST", f"calendars/meeting-{word}/{_PLACE}/{{id}}", _answer(status))
        for word, status in (("accept", 3), ("decline", 4), ("tentatively-accept", 2))
    ),
)
