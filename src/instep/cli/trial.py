"""Showing the test of an account, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import click

from instep.accounts.account import Account
from instep.accounts.means import Means
from instep.accounts.secret import Secret
from instep.accounts.trial import Outcome, Step, trial
from instep.cli.exit import Code
from instep.cli.logs import LOG
from instep.cli.output import say
from instep.core.harmless import plain
from instep.errors import InstepError
from instep.service.installation import Installation

SIGNS = {
    Outcome.OK: ("ok", "green"),
    Outcome.NOTE: ("note", "yellow"),
    Outcome.FAILED: ("FAILED", "red"),
    Outcome.NOT_KNOWN: ("not known", "yellow"),
}
_SERVERS = frozenset({"address", "encrypted connection", "login", "product", "server"})


@dataclass(frozen=True, slots=True)
class Result:
    """How a test ended: the steps that failed, and the exit code."""

    failed: tuple[Step, ...]
    code: Code


async def run_trial(
    here: Installation,
    account: Account,
    *,
    means: Means | None = None,
    refused: InstepError | None = None,
    count: bool = True,
) -> Result:
    """Test an account and print each step as soon as it is known.

    ``means`` are those of an account that is not stored yet; ``refused`` is why its sign-in ended.
    """
    password = await _password(here, account)
    failed: list[Step] = []
    async for step in trial(account, password, means=means or here.means(account), refused=refused, count=count):
        _show(step)
        if step.outcome is Outcome.FAILED:
            failed.append(step)
    return Result(tuple(failed), _code(failed))


async def _password(here: Installation, account: Account) -> Callable[[], Secret]:
    """Get the password here, where it holds up nobody; the step that needs it tells what was wrong."""
    try:
        secret = await here.secret(account)
    except InstepError as error:
        return partial(_fail, error)
    return lambda: secret


def _fail(error: InstepError) -> Secret:
    raise error


def _show(step: Step) -> None:
    word, colour = SIGNS[step.outcome]
    LOG.info("%s: %s %s", step.name, word, step.detail)
    detail = f"  {plain(step.detail)}" if step.detail else ""
    say(f"{click.style(f'{word:9}', fg=colour)} {plain(step.name)}{detail}")
    if step.advice:
        say(f"{'':9} {plain(step.advice)}")


def _code(failed: Iterable[Step]) -> Code:
    names = {step.name for step in failed}
    if names & _SERVERS:
        return Code.SERVER
    if names & {"desktop", "password"}:
        return Code.USAGE
    return Code.DIFFERS if names else Code.IN_STEP
