"""A SmarterMail event as its detail object holds it, and ``Event``."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

from instep.codecs.smartermail_body import EVENT, body_of, categories_of, put_body, put_categories
from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_json import Object, Pen, broken, flag_of, list_of, number_of, parse, text_of
from instep.codecs.smartermail_objects import is_series
from instep.codecs.smartermail_recurrence import TORN, UNPROVEN, put_rules, rules_of, series_error
from instep.codecs.smartermail_stamps import Zoned, modified_of, put_zoned, zoned_of
from instep.core.fields import FIELDS, same
from instep.core.model import Alarm, Attendee, Event, Kind, Moment
from instep.errors import CodecError

SUBJECT: Final = ("subject", "title")
START: Final = ("start", "startWithTZ")
END: Final = ("end", "endWithTZ")
STATUSES: Final = ("TENTATIVE", "", "CANCELLED", "NEEDS-ACTION", "COMPLETED", "IN-PROCESS")
"""What the numbers of a status mean; 1 is confirmed, which says no more than an appointment without a status."""
_ANSWERS: Final = {2: "TENTATIVE", 3: "ACCEPTED", 4: "DECLINED"}
_CONFIRMED: Final = STATUSES.index("")
_DAY: Final = timedelta(days=1)
_FIELD: Final = {field.name: field for field in FIELDS[Kind.EVENT]}


def read_event(object: Object, dialect: Dialect) -> Event:
    """Read an event. Raises ``NotCarried`` for a series, unless its form is proven, and ``CodecError``."""
    start, end = _span(object)
    organizer, attendees = _guests(object)
    status = number_of(object, "status")
    return Event(
        uid=text_of(object, "uid"),
        summary=text_of(object, *SUBJECT).strip(),
        location=text_of(object, "location").strip(),
        description=body_of(object, EVENT),
        start=start,
        end=end,
        rules=rules_of(object, dialect.recurrence) if is_series(object.values()) else (),
        status=STATUSES[status] if status is not None and 0 <= status < len(STATUSES) else "",
        sensitivity="PRIVATE" if flag_of(object, "isPrivate") else "",
        categories=categories_of(object),
        organizer=organizer,
        attendees=attendees,
        alarms=alarms_of(object),
        modified=modified_of(object, "lastModifiedUTC", "lastModified", "dateModified"),
    )


def write_event(pen: Pen, new: Event, dialect: Dialect) -> None:
    """Write what differs, but never the guests. Raises ``NotCarried`` for a series, unless its form is proven."""
    old = read_event(pen.object, dialect)
    _refuse_torn(new, dialect)
    if _differs("summary", old, new) or pen.fresh:
        pen.put(SUBJECT, new.summary)
    if _differs("location", old, new):
        pen.put("location", new.location)
    if _differs("description", old, new):
        put_body(pen, EVENT, new.description)
    if pen.fresh or _differs("start", old, new) or _differs("end", old, new):
        _put_span(pen, old, new)
    if old.rules != new.rules:
        put_rules(pen, new.rules, dialect.recurrence)
    if pen.fresh or _status(old) != _status(new):
        pen.put("status", _status(new))
    if _is_private(old) != _is_private(new):
        pen.put("isPrivate", _is_private(new))
    if _differs("categories", old, new):
        put_categories(pen, new.categories)
    if _differs("alarms", old, new):
        put_alarms(pen, old.alarms, new.alarms)
    if pen.fresh and new.uid:
        pen.put("uid", new.uid)


def _differs(field: str, old: Event, new: Event) -> bool:
    return not same(_FIELD[field], getattr(old, field), getattr(new, field))


def _refuse_torn(new: Event, dialect: Dialect) -> None:
    if not dialect.recurrence and (new.headless or new.exceptions or new.exdates or new.rdates):
        raise series_error(UNPROVEN)
    if new.headless:
        raise series_error("only some of its occurrences are there")
    if new.exceptions or new.exdates or new.rdates:
        raise series_error(TORN)


def _status(event: Event) -> int:
    word = event.status.upper()
    return STATUSES.index(word) if word in STATUSES else _CONFIRMED


def _is_private(event: Event) -> bool:
    return event.sensitivity.upper() in ("PRIVATE", "CONFIDENTIAL")


# Start and end ----------------------------------------------------------------------------------------------------


def _span(object: Object) -> tuple[Moment | None, Moment | None]:
    start, end = zoned_of(object, *START), zoned_of(object, *END)
    if not flag_of(object, "allDay", "isAllDay"):
        return (start.moment if start else None), (end.moment if end else None)
    first = _day(start)
    last = _day(end)
    if first is None or last is None:
        return (Moment(first) if first else None), None
    return Moment(first), Moment(last + _DAY if _is_inclusive(first, end) else last)


def _day(zoned: Zoned | None) -> date | None:
    local = zoned.moment.local if zoned is not None else None
    return local.date() if isinstance(local, datetime) else local


def _is_inclusive(first: date, end: Zoned | None) -> bool:
    """True when the end of a whole-day event is its last day, not the day after."""
    local = end.moment.local if end is not None else None
    return isinstance(local, datetime) and (local.time() != time() or local.date() <= first)


def _put_span(pen: Pen, old: Event, new: Event) -> None:
    if new.start is None:
        raise CodecError("the appointment has no start, which SmarterMail wants of each", "Give it a start.")
    start, end = zoned_of(pen.object, *START), zoned_of(pen.object, *END)
    was_all_day = bool(flag_of(pen.object, "allDay", "isAllDay"))
    if was_all_day != new.start.all_day or pen.object.get("allDay", "isAllDay") is None:
        pen.put(("allDay", "isAllDay"), new.start.all_day)
    if _differs("start", old, new) or was_all_day != new.start.all_day:
        put_zoned(pen, START, new.start, start or end)
    if new.start.all_day:
        put_zoned(pen, END, _last(new, end if was_all_day else None), end or start)
    elif _differs("end", old, new) or was_all_day or end is None:
        put_zoned(pen, END, _until(new), end or start)


def _until(new: Event) -> Moment:
    """The end; of an event without one what RFC 5545 3.6.1 says of it."""
    assert new.start is not None
    if new.end is not None and new.end.all_day == new.start.all_day:
        return new.end
    if new.end is not None:
        raise CodecError("the appointment begins with a day and ends with a time", "Give it a sound time.")
    return replace(new.start, local=new.start.local + _DAY) if new.start.all_day else new.start


def _last(new: Event, end: Zoned | None) -> Moment:
    """The end of a whole-day event in the manner of the end that stands there: the day after at midnight, or the last
    day at a time."""
    until = _until(new)
    local = end.moment.local if end is not None else None
    if end is None or not isinstance(local, datetime) or local.time() == time() or isinstance(until.local, datetime):
        return until
    return Moment(datetime.combine(until.local - _DAY, local.time()), end.moment.zone)


# Reminder and guests ----------------------------------------------------------------------------------------------


def alarms_of(object: Object) -> tuple[Alarm, ...]:
    """Give the one reminder, so many minutes before the start; 0 is none, unless a flag says that it is set."""
    minutes = number_of(object, "reminder")
    is_set = flag_of(object, "reminderSet")
    if minutes is None or is_set is False or minutes < 0 or (minutes == 0 and not is_set) or minutes > 10_000_000:
        return ()
    return (Alarm(-60 * minutes),)


def put_alarms(pen: Pen, old: tuple[Alarm, ...], new: tuple[Alarm, ...]) -> None:
    """Write the reminder that is there still, else the first that SmarterMail can hold; else none."""
    if old and old[0] in new:
        return
    has_flag = pen.object.get("reminderSet") is not None
    minutes = next((m for alarm in new if (m := minutes_before(alarm)) is not None and (m or has_flag)), None)
    if minutes is None and not old:
        return
    pen.put("reminder", minutes or 0)
    if has_flag:
        pen.put("reminderSet", minutes is not None)


def minutes_before(alarm: Alarm) -> int | None:
    """Give how many whole minutes before the start a reminder is, ``None`` for one that is not before the start."""
    if isinstance(alarm.trigger, Moment) or alarm.related_end or alarm.trigger > 0 or alarm.action == "EMAIL":
        return None
    return -(alarm.trigger // 60)


def _guests(object: Object) -> tuple[Attendee | None, tuple[Attendee, ...]]:
    """Whom the event names as organizer and guests; they are shown, and only ever sent back as they came."""
    address = text_of(object, "organizerEmail").strip().lower()
    organizer = Attendee(address, text_of(object, "organizerName").strip()) if address else None
    guests = []
    for entry in list_of(object, "attendees"):
        if not isinstance(entry.value, dict):
            raise broken("attendees", "holds an entry that is no object")
        one = parse(entry.text)
        address = text_of(one, "email").strip().lower()
        if not address:
            continue
        name = text_of(one, "name").strip()
        if flag_of(one, "isOrganizer"):
            organizer = organizer or Attendee(address, name)
            continue
        kind = "RESOURCE" if flag_of(one, "isResource") else ""
        guests.append(Attendee(address, name, type=kind, participation=_ANSWERS.get(number_of(one, "status") or 0, "")))
    return (organizer, tuple(guests)) if guests else (None, ())
