"""A whole list out of pages, or nothing: a part must never look like the whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from instep.errors import Transient
from instep.protocols.smartermail.folders import Json
from instep.protocols.smartermail.replies import named, text_of

PAGE = 500
_READINGS = 3


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and how many the whole is said to have (``None``: not said)."""

    entries: list[Json]
    total: int | None = None


Read = Callable[[int, int], Awaitable[Page]]
"""Reads a page: how many to skip, how many to take."""


def id_in(entry: Json) -> str:
    """Give an entry's identifier; empty where it has none."""
    return text_of(named(entry, "id", "eventId"))


async def whole(read: Read, name: str, size: int = PAGE) -> list[Json]:
    """Read all pages of a list that stays the same meanwhile.

    Pages overlap by one entry, so an entry that slips over their border is noticed; then all is read again. Raises
    ``Transient`` when the pages still do not add up, and what ``read`` raises.
    """
    for _ in range(_READINGS):
        entries = await _once(read, size)
        if entries is not None:
            return entries
    raise unsteady(name)


def unsteady(name: str) -> Transient:
    """Give the error for a list that does not add up."""
    return Transient(
        f"The mail server's list of {name!r} did not add up: it announced another number than it gave.",
        "It may be changing right now; try again later.",
    )


async def _once(read: Read, size: int) -> list[Json] | None:
    page = await read(0, size)
    entries, total = list(page.entries), page.total
    more = bool(entries)
    while more and (total is None or len(entries) < total):
        page = await read(len(entries) - 1, size)
        if page.total != total or not page.entries or id_in(page.entries[0]) != id_in(entries[-1]):
            return None
        more = len(page.entries) > 1
        entries += page.entries[1:]
    if total not in (None, len(entries)) or has_doubles(entries):
        return None
    return entries


def has_doubles(entries: list[Json]) -> bool:
    """Tell whether an identifier is there twice."""
    ids = [id for id in map(id_in, entries) if id]
    return len(set(ids)) < len(ids)


def without_doubles(entries: list[Json]) -> list[Json]:
    """Keep the first entry of each identifier."""
    firsts: dict[str, Json] = {}
    for at, entry in enumerate(entries):
        firsts.setdefault(id_in(entry) or f" {at}", entry)
    return list(firsts.values())
