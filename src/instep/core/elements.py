"""Merging sets element by element (RULES 3, 5): telephones, attendees, alarms, exceptions of a series, words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from dataclasses import fields as parts_of
from typing import Any

from instep.core.align import align, moment_key, same_element, word_key
from instep.core.fields import Field, Shape, is_empty, same_part
from instep.core.limits import Limit
from instep.core.memory import Memory, Slot
from instep.core.model import Attendee, Binary, Event, Item, Override, Side, Task
from instep.core.show import show_part

Nested = Callable[[Memory, Item, Item, "Side | None"], tuple[Item, Item, bool]]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the merge of one set needs to know beside the values.

    ``prefer`` is the side that wins a clash, ``source`` the only side whose changes are carried (one-way).
    """

    limit_left: Limit | None
    limit_right: Limit | None
    prefer: Side | None
    source: Side | None
    own: frozenset[str]
    nested: Nested
    frozen: frozenset[Any] = frozenset()

    def limit(self, side: Side) -> Limit | None:
        """What the side can hold."""
        return self.limit_left if side is Side.LEFT else self.limit_right


@dataclass(frozen=True, slots=True)
class ElementsMerge:
    """The outcome for one set: its slots, the order of the numbers on both sides, the elements that clash (as text),
    whether one-way left something."""

    slots: tuple[Slot, ...]
    order_left: tuple[int, ...]
    order_right: tuple[int, ...]
    clashes: tuple[str, ...] = ()
    noted: bool = False

    def target(self, side: Side) -> tuple[Any, ...]:
        """The elements the side shall hold, its own order kept, additions last."""
        order = self.order_left if side is Side.LEFT else self.order_right
        there = {s.id: s.target(side) for s in self.slots if s.target(side) is not None}
        return tuple(there[n] for n in dict.fromkeys((*order, *there)) if n in there)


def merge_elements(
    field: Field, memory: Memory, now_left: tuple[Any, ...], now_right: tuple[Any, ...], scene: Scene
) -> ElementsMerge:
    """Merge one set of compound values element by element."""
    seen_left, seen_right = getattr(memory.left, field.name), getattr(memory.right, field.name)
    old_left_ids, old_right_ids = memory.ids(field)
    left_ids, right_ids = _numbers(field, (seen_left, seen_right), (old_left_ids, old_right_ids), (now_left, now_right))
    old_left, old_right = dict(zip(old_left_ids, seen_left)), dict(zip(old_right_ids, seen_right))
    left, right = dict(zip(left_ids, now_left)), dict(zip(right_ids, now_right))
    order = dict.fromkeys((*left_ids, *right_ids, *old_left_ids, *old_right_ids))
    room = {side: _room(scene.limit(side), len(there)) for side, there in ((Side.LEFT, left), (Side.RIGHT, right))}
    slots, clashes, noted = [], [], False
    for number in order:
        case = _Case(
            field, scene, old_left.get(number), old_right.get(number), left.get(number), right.get(number), room
        )
        slot, clash = case.decide(number)
        if clash:
            clashes.append(show_part(clash))
        noted = noted or (not slot.settled and not clash)
        slots.append(slot)
    return ElementsMerge(tuple(slots), left_ids, right_ids, tuple(clashes), noted)


def _room(limit: Limit | None, there: int) -> int:
    if limit is None:
        return 1 << 30
    if limit.absent:
        return 0
    return 1 << 30 if limit.most is None else max(limit.most - there, 0)


def _numbers(
    field: Field,
    seen: tuple[tuple[Any, ...], tuple[Any, ...]],
    old_ids: tuple[tuple[int, ...], tuple[int, ...]],
    now: tuple[tuple[Any, ...], tuple[Any, ...]],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    ids: list[list[int | None]] = []
    for side in (0, 1):
        which = align(field, seen[side], now[side])
        ids.append([None if w is None else old_ids[side][w] for w in which])
    fresh = 1 + max((*old_ids[0], *old_ids[1], -1))
    for side, other in ((0, 1), (1, 0)):
        known = {i for i in ids[side] if i is not None} | set(old_ids[side])
        spare = [p for p, i in enumerate(ids[other]) if i is not None and i not in known]
        new = [p for p, i in enumerate(ids[side]) if i is None]
        which = align(field, [now[other][p] for p in spare], [now[side][p] for p in new], slots=False)
        for position, index in zip(new, which):
            if index is not None:
                ids[side][position] = ids[other][spare[index]]
    new_left, new_right = ([p for p, i in enumerate(ids[s]) if i is None] for s in (0, 1))
    which = align(field, [now[0][p] for p in new_left], [now[1][p] for p in new_right], slots=False)
    for position in new_left:
        ids[0][position] = fresh + position
    fresh += len(now[0])
    for position, index in zip(new_right, which):
        ids[1][position] = fresh + position if index is None else ids[0][new_left[index]]
    return tuple(i for i in ids[0] if i is not None), tuple(i for i in ids[1] if i is not None)


@dataclass(slots=True)
class _Case:
    field: Field
    scene: Scene
    old_left: Any
    old_right: Any
    left: Any
    right: Any
    room: dict[Side, int]

    def decide(self, number: int) -> tuple[Slot, Any]:
        """The slot, and the element to show when it clashes."""
        changed_left, changed_right = self._changed(Side.LEFT), self._changed(Side.RIGHT)
        source = self.scene.source
        if self._torn():
            return self._torn_apart(number)
        if not changed_left and not changed_right:
            return self._slot(number, self.left, self.right), None
        if source is not None and not (changed_left if source is Side.LEFT else changed_right):
            return self._slot(number, self.left, self.right, settled=False), None
        if source is not None:
            return self._won(number, source), None
        if changed_left and changed_right:
            return self._both(number)
        return self._carried(number, Side.LEFT if changed_left else Side.RIGHT), None

    def _both(self, number: int) -> tuple[Slot, Any]:
        shown = self.left if self.left is not None else self.right
        if self.left is None and self.right is None:
            return self._slot(number, None, None), None
        if self.left is not None and self.right is not None:
            left, right, clash = merge_parts(
                self.old_left,
                self.left,
                self.old_right,
                self.right,
                self.scene.own,
                self.scene.nested,
                self.scene.prefer,
                self._lacking,
            )
            if not clash:
                return self._slot(number, left, right), None
            if self.scene.prefer is None:
                return self._slot(number, left, right, settled=False), shown
        if self.scene.prefer is None:
            return self._slot(number, self.left, self.right, settled=False), shown
        return self._won(number, self.scene.prefer), None

    def _torn(self) -> bool:
        """An occurrence that one side left out of the series while the other changed it."""
        if not self.scene.frozen:
            return False
        there = next(e for e in (self.left, self.right, self.old_left, self.old_right) if e is not None)
        return isinstance(there, Override) and moment_key(there.recurrence_id) in self.scene.frozen

    def _torn_apart(self, number: int) -> tuple[Slot, Any]:
        if self.scene.prefer is not None:
            return self._won(number, self.scene.prefer), None
        shown = self.left if self.left is not None else self.right
        return self._slot(number, self.left, self.right, settled=False), shown

    def _changed(self, side: Side) -> bool:
        old, new = self._values(side)
        if old is None or new is None:
            return old is not new
        return not same_element(old, new, self.scene.own)

    def _values(self, side: Side) -> tuple[Any, Any]:
        return (self.old_left, self.left) if side is Side.LEFT else (self.old_right, self.right)

    def _won(self, number: int, side: Side) -> Slot:
        """The side's element replaces the other's."""
        _, new = self._values(side)
        _, there = self._values(side.other)
        if new is None or there is None:
            return self._carried(number, side)
        return self._slot(number, new, new)

    def _carried(self, number: int, side: Side) -> Slot:
        old, new = self._values(side)
        _, there = self._values(side.other)
        if new is None:
            target = None
        elif there is None:
            target = new if self._takes(side.other) else None
        elif old is None:
            target = merge_parts(None, new, None, there, self.scene.own, self.scene.nested, side)[
                1 if side is Side.LEFT else 0
            ]
        else:
            lacking = self._lacking[1 if side is Side.LEFT else 0]
            target = apply_parts(old, new, there, self.scene.own, self.scene.nested, side, lacking)
        left, right = (new, target) if side is Side.LEFT else (target, new)
        return self._slot(number, left, right)

    @property
    def _lacking(self) -> tuple[frozenset[str], frozenset[str]]:
        """The parts of an element that each side cannot hold: what the other says there stays with that one."""
        limits = self.scene.limit_left, self.scene.limit_right
        left, right = (limit.without if limit is not None else frozenset[str]() for limit in limits)
        return left, right

    def _takes(self, side: Side) -> bool:
        if self.room[side] <= 0:
            return False
        self.room[side] -= 1
        return True

    def _slot(self, number: int, left: Any, right: Any, settled: bool = True) -> Slot:
        return Slot(number, left, right, settled, self.old_left, self.old_right)


def apply_parts(
    old: Any, new: Any, onto: Any, own: frozenset[str], nested: Nested, side: Side, lacking: frozenset[str]
) -> Any:
    """Apply the change of one side's element onto the other side's element, part by part, but for ``lacking`` ones."""
    if isinstance(new, Override):
        memory = Memory(old.item, onto.item)
        left_side = side is Side.LEFT
        merged = nested(
            memory if left_side else Memory(onto.item, old.item), *_in_sides(new.item, onto.item, side), side
        )
        named = new.recurrence_id if not same_part(old.recurrence_id, new.recurrence_id) else onto.recurrence_id
        return replace(onto, item=merged[1 if left_side else 0], recurrence_id=named, and_future=new.and_future)
    if isinstance(new, Binary):
        return new
    return replace(onto, **{p: getattr(new, p) for p in _changed_parts(old, new, own) - lacking})


def _in_sides(mine: Item, theirs: Item, side: Side) -> tuple[Item, Item]:
    return (mine, theirs) if side is Side.LEFT else (theirs, mine)


def merge_parts(
    old_left: Any,
    left: Any,
    old_right: Any,
    right: Any,
    own: frozenset[str],
    nested: Nested,
    prefer: Side | None,
    lacking: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset()),
) -> tuple[Any, Any, bool]:
    """Join the changes of both sides of one element; the third value tells that a part clashes. ``lacking`` are the
    parts that the left and the right side cannot hold."""
    if isinstance(left, Override):
        return _merge_overrides(old_left, left, old_right, right, nested, prefer)
    if isinstance(left, Binary):
        return left, right, not same_part(left, right)
    on_left, on_right = {}, {}
    clash = False
    first = old_left is None or old_right is None
    changed_left, changed_right = _changed_parts(old_left, left, own), _changed_parts(old_right, right, own)
    for part in (p.name for p in parts_of(left)):
        a, b = getattr(left, part), getattr(right, part)
        if part in changed_left and part in changed_right:
            if same_part(a, b) or part == "pref":
                continue
            if part == "types" and first:
                on_left[part] = on_right[part] = a | b
            elif is_empty(a) and first:
                on_left[part] = b
            elif is_empty(b) and first:
                on_right[part] = a
            elif part == "value" and first:
                continue  # the same number or address in another spelling: each side keeps its own
            else:
                clash = True
        elif part in changed_left:
            on_right[part] = a
        elif part in changed_right:
            on_left[part] = b
    for on, without in zip((on_left, on_right), lacking):
        for part in on.keys() & without:
            del on[part]
    return replace(left, **on_left), replace(right, **on_right), clash


def _merge_overrides(
    old_left: Any, left: Override, old_right: Any, right: Override, nested: Nested, prefer: Side | None
) -> tuple[Any, Any, bool]:
    if old_left is not None and old_right is not None:
        memory = Memory(old_left.item, old_right.item)
    else:
        empty = type(left.item)()
        memory = Memory(empty, empty, first=True)
    merged_left, merged_right, clash = nested(memory, left.item, right.item, None)
    return _with_item(left, merged_left), _with_item(right, merged_right), clash


def _with_item(override: Override, item: Item) -> Override:
    assert isinstance(item, Event | Task)
    return replace(override, item=item)


def _changed_parts(old: Any, new: Any, own: frozenset[str]) -> set[str]:
    volatile = isinstance(new, Attendee) and new.address not in own
    changed = set()
    for part in parts_of(new):
        if volatile and part.name == "participation":
            continue
        before = getattr(old, part.name) if old is not None else None
        after = getattr(new, part.name)
        if old is None:
            if not is_empty(after) and after != frozenset() and after != 0:
                changed.add(part.name)
        elif not same_part(before, after):
            changed.add(part.name)
    return changed


def merge_words(
    field: Field, memory: Memory, now_left: tuple[Any, ...], now_right: tuple[Any, ...], scene: Scene
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Merge a set of words or moments: additions and removals of both sides; such sets never clash."""
    key = moment_key if field.shape is Shape.MOMENTS else word_key
    seen = {
        side: {key(v) for v in getattr(memory.left if side is Side.LEFT else memory.right, field.name)} for side in Side
    }
    now = {Side.LEFT: {key(v): v for v in now_left}, Side.RIGHT: {key(v): v for v in now_right}}
    targets: dict[Side, tuple[Any, ...]] = {}
    for side in Side:
        other = side.other
        if scene.source is side or ((limit := scene.limit(side)) is not None and limit.absent):
            targets[side] = tuple(now[side].values())
            continue
        added = {k: v for k, v in now[other].items() if k not in seen[other] and k not in scene.frozen}
        removed = seen[other] - now[other].keys() - scene.frozen
        if scene.prefer is other:
            added |= {k: v for k, v in now[other].items() if k in scene.frozen}
            removed |= {k for k in scene.frozen if k not in now[other]}
        kept = {k: v for k, v in now[side].items() if k not in removed}
        targets[side] = tuple((kept | {k: v for k, v in added.items() if k not in kept}).values())
    return targets[Side.LEFT], targets[Side.RIGHT]
