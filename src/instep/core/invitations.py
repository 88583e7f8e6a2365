"""Whom a scheduling server would mail because of a change to a meeting, and why. Pure (RULES 25, RFC 6638).

What the server does with marks (SCHEDULE-AGENT) in the stored document is not asked here: see ``codecs/scheduling.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum

from instep.core.fields import Field, fields_of, override_key, same
from instep.core.model import Attendee, Event, Extra, Item, Task

Meeting = Event | Task

_PERSONAL = frozenset({"alarms", "categories", "color", "transparency", "busy"})
"""Everybody's own business: a server sends nothing about it (RFC 6638 3.2.2.1 names them for attendees)."""
_PROGRESS = frozenset({"status", "percent", "completed"})


class Why(StrEnum):
    """What would be sent."""

    INVITATION = "invitation"
    UPDATE = "update"
    CANCELLATION = "cancellation"
    REPLY = "reply"


class Part(StrEnum):
    """In whose part the server acts. ``UNSURE``: nobody told who its person is, so it is read as the organizer, who
    mails most."""

    ORGANIZER = "organizer"
    ATTENDEE = "attendee"
    UNSURE = "organizer, as far as is known"


@dataclass(frozen=True, slots=True)
class Mail:
    """One sort of mail and the addresses that it could go to, in lower case and sorted."""

    why: Why
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sending:
    """What a write could send; no ``mails``: nothing."""

    part: Part
    mails: tuple[Mail, ...] = ()


def sending(before: Item | None, after: Item | None, own: Set[str]) -> Sending:
    """Say whom a server could mail when it is given ``after`` where it held ``before`` (``None``: nothing).

    ``own`` are the addresses by which the server knows the person for whom it acts, in lower case; empty where it does
    not tell. RFC 6638 3.2.1 for the organizer, 3.2.2 for an attendee. A meeting without an organizer, or in which
    nobody else takes part, is none to a server (3.1).
    """
    old, new = _meeting(before), _meeting(after)
    organizers = _organizers(old) | _organizers(new)
    guests = frozenset(_guests(old) | _guests(new))
    part = _part(organizers, guests, own)
    if not organizers:
        return Sending(part)
    if part is Part.ATTENDEE:
        return Sending(part, _reply(old, new, organizers, own))
    return Sending(part, _from_organizer(old, new, own | organizers))


def has_guests(item: Item | None) -> bool:
    """True when somebody is invited to the item, or to one of its exceptions."""
    return bool(_guests(_meeting(item)))


def _meeting(item: Item | None) -> Meeting | None:
    return item if isinstance(item, Event | Task) else None


def _components(item: Meeting | None) -> Iterator[Meeting]:
    if item is not None:
        yield item
        yield from (override.item for override in item.exceptions)


def _organizers(item: Meeting | None) -> frozenset[str]:
    return frozenset(c.organizer.address.casefold() for c in _components(item) if c.organizer is not None)


def _guests(item: Meeting | None) -> Set[str]:
    return frozenset(address for c in _components(item) for address in _invited(c))


def _invited(item: Meeting) -> frozenset[str]:
    return frozenset(a.address.casefold() for a in item.attendees if a.address)


def _part(organizers: Set[str], guests: Set[str], own: Set[str]) -> Part:
    if organizers & own:
        return Part.ORGANIZER
    return Part.ATTENDEE if guests & own else Part.UNSURE


# The organizer's object (RFC 6638 3.2.1) --------------------------------------------------------------------------


def _from_organizer(old: Meeting | None, new: Meeting | None, own: Set[str]) -> tuple[Mail, ...]:
    was, now = _guests(old) - own, _guests(new) - own
    if old is None:
        return _mails((Why.INVITATION, now))
    if new is None:
        return _mails((Why.CANCELLATION, was))
    invited, left_out = _moved_guests(old, new)
    invited, left_out = invited - own, left_out - own
    rest = (was & now) - invited - left_out
    if not _differs(old, new):
        return ()
    why = Why.CANCELLATION if _calls_off(old, new) else Why.UPDATE
    return _mails((Why.INVITATION, invited), (Why.CANCELLATION, left_out), (why, rest))


def _moved_guests(old: Meeting, new: Meeting) -> tuple[Set[str], Set[str]]:
    """Who is invited to the series or to an occurrence for the first time, and who is not any more."""
    before, after = _by_occurrence(old), _by_occurrence(new)
    invited: set[str] = set()
    left_out: set[str] = set()
    for key in before.keys() | after.keys():
        was, now = before.get(key, _invited(old)), after.get(key, _invited(new))
        invited |= now - was
        left_out |= was - now
    return invited, left_out - invited


def _by_occurrence(item: Meeting) -> dict[object, frozenset[str]]:
    found: dict[object, frozenset[str]] = {override_key(o): _invited(o.item) for o in item.exceptions}
    if not item.headless:
        found[None] = _invited(item)
    return found


def _differs(old: Meeting, new: Meeting) -> bool:
    """True when something differs that is not everybody's own business."""
    for field in fields_of(new):
        was, now = getattr(old, field.name), getattr(new, field.name)
        if field.name in _PERSONAL:
            continue
        if field.name == "extra":
            was, now = _told(was), _told(now)
        if field.name == "exceptions":
            if _exceptions_differ(old, new):
                return True
        elif not same(field, was, now):
            return True
    return False


def _told(extras: tuple[Extra, ...]) -> tuple[Extra, ...]:
    return tuple(e for e in extras if not e.name.startswith("X-"))


def _exceptions_differ(old: Meeting, new: Meeting) -> bool:
    before, after = ({override_key(o): o.item for o in item.exceptions} for item in (old, new))
    return before.keys() != after.keys() or any(_differs(before[key], after[key]) for key in after)


def _calls_off(old: Meeting, new: Meeting) -> bool:
    """True when the meeting, or an occurrence of it, is called off (RFC 5546 3.2.5)."""
    if _cancelled(new) and not _cancelled(old):
        return True
    before = {override_key(o): o.item for o in old.exceptions}
    if any(_cancelled(o.item) and not _cancelled(before.get(override_key(o), old)) for o in new.exceptions):
        return True
    return len(new.exdates) > len(old.exdates)


def _cancelled(item: Meeting) -> bool:
    return item.status.casefold() == "cancelled"


# An attendee's copy (RFC 6638 3.2.2) ------------------------------------------------------------------------------


def _reply(old: Meeting | None, new: Meeting | None, organizers: Set[str], own: Set[str]) -> tuple[Mail, ...]:
    if old is None:
        answers = new is not None and any(p not in ("", "NEEDS-ACTION") for p in _answers(new, own).values())
        return _mails((Why.REPLY, organizers)) if answers else ()
    if new is None:
        return _mails((Why.REPLY, organizers))
    tells = (
        _answers_differ(old, new, own)
        or _set_differs("exdates", old, new)
        or _comments(old) != _comments(new)
        or _progress_differs(old, new)
    )
    return _mails((Why.REPLY, organizers)) if tells else ()


def _answers(item: Meeting, own: Set[str]) -> dict[object, str]:
    found: dict[object, str] = {override_key(o): _own_answer(o.item.attendees, own) for o in item.exceptions}
    found[None] = _own_answer(item.attendees, own)
    return found


def _own_answer(attendees: tuple[Attendee, ...], own: Set[str]) -> str:
    return " ".join(sorted(a.participation or "NEEDS-ACTION" for a in attendees if a.address.casefold() in own))


def _answers_differ(old: Meeting, new: Meeting, own: Set[str]) -> bool:
    before, after = _answers(old, own), _answers(new, own)
    return any(before.get(key, before[None]) != after.get(key, after[None]) for key in before.keys() | after.keys())


def _comments(item: Meeting) -> list[str]:
    return sorted(e.value for c in _components(item) for e in c.extra if e.name == "COMMENT")


def _progress_differs(old: Meeting, new: Meeting) -> bool:
    if not isinstance(new, Task):
        return False
    before = {override_key(o): o.item for o in old.exceptions}
    pairs = [(old, new), *((before.get(override_key(o), old), o.item) for o in new.exceptions)]
    return any(_set_differs(name, was, now) for was, now in pairs for name in _PROGRESS)


def _set_differs(name: str, old: Meeting, new: Meeting) -> bool:
    field = _field(new, name)
    return not same(field, getattr(old, name), getattr(new, name))


def _field(item: Meeting, name: str) -> Field:
    return next(f for f in fields_of(item) if f.name == name)


def _mails(*wanted: tuple[Why, Set[str]]) -> tuple[Mail, ...]:
    found: dict[Why, set[str]] = {}
    for why, to in wanted:
        if to:
            found.setdefault(why, set()).update(to)
    return tuple(Mail(why, tuple(sorted(to))) for why, to in found.items())
