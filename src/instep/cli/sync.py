"""``instep sync``: every account's run, side by side, with what a person sees and is asked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete
from instep.cli.exit import Code, code_of_report

if TYPE_CHECKING:
    from instep.engine.report import Report


@click.command(cls=Command)
@click.argument("names", nargs=-1, metavar="[NAME…]", shell_complete=accounts_complete)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=4, show_default=True, metavar="N", help="Accounts at a time."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done and write nothing; exit 1 if that is anything.")
@click.option(
    "--on-conflict",
    type=click.Choice(["ask", "skip", "server", "desktop", "newest"]),
    help="Instead of each pair's own rule; without a terminal ask is skip.",
)
@click.option(
    "--on-guard",
    type=click.Choice(["ask", "stop", "go", "restore", "skip"]),
    default="ask",
    show_default=True,
    help="What to do when a guard stops a pair; without a terminal ask is stop.",
)
@click.option("--yes", is_flag=True, help="Yes to the first synchronization of a pair, and only to that.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per account (a list for several).")
@click.pass_context
def sync(
    ctx: click.Context,
    names: tuple[str, ...],
    jobs: int,
    dry_run: bool,
    on_conflict: str | None,
    on_guard: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Synchronize accounts (all that are switched on, where none is named).

    Folders that belong together are paired by themselves at an account's first run. A conflict never holds up the
    rest. On a terminal progress is shown and conflicts, guards and first synchronizations are asked about; elsewhere
    they wait.
    """
    from instep.cli.opened import installation
    from instep.cli.runner import Runner
    from instep.cli.terminal import TERMINAL
    from instep.service.running import Wishes

    with installation() as here:
        accounts = here.chosen(names)
        wishes = Wishes(dry_run=dry_run, on_conflict=on_conflict, on_guard=on_guard, yes=yes)
        runner = Runner(here, TERMINAL, wishes, tell=not as_json)
        here.unlock(accounts)
        reports = asyncio.run(runner.run(accounts, jobs))
    if as_json:
        from instep.cli.output import say_json

        plain = [report.to_json() for report in reports]
        say_json(plain[0] if len(plain) == 1 else plain)
    ctx.exit(worst(reports, dry_run=dry_run))


def worst(reports: list[Report], *, dry_run: bool = False) -> Code:
    """The exit code of several accounts: the worst."""
    return max((code_of_report(report, dry_run=dry_run) for report in reports), default=Code.IN_STEP)
