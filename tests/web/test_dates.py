"""Dates of items in the person's language and zone."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from starlette.requests import Request

from instep.core.model import Moment
from instep.web.dates import style_of
from instep.web.render import ZONE_COOKIE, Clock


def clock(language: str = "en-GB", zone: str = "Europe/Berlin") -> Clock:
    headers = [(b"accept-language", language.encode()), (b"cookie", f"{ZONE_COOKIE}={zone}".encode())]
    return Clock(Request({"type": "http", "headers": headers}))


NINE = datetime(2026, 3, 3, 9)
MOMENTS: dict[str, tuple[Moment, str]] = {
    "a day has its weekday": (Moment(date(2026, 3, 3)), "Tue, 3 Mar 2026"),
    "a time in one's own zone": (Moment(NINE, "Europe/Berlin"), "Tue, 3 Mar 2026, 09:00"),
    "a time elsewhere, and as it was written": (
        Moment(NINE, "Asia/Tokyo"),
        "Tue, 3 Mar 2026, 01:00 (09:00 Asia/Tokyo)",
    ),
    "a time elsewhere on another day": (
        Moment(datetime(2026, 3, 3, 23), "America/New_York"),
        "Wed, 4 Mar 2026, 05:00 (Tue, 3 Mar 2026, 23:00 America/New_York)",
    ),
    "in no zone": (Moment(NINE), "Tue, 3 Mar 2026, 09:00 (in whatever zone one is)"),
    "in a zone that nobody knows": (Moment(NINE, "Mars/Base"), "Tue, 3 Mar 2026, 09:00 (Mars/Base)"),
    "with seconds": (Moment(datetime(2026, 3, 3, 9, 0, 5), "Europe/Berlin"), "Tue, 3 Mar 2026, 09:00:05"),
    "at the end of time": (Moment(datetime.max, "UTC"), "9999-12-31 23:59:59 UTC"),
}


@pytest.mark.parametrize(("moment", "text"), MOMENTS.values(), ids=MOMENTS.keys())
def test_a_moment_reads_as_the_table_says(moment: Moment, text: str) -> None:
    assert style_of(clock()).moment(moment) == text


DAYS = {"1970-01-02": "2 January 1970", "--02-29": "29 February", "in spring": "in spring", "--13-77": "--13-77"}


@pytest.mark.parametrize(("day", "text"), DAYS.items())
def test_a_contacts_day_reads_as_the_table_says(day: str, text: str) -> None:
    assert style_of(clock()).day(day) == text


def test_dates_follow_the_language() -> None:
    german = style_of(clock("de-DE"))
    assert german.moment(Moment(date(2026, 3, 3))) == "Di., 3. März 2026"
    assert german.day("1970-03-15") == "15. März 1970"
