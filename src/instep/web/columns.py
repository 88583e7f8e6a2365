"""Two versions of an item in two columns, cut to what a page can hold: what is the same, only in one, different."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instep.core.diff import Relation, Row
from instep.core.harmless import plain, plain_lines

_ROOM = 20_000
_LEAST = 60
_BEFORE = 80  # characters shown before the first one that differs, in a text that is cut


@dataclass(frozen=True, slots=True)
class Line:
    """One field: ``relation`` is ``same``, ``only`` or ``different``, ``words`` the same for people; texts are safe."""

    label: str
    relation: str
    words: str
    left: str
    right: str


def lines_of(rows: Sequence[Row], left: str, right: str, fill: int = _ROOM) -> list[Line]:
    """Lay out rows for two columns that are called so; all values together fill about so many characters at most."""
    room = max(fill // (2 * len(rows)), _LEAST) if rows else 0
    return [_line(row, left, right, room) for row in rows]


def _line(row: Row, left: str, right: str, room: int) -> Line:
    relation, words = {
        Relation.SAME: ("same", "the same"),
        Relation.ONLY_LEFT: ("only", f"only {left}"),
        Relation.ONLY_RIGHT: ("only", f"only {right}"),
        Relation.DIFFERENT: ("different", "different"),
    }[row.relation]
    one, other = plain_lines(row.left), plain_lines(row.right)
    start = 0
    if row.relation is Relation.DIFFERENT and max(len(one), len(other)) > room:
        start = max(_alike(one, other) - _BEFORE, 0)
    return Line(plain(row.label), relation, words, _cut(one, start, room), _cut(other, start, room))


def _alike(one: str, other: str) -> int:
    """How many characters both texts begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _cut(text: str, start: int, room: int) -> str:
    """The part of a text that is shown, with signs where something was left out."""
    shown = text[start : start + room]
    rest = len(text) - start - len(shown)
    return f"{'… ' if start and shown else ''}{shown}{f' … ({rest} characters more)' if rest > 0 else ''}"
