"""SmarterMail's events: times in their own spelling, guests that are never written, series that are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from instep.codecs import smartermail
from instep.codecs.smartermail_dialect import Dialect
from instep.core.model import Alarm, Attendee, Event, Kind, Moment, Override
from instep.errors import CodecError
from instep.testing.builders import event, moment


def raw(**keys: Any) -> bytes:
    times = {"start": at("2026-03-02T10:00:00"), "end": at("2026-03-02T11:00:00"), "allDay": False}
    return json.dumps({"id": 1, "subject": "S"} | times | keys).encode()


def at(dt: str, tz: str | None = "Europe/Berlin") -> dict[str, Any]:
    return {"dt": dt, "tz": tz}


def read(document: bytes, dialect: Dialect = smartermail.UNKNOWN) -> Event:
    found = smartermail.read(Kind.EVENT, document, dialect=dialect)
    assert isinstance(found, Event)
    return found


def written(document: bytes, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(smartermail.write(replace(read(document), **changes), document))
    return found


BERLIN = moment("2026-03-02 10:00", "Europe/Berlin")


@pytest.mark.parametrize(
    ("start", "meant"),
    [
        (at("2026-03-02T10:00:00"), BERLIN),
        (at("2026-03-02T10:00:00", "W. Europe Standard Time"), BERLIN),
        (at("2026-03-02T09:00:00Z"), BERLIN),
        (at("2026-03-02T11:00:00.0000000+02:00"), BERLIN),
        (at("2026-03-02T09:00:00Z", "UTC"), moment("2026-03-02 09:00", "UTC")),
        (at("2026-03-02T09:00:00Z", None), moment("2026-03-02 09:00", "UTC")),
        (at("2026-03-02T09:00", ""), moment("2026-03-02 09:00")),
        (at("2026-03-02T09:00:00", "Mars Time"), moment("2026-03-02 09:00", "Mars Time")),
        ({"DateTime": "2026-03-02 10:00:00", "TZ": "Europe/Berlin"}, BERLIN),
        ("2026-03-02T09:00:00Z", moment("2026-03-02 09:00", "UTC")),
        (at("0001-01-01T00:00:00", "UTC"), None),
        (None, None),
    ],
)
def test_a_time_is_read_in_its_zone(start: Any, meant: Moment | None) -> None:
    assert read(raw(start=start)).start == meant
    assert smartermail.write(read(raw(start=start)), raw(start=start)) == raw(start=start)


@pytest.mark.parametrize(
    ("start", "new", "after"),
    [
        pytest.param(
            at("2026-03-02T10:00:00"), ("2026-03-02 12:30", "Europe/Berlin"), at("2026-03-02T12:30:00"), id="moved"
        ),
        pytest.param(
            at("2026-03-02T10:00:00.000", "W. Europe Standard Time"),
            ("2026-03-02 12:30", "Europe/Berlin"),
            at("2026-03-02T12:30:00.000", "W. Europe Standard Time"),
            id="the zone keeps its spelling",
        ),
        pytest.param(
            at("2026-03-02T10:00:00", "W. Europe Standard Time"),
            ("2026-03-02 12:30", "Asia/Kolkata"),
            at("2026-03-02T12:30:00", "India Standard Time"),
            id="another zone in the same spelling",
        ),
        pytest.param(
            at("2026-03-02T09:00:00Z"), ("2026-07-02 12:30", "Europe/Berlin"), at("2026-07-02T10:30:00Z"), id="Z"
        ),
        pytest.param(at("2026-03-02 10:00"), ("2026-03-02 12:30", "UTC"), at("2026-03-02 12:30", "UTC"), id="to UTC"),
        pytest.param(
            at("2026-03-02T10:00:00", ""), ("2026-03-02 12:30", ""), at("2026-03-02T12:30:00", ""), id="floating"
        ),
        pytest.param("2026-03-02T09:00:00Z", ("2026-03-02 12:30", "UTC"), "2026-03-02T12:30:00Z", id="a text alone"),
        pytest.param(
            at("2026-03-02T10:00:00") | {"x": [1]},
            ("2026-03-02 12:30", "Europe/Berlin"),
            at("2026-03-02T12:30:00") | {"x": [1]},
            id="unknown keys inside",
        ),
    ],
)
def test_a_moved_time_is_written_as_it_stands_there(start: Any, new: tuple[str, str], after: Any) -> None:
    assert written(raw(start=start), start=moment(*new))["start"] == after


def test_a_new_time_takes_the_manner_of_the_other_end() -> None:
    document = raw(start=at("2026-03-02T10:00:00.000", "W. Europe Standard Time"), end=None)
    end = written(document, end=moment("2026-03-02 11:00", "Europe/Berlin"))["end"]
    assert end == at("2026-03-02T11:00:00.000", "W. Europe Standard Time")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        pytest.param("2026-03-02T00:00:00", "2026-03-03T00:00:00", ("2026-03-02", "2026-03-03"), id="one day"),
        pytest.param(
            "2026-03-02T00:00:00", "2026-03-02T00:00:00", ("2026-03-02", "2026-03-03"), id="its end its start"
        ),
        pytest.param("2026-03-02T00:00:00", "2026-03-03T23:59:59", ("2026-03-02", "2026-03-04"), id="the last second"),
        pytest.param("2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z", ("2026-03-02", "2026-03-03"), id="midnight there"),
    ],
)
def test_whole_days_are_read_and_moved_in_the_servers_manner(start: str, end: str, days: tuple[str, str]) -> None:
    document = raw(allDay=True, start=at(start), end=at(end))
    whole = read(document)
    assert (whole.start, whole.end) == (moment(days[0]), moment(days[1]))
    for first, last in (("2026-04-01", "2026-04-02"), ("2026-01-01", days[1]), (days[0], "2026-04-04")):
        changed = replace(whole, start=moment(first), end=moment(last))
        back = read(smartermail.write(changed, document))
        assert (back.start, back.end) == (changed.start, changed.end)


def test_a_whole_day_becomes_a_time_and_a_time_a_whole_day() -> None:
    timed = raw()
    whole = smartermail.write(replace(read(timed), start=moment("2026-03-02"), end=moment("2026-03-03")), timed)
    assert json.loads(whole)["allDay"] is True
    assert read(whole).end == moment("2026-03-03")
    back = smartermail.write(read(timed), whole)
    assert read(back) == read(timed)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (event(zone=""), "no time zone"),
        (replace(event(), start=None, end=None), "no start"),
        (event(zone="Mars Time"), "time zone"),
        (event(rules=("FREQ=DAILY",)), "only be kept over CalDAV"),
        (event(exdates=(BERLIN,)), "only be kept over CalDAV"),
        (event(exceptions=(Override(BERLIN, event()),)), "only be kept over CalDAV"),
        (Event(headless=True), "only be kept over CalDAV"),
    ],
)
def test_what_the_server_is_not_known_to_take_is_refused(item: Event, reason: str) -> None:
    with pytest.raises(CodecError, match=reason) as refused:
        smartermail.write(item)
    assert refused.value.advice


@pytest.mark.parametrize(
    "keys",
    [
        {"isRecurring": True, "recurrence": {"type": 1}},
        {"recurrence": {"type": 2, "interval": 1}},
        {"recurrence": "FREQ=DAILY"},
        {"recurrenceId": "2026-03-02T10:00:00"},
    ],
)
def test_a_series_without_a_proven_form_is_refused(keys: dict[str, Any]) -> None:
    with pytest.raises(CodecError, match="a series can only be kept over CalDAV"):
        read(raw(**keys))
    assert smartermail.is_series(json.loads(raw(**keys)))


@pytest.mark.parametrize(
    "keys",
    [
        {"isRecurring": False, "recurrence": {"type": 3}},
        {"recurrence": None},
        {"recurrence": {"type": 0, "days": [], "endDate": None}},
        {"Recurrence": {"Type": "None"}},
    ],
)
def test_what_does_not_repeat_is_no_series(keys: dict[str, Any]) -> None:
    assert read(raw(**keys)).rules == ()
    assert not smartermail.is_series(json.loads(raw(**keys)))


@pytest.mark.parametrize("form", ["rrule", "parts"])
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=WEEKLY;COUNT=5;INTERVAL=2;BYDAY=MO,WE",
        "FREQ=MONTHLY;BYMONTHDAY=13",
        "FREQ=YEARLY;UNTIL=20300101",
        "FREQ=DAILY;UNTIL=20300101T090000Z",
    ],
)
def test_a_proven_form_holds_a_rule(form: str, rule: str) -> None:
    dialect = Dialect(recurrence=form)
    document = smartermail.write(event(rules=(rule,)), dialect=dialect)
    assert read(document, dialect).rules == (rule,)
    other = replace(read(document, dialect), rules=("FREQ=WEEKLY",))
    assert read(smartermail.write(other, document, dialect), dialect).rules == ("FREQ=WEEKLY",)
    single = smartermail.write(replace(other, rules=()), document, dialect)
    assert read(single).rules == ()


def test_a_rule_that_a_proven_form_cannot_say_is_refused() -> None:
    with pytest.raises(CodecError, match="its rule is more"):
        smartermail.write(event(rules=("FREQ=MONTHLY;BYDAY=-1SU",)), dialect=Dialect(recurrence="parts"))


@pytest.mark.parametrize("key", ["exceptions", "exDates", "deletedInstances"])
def test_a_series_with_exceptions_is_refused_in_any_form(key: str) -> None:
    recurrence = {"rrule": "FREQ=DAILY", key: ["2026-03-03"]}
    with pytest.raises(CodecError, match="changed, added or left out"):
        read(raw(isRecurring=True, recurrence=recurrence), Dialect(recurrence="rrule"))


GUESTS = [
    {"name": "Boss", "email": "Boss@x.org", "status": 1, "isOrganizer": True},
    {"name": "Anna", "email": "anna@x.org", "status": 3},
    {"name": "Room 1", "email": "room@x.org", "status": 0, "isResource": True},
]


def test_guests_are_read_and_never_written() -> None:
    document = raw(attendees=GUESTS, emailNotification="a@x.org", room="Blue", meetingStatus=1)
    meeting = read(document)
    assert meeting.organizer == Attendee("boss@x.org", "Boss")
    assert meeting.attendees == (
        Attendee("anna@x.org", "Anna", participation="ACCEPTED"),
        Attendee("room@x.org", "Room 1", type="RESOURCE"),
    )
    assert smartermail.has_attendees(json.loads(document))
    without = replace(meeting, attendees=(), organizer=None)
    assert smartermail.write(without, document) == document
    new = json.loads(smartermail.write(replace(meeting, location="L")))
    assert not {"attendees", "organizerEmail", "organizerName", "meetingStatus", "room"} & new.keys()
    limits = smartermail.limits()[Kind.EVENT]
    assert limits["attendees"].absent and limits["organizer"].absent


def test_an_event_with_nobody_but_its_organizer_has_no_guests() -> None:
    assert read(raw(attendees=GUESTS[:1], organizerEmail="boss@x.org")).organizer is None
    assert not smartermail.has_attendees({"Attendees": GUESTS[:1]})
    assert smartermail.has_attendees({"attendees": ["somebody"]})


@pytest.mark.parametrize(
    ("keys", "alarms"),
    [
        ({"reminder": 15}, (Alarm(-900),)),
        ({"reminder": 0}, ()),
        ({"reminder": 0, "reminderSet": True}, (Alarm(0),)),
        ({"reminder": 15, "reminderSet": False}, ()),
        ({"reminder": -1}, ()),
        ({"reminder": None}, ()),
    ],
)
def test_a_reminder_is_read(keys: dict[str, Any], alarms: tuple[Alarm, ...]) -> None:
    assert read(raw(**keys)).alarms == alarms


@pytest.mark.parametrize(
    ("keys", "alarms", "after"),
    [
        pytest.param({"reminder": 15}, (Alarm(-86400), Alarm(-900)), 15, id="the one that is there stays"),
        pytest.param({"reminder": 15}, (Alarm(-86400),), 1440, id="another one"),
        pytest.param({"reminder": 15}, (), 0, id="none"),
        pytest.param({"reminder": 15}, (Alarm(60), Alarm(BERLIN), Alarm(-120)), 2, id="the first that can be held"),
        pytest.param({"reminder": 15}, (Alarm(-90),), 2, id="whole minutes, rather earlier"),
        pytest.param({"reminder": None}, (Alarm(60),), None, id="one after the start cannot be held"),
    ],
)
def test_a_reminder_is_written(keys: dict[str, Any], alarms: tuple[Alarm, ...], after: int | None) -> None:
    assert written(raw(**keys), alarms=alarms)["reminder"] == after


@pytest.mark.parametrize(
    ("number", "word"), [(0, "TENTATIVE"), (1, ""), (2, "CANCELLED"), (3, "NEEDS-ACTION"), (9, ""), (None, "")]
)
def test_a_status_is_read_and_stays(number: int | None, word: str) -> None:
    document = raw(status=number, isTentative=True)
    assert read(document).status == word
    assert smartermail.write(read(document), document) == document
    assert written(document, status="CANCELLED")["status"] == 2
    assert smartermail.write(replace(read(raw(status=1)), status="CONFIRMED"), raw(status=1)) == raw(status=1)


def test_private_is_kept_and_confidential_is_private_there() -> None:
    assert read(raw(isPrivate=True)).sensitivity == "PRIVATE"
    assert written(raw(isPrivate=True), sensitivity="CONFIDENTIAL")["isPrivate"] is True
    assert written(raw(isPrivate=True), sensitivity="PUBLIC")["isPrivate"] is False
    assert "isPrivate" not in written(raw(), sensitivity="PUBLIC")


def test_a_description_without_a_flag_is_taken_by_its_looks() -> None:
    assert read(raw(description="<div>a</div><div>b</div>")).description == "a\nb"
    assert read(raw(description="1 < 2 &amp; 3")).description == "1 < 2 &amp; 3"
    assert written(raw(description="<div>a</div><div>b</div>"), description="a\nc")["description"] == (
        "<div>a</div><div>c</div>"
    )
    assert written(raw(description="a"), description="a\nb")["description"] == "a\nb"


def test_a_new_event_says_what_it_is() -> None:
    found = json.loads(smartermail.write(event("S", "2026-03-02", uid="u")))
    assert found == {
        "subject": "S",
        "allDay": True,
        "start": at("2026-03-02T00:00:00", "UTC"),
        "end": at("2026-03-03T00:00:00", "UTC"),
        "status": 1,
        "uid": "u",
    }
    assert read(json.dumps(found).encode()).start == Moment(date(2026, 3, 2))


def test_the_uid_of_an_event_that_is_there_is_never_changed() -> None:
    assert written(raw(uid="theirs"), uid="ours")["uid"] == "theirs"


def test_an_entry_of_the_listing_is_read_too() -> None:
    entry = {"title": "S", "startWithTZ": at("2026-03-02T10:00:00"), "endWithTZ": at("2026-03-02T11:00:00")}
    found = read(json.dumps(entry).encode())
    assert (found.summary, found.start) == ("S", BERLIN)
