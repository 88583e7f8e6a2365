"""``instep conflicts``: what waits for a person, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete

if TYPE_CHECKING:
    from instep.engine.questions import Question
    from instep.service.installation import Installation


@click.command(cls=Command)
@click.argument("name", required=False, shell_complete=accounts_complete)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of the open conflicts.")
def conflicts(name: str | None, as_json: bool) -> None:
    """Show the open conflicts of an account, or of all: both versions field by field, and how to decide.

    Black and "same" is equal, green and "only …" is there on one side, red and "different" differs; a question mark
    stands before what is to be decided.
    """
    from instep.cli.opened import installation
    from instep.cli.output import say, say_json
    from instep.engine.sentences import counted

    with installation() as here:
        found = open_questions(here, name)
        if as_json:
            say_json([question.to_json() for question in found])
            return
        if not found:
            say("There is no open conflict.")
            return
        from instep.cli.render import answers, console, show_question

        out = console()
        for question in found:
            show_question(question, out)
            say(answers(question))
        say(f"\n{counted(len(found), 'conflict')} to decide.")


def open_questions(here: Installation, name: str | None) -> list[Question]:
    """The open questions of an account or of all, under the names by which people know the two sides."""
    from instep.engine.conflicts import questions
    from instep.service.naming import named

    account = here.account(name).name if name else None
    if not here.home.state.exists():
        return []
    return [named(here, question) for question in questions(here.db, account)]
