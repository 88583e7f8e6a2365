"""What a held write would send, between the core, the question's row and the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from instep.core.invitations import Mail, Why
from instep.engine.questions import Choice, Resolution
from instep.store.conflicts import ConflictRow

SENDS_MAIL = "sends-mail"
_SHOWN = 3
_WORDS = {
    Why.INVITATION: ("an invitation", "invitations"),
    Why.UPDATE: ("an update", "updates"),
    Why.CANCELLATION: ("a cancellation", "cancellations"),
    Why.REPLY: ("a reply", "replies"),
}


@dataclass(frozen=True, slots=True)
class HeldMail:
    """What a question of the reason ``sends-mail`` holds: what would be done, what would be sent, and the person's
    answer to an earlier question about the same versions, which the write carries out."""

    ops: tuple[str, ...]
    mails: tuple[Mail, ...]
    answer: Resolution | None = None

    def to_row(self) -> list[Any]:
        """The plain form, for a row's ``candidates``."""
        mails = [{"why": m.why.value, "to": list(m.to)} for m in self.mails]
        answer = self.answer.to_json() if self.answer is not None else None
        return [{"ops": list(self.ops), "mails": mails, "answer": answer}]


def held_mail(row: ConflictRow) -> HeldMail | None:
    """What a row holds; ``None`` for a question of another reason."""
    if row.reason != SENDS_MAIL or not row.candidates:
        return None
    plain = row.candidates[0]
    mails = tuple(Mail(Why(m["why"]), tuple(m["to"])) for m in plain["mails"])
    answer = Resolution.from_json(plain["answer"]) if plain.get("answer") else None
    return HeldMail(tuple(plain["ops"]), mails, answer)


def may_send(row: ConflictRow | None) -> bool:
    """True when a person said yes to this very row."""
    if row is None or row.reason != SENDS_MAIL or row.resolution is None:
        return False
    return Resolution.from_json(row.resolution).choice is Choice.SEND


def sentence(mails: Sequence[Mail], server: str) -> str:
    """Say whom the server would mail, and what, in one sentence."""
    people = sorted({address for mail in mails for address in mail.to})
    parts = [f"{_WORDS[m.why][len(m.to) > 1]} to {_people(m.to)}" for m in mails]
    count = "1 person" if len(people) == 1 else f"{len(people)} people"
    return f"Writing this would make {server} mail {count}: {'; '.join(parts)}."


def _people(to: Sequence[str]) -> str:
    if len(to) <= _SHOWN:
        return ", ".join(to)
    return f"{', '.join(to[:_SHOWN])} and {len(to) - _SHOWN} more"
