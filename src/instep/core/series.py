"""A series whose time moved on one side while its exceptions changed on the other (RULES 4).

Exceptions are named by the time of the occurrence they replace. When a person moves the whole series by a constant
time, all these names move with it; looked at without that shift (in the *frame* of the memory) the two sides'
exceptions can be merged one by one, and be moved again afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from instep.core.align import moment_key
from instep.core.fields import FIELDS, Field, same, same_part
from instep.core.memory import Memory, Slot
from instep.core.model import Event, Item, Kind, Override, Side, Task
from instep.core.moments import moved, shift

_BY_NAME: dict[str, Field] = {f.name: f for f in FIELDS[Kind.EVENT]}


@dataclass(frozen=True, slots=True)
class Frame:
    """How far the series moved as a whole (``None``: it did not), as seen from the memory, and on which side; ``torn``
    says that time or rule changed on one side, exceptions on the other, and no constant shift relates them."""

    by: timedelta | None = None
    side: Side | None = None
    torn: bool = False


def frame_of(memory: Memory, left: Item, right: Item) -> Frame:
    """Find the frame in which the exceptions of both sides can be compared."""
    if memory.first or not isinstance(left, Event | Task) or not isinstance(right, Event | Task):
        return Frame()
    now = {Side.LEFT: left, Side.RIGHT: right}
    seen = {Side.LEFT: memory.left, Side.RIGHT: memory.right}
    for side in Side:
        before, after = seen[side], now[side]
        assert isinstance(before, Event | Task)
        if not (before.rules or before.rdates) or not _time_changed(before, after):
            continue
        by = _constant_shift(before, after)
        other_before, other_after = seen[side.other], now[side.other]
        assert isinstance(other_before, Event | Task)
        if by is not None and not _time_changed(other_before, other_after):
            return Frame(by, side)
        if _exceptions_changed(other_before, other_after) and not _time_changed(other_before, other_after):
            return Frame(torn=True)
    return Frame()


def _time_changed(before: Event | Task, after: Event | Task) -> bool:
    return any(
        not same(_BY_NAME[name], getattr(before, name), getattr(after, name)) for name in ("start", "rules", "rdates")
    )


def _exceptions_changed(before: Event | Task, after: Event | Task) -> bool:
    return any(
        not same(_BY_NAME[name], getattr(before, name), getattr(after, name)) for name in ("exceptions", "exdates")
    )


def _names(item: Event | Task) -> set[object]:
    return {moment_key(o.recurrence_id) for o in item.exceptions} | {moment_key(m) for m in item.exdates}


def _constant_shift(before: Event | Task, after: Event | Task) -> timedelta | None:
    if before.start is None or after.start is None:
        return None
    if not same(_BY_NAME["rules"], before.rules, after.rules) or not same(
        _BY_NAME["rdates"], before.rdates, after.rdates
    ):
        return None
    by = shift(before.start, after.start)
    if not by or before.start.zone != after.start.zone:
        return None
    back = _names(move_exceptions(after, -by))
    return by if back <= _names(before) else None


def move_override(override: Override, by: timedelta) -> Override:
    """The override under the moved name."""
    return replace(override, recurrence_id=moved(override.recurrence_id, by))


def move_exceptions(item: Event | Task, by: timedelta) -> Event | Task:
    """The item with the names of all its exceptions moved; times inside them stay."""
    return replace(
        item,
        exceptions=tuple(move_override(o, by) for o in item.exceptions),
        exdates=tuple(moved(m, by) for m in item.exdates),
    )


def into_frame(item: Item, frame: Frame, side: Side) -> Item:
    """The item of one side as it is compared with the memory."""
    if frame.by is None or side is not frame.side or not isinstance(item, Event | Task):
        return item
    return move_exceptions(item, -frame.by)


def out_of_frame(item: Item, frame: Frame) -> Item:
    """A merged item as it is written: the whole series stands at its new time."""
    if frame.by is None or not isinstance(item, Event | Task):
        return item
    return move_exceptions(item, frame.by)


def slots_out_of_frame(slots: Iterable[Slot], frame: Frame) -> tuple[Slot, ...]:
    """The slots of the field ``exceptions`` under the names that are written."""
    by = frame.by
    if by is None:
        return tuple(slots)

    def move(override: Override | None) -> Override | None:
        return None if override is None else move_override(override, by)

    return tuple(Slot(s.id, move(s.left), move(s.right), s.settled, move(s.old_left), move(s.old_right)) for s in slots)


def removed_and_edited(memory: Memory, left: Item, right: Item) -> frozenset[object]:
    """The occurrences that one side left out of the series while the other changed or added an exception for them."""
    if not isinstance(left, Event | Task) or not isinstance(right, Event | Task):
        return frozenset()
    found: set[object] = set()
    now, seen = {Side.LEFT: left, Side.RIGHT: right}, {Side.LEFT: memory.left, Side.RIGHT: memory.right}
    for side in Side:
        before, other_before, other = seen[side], seen[side.other], now[side.other]
        assert isinstance(before, Event | Task) and isinstance(other_before, Event | Task)
        left_out = {moment_key(m) for m in now[side].exdates} - {moment_key(m) for m in before.exdates}
        kept = {moment_key(o.recurrence_id): o for o in other_before.exceptions}
        for override in other.exceptions:
            name = moment_key(override.recurrence_id)
            if name in left_out and (name not in kept or not same_part(kept[name], override)):
                found.add(name)
    return frozenset(found)
