"""Asking a person for what a sign-in to SmarterMail wants: the code of two-step login, and a password for DAV."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from instep.accounts.secret import Secret
from instep.cli.output import note
from instep.cli.terminal import TERMINAL
from instep.core.harmless import plain
from instep.errors import ConfigError, LoginRefused, SignInNeeded, Where

if TYPE_CHECKING:
    from instep.service.installation import Installation
    from instep.service.signing_in import Prepared, SigningIn

_TRIES = 2
_APP_PASSWORD = """\
With two-step login your password is not kept, and CalDAV and CardDAV do not take it. If you make an application
password in the web mail (Settings, Two-Step Authentication), contacts and appointments can go over these protocols,
which carry more. Without it, everything goes over the web mail's own interface."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a script says in advance: the code, or that it is on standard input, as is the application password."""

    code: str = field(default="", repr=False)
    code_stdin: bool = False
    app_password_stdin: bool = False


def read_password(login: str, from_stdin: bool) -> Secret:
    """Read a password from the first line of standard input, or ask for it. Raises ``ConfigError`` for an empty one."""
    if from_stdin and not sys.stdin.isatty():
        text = _line()
    else:
        text = click.prompt(f"Password of {plain(login)}", hide_input=True, err=True, type=str)
    if not text:
        raise ConfigError("The password is empty.", "If the server asks for none, say --no-password.")
    return Secret(text)


async def signed_in(here: Installation, prepared: Prepared, secret: Secret | None, answers: Answers) -> Secret | None:
    """Sign in to SmarterMail, with the code where one is asked for; for an account that is not stored yet.

    ``secret`` is the password that was given, ``None`` where a command gives it. Returns what is to be kept as the
    account's password; a refused password is told by the test. Raises ``LoginRefused`` and ``SignInNeeded`` for the
    code, ``LoginRefused`` for the application password, ``SecretUnavailable`` for a command.
    """
    from instep.service.app_password import try_app_password
    from instep.service.signing_in import begin, means_of_signing

    account = prepared.account
    password = Secret("")
    if account.is_smartermail:
        password = secret if secret is not None else await here.secret(account)
    await begin(here, prepared, lambda: password)
    signing = prepared.signing
    if signing is None or not signing.asks:
        return secret
    await answer_code(signing, answers)
    prepared.account = prepared.stored_as(here)
    means = means_of_signing(signing)
    kept = await app_password(answers, lambda typed: try_app_password(prepared.account, typed, means))
    here.told(prepared.account, kept or Secret(""))
    return kept


async def answer_code(signing: SigningIn, answers: Answers) -> None:
    """Complete a sign-in that waits for a code; a wrong one that was typed is asked for once more.

    Raises ``LoginRefused`` when it stays wrong, and ``SignInNeeded`` when nobody can be asked.
    """
    said = answers.code or (_line() if answers.code_stdin else "")
    while True:
        if not said and not TERMINAL.interactive():
            raise SignInNeeded(
                "The server asks for the code of two-step login, and nobody can be asked.",
                "Give it with --code or --code-stdin, or do this at a terminal.",
                Where(account=signing.account.name),
            )
        code = said or _ask_code(signing)
        if await signing.answer(code):
            return
        if not TERMINAL.interactive():
            raise _wrong(signing)
        note("This code was wrong. It is asked for once more; the password was right.")
        said = ""


async def app_password(answers: Answers, attempt: Callable[[Secret], Awaitable[None]]) -> Secret | None:
    """Return the application password for DAV that a person gave, and that ``attempt`` found right; ``None`` for none.

    A refused one that was typed is asked for once more. Raises ``LoginRefused`` when it stays refused, or was given by
    a script, and what else ``attempt`` raises.
    """
    if answers.app_password_stdin:
        given = Secret(_line())
        if given:
            await attempt(given)
        return given or None
    if not TERMINAL.interactive():
        return None
    note(_APP_PASSWORD)
    refused = 0
    while typed := _ask_app_password():
        try:
            await attempt(typed)
            return typed
        except LoginRefused as error:
            refused += 1
            if refused == _TRIES:
                raise
            note(f"{plain(error.message)} It is asked for once more; leave it empty to go on without it.")
    return None


def _ask_app_password() -> Secret:
    asked = "Application password (empty: none)"
    return Secret(click.prompt(asked, default="", show_default=False, hide_input=True, err=True, type=str))


def _ask_code(signing: SigningIn) -> str:
    where = "The server has sent a code to your recovery address" if signing.by_mail else "Code of two-step login"
    code: str = click.prompt(where, err=True, type=str)
    return code.strip()


def _wrong(signing: SigningIn) -> LoginRefused:
    host = plain(signing.account.url)
    return LoginRefused(
        f"{host} did not take the code of two-step login.",
        "A code is good for half a minute, and only once. Give the next one.",
        Where(account=signing.account.name),
    )


def _line() -> str:
    # One line only: what follows may be meant for somebody else.
    return "" if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
