"""What a link remembers: the item as each side held it, and which element of a set is which (RULES 1, 3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

from instep.core.align import align, default_ids
from instep.core.fields import Field, Shape, fields_of
from instep.core.model import CLASS_OF, Item, Kind, Side, kind_of

ElementIds = Mapping[str, tuple[tuple[int, ...], tuple[int, ...]]]


@dataclass(frozen=True, slots=True)
class Memory:
    """``seen.left`` and ``seen.right``.

    ``elements`` numbers the elements of sets, parallel to the seen tuples, where the numbering is not the plain one.
    ``first`` is the memory of a pair that was never settled: it holds nothing.
    """

    left: Item
    right: Item
    elements: ElementIds = dataclass_field(default_factory=dict)
    first: bool = False

    def ids(self, field: Field) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The numbers of a field's elements on both sides; equal numbers are the same element."""
        left, right = getattr(self.left, field.name), getattr(self.right, field.name)
        known = self.elements.get(field.name)
        if known is not None and len(known[0]) == len(left) and len(known[1]) == len(right):
            return known
        return default_ids(field, left, right)


def reopened(memory: Memory, old: Memory, names: Collection[str]) -> Memory:
    """The memory with some fields as they were remembered before: what was not carried stays open."""
    if not names:
        return memory
    left = {n: getattr(old.left, n) for n in names}
    right = {n: getattr(old.right, n) for n in names}
    elements = {n: v for n, v in memory.elements.items() if n not in names}
    elements |= {n: v for n, v in old.elements.items() if n in names}
    return Memory(replace(memory.left, **left), replace(memory.right, **right), elements)


def blank(kind: Kind) -> Memory:
    """The memory of what was never seen."""
    empty = CLASS_OF[kind]()
    return Memory(empty, empty, first=True)


@dataclass(frozen=True, slots=True)
class Slot:
    """One element on both sides after a merge: what each side shall hold (``None``: nothing), whether its changes are
    settled, and what was seen before."""

    id: int
    left: Any
    right: Any
    settled: bool
    old_left: Any = None
    old_right: Any = None

    def target(self, side: Side) -> Any:
        """What the side shall hold."""
        return self.left if side is Side.LEFT else self.right

    def old(self, side: Side) -> Any:
        """What the side was seen with."""
        return self.old_left if side is Side.LEFT else self.old_right


@dataclass(frozen=True, slots=True)
class Settlement:
    """What may be remembered once a merge has been carried out.

    ``unsettled`` are the fields that keep their old memory on both sides; ``slots`` the sets merged element by element;
    ``words`` the sets of words of which a one-way pair leaves something aside.
    """

    memory: Memory
    left: Item
    right: Item
    unsettled: frozenset[str] = frozenset()
    slots: Mapping[str, tuple[Slot, ...]] = dataclass_field(default_factory=dict)
    words: Mapping[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = dataclass_field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """True when nothing stays unsettled."""
        return not self.unsettled and not self.words and all(s.settled for slots in self.slots.values() for s in slots)

    def advance(self, held_left: Item | None = None, held_right: Item | None = None) -> Memory:
        """The memory after the writes took effect; ``held`` is what a side made of its write (default: as intended)."""
        left = held_left if held_left is not None else self.left
        right = held_right if held_right is not None else self.right
        values: dict[Side, dict[str, Any]] = {Side.LEFT: {}, Side.RIGHT: {}}
        elements: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {}
        for field in fields_of(self.left):
            name = field.name
            if name in self.unsettled:
                values[Side.LEFT][name] = getattr(self.memory.left, name)
                values[Side.RIGHT][name] = getattr(self.memory.right, name)
                if name in self.memory.elements:
                    elements[name] = self.memory.elements[name]
            elif name in self.words:
                values[Side.LEFT][name], values[Side.RIGHT][name] = self.words[name]
            elif name in self.slots:
                left_ids, left_seen = _remembered(field, self.slots[name], Side.LEFT, getattr(left, name))
                right_ids, right_seen = _remembered(field, self.slots[name], Side.RIGHT, getattr(right, name))
                values[Side.LEFT][name], values[Side.RIGHT][name] = left_seen, right_seen
                if (left_ids, right_ids) != default_ids(field, left_seen, right_seen):
                    elements[name] = left_ids, right_ids
        return Memory(replace(left, **values[Side.LEFT]), replace(right, **values[Side.RIGHT]), elements)


def as_one(left: Item, right: Item) -> Settlement:
    """The settlement of an item and its copy: every element of the one is that element of the other (RULES 3)."""
    slots: dict[str, tuple[Slot, ...]] = {}
    for field in fields_of(left):
        if field.shape is Shape.ELEMENTS:
            twins = zip(getattr(left, field.name), getattr(right, field.name))
            slots[field.name] = tuple(Slot(number, a, b, True) for number, (a, b) in enumerate(twins))
    return Settlement(blank(kind_of(left)), left, right, slots=slots)


def _remembered(
    field: Field, slots: Sequence[Slot], side: Side, held: tuple[Any, ...]
) -> tuple[tuple[int, ...], tuple[Any, ...]]:
    there = [s for s in slots if s.target(side) is not None]
    which = align(field, [s.target(side) for s in there], held)
    spare = 1 + max((s.id for s in slots), default=-1) + (0 if side is Side.LEFT else len(held))
    ids: list[int] = []
    seen: list[Any] = []
    for position, element in enumerate(held):
        index = which[position]
        if index is None:
            ids.append(spare + position)
            seen.append(element)
            continue
        slot = there[index]
        if slot.settled:
            ids.append(slot.id)
            seen.append(element)
        elif slot.old(side) is not None:
            ids.append(slot.id)
            seen.append(slot.old(side))
    for slot in slots:
        if not slot.settled and slot.target(side) is None and slot.old(side) is not None:
            ids.append(slot.id)
            seen.append(slot.old(side))
    return tuple(ids), tuple(seen)


def held_elsewhere(memory: Memory) -> dict[str, Side]:
    """The fields of which one side holds something that the other does not, after everything was settled."""
    found: dict[str, Side] = {}
    for field in fields_of(memory.left):
        left, right = getattr(memory.left, field.name), getattr(memory.right, field.name)
        if field.shape is Shape.ELEMENTS:
            left_ids, right_ids = memory.ids(field)
            if set(left_ids) - set(right_ids):
                found[field.name] = Side.LEFT
            elif set(right_ids) - set(left_ids):
                found[field.name] = Side.RIGHT
        elif bool(left) != bool(right):
            found[field.name] = Side.LEFT if left else Side.RIGHT
    return found
