"""``instep apply``: carry out a plan that was shown, exactly that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.engine.planfile import PlanFile, Refusal
    from instep.engine.report import Report
    from instep.service.installation import Installation


@click.command(cls=Command)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask; a guard's stop still waits for --on-guard go.")
@click.option(
    "--on-guard",
    type=click.Choice(["stop", "go"]),
    default="stop",
    show_default=True,
    help="What to do about a guard's stop that the plan showed; a new one always stops.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object: the report, and what was refused.")
@click.pass_context
def apply(ctx: click.Context, file: Path, yes: bool, on_guard: str, as_json: bool) -> None:
    """Carry out a plan of "instep plan --out FILE": each item that still is what the plan saw, and nothing else.

    What has changed since is refused by name and waits for the next sync (exit 1). A yes typed at a terminal holds for
    the first synchronization of a pair and for the guard's stops that are shown with the plan.
    """
    from instep.cli.opened import installation
    from instep.cli.output import note
    from instep.cli.plan import content
    from instep.cli.terminal import TERMINAL
    from instep.engine.planfile import covered, read_plan, refusals, require_here

    found = read_plan(content(file), str(file))
    with installation() as here:
        account = here.account(found.account)
        require_here(here.db, found, account.name)
        if not found.items:
            note("There is nothing to do in this plan.")
            ctx.exit(Code.IN_STEP)
        typed = not yes and TERMINAL.interactive() and _asked(found)
        if not (yes or typed):
            note("Nothing was done. Say yes with: --yes")
            ctx.exit(Code.GUARD)
        stops = covered(found) if typed or on_guard == "go" else frozenset()
        report = _carried_out(here, found, stops, tell=not as_json)
        refused = refusals(here.db, found, report)
    _show(report, refused, as_json=as_json)
    ctx.exit(_code(report, refused))


def _asked(found: PlanFile) -> bool:
    from instep.cli.output import note
    from instep.cli.plan import plan_lines
    from instep.engine.sentences import counted

    for line in plan_lines(found):
        note(line)
    return click.confirm(f"Carry out {counted(len(found.items), 'change')}", err=True)


def _carried_out(here: Installation, found: PlanFile, stops: frozenset[tuple[int, str, str]], *, tell: bool) -> Report:
    from instep.cli.runner import Runner
    from instep.cli.terminal import TERMINAL
    from instep.service.running import Wishes

    account = here.account(found.account)
    here.unlock([account])
    marks = frozenset(item.fingerprint for _, item in found.items)
    wishes = Wishes(on_conflict=found.on_conflict, on_guard="stop", yes=True, approved=marks, foreseen=stops)
    [report] = asyncio.run(Runner(here, TERMINAL, wishes, tell=tell).run([account]))
    return report


def _show(report: Report, refused: list[Refusal], *, as_json: bool) -> None:
    from instep.cli.output import note, say_json
    from instep.core.harmless import plain
    from instep.engine.sentences import counted

    if as_json:
        say_json({**report.to_json(), "refused": [refusal.to_json() for refusal in refused]})
    elif refused:
        note(f"{counted(len(refused), 'change')} of the plan not done:")
        if any(pair.stopped for pair in report.pairs):
            note("  A guard's stop that the plan showed waits for --on-guard go; a new one for a new plan.")
        for refusal in refused:
            note(f"  {refusal.kind.value}: {plain(refusal.name)}: {plain(refusal.reason)}")


def _code(report: Report, refused: list[Refusal]) -> Code:
    from instep.cli.sync import worst

    return max(worst([report]), Code.DIFFERS if refused else Code.IN_STEP)
