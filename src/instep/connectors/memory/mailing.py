"""What a memory store that schedules would mail because of a write of ours: a small server of RFC 6638.

It judges by itself, from the items and documents that it holds, so that it can prove the engine's judgement wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace

from instep.codecs.contentline import parse
from instep.connectors.base import Document, Scheduling
from instep.core.fields import same_item
from instep.core.model import Event, Item, Override, Task

CALENDAR = "text/calendar"
_QUIET = frozenset({"CLIENT", "NONE"})
Meeting = Event | Task


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that a scheduling store would have sent, because of a write of ours."""

    why: str
    uid: str
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A meeting as the store holds it."""

    item: Item
    document: Document


def scheduling_of(schedules: bool, media_type: str) -> Scheduling:
    """What a store with such documents can promise: only iCalendar has a place for the marks."""
    if not schedules:
        return Scheduling.NONE
    return Scheduling.MARKED if media_type == CALENDAR else Scheduling.ALWAYS


def mails(before: Version | None, after: Version | None, owner: Set[str]) -> list[Mail]:
    """The mail that a write makes the store send; an ``owner`` without addresses is the organizer of everything.

    A deletion comes with ``Schedule-Reply: F``: an attendee's copy goes without a word (RFC 6638 8.1).
    """
    versions = [v for v in (before, after) if v is not None and isinstance(v.item, Event | Task)]
    organizers = {c.organizer.address for v in versions for c in _parts(v.item) if c.organizer is not None}
    if not organizers:
        return []
    why = "created" if before is None else "deleted" if after is None else "changed"
    if not owner or organizers & owner:
        to = {a for v in versions for a in _loud(v, "ATTENDEE")} - organizers
        to = to if why != "changed" or not _only_personal(versions) else set()
    else:
        to = {a for v in versions for a in _loud(v, "ORGANIZER")} if _answers(before, after, owner) else set()
    return [Mail(why, versions[-1].item.uid, tuple(sorted(to)))] if to else []


def _parts(item: Item) -> Iterator[Meeting]:
    if isinstance(item, Event | Task):
        yield item
        yield from (o.item for o in item.exceptions)


def _loud(version: Version, name: str) -> set[str]:
    """The people of lines of this name for whom the server acts."""
    if version.document.media_type == CALENDAR:
        lines = [x for x in parse(version.document.data).lines if x.name == name]
        loud = [x for x in lines if (x.param("SCHEDULE-AGENT") or "SERVER").upper() not in _QUIET]
        return {x.value.strip().lower().removeprefix("mailto:") for x in loud}
    if name == "ATTENDEE":
        return {a.address for c in _parts(version.item) for a in c.attendees}
    return {c.organizer.address for c in _parts(version.item) if c.organizer is not None}


def _only_personal(versions: list[Version]) -> bool:
    first, last = (_public(v.item) for v in versions)
    return same_item(first, last)


def _public(item: Item) -> Item:
    if not isinstance(item, Event | Task):
        return item
    extra = tuple(e for e in item.extra if not e.name.startswith("X-"))
    exceptions = tuple(Override(o.recurrence_id, _public(o.item), o.and_future) for o in item.exceptions)  # type: ignore[arg-type]
    bare = replace(item, alarms=(), categories=(), color="", extra=extra, exceptions=exceptions)
    return replace(bare, transparency="", busy="") if isinstance(bare, Event) else bare


def _answers(before: Version | None, after: Version | None, owner: Set[str]) -> bool:
    """True when an attendee's write tells the organizer something (RFC 6638 3.2.2)."""
    if after is None:
        return False
    new = _answer(after.item, owner)
    if before is None:
        return any(p not in ("", "NEEDS-ACTION") for _, p in new[0])
    return _answer(before.item, owner) != new


def _answer(item: Item, owner: Set[str]) -> tuple[list[tuple[str, str]], list[str], list[object]]:
    said: list[tuple[str, str]] = []
    left_out: list[str] = []
    done: list[object] = []
    for part in _parts(item):
        said += [(a.address, a.participation) for a in part.attendees if a.address in owner]
        left_out += [str(m.local) for m in part.exdates]
        if isinstance(part, Task):
            done += [part.status, part.percent, part.completed]
    return said, sorted(left_out), done
