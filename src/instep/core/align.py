"""Elements of sets: which element of one list is which of another (RULES 3).

Equal elements pair off first, then those of the same identity (the same number, the same address), then, within one
side only, those that fill the same slot in the same order: that is a replacement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from instep.core.fields import Field, Shape, same_part
from instep.core.model import Attendee, Moment
from instep.core.moments import instant


def align(field: Field, old: Sequence[Any], new: Sequence[Any], *, slots: bool = True) -> list[int | None]:
    """For every element of ``new`` the index of the element of ``old`` that it is, or ``None`` for a new one."""
    found: list[int | None] = [None] * len(new)
    if not old or not new:
        return found
    free = dict.fromkeys(range(len(old)))
    _pair_off(found, free, old, new, _content)
    if free:
        _pair_equal(found, free, old, new)
    if free:
        _pair_off(found, free, old, new, field.key)
    if free and slots and not _slotless(field):
        _pair_off(found, free, old, new, field.slot)
    return found


def _slotless(field: Field) -> bool:
    return field.shape is not Shape.ELEMENTS or field.name in {"members", "attendees", "exceptions"}


def _content(element: Hashable) -> Hashable:
    return element


def _pair_off(
    found: list[int | None],
    free: dict[int, None],
    old: Sequence[Any],
    new: Sequence[Any],
    key: Callable[[Any], Hashable],
) -> None:
    waiting: dict[Hashable, list[int]] = defaultdict(list)
    for index in reversed(free):
        waiting[key(old[index])].append(index)
    for position, element in enumerate(new):
        if found[position] is None:
            indexes = waiting.get(key(element))
            if indexes:
                found[position] = index = indexes.pop()
                del free[index]


def _pair_equal(found: list[int | None], free: dict[int, None], old: Sequence[Any], new: Sequence[Any]) -> None:
    if len(free) * sum(f is None for f in found) > 10_000:
        return  # equality by meaning is a convenience here; identity by key follows and is linear
    for position, element in enumerate(new):
        if found[position] is None:
            match = next((i for i in free if same_part(old[i], element)), None)
            if match is not None:
                found[position] = match
                del free[match]


def default_ids(field: Field, left: Sequence[Any], right: Sequence[Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Numbers for the elements of both sides, equal where they are the same element; deterministic."""
    which = align(field, left, right, slots=False)
    spare = iter(range(len(left), len(left) + len(right)))
    return tuple(range(len(left))), tuple(next(spare) if i is None else i for i in which)


def same_element(a: Any, b: Any, own: frozenset[str]) -> bool:
    """Equality by meaning of two elements without what is volatile (RULES 6): other people's participation."""
    if isinstance(a, Attendee) and isinstance(b, Attendee):
        keep = a.address in own
        return all(
            same_part(getattr(a, part), getattr(b, part))
            for part in ("address", "name", "role", "type", "rsvp", "participation")
            if part != "participation" or keep
        )
    return same_part(a, b)


def moment_key(moment: Moment) -> Hashable:
    """Identity of a moment in a set: its instant, or its wall time where no instant is known."""
    return instant(moment) or moment.local


def word_key(word: str) -> Hashable:
    """Identity of a word in a set: without case and outer white space."""
    return " ".join(word.split()).casefold()
