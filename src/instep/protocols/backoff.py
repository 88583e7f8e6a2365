"""How long to wait before a request is tried again; pure."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

FIRST_WAIT = 1.0
_LONGEST = 7 * 86400.0  # what a server asks for beyond a week is not passed on
_MOST_DIGITS = 12


def told_to_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, or None where it says nothing usable (RFC 9110 10.2.3).

    ``headers`` has lower-case names. A date is measured against the answer's own ``Date``, so that a wrong clock
    on either machine does not matter; a date without one is ignored.
    """
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:_MOST_DIGITS]), _LONGEST)
    try:
        until, now = parsedate_to_datetime(text), parsedate_to_datetime(headers.get("date", ""))
        return min(max(0.0, (until - now).total_seconds()), _LONGEST)
    except (TypeError, ValueError, OverflowError):
        return None


def wait_before(attempt: int, told: float | None, longest: float) -> float | None:
    """Return the seconds to wait before try number ``attempt`` (the second is 2), or None when that is too long.

    A server that named a time is taken at its word; else the wait doubles from one second and stays under ``longest``.
    """
    if told is not None:
        return told if told <= longest else None
    return float(min(longest, FIRST_WAIT * 2 ** (attempt - 2)))
