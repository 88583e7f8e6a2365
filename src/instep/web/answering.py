"""An answer on its way between a page and the engine: what a form or an address says, what can be chosen, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from instep.core.model import Side
from instep.engine.asked import can_merge, choosable, heading
from instep.engine.questions import Choice, Question, Resolution

KEYS = {
    Choice.SERVER: "k",
    Choice.DESKTOP: "d",
    Choice.MERGE: "f",
    Choice.NEW: "n",
    Choice.BOTH: "b",
    Choice.SEND: "m",
    Choice.SKIP: "s",
}
TAKE = "take."
"""What the name of a field's choice begins with in a form."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is chosen on a page, as far as anything is. ``which`` is the candidate that is shown, ``takes`` a side for
    fields."""

    choice: Choice | None = None
    which: int = 1
    takes: dict[str, Side] = field(default_factory=dict)

    def resolution(self) -> Resolution | None:
        """The answer that it makes; ``None`` when nothing is chosen that could be one."""
        if self.choice is None or (self.choice is Choice.MERGE and not self.takes):
            return None
        if self.choice in (Choice.SERVER, Choice.DESKTOP):
            return Resolution(self.choice, self.which)
        return (
            Resolution(self.choice, self.which, self.takes) if self.choice is Choice.MERGE else Resolution(self.choice)
        )

    def query(self) -> str:
        """The selection as the query of an address: words of the program and numbers only."""
        said = [("choice", self.choice.value)] if self.choice is not None else []
        said += [("which", str(self.which))] if self.which != 1 else []
        return urlencode([*said, *((f"{TAKE}{group}", side.value) for group, side in self.takes.items())])


def selection_of(question: Question, said: Iterable[tuple[str, object]]) -> Selection:
    """The selection that a form's or an address's fields make, without what does not fit the question.

    Fields chosen one by one without a choice for the whole are a choice field by field.
    """
    fields = [(name, value) for name, value in said if isinstance(value, str)]
    known = dict(fields)
    number = known.get("which", "")
    which = int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 1
    if not any(c.number == which for c in question.candidates):
        which = 1
    groups = choosable(question, which)
    sides = {side.value: side for side in Side}
    takes = {
        group: sides[value]
        for name, value in fields
        if name.startswith(TAKE) and (group := name.removeprefix(TAKE)) in groups and value in sides
    }
    chosen = next((c for c in question.choices if c.value == known.get("choice")), None)
    if chosen is None and takes and Choice.MERGE in question.choices:
        chosen = Choice.MERGE
    return Selection(chosen, which, takes)


def selection_from(question: Question) -> Selection:
    """The selection that the stored answer is; nothing is chosen where there is none."""
    answer = question.answer
    return Selection() if answer is None else Selection(answer.choice, answer.which, dict(answer.takes))


@dataclass(frozen=True, slots=True)
class Option:
    """A choice as a page offers it: under a name, with what it does, and its key."""

    choice: Choice
    label: str
    hint: str
    key: str


def options_of(question: Question, which: int) -> list[Option]:
    """What can be answered, in the order in which it is offered."""
    shown = replace(question, candidates=tuple(c for c in question.candidates if c.number == which))
    fitting = [c for c in question.choices if c is not Choice.MERGE or can_merge(shown)]
    return [Option(choice, *_words(question, choice), KEYS[choice]) for choice in fitting]


def _words(question: Question, choice: Choice) -> tuple[str, str]:
    desktop, server = heading(question, Side.LEFT), heading(question, Side.RIGHT)
    match choice:
        case Choice.SERVER | Choice.DESKTOP:
            side = Side.RIGHT if choice is Choice.SERVER else Side.LEFT
            return heading(question, side), _kept(question, side)
        case Choice.MERGE:
            return "Field by field", "choose a side for each field beside it"
        case Choice.NEW:
            one, other = (desktop, server) if question.left is not None else (server, desktop)
            return "New", f"they are different things: {one}’s becomes an item of its own on {other}"
        case Choice.BOTH:
            return "Keep both", f"{server}’s version stays, {desktop}’s becomes a second item"
        case Choice.SEND:
            return "Write it", f"{server} then sends the mail"
        case Choice.SKIP:
            return "Skip", "leave it open; ask again next time"


def _kept(question: Question, side: Side) -> str:
    here, there = heading(question, side), heading(question, side.other)
    if question.reason == "match":
        return f"they are the same; where they differ, {here}’s fields stay"
    items = {Side.LEFT: question.left, Side.RIGHT: question.right}
    if question.reason == "edit-delete":
        return f"delete it on {there} too" if items[side] is None else f"keep it as it is on {here}"
    return f"{here}’s version stays where they clash"


def said_of(question: Question, choice: Choice) -> str:
    """A decision in a few words, for what was decided."""
    match choice:
        case Choice.SERVER | Choice.DESKTOP:
            return heading(question, Side.RIGHT if choice is Choice.SERVER else Side.LEFT)
        case _:
            return CHOSEN[choice]


CHOSEN = {
    Choice.SERVER: "the server’s version",
    Choice.DESKTOP: "the desktop’s version",
    Choice.MERGE: "field by field",
    Choice.NEW: "new",
    Choice.BOTH: "keep both",
    Choice.SEND: "write it, the mail may go out",
    Choice.SKIP: "skip",
}
