"""The questions of a run at a terminal: a conflict, a guard's stop, a first synchronization."""

from __future__ import annotations

from dataclasses import dataclass, field

from instep.cli.output import note
from instep.cli.render import console, show_question
from instep.cli.terminal import Terminal
from instep.core.guard import Stop
from instep.core.harmless import plain, plain_lines
from instep.core.model import Kind, Side
from instep.engine.asked import asked_group, can_merge, choosable, group_label, heading, rows_of, sort_of
from instep.engine.events import FirstSync, GuardAnswer
from instep.engine.questions import Choice, Question, Resolution

_KEYS = {
    "k": Choice.SERVER,
    "d": Choice.DESKTOP,
    "f": Choice.MERGE,
    "n": Choice.NEW,
    "b": Choice.BOTH,
    "m": Choice.SEND,
    "s": Choice.SKIP,
}
_WORDS = {
    Choice.SERVER: "k = keep {server}",
    Choice.DESKTOP: "d = keep {desktop}",
    Choice.MERGE: "f = field by field",
    Choice.NEW: "n = new, they are different things",
    Choice.BOTH: "b = keep both",
    Choice.SEND: "m = write it, the mail may go out",
    Choice.SKIP: "s = skip, ask again next time",
}
_NAMES = 20  # items of a stop that are named
_ONE_BY_ONE = frozenset({"f", "m"})  # never for all that remain: a yes to mail is a yes to that very item


@dataclass(slots=True)
class Dialog:
    """The answers of one person; ``a`` is remembered for the rest of the run, per account and kind."""

    terminal: Terminal
    _all: dict[tuple[str, Kind, object], Resolution] = field(default_factory=dict)

    async def decide(self, question: Question) -> Resolution | None:
        """Show a conflict and take the answer; ``None`` (skip) when the person ends the input."""
        if known := self._remembered(question):
            return known
        async with self.terminal.talk():
            # Another conflict's answer for all may have come while this one waited for its turn.
            if known := self._remembered(question):
                return known
            show_question(question, console(err=True))
            return await self._answer(question)

    async def confirm_first(self, first: FirstSync) -> bool:
        """Show what a first synchronization would do and ask for a yes; anything else is a no."""
        async with self.terminal.talk():
            note(first_sentence(first))
            answer = await self.terminal.ask("Go on? [y/N] ")
            return (answer or "").casefold() in ("y", "yes")

    async def guard(self, account: str, kind: Kind, stop: Stop) -> GuardAnswer:
        """Say what a guard stopped and ask what to do; no answer leaves everything as it is."""
        async with self.terminal.talk():
            note(f"\n{plain(account)} · {kind.value}: {plain(stop.sentence())}")
            shown = stop.names[:_NAMES]
            for name in shown:
                note(f"  {plain(name)}")
            if stop.count > len(shown) > 0:
                note(f"  … and {stop.count - len(shown)} more")
            note("g = go on, do it   r = restore them from the other side   s = stop here   k = skip this pair now")
            while True:
                answer = await self.terminal.ask("What shall be done? [g/r/s/k] ")
                match (answer if answer is not None else "s").casefold()[:1]:
                    case "g":
                        return GuardAnswer.GO
                    case "r":
                        return GuardAnswer.RESTORE
                    case "s":
                        return GuardAnswer.STOP
                    case "k":
                        return GuardAnswer.SKIP

    def _remembered(self, question: Question) -> Resolution | None:
        known = self._all.get((question.account, question.kind, sort_of(question)))
        if known is None or known.choice not in question.choices:
            return None
        # Nobody can mean a candidate of a list that was not shown.
        return known if len(question.candidates) < 2 or known.choice in (Choice.NEW, Choice.SKIP) else None

    async def _answer(self, question: Question) -> Resolution | None:
        keys = [key for key, choice in _KEYS.items() if choice in question.choices or choice is Choice.SKIP]
        if not can_merge(question):
            keys = [key for key in keys if key != "f"]
        note(_menu(question, keys))
        while True:
            said = await self.terminal.ask(f"Your answer [{'/'.join([*keys, 'a'])}]: ")
            if said is None:
                return None
            for_all, letter, number = _parsed(said)
            if for_all and not letter:
                which = "/".join(key for key in keys if key not in _ONE_BY_ONE)
                said = await self.terminal.ask(f"Which answer for all remaining {question.kind.value} [{which}]: ")
                if said is None:
                    return None
                _, letter, number = _parsed(said)
            if letter not in keys or (for_all and letter in _ONE_BY_ONE):
                note(_menu(question, keys))
                continue
            answer = await self._made(question, _KEYS[letter], number)
            if answer is None:
                # The number was wrong, or the person went back.
                continue
            if for_all:
                self._all[question.account, question.kind, sort_of(question)] = Resolution(answer.choice)
            return answer

    async def _made(self, question: Question, choice: Choice, number: int | None) -> Resolution | None:
        numbers = [c.number for c in question.candidates]
        if choice not in (Choice.SERVER, Choice.DESKTOP, Choice.MERGE):
            return Resolution(choice)
        if len(numbers) < 2:
            number = 1
        elif number is None:
            said = await self.terminal.ask(f"Which one [{numbers[0]}-{numbers[-1]}]: ")
            number = int(said) if said and said.isdecimal() else None
        if number is None or (numbers and number not in numbers):
            note(f"The candidates have the numbers {', '.join(map(str, numbers))}.")
            return None
        if choice is Choice.MERGE:
            return await self._field_by_field(question, number)
        return Resolution(choice, which=number)

    async def _field_by_field(self, question: Question, number: int) -> Resolution | None:
        takes: dict[str, Side] = {}
        rows = rows_of(question, number)
        for group in choosable(question, number):
            label = group_label(question, group)
            note(f"{label}:")
            for row in rows:
                if group in (row.group, asked_group(question, row)):
                    for key, side in (("k", Side.RIGHT), ("d", Side.LEFT)):
                        text = plain_lines(row.text(side)).replace("\n", "\n      ") or "(empty)"
                        own = "" if row.label == label else f"{plain(row.label)}: "
                        note(f"  {key} = {heading(question, side)}: {own}{text}")
            while group not in takes:
                said = await self.terminal.ask("Take [k/d, empty = back]: ")
                match (said or "").casefold()[:1]:
                    case "k":
                        takes[group] = Side.RIGHT
                    case "d":
                        takes[group] = Side.LEFT
                    case "":
                        return None
        return Resolution(Choice.MERGE, which=number, takes=takes)


def _parsed(said: str) -> tuple[bool, str, int | None]:
    """Take ``k``, ``k2``, ``d 2``, ``a``, ``ak`` or ``a k`` apart: for all, the letter, the number."""
    text = "".join(said.casefold().split())
    for_all = text.startswith("a")
    text = text.removeprefix("a").removeprefix("ll") if for_all else text
    digits = text.lstrip("abcdefghijklmnopqrstuvwxyz:")
    return for_all, text[:1] if not text[:1].isdecimal() else "", int(digits) if digits.isdecimal() else None


def _menu(question: Question, keys: list[str]) -> str:
    names = {"server": heading(question, Side.RIGHT), "desktop": heading(question, Side.LEFT)}
    lines = [_WORDS[_KEYS[key]].format(**names) for key in keys]
    return "   ".join([*lines, f"a = the same answer for all remaining {question.kind.value}"])


def first_sentence(first: FirstSync) -> str:
    """Say what the first synchronization of a pair found and would do."""
    return (
        f"\nFirst synchronization of {plain(first.account)} · {first.kind.value}: "
        f"{plain(first.desktop)} (desktop) ↔ {plain(first.server)} (server)\n"
        f"  {first.on_desktop} on the desktop, {first.on_server} on the server, {first.linked} of them the same\n"
        f"  {first.to_desktop} would come to the desktop, {first.to_server} would go to the server, "
        f"{first.conflicts} to decide. Nothing would be deleted."
    )
