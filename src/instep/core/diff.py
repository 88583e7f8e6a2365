"""Two items side by side: which fields are the same, on one side only, or different (black, green, red)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from instep.core.align import align
from instep.core.dates import PLAIN, Style
from instep.core.fields import Field, Shape, fields_of, is_empty, same
from instep.core.model import Item, Side
from instep.core.show import show, show_exactly


class Relation(StrEnum):
    """How a field stands on the two sides."""

    SAME = "same"
    ONLY_LEFT = "only desktop"
    ONLY_RIGHT = "only server"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Row:
    """One field of both versions, as text for people. ``group`` is the name under which it can be chosen."""

    field: str
    label: str
    group: str
    left: str
    right: str
    relation: Relation

    def text(self, side: Side) -> str:
        """The text of one side."""
        return self.left if side is Side.LEFT else self.right


def diff(left: Item | None, right: Item | None, style: Style = PLAIN) -> tuple[Row, ...]:
    """The fields that say something on at least one side, in reading order; a deleted version is ``None``.

    ``style`` is how dates are written.
    """
    model = left if left is not None else right
    if model is None:
        return ()
    rows = []
    for field in fields_of(model):
        a = getattr(left, field.name) if left is not None else None
        b = getattr(right, field.name) if right is not None else None
        if is_empty(a) and is_empty(b):
            continue
        if field.shape is Shape.ELEMENTS and a and b:
            b = _beside(field, a, b)
        relation = _relation(field, a, b)
        texts = show(field, a, style, left), show(field, b, style, right)
        if relation is Relation.DIFFERENT and texts[0] == texts[1]:
            texts = show_exactly(a), show_exactly(b)  # else the person would be asked about two equal texts
        rows.append(Row(field.name, field.label, field.clash_group, *texts, relation))
    return tuple(rows)


def _beside(field: Field, left: tuple[Any, ...], right: tuple[Any, ...]) -> tuple[Any, ...]:
    """The right elements in the order of the left ones that they are, so that what is the same stands side by side."""
    which = align(field, left, right)
    order = sorted(range(len(right)), key=lambda i: len(left) if which[i] is None else which[i] or 0)
    return tuple(right[i] for i in order)


def _relation(field: Field, a: object, b: object) -> Relation:
    if is_empty(a):
        return Relation.ONLY_RIGHT
    if is_empty(b):
        return Relation.ONLY_LEFT
    return Relation.SAME if same(field, a, b) else Relation.DIFFERENT
