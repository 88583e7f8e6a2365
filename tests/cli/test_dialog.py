"""The answers a person can give to a run, key by key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from cli.questions import edited, mailing, several
from instep.cli.dialog import Dialog
from instep.cli.terminal import Terminal
from instep.core.guard import Stop, StopReason
from instep.core.model import Kind, Side
from instep.engine.events import FirstSync, GuardAnswer
from instep.engine.questions import Choice, Question, Resolution

ALL_FIELDS_SERVER = Resolution(Choice.MERGE, takes={"company": Side.RIGHT, "telephones": Side.RIGHT})


class Typed(Terminal):
    """A terminal at which the answers are known beforehand; after them the input ends."""

    def __init__(self, answers: Iterable[str]) -> None:
        super().__init__()
        self.answers = list(answers)
        self.asked: list[str] = []

    async def ask(self, question: str) -> str | None:
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else None


def decide(question: Question, *answers: str) -> Resolution | None:
    return asyncio.run(Dialog(Typed(answers)).decide(question))


@pytest.mark.parametrize(
    ("situation", "question", "answers", "expected"),
    [
        ("k keeps the server", edited(), ["k"], Resolution(Choice.SERVER)),
        ("d keeps the desktop", edited(), ["d"], Resolution(Choice.DESKTOP)),
        ("capitals do as well", edited(), ["D"], Resolution(Choice.DESKTOP)),
        ("b keeps both", edited(), ["b"], Resolution(Choice.BOTH)),
        ("s skips", edited(), ["s"], Resolution(Choice.SKIP)),
        ("n does not fit a double edit and is asked again", edited(), ["n", "k"], Resolution(Choice.SERVER)),
        ("an empty line decides nothing", edited(), ["", "k"], Resolution(Choice.SERVER)),
        ("the end of input decides nothing", edited(), [], None),
        (
            "f asks for each field that clashes",
            edited(),
            ["f", "k", "d"],
            Resolution(Choice.MERGE, takes={"company": Side.RIGHT, "telephones": Side.LEFT}),
        ),
        ("an empty line goes back from f", edited(), ["f", "", "d"], Resolution(Choice.DESKTOP)),
        ("m writes it, whoever is mailed", mailing(), ["m"], Resolution(Choice.SEND)),
        ("k is no yes to mail", mailing(), ["k", "s"], Resolution(Choice.SKIP)),
        ("m does not fit a double edit", edited(), ["m", "k"], Resolution(Choice.SERVER)),
        ("a yes to mail is never for all", mailing(), ["am", "s"], Resolution(Choice.SKIP)),
        ("nor when it is asked for after a", mailing(), ["a", "m", "s"], Resolution(Choice.SKIP)),
        ("n makes a new item of a match", several(), ["n"], Resolution(Choice.NEW)),
        ("b does not fit a match", several(), ["b", "n"], Resolution(Choice.NEW)),
        ("k asks which candidate", several(), ["k", "2"], Resolution(Choice.SERVER, which=2)),
        ("k2 says it at once", several(), ["k2"], Resolution(Choice.SERVER, which=2)),
        ("d 1 as well", several(), ["d 1"], Resolution(Choice.DESKTOP, which=1)),
        ("a candidate that is not there is asked again", several(), ["k9", "k1"], Resolution(Choice.SERVER, which=1)),
        (
            "f on a match chooses among what differs in that candidate",
            several(),
            ["f2", "k"],
            Resolution(Choice.MERGE, which=2, takes={"company": Side.RIGHT}),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_keys_give_the_documented_answer(
    situation: str, question: Question, answers: list[str], expected: Resolution | None
) -> None:
    assert decide(question, *answers) == expected


@pytest.mark.parametrize("answers", [["a", "d"], ["ad"], ["a d"]])
def test_answer_for_all_is_not_asked_again(answers: list[str]) -> None:
    terminal = Typed(answers)
    dialog = Dialog(terminal)

    first = asyncio.run(dialog.decide(edited()))
    asked = len(terminal.asked)
    second = asyncio.run(dialog.decide(edited(number=8)))

    assert first == second == Resolution(Choice.DESKTOP)
    assert len(terminal.asked) == asked


def test_answer_for_all_is_no_yes_to_mail() -> None:
    dialog = Dialog(Typed(["ad", "m"]))

    asyncio.run(dialog.decide(edited(mailing().left, mailing().right)))

    assert asyncio.run(dialog.decide(mailing())) == Resolution(Choice.SEND)
    assert asyncio.run(dialog.decide(replace(mailing(), id=10))) is None


def test_answer_for_all_deletes_nothing_where_it_only_kept_a_version() -> None:
    dialog = Dialog(Typed(["ak", "d"]))

    asyncio.run(dialog.decide(edited()))

    deleted = replace(edited(number=8), reason="edit-delete", right=None)
    assert asyncio.run(dialog.decide(deleted)) == Resolution(Choice.DESKTOP)


def test_answer_for_all_is_asked_where_it_does_not_fit() -> None:
    dialog = Dialog(Typed(["ab", "n"]))

    asyncio.run(dialog.decide(edited()))

    assert asyncio.run(dialog.decide(several())) == Resolution(Choice.NEW)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["g"], GuardAnswer.GO),
        (["r"], GuardAnswer.RESTORE),
        (["s"], GuardAnswer.STOP),
        (["k"], GuardAnswer.SKIP),
        (["", "what", "g"], GuardAnswer.GO),
        ([], GuardAnswer.STOP),
    ],
)
def test_guard_takes_only_a_clear_word(answers: list[str], expected: GuardAnswer) -> None:
    stop = Stop(StopReason.MASS_DELETION, Side.RIGHT, 60, 100, ("Jane Doe",))

    assert asyncio.run(Dialog(Typed(answers)).guard("work", Kind.CONTACT, stop)) is expected


@pytest.mark.parametrize(
    ("answers", "expected"), [(["y"], True), (["yes"], True), (["n"], False), ([""], False), ([], False)]
)
def test_first_sync_needs_a_yes(answers: list[str], expected: bool, capsys: pytest.CaptureFixture[str]) -> None:
    first = FirstSync("work", Kind.CONTACT, "contacts", "Address Book", 3, 4, 2, 2, 1, 0)

    assert asyncio.run(Dialog(Typed(answers)).confirm_first(first)) is expected
    shown = capsys.readouterr().err
    for words in ("3 on the desktop", "4 on the server", "2 of them the same", "2 would come", "1 would go"):
        assert words in shown
