"""Open questions for a face, and the answers a person gives."""

from __future__ import annotations

from instep.core.diff import Relation, Row, diff
from instep.core.model import Side
from instep.engine.asked import choosable
from instep.engine.mailing import SENDS_MAIL, held_mail
from instep.engine.questions import Candidate, Choice, Question, Resolution
from instep.errors import ConfigError
from instep.store import conflicts as conflict_table
from instep.store import pairs as pair_table
from instep.store.conflicts import ConflictRow
from instep.store.database import Database
from instep.store.pairs import Pair

_CHOICES = {
    "both-changed": (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.BOTH, Choice.SKIP),
    "differs": (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.SKIP),
    "edit-delete": (Choice.SERVER, Choice.DESKTOP, Choice.SKIP),
    SENDS_MAIL: (Choice.SEND, Choice.SKIP),
    "match": (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.NEW, Choice.SKIP),
}


def questions(db: Database, account: str | None = None) -> list[Question]:
    """The open questions of an account, or of all, by id."""
    with db.reading() as tx:
        rows = conflict_table.of_account(tx, account)
        pairs = {number: pair_table.get(tx, number) for number in {r.pair_id for r in rows}}
    return [_question(row, pair) for row in rows if (pair := pairs[row.pair_id]) is not None]


def open_questions(db: Database, pair: Pair, desktop: str, server: str) -> list[Question]:
    """The questions of one pair that have no answer yet, under the stores' own names."""
    with db.reading() as tx:
        rows = conflict_table.of_pair(tx, pair.id)
    return [_question(row, pair, desktop, server) for row in rows if row.resolution is None]


def question(db: Database, number: int) -> Question:
    """One open question; ``ConfigError`` when there is none with this number."""
    with db.reading() as tx:
        row = conflict_table.get(tx, number)
        pair = pair_table.get(tx, row.pair_id) if row is not None else None
    if row is None or pair is None:
        raise ConfigError(f"There is no open conflict {number}.", "See: instep conflicts")
    return _question(row, pair)


def decide(db: Database, number: int, answer: Resolution) -> None:
    """Store a person's answer; the next run carries it out if both versions are still those that were shown.

    Raises ``ConfigError`` when the question is not open or the answer does not fit it; nothing is stored then.
    """
    asked = question(db, number)
    if answer.choice not in asked.choices:
        fitting = ", ".join(c.value for c in asked.choices)
        raise ConfigError(
            f"Conflict {number} cannot be answered with “{answer.choice.value}”.", f"Possible: {fitting}."
        )
    if asked.candidates and not 1 <= answer.which <= len(asked.candidates):
        raise ConfigError(f"Conflict {number} has candidates 1 to {len(asked.candidates)}, not {answer.which}.")
    if not asked.candidates and answer.which != 1:
        raise ConfigError(f"Conflict {number} has one candidate, not {answer.which}.")
    unknown = sorted(set(answer.takes) - set(asked.fields)) if asked.fields else []
    if unknown:
        raise ConfigError(
            f"Conflict {number} is not about {', '.join(unknown)}.", f"It is about: {', '.join(asked.fields)}."
        )
    with db.transaction() as tx:
        conflict_table.set_resolution(tx, number, None if answer.choice is Choice.SKIP else answer.to_json())


def remaining(db: Database, asked: Question, answer: Resolution) -> list[Question]:
    """The other open questions of that account and kind which the same answer fits."""
    return [
        other
        for other in questions(db, asked.account)
        if other.id != asked.id
        and other.kind is asked.kind
        and answer.choice in other.choices
        and set(answer.takes) <= set(choosable(other))
        and answer.which <= max(len(other.candidates), 1)
    ]


def _question(row: ConflictRow, pair: Pair, desktop: str = "", server: str = "") -> Question:
    anchor = Side.RIGHT if row.reason == "match" and row.left_href is None else Side.LEFT
    candidates = []
    held = held_mail(row)
    for number, plain in enumerate(row.candidates if held is None else (), 1):
        rows = tuple(Row(r[0], r[1], r[2], r[3], r[4], Relation(r[5])) for r in plain.get("rows", ()))
        candidates.append(Candidate(anchor.other, number, str(plain.get("name", "")), rows))
    left, right = row.left_item, row.right_item
    rows = candidates[0].rows if candidates else diff(left, right)
    return Question(
        row.id,
        pair.account,
        pair.kind,
        row.name,
        row.reason,
        rows,
        tuple(str(f) for f in row.fields),
        _CHOICES.get(row.reason, (Choice.SKIP,)),
        desktop or pair.left_name or pair.left,
        server or pair.right_name or pair.right,
        left,
        right,
        tuple(candidates),
        held.mails if held is not None else (),
    )
