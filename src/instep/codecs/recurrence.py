"""Recurrence rules in one form for one meaning (RFC 5545 3.3.10)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_ORDER: Final = (
    "RSCALE",
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
    "SKIP",
)
_PLACE: Final = {name: place for place, name in enumerate(_ORDER)}
_DEFAULTS: Final = {("INTERVAL", "1"), ("WKST", "MO"), ("SKIP", "OMIT")}
_DAYS: Final = {name: place for place, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_DAY: Final = re.compile(r"([+-]?)0*([0-9]{0,3})(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER: Final = re.compile(r"([+-]?)0*([0-9]{1,9})")


@lru_cache(maxsize=2048)
def canonical_rule(text: str) -> str:
    """Write a rule in capitals, parts in the order of RFC 5545, lists sorted, defaults left out.

    A text that is no rule (no FREQ, a part twice) comes back trimmed and in capitals, since it may mean anything.
    """
    text = "".join(text.split()).upper()
    parts: dict[str, str] = {}
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        if not piece:
            continue
        if not equals or not value or name in parts:
            return text
        parts[name] = value
    if "FREQ" not in parts:
        return text
    written = {name: _values(name, value) for name, value in parts.items()}
    kept = [pair for pair in written.items() if pair not in _DEFAULTS]
    kept.sort(key=lambda pair: (_PLACE.get(pair[0], len(_ORDER)), pair[0]))
    return ";".join(f"{name}={value}" for name, value in kept)


def _values(name: str, value: str) -> str:
    if name == "BYDAY":
        days = [_DAY.fullmatch(text) for text in value.split(",")]
        if not all(days):
            return value
        known = {(int(day[2] or 0) * (-1 if day[1] == "-" else 1), day[3]) for day in days if day}
        return ",".join(f"{nth or ''}{day}" for nth, day in sorted(known, key=lambda d: (d[0], _DAYS[d[1]])))
    if name.startswith("BY") or name in ("COUNT", "INTERVAL"):
        numbers = [_NUMBER.fullmatch(text) for text in value.split(",")]
        if not all(numbers):
            return value
        return ",".join(str(n) for n in sorted({int(f[2]) * (-1 if f[1] == "-" else 1) for f in numbers if f}))
    return value
