"""What the live check found out: an answer for each question, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from instep.core.model import Kind


class Sure(StrEnum):
    """How an answer was come by."""

    SEEN = "seen"  # tried, and seen on the server
    LIKELY = "likely"  # seen, but it could mean something else
    TOLD = "told"  # a person or the server says so
    NOT_TRIED = "not tried"
    NOT_ANSWERED = "not answered"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in few words, the same on each server that does the same; ``detail`` is for those who read on.

    Neither holds a name, an address or anything else of the person or of other items.
    """

    value: str
    sure: Sure = Sure.SEEN
    detail: str = ""


def not_tried(why: str) -> Answer:
    """Give the answer to what was left alone."""
    return Answer("", Sure.NOT_TRIED, why)


def not_answered(why: str) -> Answer:
    """Give the answer to what was tried and not found out."""
    return Answer("", Sure.NOT_ANSWERED, why)


@dataclass(frozen=True, slots=True)
class Left:
    """Something that the check made and could not remove: its kind, its own name, and why it is there still.

    ``folder`` says that it is a folder, not a single item.
    """

    kind: Kind
    name: str
    folder: bool
    why: str = ""

    def sentence(self) -> str:
        """Say what it is, and how it goes away."""
        what = f"The {FOLDER_WORDS[self.kind]}" if self.folder else f"An item of your {self.kind.value}"
        why = f" ({self.why})" if self.why else ""
        again = "Run the check again, which offers to remove it, or remove it in the web mail."
        return f"{what} {self.name!r} may be left on the server{why}. {again}"


FOLDER_WORDS = {
    Kind.CONTACT: "address book",
    Kind.EVENT: "calendar",
    Kind.TASK: "task list",
    Kind.NOTE: "folder of notes",
}
"""What people call a folder of a kind."""
