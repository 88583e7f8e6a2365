"""Values as people read them: reminders, dates, codes, exceptions and recurrence in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from instep.core.dates import Style
from instep.core.fields import FIELDS
from instep.core.model import Alarm, Attendee, Binary, Event, Kind, Moment, Override, Typed
from instep.core.recurring import rule_in_words, series_in_words
from instep.core.show import show

FIELD = {kind: {f.name: f for f in FIELDS[kind]} for kind in Kind}
TUESDAY = Moment(datetime(2026, 3, 3, 9), "Europe/Berlin")


def guest(answer: str) -> Attendee:
    return Attendee("a@x", "A", participation=answer)


VALUES: list[tuple[str, Kind, str, Any, str]] = [
    ("a day is a date", Kind.EVENT, "start", Moment(date(2026, 3, 2)), "2026-03-02"),
    ("a time has its zone", Kind.EVENT, "start", Moment(datetime(2026, 3, 2, 9), "UTC"), "2026-03-02 09:00 UTC"),
    ("minutes before", Kind.EVENT, "alarms", (Alarm(-900),), "15 minutes before start"),
    ("an hour before", Kind.EVENT, "alarms", (Alarm(-3600),), "1 hour before start"),
    ("weeks before", Kind.EVENT, "alarms", (Alarm(-1209600),), "2 weeks before start"),
    ("at the start", Kind.EVENT, "alarms", (Alarm(0),), "at start"),
    ("by mail", Kind.EVENT, "alarms", (Alarm(300, True, "EMAIL"),), "5 minutes after end, by e-mail"),
    (
        "again and again",
        Kind.EVENT,
        "alarms",
        (Alarm(0, repeat=2, interval=300),),
        "at start, again 2 times after 5 minutes",
    ),
    ("one a line", Kind.CONTACT, "telephones", (Typed("1", frozenset({"home"})), Typed("2")), "1 (home)\n2"),
    ("words in a row", Kind.CONTACT, "categories", ("A", "B"), "A, B"),
    ("a code is said", Kind.TASK, "status", "NEEDS-ACTION", "not started"),
    ("another code is at least readable", Kind.EVENT, "status", "CONFIRMED", "confirmed"),
    ("a person's own word stays", Kind.CONTACT, "gender", "Enby", "Enby"),
    ("a priority has a meaning", Kind.TASK, "priority", 1, "1 (high)"),
    ("a part is a percentage", Kind.TASK, "percent", 40, "40 %"),
    ("a guest has answered", Kind.EVENT, "attendees", (guest("ACCEPTED"),), "A <a@x>, accepted"),
    ("a guest has not", Kind.EVENT, "attendees", (guest("NEEDS-ACTION"),), "A <a@x>, not answered"),
    ("bytes have a size", Kind.CONTACT, "photo", Binary(b"x" * 20_000, media_type="image/png"), "image/png, 20 kB"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "value", "text"), [row[1:] for row in VALUES], ids=[row[0] for row in VALUES])
def test_a_value_reads_as_the_table_says(kind: Kind, name: str, value: Any, text: str) -> None:
    assert show(FIELD[kind][name], value) == text


def test_dates_are_written_in_the_style_that_is_asked_for_wherever_they_stand() -> None:
    style = Style(lambda m: f"<{m.local:%d.%m.%y}>", lambda day: f"<{day}>")
    event = Event(start=TUESDAY, rules=("FREQ=DAILY;UNTIL=20260401T070000Z",))
    moved = Override(TUESDAY, replace(event, start=Moment(datetime(2026, 3, 5, 9), "Europe/Berlin"), rules=()))
    shown = {
        "start": event.start,
        "rules": event.rules,
        "exdates": (TUESDAY,),
        "alarms": (Alarm(TUESDAY),),
        "exceptions": (moved,),
    }
    texts = [show(FIELD[Kind.EVENT][name], value, style, event) for name, value in shown.items()]
    assert texts[:3] == ["<03.03.26>", "every day, until <01.04.26>", "<03.03.26>"]
    assert texts[3:] == ["at <03.03.26>", "<03.03.26>: at <05.03.26>"]
    assert show(FIELD[Kind.CONTACT]["birthday"], "1970-01-02", style) == "<1970-01-02>"


def test_an_exception_says_what_differs_from_its_series() -> None:
    end = Moment(datetime(2026, 3, 3, 10), "Europe/Berlin")
    series = Event(summary="Plan", location="Hall", start=TUESDAY, end=end, rules=("FREQ=WEEKLY",))
    field = FIELD[Kind.EVENT]["exceptions"]
    here = replace(series, rules=(), location="Roof")
    longer = replace(here, location="Hall", end=Moment(datetime(2026, 3, 3, 11), "Europe/Berlin"))
    plain = "2026-03-03 09:00 Europe/Berlin"
    assert show(field, (Override(TUESDAY, here),), item=series) == f"{plain}: Location: Roof"
    assert show(field, (Override(TUESDAY, longer),), item=series) == f"{plain}: until 2026-03-03 11:00 Europe/Berlin"
    assert show(field, (Override(TUESDAY, here, True),), item=series).startswith(f"{plain} and all later ones: ")


RULES: list[tuple[str, str]] = [
    ("FREQ=DAILY", "every day"),
    ("FREQ=DAILY;INTERVAL=3", "every third day"),
    ("FREQ=DAILY;INTERVAL=14", "every 14 days"),
    ("FREQ=DAILY;BYDAY=FR,MO,TH,TU,WE", "every weekday"),
    ("FREQ=WEEKLY", "every Tuesday"),
    ("FREQ=WEEKLY;INTERVAL=2", "every second Tuesday"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "every second Tuesday"),
    ("FREQ=WEEKLY;INTERVAL=12;BYDAY=TU", "every 12 weeks on Tuesday"),
    ("FREQ=WEEKLY;BYDAY=FR,MO", "every Monday and Friday"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR,MO,WE", "every second week on Monday, Wednesday and Friday"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "every second week on Monday and Sunday, weeks beginning on Sunday"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", "every day"),
    ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on day 15"),
    ("FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on days 1 and 15"),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
    ("FREQ=MONTHLY;BYDAY=2TU", "every month on the second Tuesday"),
    ("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "every second month on the last Friday"),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "every month on the last weekday"),
    ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=3", "every month on the third Tuesday"),
    ("FREQ=YEARLY", "every year on 3 March"),
    ("FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=17", "every year on 17 May"),
    ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "every year on the last Sunday of March"),
    ("FREQ=YEARLY;BYMONTH=6,12", "every year in June and December"),
    ("FREQ=HOURLY;INTERVAL=4", "every fourth hour"),
    ("FREQ=DAILY;COUNT=10", "every day, 10 times"),
    ("FREQ=DAILY;COUNT=1", "every day, once"),
    ("FREQ=DAILY;UNTIL=20261231", "every day, until 2026-12-31"),
    ("FREQ=DAILY;UNTIL=20261231T230000Z", "every day, until 2027-01-01"),
    # What words do not say stands beside them.
    ("FREQ=MONTHLY;BYSETPOS=1", "every month (FREQ=MONTHLY;BYSETPOS=1)"),
    ("FREQ=MONTHLY;BYDAY=2TU;BYMONTHDAY=8", "every month (FREQ=MONTHLY;BYDAY=2TU;BYMONTHDAY=8)"),
    ("FREQ=DAILY;BYHOUR=9,12;COUNT=3", "every day, 3 times (FREQ=DAILY;BYHOUR=9,12;COUNT=3)"),
    ("FREQ=YEARLY;BYWEEKNO=20", "every year (FREQ=YEARLY;BYWEEKNO=20)"),
    ("FREQ=YEARLY;BYMONTH=13", "every year (FREQ=YEARLY;BYMONTH=13)"),
    ("FREQ=WEEKLY;BYDAY=1MO", "every week (FREQ=WEEKLY;BYDAY=1MO)"),
    ("FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=0"),
    ("FREQ=OFTEN", "FREQ=OFTEN"),
    ("whenever", "whenever"),
    ("FREQ=DAILY;UNTIL=soon", "every day, until soon"),
]


@pytest.mark.parametrize(("rule", "words"), RULES)
def test_a_rule_reads_as_the_table_says(rule: str, words: str) -> None:
    assert rule_in_words(rule, TUESDAY) == words


def test_a_rule_without_its_first_day_says_no_day() -> None:
    assert rule_in_words("FREQ=WEEKLY;INTERVAL=2") == "every second week"


def test_a_series_is_said_in_one_line_with_its_exceptions() -> None:
    series = Event(start=TUESDAY, rules=("FREQ=WEEKLY;INTERVAL=2",))
    exceptions = tuple(Override(replace(TUESDAY, local=datetime(2026, 3, d, 9)), Event()) for d in (3, 17, 31))
    assert series_in_words(series) == "every second Tuesday"
    assert series_in_words(replace(series, exceptions=exceptions)) == "every second Tuesday, 3 exceptions"
    said = series_in_words(replace(series, exceptions=exceptions[:1], exdates=(TUESDAY,), rdates=(TUESDAY, TUESDAY)))
    assert said == "every second Tuesday, 2 additional dates, 1 exception, 1 left out"
    assert series_in_words(Event(start=TUESDAY)) == ""
