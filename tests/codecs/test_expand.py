"""Which occurrences a series has."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from instep.codecs.expand import instants
from instep.core.model import Event, Moment, Override
from instep.core.moments import in_zone
from instep.errors import CodecError

BERLIN = "Europe/Berlin"


def at(month: int, day: int, hour: int = 10, zone: str = BERLIN) -> Moment:
    return Moment(datetime(2020, month, day, hour), zone)


SERIES: list[tuple[str, dict[str, Any], list[str]]] = [
    ("one appointment", {}, ["03-27 09"]),
    ("the wall time stays where the clock changes", {"rules": ("FREQ=WEEKLY;COUNT=2",)}, ["03-27 09", "04-03 08"]),
    (
        "a date is left out, also in another zone",
        {"rules": ("FREQ=DAILY;COUNT=4",), "exdates": (at(3, 28), at(3, 29, 8, "UTC"))},
        ["03-27 09", "03-30 08"],
    ),
    ("dates are added", {"rdates": (at(4, 1), at(3, 27))}, ["03-27 09", "04-01 08"]),
    ("two rules", {"rules": ("FREQ=DAILY;COUNT=2", "FREQ=WEEKLY;COUNT=2")}, ["03-27 09", "03-28 09", "04-03 08"]),
    ("until an instant", {"rules": ("FREQ=DAILY;UNTIL=20200329T080000Z",)}, ["03-27 09", "03-28 09", "03-29 08"]),
    ("until the end of a day", {"rules": ("FREQ=DAILY;UNTIL=20200328",)}, ["03-27 09", "03-28 09"]),
    (
        "an exception moves its occurrence",
        {"rules": ("FREQ=DAILY;COUNT=3",), "exceptions": (Override(at(3, 28), Event(start=at(3, 28, 15))),)},
        ["03-27 09", "03-28 14", "03-29 08"],
    ),
    (
        "an exception for all that follow moves them all",
        {"rules": ("FREQ=DAILY;COUNT=4",), "exceptions": (Override(at(3, 29), Event(start=at(3, 29, 11)), True),)},
        ["03-27 09", "03-28 09", "03-29 09", "03-30 09"],
    ),
]


@pytest.mark.parametrize(("said", "expected"), [row[1:] for row in SERIES], ids=[row[0] for row in SERIES])
def test_a_series_has_these_occurrences(said: dict[str, Any], expected: list[str]) -> None:
    item = Event(uid="u", start=at(3, 27), **said)
    found = instants(item, datetime(2020, 3, 1, tzinfo=UTC), datetime(2020, 5, 1, tzinfo=UTC), 20)
    in_utc = [in_zone(one.start, "UTC").local.strftime("%m-%d %H") for one in found]
    assert in_utc == expected


def test_only_what_starts_in_the_window_is_given_and_no_more_than_asked_for() -> None:
    item = Event(start=Moment(date(2020, 1, 1)), rules=("FREQ=DAILY",))
    found = instants(item, datetime(2021, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC), 2)
    assert [one.start.local for one in found] == [date(2021, 1, 1), date(2021, 1, 2)]


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=SOMETIMES", "BYDAY=MO", "FREQ=DAILY;BYDAY=XX"])
def test_a_rule_that_is_none_is_refused(rule: str) -> None:
    item = Event(summary="s", start=at(1, 1), rules=(rule,))
    with pytest.raises(CodecError, match="rule"):
        instants(item, datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
