"""SmarterMail's tasks: its eleven priorities, its start beside each due date, its reminders."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from instep.codecs import smartermail
from instep.codecs.smartermail_dialect import Dialect
from instep.core.model import Alarm, Kind, Moment, Task
from instep.testing.builders import moment, task

DUE, LATER = "2026-03-05T00:00:00", "2026-03-06T00:00:00"


def raw(**keys: Any) -> bytes:
    return json.dumps({"id": 1, "subject": "S"} | keys).encode()


def read(document: bytes) -> Task:
    found = smartermail.read(Kind.TASK, document)
    assert isinstance(found, Task)
    return found


def written(document: bytes, dialect: Dialect = smartermail.UNKNOWN, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(smartermail.write(replace(read(document), **changes), document, dialect))
    return found


@pytest.mark.parametrize(
    ("number", "priority"),
    [(10, 1), (9, 2), (8, 3), (7, 4), (6, 4), (5, None), (4, 6), (3, 7), (2, 8), (1, 9), (0, 9), (11, None)],
)
def test_a_priority_is_turned_round_and_keeps_its_number(number: int, priority: int | None) -> None:
    document = raw(priority=number)
    assert read(document).priority == priority
    assert smartermail.write(replace(read(document), summary="T"), document) == document.replace(b'"S"', b'"T"')
    assert written(document, priority=2)["priority"] == 9


@pytest.mark.parametrize("priority", [None, 0, 5])
def test_no_priority_and_the_middle_one_are_the_servers_default(priority: int | None) -> None:
    document = raw(priority=5)
    assert smartermail.write(replace(read(document), priority=priority), document) == document
    assert written(raw(priority=9), priority=priority)["priority"] == 5
    assert "priority" not in json.loads(smartermail.write(task(priority=priority)))


@pytest.mark.parametrize(
    ("keys", "start", "due"),
    [
        pytest.param({"start": DUE, "due": DUE}, None, "2026-03-05", id="a start that only repeats the due date"),
        pytest.param({"start": DUE, "due": LATER}, "2026-03-05", "2026-03-06", id="both"),
        pytest.param({"start": DUE, "due": LATER, "useDateTime": False}, None, None, id="dates that do not count"),
        pytest.param({"start": None, "due": LATER}, None, "2026-03-06", id="no start"),
        pytest.param({"start": DUE, "due": "0001-01-01T00:00:00"}, "2026-03-05", None, id="a date that is none"),
        pytest.param({"start": "2026-03-05T14:33:12", "due": LATER}, "2026-03-05 14:33:12", "2026-03-06", id="now"),
    ],
)
def test_dates_are_read(keys: dict[str, Any], start: str | None, due: str | None) -> None:
    found = read(raw(**keys))
    assert found.start == (moment(start) if start else None)
    assert found.due == (moment(due) if due else None)


@pytest.mark.parametrize(
    ("keys", "changes", "after"),
    [
        pytest.param({"start": DUE, "due": DUE}, {"due": "2026-03-06"}, (LATER, LATER), id="the start goes with it"),
        pytest.param({"start": None, "due": DUE}, {"due": "2026-03-06"}, (None, LATER), id="no start is made up"),
        pytest.param({"start": DUE, "due": LATER}, {"due": None}, (DUE, None), id="no due date any more"),
        pytest.param({"start": DUE, "due": LATER}, {"start": None}, (LATER, LATER), id="no start any more"),
        pytest.param({"start": DUE + "Z", "due": DUE + "Z"}, {"due": "2026-03-06"}, (LATER + "Z",) * 2, id="its form"),
        pytest.param({"useDateTime": False, "start": DUE}, {"due": "2026-03-06"}, (LATER, LATER), id="first dates"),
        pytest.param({"start": DUE, "due": DUE}, {"due": None}, (None, None), id="none at all"),
        pytest.param(
            {"useDateTime": True, "start": DUE, "due": DUE}, {"due": None}, (DUE, DUE), id="none, which a flag says"
        ),
    ],
)
def test_dates_are_written(keys: dict[str, Any], changes: dict[str, str | None], after: tuple[Any, Any]) -> None:
    moments = {name: moment(text) if text else None for name, text in changes.items()}
    document = raw(**keys)
    found = written(document, **moments)
    assert (found.get("start"), found.get("due")) == after
    wanted = replace(read(document), **moments)
    back = read(json.dumps(found).encode())
    assert (back.start, back.due) == (wanted.start, wanted.due)


@pytest.mark.parametrize(
    ("due", "text"),
    [
        (moment("2026-03-05 18:30", "Europe/Berlin"), "2026-03-05T17:30:00Z"),
        (moment("2026-03-05 18:30", "UTC"), "2026-03-05T18:30:00Z"),
        (moment("2026-03-05 18:30"), "2026-03-05T18:30:00"),
        (moment("2026-03-05"), DUE),
    ],
)
def test_a_new_due_date_is_written_as_the_instant_that_it_is(due: Moment, text: str) -> None:
    found = json.loads(smartermail.write(Task(summary="S", due=due)))
    assert (found["due"], found["start"], found["useDateTime"]) == (text, text, True)


def test_a_new_task_without_dates_says_so() -> None:
    assert json.loads(smartermail.write(Task(summary="S"))) == {"subject": "S", "useDateTime": False}


@pytest.mark.parametrize(
    ("keys", "status", "percent"),
    [
        ({"status": 0, "percentComplete": 0}, "", None),
        ({"status": 1, "percentComplete": 40}, "IN-PROCESS", 40),
        ({"status": 2, "percentComplete": 100}, "COMPLETED", 100),
        ({"status": 3}, "CANCELLED", None),
        ({"status": 7, "percentComplete": 140}, "", 100),
    ],
)
def test_progress_is_read_and_stays(keys: dict[str, Any], status: str, percent: int | None) -> None:
    found = read(raw(**keys))
    assert (found.status, found.percent) == (status, percent)
    assert smartermail.write(replace(found, summary="T"), raw(**keys)) == raw(**keys).replace(b'"S"', b'"T"')


@pytest.mark.parametrize(
    ("changes", "after"),
    [
        ({"status": "COMPLETED"}, (2, 100)),
        ({"status": "COMPLETED", "percent": 90}, (2, 90)),
        ({"status": "NEEDS-ACTION"}, (0, 0)),
        ({"status": "IN-PROCESS", "percent": 50}, (1, 50)),
    ],
)
def test_progress_is_written_together(changes: dict[str, Any], after: tuple[int, int]) -> None:
    found = written(raw(status=0, percentComplete=0), **changes)
    assert (found["status"], found["percentComplete"]) == after


@pytest.mark.parametrize(
    ("keys", "alarms"),
    [
        pytest.param(
            {"reminder": 30, "reminderSet": True, "start": DUE}, (Alarm(-1800),), id="minutes before the start"
        ),
        pytest.param(
            {"reminder": 30, "reminderSet": True, "due": DUE}, (Alarm(-1800, True),), id="before the due date"
        ),
        pytest.param(
            {"reminder": "2026-03-04T08:00:00Z", "reminderSet": True},
            (Alarm(moment("2026-03-04 08:00", "UTC")),),
            id="a time",
        ),
        pytest.param({"reminder": "2026-03-04T08:00:00Z", "reminderSet": False}, (), id="not set"),
        pytest.param({"reminder": "0001-01-01T00:00:00", "reminderSet": True}, (), id="no time"),
    ],
)
def test_a_reminder_is_read_in_the_form_it_has(keys: dict[str, Any], alarms: tuple[Alarm, ...]) -> None:
    assert read(raw(**keys)).alarms == alarms


@pytest.mark.parametrize(
    ("keys", "dialect", "alarm", "after"),
    [
        pytest.param({}, "", Alarm(-600), None, id="in no known form nothing is written"),
        pytest.param({}, "minutes", Alarm(-600), 10, id="as the server was seen to hold it"),
        pytest.param({"reminder": 30, "reminderSet": True}, "", Alarm(-600), 10, id="as the item shows"),
        pytest.param({"reminder": "2026-03-04T08:00:00Z"}, "minutes", Alarm(-600), "2026-03-04T08:00:00Z", id="a time"),
        pytest.param(
            {"reminder": "2026-03-04T08:00:00Z", "reminderSet": True},
            "",
            Alarm(moment("2026-03-04 09:00", "Europe/Berlin")),
            "2026-03-04T08:00:00Z",
            id="the same instant",
        ),
    ],
)
def test_a_reminder_is_written_only_in_a_known_form(keys: Any, dialect: str, alarm: Alarm, after: Any) -> None:
    found = written(raw(start=DUE, **keys), Dialect(task_reminder=dialect), alarms=(alarm,))
    assert found.get("reminder") == after


def test_a_reminder_is_taken_away_by_its_flag() -> None:
    found = written(raw(reminder=30, reminderSet=True), alarms=())
    assert (found["reminder"], found["reminderSet"]) == (30, False)


@pytest.mark.parametrize(
    ("reminder", "form"), [(15, "minutes"), ("2026-03-04T08:00:00Z", "time"), (None, ""), (True, "")]
)
def test_the_form_of_a_reminder_is_learned_from_a_task(reminder: Any, form: str) -> None:
    assert smartermail.learned(Kind.TASK, {"Reminder": reminder, "ReminderSet": True}).task_reminder == form
    assert smartermail.learned(Kind.TASK, {"Reminder": reminder, "ReminderSet": False}).task_reminder == ""


def test_a_description_is_html_as_the_web_mail_writes_it() -> None:
    assert read(raw(description="a &amp; b")).description == "a & b"
    assert json.loads(smartermail.write(Task(description="a\nb")))["description"] == "<div>a</div><div>b</div>"
    assert json.loads(smartermail.write(Task(description="a & b")))["description"] == "a & b"
    assert written(raw(description="a\nb"), description="a\nc")["description"] == "a\nc"


def test_recurrence_and_attachments_stay_with_the_server() -> None:
    document = raw(recurrence={"type": 2}, attachments=[{"name": "a.pdf"}], due=DUE, start=DUE)
    found = written(document, summary="T", rules=("FREQ=DAILY",))
    assert (found["recurrence"], found["attachments"]) == ({"type": 2}, [{"name": "a.pdf"}])
    assert smartermail.is_series(json.loads(document))
    assert smartermail.limits()[Kind.TASK]["rules"].absent


@pytest.mark.parametrize(("value", "delegated"), [(True, True), (False, False), (None, False)])
def test_a_delegated_task_is_told(value: Any, delegated: bool) -> None:
    assert smartermail.is_delegated({"IsDelegatedByOwner": value}) is delegated
