"""Conflicts as the engine asks them, for the tests of what is shown and answered."""

from __future__ import annotations

from instep.core.diff import diff
from instep.core.invitations import Mail, Why
from instep.core.model import Contact, Event, Item, Kind, Side, Typed
from instep.engine.questions import Candidate, Choice, Question

EDITED = (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.BOTH, Choice.SKIP)
MATCH = (Choice.SERVER, Choice.DESKTOP, Choice.MERGE, Choice.NEW, Choice.SKIP)


def jane(**fields: object) -> Contact:
    """A contact with a few fields."""
    usual: dict[str, object] = {"formatted_name": "Jane Doe", "family": "Doe", "given": "Jane"}
    return Contact(**{**usual, **fields})  # type: ignore[arg-type]


def edited(left: Item | None = None, right: Item | None = None, *, number: int = 7, name: str = "Jane Doe") -> Question:
    """Both sides changed the company and the telephone; the desktop alone has a birthday, the server a note."""
    left = left or jane(company="Desk & Co", birthday="1970-01-02", telephones=(Typed("+1 5"),))
    right = right or jane(company="Serv Ltd", note="server's note", telephones=(Typed("+1 6"),))
    return Question(
        number, "work", Kind.CONTACT, name, "both-changed", diff(left, right), ("company", "telephones"), EDITED,
        "Outlook", "SmarterMail", left, right,
    )  # fmt: skip


def mailing() -> Question:
    """A meeting whose new place the server would tell three people."""
    left, right = Event(summary="Plan", location="Hall"), Event(summary="Plan", location="Roof")
    mails = (Mail(Why.INVITATION, ("eve@x.test",)), Mail(Why.UPDATE, ("ann@x.test", "bob@x.test")))
    return Question(
        9, "work", Kind.EVENT, "Plan", "sends-mail", diff(left, right), ("location",), (Choice.SEND, Choice.SKIP),
        "Outlook", "SmarterMail", left, right, (), mails,
    )  # fmt: skip


def several() -> Question:
    """One desktop contact that may be either of two on the server."""
    left = jane(company="Desk & Co")
    found = [jane(company="First"), jane(company="Second", note="two")]
    candidates = tuple(
        Candidate(Side.RIGHT, number, f"Jane Doe {number}", diff(left, other)) for number, other in enumerate(found, 1)
    )
    return Question(
        8, "work", Kind.CONTACT, "Jane Doe", "match", candidates[0].rows, (), MATCH, "Outlook", "SmarterMail", left,
        None, candidates,
    )  # fmt: skip
