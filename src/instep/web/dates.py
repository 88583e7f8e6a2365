"""Dates inside items as the person of a request reads them: in their language, and times in their zone."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_skeleton, format_time

from instep.core.dates import Style, show_moment
from instep.core.model import Moment
from instep.core.moments import instant
from instep.web.render import Clock


def style_of(clock: Clock) -> Style:
    """The way to write an item's dates for the person of a clock."""
    return Style(lambda moment: _moment(clock, moment), lambda day: _day(clock, day))


def _moment(clock: Clock, moment: Moment) -> str:
    """A date with its weekday; a time in the person's zone, and as it was written where that reads otherwise."""
    local = moment.local
    try:
        if not isinstance(local, datetime):
            return _date(clock, local)
        at = instant(moment)
        if at is None:
            where = moment.zone or "in whatever zone one is"
            return f"{_time(clock, local)} ({where})"
        there = at.astimezone(clock.zone).replace(tzinfo=None)
        if there.replace(second=0) == local.replace(second=0):
            return _time(clock, there)
        return f"{_time(clock, there)} ({_time(clock, local, there.date())} {moment.zone})"
    except (ValueError, OverflowError):
        return show_moment(moment)


def _time(clock: Clock, moment: datetime, near: date | None = None) -> str:
    """Date and time; the time alone on a day that was said already."""
    time = str(format_time(moment, "medium" if moment.second else "short", locale=clock.locale))
    return time if moment.date() == near else f"{_date(clock, moment)}, {time}"


def _date(clock: Clock, day: date) -> str:
    return str(format_skeleton("yMMMEd", day, locale=clock.locale))


def _day(clock: Clock, text: str) -> str:
    """A contact's date, with or without a year; what is no date stays as it is."""
    try:
        if text.startswith("--"):
            # A leap year: the 29th of February has birthdays too.
            return str(format_skeleton("MMMMd", date.fromisoformat(f"2000-{text[2:]}"), locale=clock.locale))
        return str(format_date(date.fromisoformat(text), "long", locale=clock.locale))
    except ValueError:
        return text
