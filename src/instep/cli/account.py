"""``instep account``: the accounts of this computer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command, LazyGroup
from instep.cli.complete import accounts_complete
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.accounts.account import Account
    from instep.service.installation import Installation

_COMMANDS = {
    "add": "instep.cli.account_add:add",
    "list": "instep.cli.account:list_accounts",
    "show": "instep.cli.account:show",
    "test": "instep.cli.account:test",
    "login": "instep.cli.account_login:login",
    "protocol": "instep.cli.account_protocol:protocol",
    "remove": "instep.cli.account:remove",
    "import": "instep.cli.account_import:import_accounts",
}
_name = click.argument("name", shell_complete=accounts_complete)


@click.group(cls=LazyGroup, members=_COMMANDS)
def account() -> None:
    """Set up, list, test, sign in to and remove accounts."""


@click.command("list", cls=Command)
def list_accounts() -> None:
    """List the accounts with their server and how their last synchronization ended."""
    from instep.cli.opened import installation
    from instep.cli.output import say
    from instep.core.harmless import plain

    with installation() as here:
        known = here.accounts()
        if not known:
            say("There is no account yet. Set one up: instep account add NAME")
            return
        width = max(len(one.name) for one in known)
        for one in known:
            state = _last_run(here, one) if one.enabled else "switched off"
            say(f"{plain(one.name):{width}}  {plain(one.url or one.email)}  {plain(one.desktop)}  {state}")


def _last_run(here: Installation, one: Account) -> str:
    from instep.store import runs

    if not here.home.state.exists():
        return "not synchronized yet"
    with here.db.reading() as tx:
        last = runs.last(tx, one.name)
    if last is None or last.ended is None:
        return "not synchronized yet"
    return f"{last.status}, {last.ended.astimezone():%Y-%m-%d %H:%M}"


@click.command(cls=Command)
@_name
def show(name: str) -> None:
    """Show an account's settings and its pairs; its password is never shown."""
    from instep.cli.opened import installation
    from instep.cli.output import say
    from instep.core.harmless import plain

    with installation() as here:
        one = here.account(name)
        for label, text in [*_settings(here, one), *_server(here, one), *_pairs(here, one)]:
            say(f"{label:14} {plain(text)}")
        if warning := here.secrets.unattended(one):
            say(f"{'note':14} {plain(warning)}")


def _settings(here: Installation, one: Account) -> list[tuple[str, str]]:
    from instep.accounts.automatic import automatic_sentence
    from instep.service.signing_in import password_kept

    return [
        ("name", one.name),
        ("server", one.url or f"found from {one.email}"),
        ("e-mail", one.email or "none"),
        ("login", one.login_name or "none"),
        ("password", password_kept(here, one)),
        ("desktop", one.desktop),
        ("kinds", ", ".join(one.wanted) if one.kinds else "all that the server offers"),
        *([("plain http", "allowed")] if one.insecure_http else []),
        *([("ca file", one.ca_file)] if one.ca_file else []),
        *([("proxy", one.proxy)] if one.proxy else []),
        ("switched on", "yes" if one.enabled else "no"),
        ("by itself", automatic_sentence(one)),
    ]


def _server(here: Installation, one: Account) -> list[tuple[str, str]]:
    """What is known of a SmarterMail server, and over which protocol each kind goes."""
    from datetime import date

    from instep.accounts.product import product_with_age, security
    from instep.accounts.server_type import NOT_AVAILABLE
    from instep.core.model import Kind
    from instep.service.protocols import protocol_lines
    from instep.service.signing_in import standing, way_in

    record = here.means(one).profile
    if not one.is_smartermail and not record.old:
        return [("server is", "CalDAV and CardDAV")] if one.server else []
    lines = [("server is", product_with_age(record, date.today()))]
    lines += [("security", text)] if (text := security(record)) else []
    if record.old:
        lines += [("goes over", "CalDAV and CardDAV")]
        return lines + ([("notes", NOT_AVAILABLE)] if Kind.NOTE in one.wanted else [])
    lines += [("sign-in", f"{way_in(one)}; {standing(here, one)}")]
    return lines + [(kind.value, line) for kind, line in protocol_lines(here, one)]


def _pairs(here: Installation, one: Account) -> list[tuple[str, str]]:
    from instep.accounts.joining import scope_of
    from instep.store import pairs

    if not here.home.state.exists():
        return []
    with here.db.reading() as tx:
        known = pairs.of_account(tx, one.name)
    lines = []
    for pair in known:
        says = [pair.direction, f"on conflict: {pair.on_conflict}", scope_of(pair).sentence()]
        says += ["rests, as its kind is switched off"] if pair.kind not in one.wanted else []
        lines.append((pair.kind.value, f"{pair.left_name} and {pair.right_name}, {', '.join(filter(None, says))}"))
    return lines


@click.command(cls=Command)
@_name
@click.pass_context
def test(ctx: click.Context, name: str) -> None:
    """Test an account step by step: desktop, address, login, folders. Nothing is written anywhere."""
    from instep.cli.opened import installation
    from instep.cli.trial import run_trial

    with installation() as here:
        one = here.account(name)
        here.unlock([one])
        result = asyncio.run(run_trial(here, one))
    ctx.exit(result.code)


@click.command(cls=Command)
@_name
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def remove(ctx: click.Context, name: str, yes: bool) -> None:
    """Remove an account: its settings, its password and what is remembered of its pairs.

    No contact, appointment, task or note is touched on either side, and the history stays.
    """
    from instep.cli.opened import installation
    from instep.cli.output import note, say
    from instep.cli.terminal import TERMINAL
    from instep.core.harmless import plain
    from instep.service.leaving import leave

    with installation() as here:
        one = here.account(name)
        if not yes and TERMINAL.interactive():
            question = f"Remove the account {plain(one.name)}? Items stay on both sides"
            if not click.confirm(question, err=True):
                note("Nothing was removed.")
                ctx.exit(Code.IN_STEP)
        if warning := leave(here, one):
            note(plain(warning))
        say(f"The account {plain(one.name)} was removed. Items stay as they are on both sides.")
