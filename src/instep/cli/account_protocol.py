"""``instep account protocol``: over which protocol a kind of a SmarterMail account goes."""

from __future__ import annotations

import asyncio

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete
from instep.cli.exit import Code
from instep.core.model import Kind


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.argument("protocol", type=click.Choice(["dav", "rest"]))
@click.option("--dry-run", is_flag=True, help="Only show what becomes of the pairs.")
@click.option("--yes", is_flag=True, help="Do not ask; wanted where nobody can be asked.")
@click.pass_context
def protocol(ctx: click.Context, name: str, kind: str, protocol: str, dry_run: bool, yes: bool) -> None:
    """Let a kind go over CalDAV and CardDAV (dav), or over the web mail's own interface (rest), from now on.

    Its pairs begin anew with the folders of the same names there: the next synchronization compares both sides as a
    whole, recognizes what is the same, and asks before it writes. Nothing is doubled, and nothing is deleted.
    """
    from instep.accounts.server_type import protocol_word
    from instep.cli.opened import installation
    from instep.cli.output import note, say
    from instep.cli.terminal import TERMINAL
    from instep.core.harmless import plain
    from instep.errors import ConfigError
    from instep.service.protocols import plan_switch, switch

    with installation() as here:
        one = here.account(name)
        here.unlock([one])
        wanted = Kind(kind)
        secret = asyncio.run(here.secret(one))
        move = asyncio.run(plan_switch(here, one, wanted, protocol, secret))
        words = protocol_word(wanted, protocol)
        for pair in move.kept:
            say(f"{kind}: {plain(pair.left_name)} and {plain(pair.right_name)} go over {words} already")
        for anew in move.anew:
            say(f"{kind}: {plain(anew.pair.left_name)} and {plain(anew.right.name)} begin anew over {words}")
        for lost in move.lost:
            say(f"{kind}: {plain(lost.pair.left_name)} has no counterpart: {plain(lost.why)}")
        if dry_run:
            note("Nothing was changed.")
            ctx.exit(Code.DIFFERS if move.asks else Code.IN_STEP)
        if move.anew and not yes and not TERMINAL.interactive():
            raise ConfigError(
                "Nobody can be asked whether these pairs shall begin anew.", "Say --yes, or do this at a terminal."
            )
        if move.anew and not yes:
            question = "Synchronize once before this, so that all changes are carried. Switch now?"
            if not click.confirm(question, err=True):
                note("Nothing was changed.")
                ctx.exit(Code.IN_STEP)
        asyncio.run(switch(here, one, wanted, protocol, move))
        say(f"From now on {kind} of {plain(one.name)} go over {words}.")
        if move.anew:
            say(f"The next synchronization compares both sides as the first one does: instep sync {plain(one.name)}")
