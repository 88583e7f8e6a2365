"""The tokens that this connector gives out: which rung of the ladder, and the server's own marker; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Rung(StrEnum):
    """How a collection tells what changed, best first; without either it is listed each time."""

    SYNC = "sync"  # RFC 6578
    CTAG = "ctag"  # one marker for the whole collection (calendarserver-ctag)


@dataclass(frozen=True, slots=True)
class Marker:
    """A server's marker and the rung that it belongs to."""

    rung: Rung
    value: str


def written(marker: Marker) -> str:
    """Return the token that stands for a marker."""
    return f"{marker.rung}:{marker.value}"


def marker_of(token: str) -> Marker | None:
    """Return what ``written`` was given, or None for a token that is not this connector's."""
    rung, _, value = token.partition(":")
    return Marker(Rung(rung), value) if rung in (Rung.SYNC, Rung.CTAG) and value else None
