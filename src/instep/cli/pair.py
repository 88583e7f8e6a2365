"""``instep pair`` and ``instep unpair``: which folders are kept the same, by a person's hand."""

from __future__ import annotations

import asyncio

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete

_KINDS = click.Choice(["contacts", "appointments", "tasks", "notes"])


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
@click.argument("kind", type=_KINDS)
@click.argument("desktop")
@click.argument("server")
@click.option(
    "--direction",
    type=click.Choice(["two-way", "to-server", "to-desktop"]),
    help="Which way changes go; two-way if not said.",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["ask", "server", "desktop", "newest"]),
    help="What happens when both sides changed the same thing; ask if not said.",
)
@click.option("--past", type=int, metavar="DAYS", help="Only what is at most so many days ago; all if not said.")
@click.option("--future", type=int, metavar="DAYS", help="Only what is at most so many days ahead; all if not said.")
@click.option("--all-times", is_flag=True, help="Take --past and --future back.")
@click.option("--category", "categories", multiple=True, metavar="NAME", help="Only items of a category; repeatable.")
@click.option("--all-categories", is_flag=True, help="Take --category back.")
@click.option("--share", is_flag=True, help="Allow a desktop folder that another account uses.")
def pair(
    name: str,
    kind: str,
    desktop: str,
    server: str,
    direction: str | None,
    on_conflict: str | None,
    past: int | None,
    future: int | None,
    all_times: bool,
    categories: tuple[str, ...],
    all_categories: bool,
    share: bool,
) -> None:
    """Keep two folders the same, or change how a pair is kept.

    DESKTOP is a folder's name or path, SERVER a collection's name or URL ("instep folders" lists both).

    What leaves the days or the categories stays as it is on both sides; nothing is deleted. Days are for appointments
    and tasks.
    """
    from instep.accounts.joining import join, scope_of
    from instep.accounts.scope_choice import ScopeChoice
    from instep.cli.folders import gathered
    from instep.cli.opened import installation
    from instep.cli.output import say
    from instep.core.harmless import plain
    from instep.core.model import Kind

    with installation() as here:
        account = here.account(name)
        here.unlock([account])
        found, _ = asyncio.run(gathered(here, account))
        with here.db.transaction() as tx:
            made, new = join(
                tx,
                found,
                Kind(kind),
                desktop,
                server,
                direction=direction,
                on_conflict=on_conflict,
                share=share,
                scope=ScopeChoice(past, future, categories, all_times, all_categories),
            )
    limits = plain(scope_of(made).sentence())
    say(
        f"{'Paired' if new else 'Changed'}: {kind}, {plain(made.left_name)} and {plain(made.right_name)}, "
        f"{made.direction}, on conflict: {made.on_conflict}{f', {limits}' if limits else ''}."
    )


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
@click.argument("kind", type=_KINDS)
@click.argument("desktop")
def unpair(name: str, kind: str, desktop: str) -> None:
    """Let a pair go: its folders stay as they are on both sides, and are not kept the same any more."""
    from instep.accounts.joining import part
    from instep.cli.opened import installation
    from instep.cli.output import say
    from instep.core.harmless import plain
    from instep.core.model import Kind
    from instep.store import lease

    with installation() as here:
        account = here.account(name)
        with lease.held(here.db, account.name, "unpair"), here.db.transaction() as tx:
            gone = part(tx, account, Kind(kind), desktop)
    say(f"Not kept the same any more: {kind}, {plain(gone.left_name)} and {plain(gone.right_name)}.")
