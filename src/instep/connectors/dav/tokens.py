"""The tokens that this connector gives out: which rung of the ladder, and the server's own marker; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_TOKEN = re.compile(r"(sync|ctag)(?:\+(\d+))?:(.+)", re.DOTALL)


class Rung(StrEnum):
    """How a collection tells what changed, best first; without either it is listed each time."""

    SYNC = "sync"  # RFC 6578
    CTAG = "ctag"  # one marker for the whole collection (calendarserver-ctag)


@dataclass(frozen=True, slots=True)
class Marker:
    """A server's marker, the rung that it belongs to, and how many changes ago everything was listed."""

    rung: Rung
    value: str
    age: int = 0


def written(marker: Marker) -> str:
    """Return the token that stands for a marker."""
    age = f"+{marker.age}" if marker.age else ""
    return f"{marker.rung}{age}:{marker.value}"


def marker_of(token: str) -> Marker | None:
    """Return what ``written`` was given, or None for a token that is not this connector's."""
    match = _TOKEN.fullmatch(token)
    return Marker(Rung(match[1]), match[3], int(match[2] or 0)) if match else None
