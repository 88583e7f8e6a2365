"""The names by which people know the two sides of an account."""

from __future__ import annotations

from dataclasses import replace

from instep.accounts.connect import connect
from instep.accounts.secret import Secret
from instep.engine.questions import Question
from instep.errors import InstepError
from instep.service.installation import Installation


def side_names(here: Installation, account: str) -> tuple[str, str]:
    """The connectors' own names of an account's desktop and server; empty when its settings are gone."""
    try:
        # Names need no connection, so no password either.
        desktop, server = connect(here.account(account), Secret(""))
    except InstepError:
        return "", ""
    return desktop.name, server.name


def named(here: Installation, question: Question) -> Question:
    """The question under its connectors' names; as it is when its account's settings are gone."""
    desktop, server = side_names(here, question.account)
    return replace(question, desktop_name=desktop, server_name=server) if desktop or server else question
