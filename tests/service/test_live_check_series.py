"""Series over REST: a form counts only when every rule brings back its instants, and then the connector uses it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acceptance.mailbox import REST_ONLY, Mailbox, mailbox
from instep.codecs.smartermail_dialect import Dialect
from instep.core.model import Kind, Side
from instep.protocols.smartermail.profile import Profile
from instep.service.live_check.answers import Answer, Sure
from instep.service.live_check.knowledge import with_answers
from instep.service.live_check.run import Result
from instep.testing.smartermail import ANNA, Switches, World, serve
from peers.live_check import Check
from peers.live_check import mailbox as contents
from peers.recurring import keeps_any_text, keeps_rrule

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SERIES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:rowing
DTSTAMP:20260101T000000Z
SUMMARY:Rowing
DTSTART;TZID=Europe/Berlin:20260302T180000
DTEND;TZID=Europe/Berlin:20260302T200000
RRULE:FREQ=WEEKLY;COUNT=20;BYDAY=MO
END:VEVENT
END:VCALENDAR
"""


def test_form_that_brings_back_every_rule_is_named_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    keeps_rrule(monkeypatch)
    with serve(World.demo()) as server:
        before = contents(server.world)
        check = Check(server)
        answers = check.ask("recurrence", "exceptions", "deletion")
        assert answers["recurrence"].value == "rrule"
        assert "Left out over REST: right" in answers["exceptions"].detail
        assert answers["deletion"].value.endswith("a series: true bulk")
        assert check.result.dialect.recurrence == "rrule"
        assert contents(server.world) == before


@pytest.mark.parametrize(("tz", "value"), [("iana", "rrule"), ("windows", "rrule"), ("utc", "none of the known forms")])
def test_series_that_loses_its_time_zone_would_be_an_hour_off_in_summer(
    tz: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps_rrule(monkeypatch)
    with serve(World.demo(Switches(tz=tz))) as server:
        assert Check(server, dav_password="").ask("recurrence")["recurrence"].value == value


LIES: list[tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = [
    ("forgets how often", lambda patch: keeps_rrule(patch, "COUNT="), "rrule: daily comes back otherwise"),
    ("forgets on which days", lambda patch: keeps_rrule(patch, "BYDAY="), "rrule: weekly comes back otherwise"),
    ("forgets until when", lambda patch: keeps_rrule(patch, "UNTIL="), "rrule: weekly until comes back otherwise"),
    ("shows what was sent, and repeats nothing", keeps_any_text, "rrule: daily takes place at other times"),
]


@pytest.mark.parametrize(("what", "lie", "said"), LIES, ids=[row[0] for row in LIES])
def test_form_that_loses_something_is_no_answer(
    what: str, lie: Callable[[pytest.MonkeyPatch], None], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lie(monkeypatch)
    with serve(World.demo()) as server:
        check = Check(server, dav_password="")
        answer = check.ask("recurrence")["recurrence"]
        assert answer.value == "none of the known forms" and said in answer.detail
        assert (check.result.dialect.recurrence, "recurrence" in check.result.said) == ("", True)


def test_series_of_caldav_shows_the_form_that_nobody_knows() -> None:
    with serve(World.demo()) as server:
        answer = Check(server).ask("recurrence")["recurrence"]
        assert "weekly {type: 2, interval: 1, occurrences: 9, endDate: null, daysOfWeek: [1, 4]" in answer.detail


@pytest.mark.parametrize("checked", [True, False])
def test_series_goes_over_rest_only_after_a_check_that_proved_it(
    checked: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps_rrule(monkeypatch)
    with mailbox(tmp_path, fixed=REST_ONLY) as box:
        for id in list(box.world.items(ANNA, Kind.EVENT)):
            box.world.remove(ANNA, Kind.EVENT, id)
        if checked:
            check = Check(box.server)
            check.ask("recurrence", "deletion")
            box.profile = with_answers(box.profile, check.result, NOW) or box.profile
        box.pair()
        (box.files / "calendar" / "rowing.ics").write_text(SERIES.replace("\n", "\r\n"), encoding="utf-8", newline="")
        _synced(box, checked)
        held = [data["recurrence"] for data in box.world.items(ANNA, Kind.EVENT).values()]
        assert held == (["FREQ=WEEKLY;COUNT=20;BYDAY=MO"] if checked else [])
        assert (box.files / "calendar" / "rowing.ics").exists()


def _synced(box: Mailbox, checked: bool) -> None:
    reports = box.sync().pairs
    assert not [problem for pair in reports for problem in pair.problems]
    assert sum(pair.staying[Side.LEFT] for pair in reports) == (0 if checked else 1)
    box.settled()


RESULT = Result(
    build=9800,
    answers={
        "paging": Answer("take 0 gives all"),
        "mail": Answer("no mail", Sure.TOLD),
        "note-text": Answer("", Sure.NOT_ANSWERED, "the server failed"),
    },
    forms={"event-new": "null/0"},
    dialect=Dialect(phone_type="word", recurrence="rrule"),
    said=frozenset({"phone_type", "recurrence"}),
)
BEFORE = Profile(
    "https://mail.example.com", 9800, dav="https://mail.example.com/webdav/", forms={"event-new": "/null", "dav": ""},
    answers={"note-text": "kept"}, dialect=Dialect(contact_keys=frozenset({"title"}), recurrence="parts"),
)  # fmt: skip


def test_answers_take_the_place_of_older_ones_and_of_what_daily_work_guessed() -> None:
    after = with_answers(BEFORE, RESULT, NOW)
    assert after is not None
    assert (after.base, after.build, after.dav) == (BEFORE.base, 9800, BEFORE.dav)
    assert dict(after.forms) == {"dav": ""}
    assert dict(after.answers) == {
        "note-text": "kept",
        "paging": "take 0 gives all",
        "mail": "no mail",
        "event-new": "null/0",
    }
    assert after.dialect == Dialect("word", frozenset({"title"}), "rrule")


def test_what_held_for_another_build_is_dropped() -> None:
    after = with_answers(replace(BEFORE, build=9700), RESULT, NOW)
    assert after is not None
    assert (after.build, "note-text" in after.answers, dict(after.forms)) == (9800, False, {})
    assert after.dialect == Dialect("word", frozenset(), "rrule")


def test_without_one_build_from_begin_to_end_nothing_is_kept() -> None:
    assert with_answers(BEFORE, replace(RESULT, build=0), NOW) is None
    with serve(World.demo()) as server:
        check = Check(server)
        check.tell = lambda question, answer: setattr(server.world, "build", 9801)
        check.ask("owners")
        assert check.result.build == 0
