"""Merging with two memories: what changed on each side since it was last seen, applied onto the other side.

Pure. In: both memories, both items as they are now, the terms. Out: what each side shall hold, the clashes, and what
may be remembered afterwards. A change is applied to what the other side holds, never copied over it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from typing import Any

from instep.core.elements import Scene, merge_elements, merge_words
from instep.core.fields import GROUP_LABELS, WIDER_GROUPS, Field, Shape, fields_of, is_empty, same
from instep.core.limits import NO_LIMITS, FieldLimits, same_through, with_tail
from instep.core.memory import Memory, Settlement, Slot
from instep.core.model import Item, Side
from instep.core.moments import carried
from instep.core.series import frame_of, into_frame, out_of_frame, removed_and_edited, slots_out_of_frame

EVERYTHING = "*"
_SERIES_FIELDS = WIDER_GROUPS["series"]


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what a merge happens.

    ``prefer`` names the side that wins the clash of a field group; the key ``"*"`` stands for every group. ``source``
    is the only side whose changes are carried (one-way). ``own`` are the person's own addresses (RULES 6).
    """

    limits_left: FieldLimits = dataclass_field(default_factory=lambda: NO_LIMITS)
    limits_right: FieldLimits = dataclass_field(default_factory=lambda: NO_LIMITS)
    prefer: Mapping[str, Side] = dataclass_field(default_factory=dict)
    source: Side | None = None
    own: frozenset[str] = frozenset()

    def limits(self, side: Side) -> FieldLimits:
        """What a side can hold."""
        return self.limits_left if side is Side.LEFT else self.limits_right

    def winner(self, group: str) -> Side | None:
        """The side that wins a clash of the group, if anybody decided."""
        return self.prefer.get(group) or self.prefer.get(EVERYTHING)


@dataclass(frozen=True, slots=True)
class Clash:
    """Both sides changed the same thing differently: the group, its fields, the elements as text where it is a set."""

    group: str
    fields: tuple[str, ...]
    elements: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The group's name for people."""
        return GROUP_LABELS.get(self.group, self.group)


@dataclass(frozen=True, slots=True)
class Merged:
    """What each side shall hold, what clashes, which fields a write changes there, and what may be remembered.

    ``noted`` are fields that the target of a one-way pair changed by itself (RULES 23).
    """

    left: Item
    right: Item
    clashes: tuple[Clash, ...]
    changed_left: tuple[str, ...]
    changed_right: tuple[str, ...]
    settlement: Settlement
    noted: tuple[str, ...] = ()

    def target(self, side: Side) -> Item:
        """What the side shall hold."""
        return self.left if side is Side.LEFT else self.right

    def changed(self, side: Side) -> tuple[str, ...]:
        """The fields that a write would change on the side."""
        return self.changed_left if side is Side.LEFT else self.changed_right


def merge(memory: Memory, left: Item, right: Item, terms: Terms | None = None) -> Merged:
    """Join what changed on both sides since the memory; total: every pair of items of one kind has an answer."""
    work = _Work(memory, left, right, terms or Terms())
    return work.run()


class _Work:
    """The state of one merge; lives for one call."""

    def __init__(self, memory: Memory, left: Item, right: Item, terms: Terms) -> None:
        self.frame = frame_of(memory, left, right)
        self.memory, self.terms = memory, terms
        self.before = {Side.LEFT: left, Side.RIGHT: right}
        self.now = {side: into_frame(item, self.frame, side) for side, item in self.before.items()}
        self.values: dict[Side, dict[str, Any]] = {Side.LEFT: {}, Side.RIGHT: {}}
        self.clashes: list[Clash] = []
        self.unsettled: set[str] = set()
        self.slots: dict[str, tuple[Slot, ...]] = {}
        self.words: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {}
        self.noted: list[str] = []
        self.occurrences = removed_and_edited(memory, self.now[Side.LEFT], self.now[Side.RIGHT])

    def run(self) -> Merged:
        groups: dict[str, list[Field]] = defaultdict(list)
        torn = self.frame.torn and self._torn()
        for field in fields_of(self.now[Side.LEFT]):
            if torn and field.name in _SERIES_FIELDS:
                continue
            match field.shape:
                case Shape.ELEMENTS:
                    self._elements(field)
                case Shape.WORDS | Shape.MOMENTS if field.name != "rdates":
                    self._words(field)
                case _:
                    groups[field.clash_group].append(field)
        for group, fields in groups.items():
            self._group(group, fields)
        left, right = (
            out_of_frame(replace(self.now[side], **self.values[side]), self.frame) for side in (Side.LEFT, Side.RIGHT)
        )
        if "exceptions" in self.slots:
            self.slots["exceptions"] = slots_out_of_frame(self.slots["exceptions"], self.frame)
        changed = {
            side: tuple(
                f.name
                for f in fields_of(item)
                if not same(f, getattr(self.before[side], f.name), getattr(item, f.name))
            )
            for side, item in ((Side.LEFT, left), (Side.RIGHT, right))
        }
        settlement = Settlement(self.memory, left, right, frozenset(self.unsettled), self.slots, self.words)
        return Merged(
            left,
            right,
            tuple(self.clashes),
            changed[Side.LEFT],
            changed[Side.RIGHT],
            settlement,
            tuple(self.noted),
        )

    # One group of single values ------------------------------------------------------------------------------------

    def _group(self, group: str, fields: list[Field]) -> None:
        changed = {side: [f for f in fields if self._changed(f, side)] for side in Side}
        source = self.terms.source
        if source is not None:
            if changed[source]:
                self._win(changed[source], source, whole=fields)
            elif changed[source.other]:
                self._leave(fields, noted=True)
            return
        if changed[Side.LEFT] and changed[Side.RIGHT]:
            self._both(group, fields, changed)
        elif changed[Side.LEFT]:
            self._carry(changed[Side.LEFT], Side.LEFT)
        elif changed[Side.RIGHT]:
            self._carry(changed[Side.RIGHT], Side.RIGHT)

    def _both(self, group: str, fields: list[Field], changed: dict[Side, list[Field]]) -> None:
        touched = [f for f in fields if f in changed[Side.LEFT] or f in changed[Side.RIGHT]]
        differing = [f for f in touched if not self._agree(f)]
        if not differing:
            return
        fills = {f: side for f in differing if (side := self._filler(f)) is not None} if self.memory.first else {}
        if len(fills) == len(differing):
            for field, side in fills.items():
                self._carry([field], side)
            return
        winner = self.terms.winner(group)
        if winner is not None:
            self._win(differing, winner, whole=fields)
            return
        self.clashes.append(Clash(group, tuple(f.name for f in differing)))
        self._leave(fields)

    def _changed(self, field: Field, side: Side) -> bool:
        seen = self.memory.left if side is Side.LEFT else self.memory.right
        return not same(field, getattr(seen, field.name), getattr(self.now[side], field.name))

    def _agree(self, field: Field) -> bool:
        left, right = (getattr(self.now[s], field.name) for s in (Side.LEFT, Side.RIGHT))
        return same_through(
            field, left, right, self.terms.limits_left.get(field.name), self.terms.limits_right.get(field.name)
        )

    def _filler(self, field: Field) -> Side | None:
        left, right = (getattr(self.now[s], field.name) for s in (Side.LEFT, Side.RIGHT))
        if is_empty(right):
            return Side.LEFT
        return Side.RIGHT if is_empty(left) else None

    def _carry(self, fields: list[Field], side: Side) -> None:
        other = side.other
        seen = self.memory.left if side is Side.LEFT else self.memory.right
        for field in fields:
            limit = self.terms.limits(other).get(field.name)
            if limit is not None and limit.absent:
                continue
            new, there = getattr(self.now[side], field.name), getattr(self.now[other], field.name)
            if same_through(field, new, there, None, limit):
                continue
            if field.shape is Shape.MOMENT:
                new = carried(getattr(seen, field.name), new, there)
            if isinstance(new, str):
                new = with_tail(field, getattr(seen, field.name), new, there, self.terms.limits(side).get(field.name))
            self.values[other][field.name] = new

    def _win(self, fields: list[Field], side: Side, whole: list[Field]) -> None:
        """The side's values replace the other's in all fields of the group that differ."""
        self._carry([f for f in whole if f in fields or not self._agree(f)], side)

    def _leave(self, fields: list[Field], *, noted: bool = False) -> None:
        self.unsettled.update(f.name for f in fields)
        if noted:
            self.noted.extend(f.name for f in fields if self._changed(f, Side.LEFT) or self._changed(f, Side.RIGHT))

    # Sets --------------------------------------------------------------------------------------------------------

    def _elements(self, field: Field) -> None:
        left, right = (getattr(self.now[s], field.name) for s in (Side.LEFT, Side.RIGHT))
        merged = merge_elements(field, self.memory, left, right, self._scene(field))
        self.slots[field.name] = merged.slots
        for side in Side:
            target = merged.target(side)
            if not same(field, target, getattr(self.now[side], field.name)):
                self.values[side][field.name] = target
        if merged.clashes:
            self._clash_once(field.clash_group, (field.name,), merged.clashes)
        if merged.noted:
            self.noted.append(field.name)

    def _words(self, field: Field) -> None:
        left, right = (getattr(self.now[s], field.name) for s in (Side.LEFT, Side.RIGHT))
        scene = self._scene(field)
        new_left, new_right = merge_words(field, self.memory, left, right, scene)
        self.values[Side.LEFT][field.name], self.values[Side.RIGHT][field.name] = new_left, new_right
        if scene.source is not None and self._changed(field, scene.source.other):
            self._remember_words(field, scene)
        if scene.frozen and scene.prefer is None:
            seen = (getattr(self.memory.left, field.name), getattr(self.memory.right, field.name))
            self.words[field.name] = seen
            self._clash_once("exceptions", ("exdates", "exceptions"))

    def _remember_words(self, field: Field, scene: Scene) -> None:
        """One-way: the source's changes are settled on both sides, the target's own stay visible as changes."""
        self.noted.append(field.name)
        blind = replace(self.memory, first=False)
        seen_left, seen_right = getattr(blind.left, field.name), getattr(blind.right, field.name)
        now = {s: getattr(self.now[s], field.name) for s in Side}
        if scene.source is Side.LEFT:
            _, seen_target = merge_words(field, blind, now[Side.LEFT], seen_right, scene)
            self.words[field.name] = (now[Side.LEFT], seen_target)
        else:
            seen_target, _ = merge_words(field, blind, seen_left, now[Side.RIGHT], scene)
            self.words[field.name] = (seen_target, now[Side.RIGHT])

    def _clash_once(self, group: str, fields: tuple[str, ...], elements: tuple[str, ...] = ()) -> None:
        if not any(c.group == group for c in self.clashes):
            self.clashes.append(Clash(group, fields, elements))

    def _scene(self, field: Field) -> Scene:
        terms = self.terms
        frozen: frozenset[Any] = frozenset()
        prefer = terms.winner(field.clash_group)
        if field.name in {"exdates", "exceptions"} and self.occurrences and terms.source is None:
            prefer = terms.winner("exceptions")
            frozen = self.occurrences
        return Scene(
            terms.limits_left.get(field.name),
            terms.limits_right.get(field.name),
            prefer,
            terms.source,
            terms.own,
            self._nested,
            frozen,
        )

    def _nested(self, memory: Memory, left: Item, right: Item, source: Side | None) -> tuple[Item, Item, bool]:
        prefer = self.terms.winner("exceptions")
        terms = replace(self.terms, prefer={EVERYTHING: prefer} if prefer else {}, source=source)
        merged = merge(memory, left, right, terms)
        return merged.left, merged.right, bool(merged.clashes)

    # A series torn apart -----------------------------------------------------------------------------------------

    def _torn(self) -> bool:
        """Time or rule on one side, exceptions on the other: one conflict, decided as a whole or left as a whole."""
        fields = [f for f in fields_of(self.now[Side.LEFT]) if f.name in _SERIES_FIELDS]
        winner = self.terms.source or self.terms.winner("series")
        if winner is None:
            self.clashes.append(Clash("series", tuple(f.name for f in fields if not self._agree(f))))
            self._leave(fields)
            return True
        for field in fields:
            new = getattr(self.now[winner], field.name)
            if not self._agree(field):
                self.values[winner.other][field.name] = new
        return True


def winner_by_time(left: Item, right: Item) -> Side | None:
    """The side that was changed last, by the stamps inside the items; ``None`` when they do not tell."""
    if left.modified is None or right.modified is None or left.modified == right.modified:
        return None
    return Side.LEFT if left.modified > right.modified else Side.RIGHT


__all__ = ["EVERYTHING", "Clash", "Merged", "Terms", "merge", "winner_by_time"]
