"""``instep account add``: the set-up of an account; asks for what is missing, tests, stores, pairs."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.exit import Code
from instep.cli.output import note, say
from instep.cli.terminal import TERMINAL
from instep.core.harmless import plain
from instep.errors import InsecureRefused, InstepError, LoginRefused

if TYPE_CHECKING:
    from instep.accounts.account import Account
    from instep.accounts.pairing import Lack
    from instep.accounts.secret import Secret
    from instep.service.installation import Installation
    from instep.service.setup import Paired
    from instep.service.signing_in import Prepared


@click.command(cls=Command)
@click.argument("name", required=False)
@click.option("--url", default="", help="The server's or its web mail's address; else found from the e-mail address.")
@click.option("--email", default="", help="Your e-mail address on that server.")
@click.option("--login", default="", help="The login name, where it is not the e-mail address.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option(
    "--password-command", default="", metavar="CMD", help="A command that prints the password, run each time."
)
@click.option("--no-password", is_flag=True, help="The server asks for no login.")
@click.option("--desktop", default="", metavar="files:DIR", help="The folder of files; ~/Instep/NAME if not said.")
@click.option("--kinds", default="", metavar="KIND,…", help="contacts, appointments, tasks, notes; all if not said.")
@click.option("--insecure-http", is_flag=True, help="Allow plain http, where anyone on the way can read along.")
@click.option("--ca-file", default="", metavar="FILE", help="A certificate authority of your own, as a PEM file.")
@click.option("--proxy", default="", metavar="URL", help="A proxy for this account.")
@click.option(
    "--every",
    type=click.IntRange(0, 1440),
    default=0,
    metavar="N",
    help="While instep serve runs, synchronize every N minutes.",
)
@click.option("--at-start", is_flag=True, help="… when it starts.")
@click.option("--at-exit", is_flag=True, help="… once more when it ends.")
@click.option("--after-changes", is_flag=True, help="… soon after something changed on the desktop.")
@click.option(
    "--server",
    type=click.Choice(["auto", "dav", "smartermail"]),
    default="auto",
    help="What the server is; auto finds out.",
)
@click.option("--code", default="", help="The code of two-step login, where the server asks for one.")
@click.option("--code-stdin", is_flag=True, help="Read the code from the next line of standard input.")
@click.option(
    "--app-password-stdin",
    is_flag=True,
    help="With two-step login: read an application password for CalDAV and CardDAV from the next line.",
)
@click.option("--no-test", is_flag=True, help="Store without asking the server; folders are paired at the first sync.")
@click.pass_context
def add(
    ctx: click.Context,
    name: str | None,
    url: str,
    email: str,
    login: str,
    password_stdin: bool,
    password_command: str,
    no_password: bool,
    desktop: str,
    kinds: str,
    insecure_http: bool,
    ca_file: str,
    proxy: str,
    every: int,
    at_start: bool,
    at_exit: bool,
    after_changes: bool,
    server: str,
    code: str,
    code_stdin: bool,
    app_password_stdin: bool,
    no_test: bool,
) -> None:
    """Set up an account: test it, store it, and pair its folders.

    On a terminal everything that is missing is asked for. The password goes into the system's key store, or into an
    encrypted vault where there is none. With two-step login of SmarterMail it is not kept at all: the sign-in is.
    """
    from instep.accounts import config
    from instep.accounts.account import Account, PasswordIn, read_kinds, tidied
    from instep.accounts.server_type import ServerType
    from instep.cli.opened import installation
    from instep.cli.sign_in import Answers, signed_in

    if sum((password_stdin, bool(password_command), no_password)) > 1:
        raise click.UsageError("Give one of --password-stdin, --password-command and --no-password.", ctx)
    wanted, faults = read_kinds(kinds)
    if faults:
        raise click.UsageError(f"--kinds {faults[0].message} {faults[0].advice}", ctx)
    with installation() as here:
        kept = PasswordIn.NONE if no_password else PasswordIn.COMMAND if password_command else PasswordIn.KEYRING
        one = Account(name or "", url, email, login, desktop, wanted, insecure_http, ca_file, proxy, kept)
        one = replace(one, password_command=password_command, sync_every=every)
        one = replace(one, sync_at_start=at_start, sync_at_exit=at_exit, sync_after_changes=after_changes)
        if name:
            config.require_free(here.accounts(), one)
        if server != "auto":
            one = replace(one, server=ServerType(server))
        one = tidied(_completed(ctx, one, password_known=password_stdin or kept is not PasswordIn.KEYRING))
        prepared = _found(one, look=not no_test)
        if not login and not password_stdin and kept is PasswordIn.KEYRING:
            _ask_login(prepared)
        config.require_sound(prepared.account)
        secret = _secret(prepared.account, password_stdin)
        if secret is not None:
            prepared.account = replace(prepared.account, password=here.secrets.place())
            here.told(prepared.account, secret)
        if not no_test:
            answers = Answers(code, code_stdin, app_password_stdin)
            try:
                secret = asyncio.run(signed_in(here, prepared, secret, answers))
            except LoginRefused:
                note("The account was not stored.")
                raise
            _test(ctx, here, prepared)
        one = _store(here, prepared, secret)
        if no_test:
            say(f"The account {plain(one.name)} is stored, untested. Its folders are paired by: instep sync {one.name}")
            return
        _pair(here, one)


def _found(one: Account, *, look: bool) -> Prepared:
    """Find out what the server is, and tell it. Raises why there can be no account at this place as it is."""
    from instep.accounts.account import secured
    from instep.service.signing_in import Prepared, look_for_server

    prepared = asyncio.run(look_for_server(one)) if look else Prepared(secured(one))
    if isinstance(why := prepared.unusable, InsecureRefused):
        if not _allows_http(why):
            raise InsecureRefused(why.message, f"{why.advice}: --insecure-http.", why.where)
        prepared = asyncio.run(look_for_server(replace(one, insecure_http=True)))
    if prepared.unusable is not None:
        raise prepared.unusable
    for sentence in prepared.said:
        note(plain(sentence))
    return prepared


def _allows_http(why: InsecureRefused) -> bool:
    if not TERMINAL.interactive():
        return False
    note(plain(why.message))
    return click.confirm("Allow plain http for this account?", default=False, err=True)


def _ask_login(prepared: Prepared) -> None:
    """Ask for the login name, where it is not the e-mail address by the nature of the server."""
    one = prepared.account
    if TERMINAL.interactive() and not one.is_smartermail and not prepared.profile.old:
        login = _ask("Login name", one.email)
        prepared.account = replace(one, login="" if login == one.email else login)


def _completed(ctx: click.Context, one: Account, *, password_known: bool) -> Account:
    """Ask for what is missing, or say what is missing where nobody can be asked."""
    from instep.accounts.connect import usual_desktop

    if not TERMINAL.interactive():
        missing = [] if one.name else ["NAME"]
        missing += [] if one.url or one.email else ["--url or --email"]
        missing += [] if password_known else ["--password-stdin, --password-command or --no-password"]
        if missing:
            raise click.UsageError(f"Missing: {'; '.join(missing)}.", ctx)
        return replace(one, desktop=one.desktop or usual_desktop(one.name))
    if not one.name:
        note("This sets up an account. Ctrl-C ends it, and nothing is stored.")
    name = one.name or _ask("A name for the account", "Work")
    one = replace(one, name=name)
    if not one.email:
        one = replace(one, email=_ask("E-mail address"))
    if not one.url:
        one = replace(one, url=_ask("Server address (empty: find it from the e-mail address)", ""))
    if not one.desktop:
        typed = _ask("Folder for the files", usual_desktop(name).removeprefix("files:"))
        one = replace(one, desktop=typed if typed.startswith("files:") else f"files:{typed}")
    return one


def _ask(question: str, default: str | None = None) -> str:
    answer: str = click.prompt(question, default=default, show_default=bool(default), err=True, type=str)
    return answer.strip()


def _secret(one: Account, from_stdin: bool) -> Secret | None:
    """The password that was given; ``None`` where none is."""
    from instep.accounts.account import PasswordIn
    from instep.cli.sign_in import read_password

    if one.password in (PasswordIn.NONE, PasswordIn.COMMAND):
        return None
    return read_password(one.login or one.email, from_stdin)


def _test(ctx: click.Context, here: Installation, prepared: Prepared) -> None:
    from instep.accounts.connect import make_desktop
    from instep.cli.trial import run_trial

    one = prepared.account
    made = make_desktop(one)
    result = asyncio.run(run_trial(here, one, means=prepared.means, refused=prepared.refused, count=False))
    # A folder that the server lacks can still be made when the folders are paired.
    if result.code < Code.USAGE:
        return
    if made:
        with contextlib.suppress(OSError):
            Path(one.desktop.partition(":")[2]).rmdir()
    note("The account was not stored. Correct what failed and try again, or store it untested with --no-test.")
    ctx.exit(result.code)


def _store(here: Installation, prepared: Prepared, secret: Secret | None) -> Account:
    from instep.accounts.enrolment import enrol

    sign_in = prepared.signing.complete if prepared.signing is not None else None
    one = enrol(here.home, here.secrets, prepared.account, secret, sign_in, prepared.profile)
    if warning := here.secrets.unattended(one):
        note(plain(warning))
    return one


def _pair(here: Installation, one: Account) -> None:
    from instep.service.setup import paired_sentence

    try:
        paired = asyncio.run(_paired(here, one))
    except InstepError:
        note(f"The account {plain(one.name)} is stored, but its folders are not paired yet.")
        raise
    say(f"The account {plain(one.name)} is stored. These folders are kept the same:")
    for proposal in paired.proposals:
        say(f"  {paired_sentence(proposal)}")
    for lack in paired.lacks:
        say(f"  {lack.kind.value}: not kept. {plain(lack.message)} {plain(lack.advice)}")
    say(f"Change that with: instep pair, instep unpair. Begin with: instep sync {plain(one.name)}")


async def _paired(here: Installation, one: Account) -> Paired:
    from instep.accounts.connect import connect
    from instep.service.setup import pair_up

    desktop, server = connect(one, await here.secret(one), means=here.means(one))
    try:
        return await pair_up(here, one, desktop, server, _offer if TERMINAL.interactive() else None)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)


async def _offer(lack: Lack) -> bool:
    note(plain(lack.message))
    async with TERMINAL.talk():
        answer = await TERMINAL.ask(f"{plain(lack.advice)} Make it? [Y/n] ")
    return (answer if answer is not None else "n").casefold() in ("", "y", "yes")
