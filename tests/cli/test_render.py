"""The table of a conflict: colours for the eye, and words that say the same."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from cli.questions import edited, jane, mailing, several
from instep.cli.render import answers, show_question
from instep.core.diff import diff
from instep.core.invitations import Mail, Why
from instep.core.model import Event, Kind
from instep.engine.questions import Choice, Question

RED, GREEN = "\x1b[31m", "\x1b[32m"


def drawn(question: Question, *, colours: bool = False, width: int = 110) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colours, color_system="standard" if colours else None)
    show_question(question, console)
    return out.getvalue()


def line_of(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if label in line)


def test_columns_are_headed_by_the_connectors_names() -> None:
    shown = drawn(edited())

    assert "Outlook (desktop)" in shown
    assert "SmarterMail (server)" in shown


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("Full Name", "same"),
        ("Birthday", "only Outlook"),
        ("Notes", "only SmarterMail"),
        ("Company", "different, to decide"),
        ("Telephone", "different, to decide"),
    ],
)
def test_words_say_what_colours_say(label: str, words: str) -> None:
    assert words in line_of(drawn(edited()), label)


@pytest.mark.parametrize(
    ("label", "colour"), [("Full Name", ""), ("Birthday", GREEN), ("Notes", GREEN), ("Company", RED)]
)
def test_colours_are_black_green_and_red(label: str, colour: str) -> None:
    line = line_of(drawn(edited(), colours=True), label)

    assert [found for found in (RED, GREEN) if found in line] == ([colour] if colour else [])


def test_candidates_are_numbered() -> None:
    shown = drawn(several())

    assert "1. SmarterMail: Jane Doe 1" in shown
    assert "2. SmarterMail: Jane Doe 2" in shown


def test_deleted_side_is_called_deleted() -> None:
    left = jane()
    shown = drawn(replace(edited(), reason="edit-delete", right=None, rows=diff(left, None), fields=()))

    assert "SmarterMail (server): deleted" in shown


def test_what_a_series_clashes_in_as_a_whole_is_to_decide() -> None:
    left = Event(summary="Plan", rules=("FREQ=DAILY",), location="Hall")
    right = replace(left, rules=("FREQ=WEEKLY;BYDAY=TU",), location="Roof")
    question = replace(edited(left, right), kind=Kind.EVENT, fields=("series",))
    lines = [line for line in drawn(question).splitlines() if "to decide" in line]

    assert len(lines) == 1 and "Repeats" in lines[0] and "every Tuesday" in lines[0]


def test_mail_is_told_with_whom_it_would_reach() -> None:
    shown = " ".join(drawn(mailing()).split())

    assert "Writing this would make SmarterMail mail 3 people: an invitation to eve@x.test;" in shown
    assert "updates to ann@x.test, bob@x.test." in shown


def test_mail_to_many_is_told_with_some_of_them() -> None:
    many = tuple(f"p{n}@x.test" for n in range(7))
    shown = " ".join(drawn(replace(mailing(), mails=(Mail(Why.CANCELLATION, many),))).split())

    assert "mail 7 people: cancellations to p0@x.test, p1@x.test, p2@x.test and 4 more." in shown


def test_deleted_meeting_is_called_deleted() -> None:
    assert "Outlook (desktop): deleted" in drawn(replace(mailing(), left=None, rows=diff(None, mailing().right)))


def test_markup_and_escapes_in_items_are_shown_as_text() -> None:
    shown = drawn(edited(jane(company="[bold]x[/bold] \x1b[2J"), name="\x1b]0;x\x07"), colours=False)

    assert "[bold]x[/bold] ␛[2J" in shown
    assert "\x1b" not in shown


def test_long_value_ends_with_how_much_more_there_is() -> None:
    shown = drawn(edited(jane(company="c", note="\n".join(f"line {n}" for n in range(40)))))

    assert "line 11" in shown
    assert "line 12" not in shown
    assert "(28 more lines)" in shown


def test_match_without_a_field_to_choose_offers_no_choice_of_fields() -> None:
    question = several()
    alike = replace(question, candidates=tuple(replace(c, rows=c.rows[:1]) for c in question.candidates))

    assert "--take" not in answers(alike)
    assert "|    |" not in answers(alike)


def test_narrow_terminal_loses_nothing() -> None:
    shown = drawn(edited(jane(company="averyveryverylongcompanyname" * 3)), width=60)

    assert "".join(shown.split()).count("averyvery") >= 1
    assert max(len(line) for line in shown.splitlines()) <= 60


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (edited(), "--keep server  |  --keep desktop  |  --take 'company=server|desktop'"),
        (several(), "--keep server[:N]  |  --keep desktop[:N]"),
        (mailing(), "instep resolve 9  --send  |  --skip"),
        (replace(edited(), choices=(Choice.SKIP,)), "instep resolve 7  --skip"),
    ],
)
def test_answers_are_given_as_the_command_line_takes_them(question: Question, expected: str) -> None:
    assert expected in answers(question)
