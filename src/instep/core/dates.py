"""How dates are written: plainly here, in a person's own way by a face that knows locale and zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from instep.core.model import Moment


def show_moment(moment: Moment) -> str:
    """A date, or a time with its zone."""
    if not isinstance(moment.local, datetime):
        return moment.local.isoformat()
    text = moment.local.isoformat(" ", "seconds" if moment.local.second else "minutes")
    return f"{text} {moment.zone}" if moment.zone else text


@dataclass(frozen=True, slots=True)
class Style:
    """A way to write dates.

    ``moment`` writes a date or a time with its zone; ``day`` a contact's date, which comes as its document has it
    (``1970-01-02``, without a year ``--01-02``, or a person's words).
    """

    moment: Callable[[Moment], str] = show_moment
    day: Callable[[str], str] = str


PLAIN = Style()
"""Dates as ISO 8601 writes them."""
