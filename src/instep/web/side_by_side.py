"""Two versions of an item as a page shows them: a line a field, what differs marked word by word, long texts cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from instep.core.diff import Relation, Row
from instep.core.harmless import plain_lines
from instep.core.model import Item, Side
from instep.core.words import Piece, differences, excerpt
from instep.web.pictures import is_picture

_SIGNS = {Relation.SAME: "=", Relation.ONLY_LEFT: "+", Relation.ONLY_RIGHT: "+", Relation.DIFFERENT: "≠"}
_MOST = {Relation.SAME: 600, Relation.ONLY_LEFT: 1200, Relation.ONLY_RIGHT: 1200}
_COMPARED = 100_000  # characters; of longer texts only what comes first is compared


@dataclass(frozen=True, slots=True)
class Cell:
    """One side of a field: its text in pieces, or that it is a picture. ``cut`` says that not all of it is shown."""

    pieces: tuple[Piece, ...] = ()
    is_picture: bool = False

    @property
    def cut(self) -> bool:
        """Whether something was left out."""
        return any(piece.left_out for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Line:
    """One field on both sides. ``tone`` is the class of its colour, ``sign`` and ``words`` say the same without colour;
    ``group`` is the name under which it is chosen, empty where there is nothing to choose."""

    field: str
    label: str
    tone: str
    sign: str
    words: str
    left: Cell
    right: Cell
    group: str = ""

    def cell(self, side: Side) -> Cell:
        """The cell of a side, which templates know by its word."""
        return self.left if side == Side.LEFT else self.right


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are decided together under one name; a line of its own where ``group`` is empty."""

    group: str
    label: str
    lines: tuple[Line, ...]


def line_of(
    row: Row,
    words: str,
    left: Item | None,
    right: Item | None,
    group: str = "",
    *,
    most: int = 4000,
    around: int = 60,
) -> Line:
    """One field as it is shown; ``words`` say how it stands, ``most`` limits the characters of a cell, ``around`` those
    that are shown beside what differs."""
    texts = [plain_lines(row.text(side)[:_COMPARED]) for side in Side]
    if row.relation is Relation.DIFFERENT:
        a, b = _marked(*texts)
    else:
        a, b = ((Piece(text),) if text else () for text in texts)
    limit = min(most, _MOST.get(row.relation, most))
    cells = []
    for side, pieces, item in ((Side.LEFT, a, left), (Side.RIGHT, b, right)):
        more = max(len(row.text(side)) - _COMPARED, 0)
        shown = excerpt(pieces, around=around, most=limit)
        if more and shown:
            shown = (*shown[:-1], replace(shown[-1], left_out=shown[-1].left_out + more))
        cells.append(Cell(shown, item is not None and is_picture(getattr(item, row.field, None))))
    tone = {Relation.SAME: "same", Relation.DIFFERENT: "different"}.get(row.relation, "only")
    return Line(row.field, row.label, tone, _SIGNS[row.relation], words, cells[0], cells[1], group)


def _marked(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces of both texts; where they have nothing in common there is nothing to mark in them."""
    a, b = differences(left, right)
    if any(piece.text.strip() and not piece.differs for piece in a):
        return a, b
    return (Piece(left),) if left else (), (Piece(right),) if right else ()


def blocks_of(lines: Sequence[Line], labels: dict[str, str]) -> list[Block]:
    """Lines with those of one group brought together, and what is to be decided before all else."""
    found: list[Block] = []
    done: set[str] = set()
    for line in lines:
        if not line.group:
            found.append(Block("", line.label, (line,)))
        elif line.group not in done:
            done.add(line.group)
            together = tuple(other for other in lines if other.group == line.group)
            found.append(Block(line.group, labels[line.group], together))
    return sorted(found, key=lambda block: not block.group)


def folded(lines: Iterable[Line], *, few: int = 3) -> tuple[list[Line], list[Line]]:
    """What is shown at once and what can be folded away: fields that are the same, unless they are few."""
    known = list(lines)
    same = [line for line in known if line.tone == "same"]
    if len(same) <= few:
        return known, []
    return [line for line in known if line.tone != "same"], same
