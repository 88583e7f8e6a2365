"""The preview of an answer as a page shows it: for each item, what each side would hold and what changes there."""

from __future__ import annotations

from dataclasses import dataclass

from instep.core.dates import Style
from instep.core.diff import Relation, diff
from instep.core.model import Side
from instep.engine.asked import group_label, heading
from instep.engine.preview import Outcome, Preview
from instep.engine.questions import Choice, Question
from instep.web.side_by_side import Line, line_of

_FIELDS = 40
_MOST = 400


@dataclass(frozen=True, slots=True)
class SideAfter:
    """What happens to an item on one side: a sentence, and the fields that change, as before and after."""

    name: str
    sentence: str
    lines: tuple[Line, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class ItemAfter:
    """What happens to one item on both sides."""

    title: str
    sides: tuple[SideAfter, ...]


def items_after(question: Question, choice: Choice, shown: Preview, style: Style) -> list[ItemAfter]:
    """What the answer would do, item by item."""
    if choice is Choice.SKIP:
        return []
    return [
        ItemAfter(_title(question, choice, outcome), tuple(_side(question, outcome, side, style) for side in Side))
        for outcome in shown.outcomes
    ]


def still_asked(question: Question, shown: Preview) -> list[str]:
    """The labels of the fields that the answer leaves open."""
    return [group_label(question, group) for group in shown.undecided]


def _title(question: Question, choice: Choice, outcome: Outcome) -> str:
    if not outcome.is_new:
        return "The first item" if choice is Choice.BOTH else ""
    return "A second item" if choice is Choice.BOTH else "An item of its own"


def _side(question: Question, outcome: Outcome, side: Side, style: Style) -> SideAfter:
    name = heading(question, side)
    was, becomes = outcome.was(side), outcome.on(side)
    if becomes is None:
        return SideAfter(name, "There is none of it." if was is None else "It is deleted; the history keeps it.")
    if was is None:
        rows = diff(None, becomes, style)
        lines = tuple(line_of(row, "", None, becomes, most=_MOST) for row in rows[:_FIELDS])
        return SideAfter(name, "It is made here:", lines, max(len(rows) - _FIELDS, 0))
    rows = tuple(row for row in diff(was, becomes, style) if row.relation is not Relation.SAME)
    if not rows:
        return SideAfter(name, "Nothing changes.")
    lines = tuple(line_of(row, "", was, becomes, most=_MOST, around=24) for row in rows[:_FIELDS])
    return SideAfter(name, "This changes:", lines, max(len(rows) - _FIELDS, 0))
