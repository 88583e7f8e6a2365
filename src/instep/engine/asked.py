"""How a question is put to a person: its reason, its sides' names, and which fields can be chosen one by one."""

from __future__ import annotations

from instep.core.diff import Relation, Row
from instep.core.fields import GROUP_LABELS, WIDER_GROUPS
from instep.core.harmless import plain
from instep.core.model import Side
from instep.engine.questions import Question

REASONS = {
    "both-changed": "Both sides changed this item",
    "edit-delete": "One side changed this item, the other deleted it",
    "match": "Several items may be the same",
    "differs": "Found on both sides for the first time, but different",
    "sends-mail": "Writing this would make the server send mail",
}


_SORTS = {"differs": "both-changed"}


def sort_of(question: Question) -> tuple[str, bool, bool]:
    """What two questions must share for an answer to do the same to both: what happened, and on which side.

    A side's version that stays deletes where that side deleted, and joins two items where they only may be the same.
    """
    reason = _SORTS.get(question.reason, question.reason)
    return reason, question.left is None, question.right is None


def heading(question: Question, side: Side) -> str:
    """Name a side by its connector."""
    return plain(question.desktop_name if side is Side.LEFT else question.server_name) or side.value


def relation_words(question: Question, row: Row) -> str:
    """Say how a field stands, and whether it is one of those to decide."""
    match row.relation:
        case Relation.SAME:
            return "same"
        case Relation.ONLY_LEFT:
            words = f"only {heading(question, Side.LEFT)}"
        case Relation.ONLY_RIGHT:
            words = f"only {heading(question, Side.RIGHT)}"
        case Relation.DIFFERENT:
            words = "different"
    return f"{words}, to decide" if asked_group(question, row) else words


def asked_group(question: Question, row: Row) -> str:
    """The group of fields under which a field is to be decided; empty where there is nothing to decide in it."""
    wider = (g for g in question.fields if row.field in WIDER_GROUPS.get(g, ()))
    return row.group if row.group in question.fields else next(wider, "")


def rows_of(question: Question, number: int) -> tuple[Row, ...]:
    """The rows that are shown: those of the candidate with this number where several match."""
    return next((c.rows for c in question.candidates if c.number == number), question.rows)


def choosable(question: Question, number: int = 1) -> tuple[str, ...]:
    """The fields and groups that can be chosen one by one: those that clash, or all that differ in a match."""
    if question.fields:
        return question.fields
    rows = rows_of(question, number)
    return tuple(dict.fromkeys(row.group for row in rows if row.relation is Relation.DIFFERENT))


def group_label(question: Question, group: str) -> str:
    """Name a field or a group of fields as people do."""
    if label := GROUP_LABELS.get(group):
        return label
    return next((plain(row.label) for row in question.rows if row.group == group), plain(group))


def can_merge(question: Question) -> bool:
    """True where there is a field to choose, in the item or in one of its candidates."""
    return any(choosable(question, number) for number in ([c.number for c in question.candidates] or [1]))
