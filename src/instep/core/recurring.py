"""Recurrence in words: ``every second Tuesday, 10 times``; the rule itself beside where words do not say all of it."""

from __future__ import annotations

import re
from datetime import date, datetime

from instep.core.dates import PLAIN, Style
from instep.core.model import Event, Moment, Task
from instep.core.moments import in_zone

_UNITS = {
    "SECONDLY": "second",
    "MINUTELY": "minute",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
}
_DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
_WORKDAYS = frozenset({"MO", "TU", "WE", "TH", "FR"})
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_NTH = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_PLACED = re.compile(r"([+-]?[0-9]{1,3})?(MO|TU|WE|TH|FR|SA|SU)")


def rule_in_words(rule: str, start: Moment | None = None, style: Style = PLAIN) -> str:
    """A recurrence rule in words; where words do not say all of it, the rule is added in parentheses.

    ``start`` is the first occurrence, whose day a rule leaves out that repeats on it; a rule that cannot be understood
    at all comes back as it is.
    """
    parts = dict(p.split("=", 1) for p in rule.split(";") if "=" in p)
    frequency = parts.pop("FREQ", "")
    every = parts.pop("INTERVAL", "1")
    if frequency not in _UNITS or not _is_number(every):
        return rule
    ending = _ending(parts, start, style)
    week_start = parts.pop("WKST", "MO")
    words = _repeating(frequency, int(every), parts, start)
    if week_start != "MO" and frequency == "WEEKLY" and int(every) > 1 and week_start in _DAYS:
        words += f", weeks beginning on {_DAYS[week_start]}"
    return f"{words}{ending} ({rule})" if parts else words + ending


def series_in_words(item: Event | Task, style: Style = PLAIN) -> str:
    """A whole series in one line, ``every second Tuesday, 3 exceptions, 1 left out``; empty for a single one."""
    if not (item.rules or item.rdates or item.exceptions):
        return ""
    said = [" and ".join(rule_in_words(rule, item.start, style) for rule in item.rules)] if item.rules else []
    for number, one, many in (
        (len(item.rdates), "additional date", "additional dates"),
        (len(item.exceptions), "exception", "exceptions"),
        (len(item.exdates), "left out", "left out"),
    ):
        if number:
            said.append(f"{number} {one if number == 1 else many}")
    return ", ".join(said)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < len(text) < 6 and int(text) > 0


# How often ----------------------------------------------------------------------------------------------------------


def _repeating(frequency: str, every: int, parts: dict[str, str], start: Moment | None) -> str:
    """The words for how often; takes out of ``parts`` what they say."""
    match frequency:
        case "WEEKLY":
            return _weekly(every, parts, start)
        case "MONTHLY":
            return _every(every, "month") + _within_month(parts, "of the month")
        case "YEARLY":
            return _every(every, "year") + _within_year(parts, start)
        case "DAILY" if every == 1 and set(parts.get("BYDAY", "").split(",")) == _WORKDAYS:
            parts.pop("BYDAY")
            return "every weekday"
        case _:
            return _every(every, _UNITS[frequency])


def _every(number: int, thing: str) -> str:
    if number == 1:
        return f"every {thing}"
    return f"every {_NTH[number]} {thing}" if number < len(_NTH) else f"every {number} {thing}s"


def _weekly(every: int, parts: dict[str, str], start: Moment | None) -> str:
    days = [d for d in parts.get("BYDAY", "").split(",") if d]
    if not all(d in _DAYS for d in days):
        return _every(every, "week")
    parts.pop("BYDAY", None)
    if not days and start is not None:
        days = [list(_DAYS)[start.local.weekday()]]
    if not days:
        return _every(every, "week")
    if every == 1 and set(days) == _WORKDAYS:
        return "every weekday"
    if every == 1 and len(set(days)) == len(_DAYS):
        return "every day"
    names = [_DAYS[d] for d in sorted(days, key=list(_DAYS).index)]
    if every == 1 or len(names) == 1:
        return _every(every, _listed(names)) if every < len(_NTH) else f"{_every(every, 'week')} on {names[0]}"
    return f"{_every(every, 'week')} on {_listed(names)}"


def _within_month(parts: dict[str, str], whole: str) -> str:
    """``on the second Tuesday``, ``on day 15``, ``on the last weekday``; ``whole`` is what a position counts in."""
    days, numbers, place = parts.get("BYDAY", ""), parts.get("BYMONTHDAY", ""), parts.get("BYSETPOS", "")
    if numbers and not days and not place and (named := _days_of_month(numbers)):
        parts.pop("BYMONTHDAY")
        return f" on {named}"
    if days and not numbers and (named := _placed_days(days, place)):
        parts.pop("BYDAY")
        parts.pop("BYSETPOS", None)
        return f" on {named}" + (f" {whole}" if whole != "of the month" else "")
    return ""


def _days_of_month(numbers: str) -> str:
    found = numbers.split(",")
    if found == ["-1"]:
        return "the last day"
    if all(_is_number(n) and int(n) <= 31 for n in found):
        return f"day{'s' if len(found) > 1 else ''} {_listed(found)}"
    return ""


def _placed_days(days: str, place: str) -> str:
    found = [_PLACED.fullmatch(d) for d in days.split(",")]
    if place:
        kinds = {f[2] for f in found if f is not None and not f[1]}
        nth = _ordinal(place)
        if len(kinds) != len(found) or not nth:
            return ""
        if kinds == _WORKDAYS:
            return f"the {nth} weekday"
        if len(kinds) == len(_DAYS):
            return f"the {nth} day"
        return f"the {nth} {_DAYS[next(iter(kinds))]}" if len(kinds) == 1 else ""
    names = [f"the {nth} {_DAYS[f[2]]}" for f in found if f is not None and (nth := _ordinal(f[1] or ""))]
    if len(names) == len(found):
        return _listed(names)
    every = [f"every {_DAYS[f[2]]}" for f in found if f is not None and not f[1]]
    return _listed(every) if len(every) == len(found) else ""


def _ordinal(number: str) -> str:
    digits = number.lstrip("+-")
    if not _is_number(digits) or int(digits) >= len(_NTH):
        return ""
    if not number.startswith("-"):
        return _NTH[int(digits)]
    return "last" if digits == "1" else f"{_NTH[int(digits)]} to last"


def _within_year(parts: dict[str, str], start: Moment | None) -> str:
    months = parts.get("BYMONTH", "")
    named = [_MONTHS[int(m) - 1] for m in months.split(",") if _is_number(m) and int(m) <= len(_MONTHS)]
    if months and len(named) != len(months.split(",")):
        return ""
    if not months:
        if not parts.keys() & {"BYDAY", "BYMONTHDAY", "BYSETPOS", "BYYEARDAY", "BYWEEKNO"} and start is not None:
            return f" on {start.local.day} {_MONTHS[start.local.month - 1]}"
        return ""
    number = parts.get("BYMONTHDAY", "")
    if _is_number(number) and not parts.keys() & {"BYDAY", "BYSETPOS"}:
        del parts["BYMONTH"], parts["BYMONTHDAY"]
        return " on " + _listed([f"{number} {month}" for month in named])
    within = _within_month(parts, f"of {_listed(named)}")
    if not within and parts.keys() & {"BYDAY", "BYMONTHDAY", "BYSETPOS"}:
        return ""
    del parts["BYMONTH"]
    return within or f" in {_listed(named)}"


def _listed(names: list[str]) -> str:
    return " and ".join(n for n in (", ".join(names[:-1]), names[-1]) if n)


# How long -----------------------------------------------------------------------------------------------------------


def _ending(parts: dict[str, str], start: Moment | None, style: Style) -> str:
    count, until = parts.pop("COUNT", ""), parts.pop("UNTIL", "")
    words = f", {'once' if count == '1' else f'{count} times'}" if count else ""
    if until:
        words += f", until {_until(until, start, style)}"
    return words


def _until(text: str, start: Moment | None, style: Style) -> str:
    """The last day as the series' own zone has it: the end is often written in UTC, where it may be the day after."""
    try:
        if len(text) == 8:
            return style.moment(Moment(date.fromisoformat(text)))
        last = Moment(datetime.fromisoformat(text.removesuffix("Z")), "UTC" if text.endswith("Z") else "")
    except ValueError:
        return text
    there = in_zone(last, start.zone) if start is not None and start.zone and last.zone else last
    assert isinstance(there.local, datetime)
    return style.moment(Moment(there.local.date()))
