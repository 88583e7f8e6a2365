"""``instep undo``: what a run wrote is taken back, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from instep.cli.command import Command

if TYPE_CHECKING:
    from instep.connectors.base import Connector
    from instep.engine.byhand import HandReport
    from instep.engine.undoing import Wanted


@click.command(cls=Command)
@click.argument("run", metavar="RUN", type=click.IntRange(min=1))
@click.option(
    "--item", "items", multiple=True, metavar="TEXT", help="Only items whose name holds TEXT; may be repeated."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done and write nothing; exit 1 if that is anything.")
@click.option("--yes", is_flag=True, help="Do it without a question.")
@click.option(
    "--on-guard",
    type=click.Choice(["ask", "stop", "go"]),
    default="ask",
    show_default=True,
    help="What to do when a guard stops it; without a terminal ask is stop.",
)
@click.option("--send", is_flag=True, help="Let the server mail guests because of it; only with --item.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def undo(
    ctx: click.Context,
    run: int,
    items: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    on_guard: str,
    send: bool,
    as_json: bool,
) -> None:
    """Take back what run RUN wrote ("instep history" shows the numbers), on the sides where it wrote.

    What was changed is changed back and what was deleted is made again; the next sync carries that to the other side,
    as if you had done it by hand. A copy that the run made is removed; what it was made from stays, and is not copied
    again until it changes. An item that has changed since is left alone and named, and so is a meeting whose guests the
    server would mail. An undo is a run itself and can be undone.
    """
    from instep.cli.byhand import How, account_of, carried_out
    from instep.cli.opened import installation
    from instep.core.harmless import plain
    from instep.engine.undoing import account_of_run
    from instep.engine.undoing import undo as take_back

    if send and not items:
        raise click.UsageError("--send needs --item: say which meetings' guests may be mailed.", ctx)
    with installation() as here:
        account = account_of(here, account_of_run(here.db, run), f"Run {run}")

        async def act(desktop: Connector, server: Connector, wanted: Wanted) -> HandReport:
            return await take_back(here.db, run, desktop, server, wanted, items)

        head = f"Undo of run {run} · {plain(account.name)}"
        how = How(dry_run=dry_run, yes=yes, on_guard=on_guard, send=send)
        code = carried_out(here, account, head, act, how, as_json=as_json)
    ctx.exit(code)
