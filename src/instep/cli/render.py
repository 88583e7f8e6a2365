"""Two versions side by side: black is the same, green on one side only, red different; words say it too."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from instep.core.diff import Relation, Row
from instep.core.harmless import plain, plain_lines
from instep.core.model import Side
from instep.engine.asked import REASONS, asked_group, can_merge, choosable, heading, relation_words
from instep.engine.mailing import sentence
from instep.engine.questions import Choice, Question

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

_LONGEST = 12  # lines of one value; the rest is in the file itself
_WIDEST = 600  # characters of one line of a value
_ABSENT = frozenset({"edit-delete", "sends-mail"})  # where a side without a version has deleted it


def console(*, err: bool = False) -> Console:
    """Return a rich console for one of the streams; it leaves colours out where nobody can see them."""
    from rich.console import Console

    return Console(file=sys.stderr if err else sys.stdout, highlight=False, markup=False, emoji=False)


def show_question(question: Question, out: Console) -> None:
    """Print one conflict: its number, name and reason, and both versions (or all candidates) as a table."""
    from rich.text import Text

    reason = REASONS.get(question.reason, question.reason)
    out.print()
    out.print(
        Text.assemble(
            (f"Conflict {question.id}", "bold"),
            f" · {plain(question.account)} · {question.kind.value} · ",
            (plain(question.name), "bold"),
        )
    )
    if question.mails:
        reason = plain(sentence(question.mails, heading(question, Side.RIGHT))).removesuffix(".")
    out.print(Text(f"{reason}."))
    for table in tables(question):
        out.print(table)


def tables(question: Question) -> list[RenderableType]:
    """Lay out a question: one table, or one for each candidate with its number."""
    if not question.candidates:
        return [_table(question, question.rows, "")]
    laid: list[RenderableType] = []
    for candidate in question.candidates:
        title = f"{candidate.number}. {heading(question, candidate.side)}: {plain(candidate.name)}"
        laid.append(_table(question, candidate.rows, title))
    return laid


def _table(question: Question, rows: tuple[Row, ...], title: str) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=Text(title) if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        expand=False,
    )
    table.add_column("")
    for side in (Side.LEFT, Side.RIGHT):
        table.add_column(Text(_column(question, side)), ratio=1, overflow="fold")
    table.add_column("")
    for row in rows:
        words = relation_words(question, row)
        decide = bool(asked_group(question, row))
        table.add_row(
            Text(f"{'? ' if decide else '  '}{plain(row.label)}", "bold" if decide else ""),
            Text(_value(row.left), _colour(row.relation, Side.LEFT)),
            Text(_value(row.right), _colour(row.relation, Side.RIGHT)),
            Text(words, _colour(row.relation, None)),
        )
    return table


def _column(question: Question, side: Side) -> str:
    name = heading(question, side)
    said = f"{name} ({side.value})" if name.casefold() != side.value else name
    gone = (question.left if side is Side.LEFT else question.right) is None and question.reason in _ABSENT
    return f"{said}: deleted" if gone else said


def _colour(relation: Relation, side: Side | None) -> str:
    """Black is the terminal's own colour for text: real black could not be read on a dark ground."""
    match relation, side:
        case Relation.SAME, _:
            return ""
        case Relation.DIFFERENT, _:
            return "red"
        case _:
            return "green"


def _value(text: str) -> str:
    lines = [line if len(line) <= _WIDEST else f"{line[:_WIDEST]}…" for line in plain_lines(text).split("\n")]
    if len(lines) > _LONGEST:
        more = len(lines) - _LONGEST
        lines = [*lines[:_LONGEST], f"… ({more} more lines)"]
    return "\n".join(lines)


def answers(question: Question) -> str:
    """Say which answers fit, as the command line takes them; for ``instep conflicts``."""
    several = len({c.number for c in question.candidates}) > 1
    words = []
    for choice in question.choices:
        match choice:
            case Choice.SERVER | Choice.DESKTOP:
                words.append(f"--keep {choice.value}{'[:N]' if several else ''}")
            case Choice.MERGE:
                if can_merge(question):
                    words.append(" ".join(f"--take '{plain(group)}=server|desktop'" for group in choosable(question)))
            case _:
                words.append(f"--{choice.value}")
    return f"instep resolve {question.id}  " + "  |  ".join(words)
