"""What is remembered of a creation that is found again after an end (RULES 18, 19).

What stands under our mark equals the intent up to rewriting; but nobody can tell whether the store left something out,
or whether it was never ours: another desktop may have made the same item. So what is missing of the intent counts as
not carried: it is offered once more, and what the write then comes back as tells what the store holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from instep.core.align import align, moment_key, word_key
from instep.core.fields import EMPTY, Field, Shape, fields_of, is_empty, same
from instep.core.limits import FieldLimits, Limit, project
from instep.core.memory import Memory
from instep.core.model import Item, Side
from instep.core.rewriting import rewritten


@dataclass(slots=True)
class _Seen:
    """What the side that was written to (``mine``) and the item's origin are remembered with, field by field."""

    mine: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, Any] = field(default_factory=dict)
    numbers: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = field(default_factory=dict)


def adopted(intent: Item, source: Item, now: Item, side: Side, limits: FieldLimits) -> Memory:
    """The memory of a link whose item on ``side`` was meant to be ``intent`` (made from ``source``) and is ``now``."""
    seen = _Seen()
    for one in fields_of(intent):
        _remember(seen, one, intent, source, now, limits.get(one.name))
    mine, origin = replace(now, **seen.mine), replace(source, **seen.origin)
    if side is Side.LEFT:
        return Memory(mine, origin, seen.numbers)
    return Memory(origin, mine, _turned(seen.numbers))


def _turned(numbers: Mapping[str, Any]) -> dict[str, Any]:
    return {name: (other, mine) for name, (mine, other) in numbers.items()}


def _remember(seen: _Seen, one: Field, intent: Item, source: Item, now: Item, limit: Limit | None) -> None:
    name = one.name
    there, held = getattr(source, name), getattr(now, name)
    meant = project(one, getattr(intent, name), limit)
    match one.shape:
        case Shape.ELEMENTS:
            _elements(seen, one, meant, there, held)
        case Shape.WORDS | Shape.MOMENTS:
            key = moment_key if one.shape is Shape.MOMENTS else word_key
            found, wanted = {key(v) for v in held}, {key(v) for v in meant}
            seen.mine[name] = tuple(v for v in held if key(v) in wanted)
            seen.origin[name] = tuple(v for v in there if key(v) in found or key(v) not in wanted)
        case _ if is_empty(held) and not is_empty(meant):
            seen.mine[name] = seen.origin[name] = EMPTY[one.shape]
        case _:
            seen.mine[name] = held if same(one, meant, held) else meant
            seen.origin[name] = there


def _elements(seen: _Seen, one: Field, meant: tuple[Any, ...], there: tuple[Any, ...], held: tuple[Any, ...]) -> None:
    """Elements that are on both sides; those that the side cannot hold at all stay with the origin."""
    which = align(one, meant, held)
    # What was written otherwise is the store's form; what says something else is a person's edit, to be seen as one.
    found = {
        index: held[position] if rewritten((meant[index],), (held[position],)) else meant[index]
        for position, index in enumerate(which)
        if index is not None
    }
    kept = sorted(found)
    left_out = range(len(meant), len(there))
    seen.mine[one.name] = tuple(found[index] for index in kept)
    seen.origin[one.name] = tuple(there[index] for index in (*kept, *left_out))
    seen.numbers[one.name] = (tuple(kept), (*kept, *left_out))
