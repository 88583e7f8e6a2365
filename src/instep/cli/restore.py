"""``instep restore``: one version of an item out of history comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from instep.cli.command import Command

if TYPE_CHECKING:
    from instep.connectors.base import Connector
    from instep.engine.byhand import HandReport
    from instep.engine.undoing import Wanted


@click.command(cls=Command)
@click.argument("item", metavar="ITEM")
@click.option(
    "--version", "number", type=click.IntRange(min=1), required=True, metavar="N", help="The version, by its number."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done and write nothing; exit 1 if that is anything.")
@click.option("--yes", is_flag=True, help="Do it without a question.")
@click.option("--send", is_flag=True, help="Let the server mail guests because of it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def restore(ctx: click.Context, item: str, number: int, dry_run: bool, yes: bool, send: bool, as_json: bool) -> None:
    """Bring version N of ITEM back, on the side where it was.

    ITEM is the number that "instep history --item TEXT" shows, or a name that only one item has. It is written onto
    what is there, or made again; the next sync carries it to the other side. What it replaces is kept in the
    history, and "instep undo" takes it back.
    """
    from instep.cli.byhand import How, account_of, carried_out
    from instep.cli.opened import installation
    from instep.core.harmless import plain
    from instep.engine.restoring import restore as bring_back
    from instep.engine.versions import the_one

    with installation() as here:
        known = the_one(here.db, item)
        account = account_of(here, known.account, f"“{known.name}”")

        async def act(desktop: Connector, server: Connector, wanted: Wanted) -> HandReport:
            return await bring_back(here.db, known, number, desktop, server, wanted)

        head = f"Version {number} of {plain(known.name)} (item {known.number}) · {plain(account.name)}"
        # One item: no guard has anything to say.
        how = How(dry_run=dry_run, yes=yes, on_guard="stop", send=send)
        code = carried_out(here, account, head, act, how, as_json=as_json)
    ctx.exit(code)
