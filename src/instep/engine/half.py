"""Half a step: one side's write took effect, the other side's did not. What may be remembered then (RULES 1).

A field that only the missing write concerns stays as it was remembered. A set to which both sides added something is
settled for what the one write carried, and open for what the other should have: otherwise what was carried would look
like a person's own addition there, and come back after its owner removed it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instep.core.fields import Shape, fields_of
from instep.core.memory import Memory, reopened
from instep.core.merge import merge
from instep.core.model import Item, Kind, Side
from instep.engine.memories import memory_from, plain_memory
from instep.engine.work import Step

_SETS = frozenset({Shape.ELEMENTS, Shape.WORDS, Shape.MOMENTS})


def half_memory(step: Step, done: Side, held: Item | None) -> Memory | None:
    """What is remembered of the sets when only the write on ``done`` took effect. ``held``: what that side made of it.

    ``None`` where both writes have no set in common.
    """
    if not _shared(step) or step.terms is None or step.settlement is None:
        return None
    left, right = step.now[Side.LEFT].item, step.now[Side.RIGHT].item
    terms = replace(step.terms, source=done.other, prefer={})
    alone = merge(step.settlement.memory, left, right, terms).settlement
    return alone.advance(held, None) if done is Side.LEFT else alone.advance(None, held)


def with_half(memory: Memory, step: Step, done: Side, held: Item | None) -> Memory:
    """A memory whose unfinished fields were opened again, with the sets as they are after half of the step."""
    half = half_memory(step, done, held)
    return memory if half is None else reopened(memory, half, _shared(step))


def plain_half(step: Step, side: Side) -> dict[str, Any] | None:
    """For the journal: what is to be remembered if this side's write turns out to be the only one that happened."""
    half = half_memory(step, side, None)
    return None if half is None else {"names": sorted(_shared(step)), "memory": plain_memory(half)}


def from_plain_half(kind: Kind, memory: Memory, plain: dict[str, Any] | None) -> Memory:
    """A memory whose unfinished fields were opened again, with what ``plain_half`` gave."""
    return memory if plain is None else reopened(memory, memory_from(kind, plain["memory"]), plain["names"])


def _shared(step: Step) -> frozenset[str]:
    """The settled sets that the writes on both sides change."""
    updates = [set(w.changed) for w in (*step.writes, *step.held) if w.op == "update"]
    if len(updates) != 2 or step.settlement is None or len(step.now) != 2:
        return frozenset()
    both = updates[0] & updates[1]
    sets = {f.name for f in fields_of(step.now[Side.LEFT].item) if f.shape in _SETS}
    settlement = step.settlement
    open_slots = {name for name, slots in settlement.slots.items() if not all(s.settled for s in slots)}
    return frozenset(both & sets - settlement.unsettled - settlement.words.keys() - open_slots)
