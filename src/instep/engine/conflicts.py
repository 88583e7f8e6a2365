"""Open questions for a face, and the answers a person gives."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Mapping

from instep.core.dates import PLAIN, Style
from instep.core.diff import diff
from instep.core.model import Kind, Side
from instep.core.plain import from_plain
from instep.engine.asked import choosable, sort_of
from instep.engine.mailing import SENDS_MAIL, held_mail
from instep.engine.questions import Candidate, Choice, Question, Resolution
from instep.errors import ConfigError, PreconditionFailed, Where
from instep.store import conflicts as conflict_table
from instep.store import pairs as pair_table
from instep.store.conflicts import ConflictRow
from instep.store.database import Database, Tx
from instep.store.pairs import Pair

_CHOICES = {
    "both-changed": (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.BOTH, Choice.SKIP),
    "differs": (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.SKIP),
    "edit-delete": (Choice.SERVER, Choice.DESKTOP, Choice.SKIP),
    SENDS_MAIL: (Choice.SEND, Choice.SKIP),
    "match": (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.NEW, Choice.SKIP),
}


def questions(db: Database, account: str | None = None, style: Style = PLAIN) -> list[Question]:
    """The open questions of an account, or of all, by id; ``style`` is how dates are written."""
    with db.reading() as tx:
        rows = conflict_table.of_account(tx, account)
        pairs = {number: pair_table.get(tx, number) for number in {r.pair_id for r in rows}}
    return [as_question(row, pair, style=style) for row in rows if (pair := pairs[row.pair_id]) is not None]


def open_questions(db: Database, pair: Pair, desktop: str, server: str) -> list[Question]:
    """The questions of one pair that have no answer yet, under the stores' own names."""
    with db.reading() as tx:
        rows = conflict_table.of_pair(tx, pair.id)
    return [as_question(row, pair, desktop, server) for row in rows if row.resolution is None]


def question(db: Database, number: int, style: Style = PLAIN) -> Question:
    """One open question; ``ConfigError`` when there is none with this number."""
    with db.reading() as tx:
        row, pair = stored(tx, number)
    return as_question(row, pair, style=style)


def stored(tx: Tx, number: int) -> tuple[ConflictRow, Pair]:
    """One open question as it is kept, and its pair; ``ConfigError`` when there is none with this number."""
    row = conflict_table.get(tx, number)
    pair = pair_table.get(tx, row.pair_id) if row is not None else None
    if row is None or pair is None:
        raise ConfigError(f"There is no open conflict {number}.", "See: instep conflicts")
    return row, pair


def decide(db: Database, number: int, answer: Resolution, version: str = "") -> Question:
    """Store a person's answer; the next run carries it out if both versions are still those that were shown.

    ``version`` is the one of the question that the person saw, empty for whatever is asked now. Gives the question as
    it was before. Raises ``ConfigError`` when the question is not open or the answer does not fit it, and
    ``PreconditionFailed`` when it is about other versions now; nothing is stored then.
    """
    with db.transaction() as tx:
        asked = as_question(*stored(tx, number))
        if version and version != asked.version:
            raise PreconditionFailed(
                "It has changed since it was shown.", "Look at it again, and decide anew.", Where(item=asked.name)
            )
        require_fit(asked, answer)
        _store(tx, number, answer)
    return asked


def require_fit(asked: Question, answer: Resolution) -> None:
    """Raise ``ConfigError`` when a question cannot be answered so."""
    number = asked.id
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


def decide_remaining(db: Database, asked: Question, answer: Resolution) -> list[int]:
    """Give the same answer to all that ``remaining`` names, in one step; gives their numbers."""
    numbers = [other.id for other in remaining(db, asked, answer)]
    with db.transaction() as tx:
        for number in numbers:
            _store(tx, number, answer)
    return numbers


def put_back(
    db: Database, answers: Mapping[int, Resolution | None], versions: Mapping[int, str] | None = None
) -> list[int]:
    """Take decisions back: each question has the answer again that it had before, or none. Gives the numbers of those
    that are still open; a run may have carried out the others.

    An answer comes back only to the question as it was then, whose version ``versions`` holds: to other versions nobody
    said it.
    """
    with db.transaction() as tx:
        found = [number for number in answers if conflict_table.is_open(tx, number)]
        for number in found:
            known = answers[number] is not None and _version(stored(tx, number)[0]) == (versions or {}).get(number)
            _store(tx, number, answers[number] if known else None)
    return found


def remaining(db: Database, asked: Question, answer: Resolution) -> list[Question]:
    """The other open questions of that account and kind which the same answer fits, and which have none yet.

    To skip takes back the answers of those that have one. Only those of the same sort are meant. Nobody can mean a
    candidate of a list that was not shown: several that match are only left to be new ones.
    """
    return [
        other
        for other in questions(db, asked.account)
        if other.id != asked.id
        and other.kind is asked.kind
        and sort_of(other) == sort_of(asked)
        and answer.choice in other.choices
        and (other.answer is None) is not (answer.choice is Choice.SKIP)
        and set(answer.takes) <= set(choosable(other))
        and (len(other.candidates) < 2 or answer.choice in (Choice.NEW, Choice.SKIP))
    ]


def _store(tx: Tx, number: int, answer: Resolution | None) -> None:
    none = answer is None or answer.choice is Choice.SKIP
    conflict_table.set_resolution(tx, number, None if answer is None or none else answer.to_json())


def as_question(row: ConflictRow, pair: Pair, desktop: str = "", server: str = "", style: Style = PLAIN) -> Question:
    """A stored question for a face, under the stores' own names where they are given."""
    held = held_mail(row)
    left, right = row.left_item, row.right_item
    candidates = _candidates(row, pair.kind, style) if row.reason == "match" else ()
    return Question(
        row.id,
        pair.account,
        pair.kind,
        row.name,
        row.reason,
        candidates[0].rows if candidates else diff(left, right, style),
        tuple(str(f) for f in row.fields),
        _CHOICES.get(row.reason, (Choice.SKIP,)),
        desktop or pair.left_name or pair.left,
        server or pair.right_name or pair.right,
        left,
        right,
        candidates,
        held.mails if held is not None else (),
        Resolution.from_json(row.resolution) if row.resolution is not None else None,
        _version(row),
    )


def anchor_side(row: ConflictRow) -> Side:
    """The side whose one item a match is asked about; the candidates are the other side's."""
    return Side.RIGHT if row.left_href is None else Side.LEFT


def _candidates(row: ConflictRow, kind: Kind, style: Style) -> tuple[Candidate, ...]:
    anchor = anchor_side(row)
    found = []
    for number, plain in enumerate(row.candidates, 1):
        item = from_plain(kind, plain["item"], b64decode) if "item" in plain else None
        left, right = (row.left_item, item) if anchor is Side.LEFT else (item, row.right_item)
        rows = diff(left, right, style) if item is not None else ()
        found.append(Candidate(anchor.other, number, str(plain.get("name", "")), rows, item))
    return tuple(found)


def _version(row: ConflictRow) -> str:
    told = [row.id, row.reason, row.left_digest, row.right_digest, row.fields, row.candidates]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
