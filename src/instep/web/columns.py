"""Two versions of an item in two columns, cut to what a page can hold: what is the same, only in one, different."""

from __future__ import annotations

from collections.abc import Sequence

from instep.core.diff import Relation, Row
from instep.web.side_by_side import Line, line_of

_ROOM = 20_000
_LEAST = 60


def lines_of(rows: Sequence[Row], left: str, right: str, fill: int = _ROOM) -> list[Line]:
    """Lay out rows for two columns that are called so; all values together fill about so many characters at most."""
    room = max(fill // (2 * len(rows)), _LEAST) if rows else 0
    words = {
        Relation.SAME: "the same",
        Relation.ONLY_LEFT: f"only {left}",
        Relation.ONLY_RIGHT: f"only {right}",
        Relation.DIFFERENT: "different",
    }
    return [line_of(row, words[row.relation], None, None, most=room) for row in rows]
