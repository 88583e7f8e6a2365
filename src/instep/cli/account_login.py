"""``instep account login``: a person signs in again, after a new password or where the server ended the sign-in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete
from instep.cli.output import say
from instep.core.harmless import plain
from instep.errors import ConfigError, LoginRefused, Where

if TYPE_CHECKING:
    from instep.accounts.account import Account
    from instep.accounts.secret import Secret
    from instep.cli.sign_in import Answers
    from instep.service.installation import Installation


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--code", default="", help="The code of two-step login, where the server asks for one.")
@click.option("--code-stdin", is_flag=True, help="Read the code from the next line of standard input.")
@click.option(
    "--app-password-stdin",
    is_flag=True,
    help="With two-step login: read an application password for CalDAV and CardDAV from the next line.",
)
def login(name: str, password_stdin: bool, code: str, code_stdin: bool, app_password_stdin: bool) -> None:
    """Sign in to an account again: with a new password, or where the server wants a code.

    The password is shown to the server once. With two-step login of SmarterMail it is not kept, the sign-in is.
    """
    from instep.cli.opened import installation
    from instep.cli.sign_in import Answers

    with installation() as here:
        one = here.account(name)
        here.unlock([one])
        secret = _password(one, password_stdin)
        hints = asyncio.run(_signed_in(here, one, secret, Answers(code, code_stdin, app_password_stdin)))
    say(f"The account {plain(one.name)} is signed in. Go on with: instep sync {plain(one.name)}")
    for hint in hints:
        say(plain(hint))


def _password(one: Account, from_stdin: bool) -> Secret | None:
    """The password that is to be shown; ``None`` where a command gives it."""
    from instep.accounts.account import PasswordIn
    from instep.cli.sign_in import read_password

    if one.password is PasswordIn.NONE:
        raise ConfigError("This account needs no login.", "", Where(account=one.name))
    if one.password is PasswordIn.COMMAND and not from_stdin:
        return None
    return read_password(one.login_name, from_stdin)


async def _signed_in(here: Installation, one: Account, secret: Secret | None, answers: Answers) -> list[str]:
    """Sign in and keep it; returns what a person may do now."""
    from instep.cli.sign_in import answer_code, app_password
    from instep.service.app_password import could_go_over_dav, try_app_password
    from instep.service.changing import change_account
    from instep.service.signing_in import keep_signed_in, sign_in_again, try_password

    if not one.is_smartermail:
        if secret is None:
            raise ConfigError(
                "A command gives this account's password.", "Correct what it prints.", Where(account=one.name)
            )
        await try_password(here, one, secret)
        change_account(here, one, one, secret)
        return []
    password = secret if secret is not None else await here.secret(one)
    signing = sign_in_again(here, one)
    if await signing.begin(password):
        keep_signed_in(here, one, signing, secret)
        return []
    await answer_code(signing, answers)
    stored = keep_signed_in(here, one, signing, None)
    try:
        given = await app_password(answers, lambda typed: try_app_password(stored, typed, here.means(stored)))
    except LoginRefused as error:
        advice = f"{error.advice} You are signed in nevertheless; this password was not stored."
        raise LoginRefused(error.message, advice, error.where) from error
    if given is None:
        return []
    change_account(here, stored, stored, given)
    kinds = could_go_over_dav(here, stored)
    hints = [f"{kind.value.capitalize()}: instep account protocol {one.name} {kind} dav" for kind in kinds]
    return ["What goes over the web mail's own interface can go over CalDAV and CardDAV now:", *hints] if hints else []
