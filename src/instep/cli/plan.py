"""``instep plan``: what a synchronization would do, item by item, on the screen or in a file for ``instep apply``."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.complete import accounts_complete
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.engine.planfile import PlanFile, PlannedPair


@click.command(cls=Command)
@click.argument("name", shell_complete=accounts_complete)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the plan in FILE, which only you can read, for instep apply.",
)
@click.option(
    "--on-conflict",
    type=click.Choice(["ask", "skip", "server", "desktop", "newest"]),
    help="Instead of each pair's own rule.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the plan as one JSON object, as it is kept in a file.")
@click.pass_context
def plan(ctx: click.Context, name: str, out: Path | None, on_conflict: str | None, as_json: bool) -> None:
    """Show what a synchronization of an account would do to each item, and write nothing on either side.

    Exit 1 if that is anything. What was not seen in the plan is never done by "instep apply".
    """
    from instep.cli.opened import installation
    from instep.cli.output import note, say, say_json
    from instep.cli.runner import Runner
    from instep.cli.sync import worst
    from instep.cli.terminal import TERMINAL
    from instep.core.harmless import plain
    from instep.engine.planfile import plan_of
    from instep.service.running import Wishes

    if out is not None:
        require_room(out)
    with installation() as here:
        account = here.account(name)
        here.unlock([account])
        wishes = Wishes(dry_run=True, on_conflict=on_conflict)
        [report] = asyncio.run(Runner(here, TERMINAL, wishes, tell=False).run([account]))
        if report.failure:
            ctx.exit(worst([report], dry_run=True))
        found = plan_of(here.db, report, on_conflict)
    if as_json:
        say_json(found.to_json())
    else:
        for line in plan_lines(found):
            say(line)
    if out is not None:
        keep(out, found)
        note(f"Kept in {plain(str(out))}. Carry it out with: instep apply {plain(str(out))}")
    ctx.exit(Code.DIFFERS if found.items else worst([report], dry_run=True))


def require_room(file: Path) -> None:
    """Raise ``ConfigError`` when ``file`` has no folder, or is there and is no plan: nothing else is written over."""
    from instep.engine.planfile import is_plan
    from instep.errors import ConfigError, Where

    where = Where(item=str(file))
    if not file.exists():
        if not file.absolute().parent.is_dir():
            raise ConfigError("Its folder is not there.", "Make it, or name another file.", where)
        return
    there = content(file)
    if there and not is_plan(there):
        raise ConfigError("It is there and is no plan.", "Name another file.", where)


def content(file: Path) -> bytes:
    """Give what is in a file. Raises ``ConfigError`` for what is no file (a folder, a device) or cannot be read."""
    from instep.errors import ConfigError, Where

    where = Where(item=str(file))
    try:
        if file.exists() and not file.is_file():
            raise ConfigError("It is no file.", "Name a file.", where)
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(f"It cannot be read: {error.strerror or error}.", "Name another file.", where) from error


def keep(file: Path, found: PlanFile) -> None:
    """Write a plan into a file that only its owner can read. Raises ``ConfigError`` or ``StoreFull``; then the file is
    as it was."""
    from instep.accounts.durable import replace_file

    replace_file(file, json.dumps(found.to_json(), indent=2).encode("ascii") + b"\n")


def plan_lines(found: PlanFile) -> list[str]:
    """Lay a plan out as lines: for each pair its items, what would be asked, and what the guard would stop."""
    return [line for pair in found.pairs for line in _pair_lines(pair)]


def _pair_lines(pair: PlannedPair) -> list[str]:
    from instep.core.harmless import plain
    from instep.engine.asked import REASONS
    from instep.engine.sentences import field_labels

    lines = [f"{pair.kind.value} · {plain(pair.desktop)} ↔ {plain(pair.server)}:"]
    for item in pair.items:
        does = ", ".join(_write_words(pair, write.side.value, write.op, write.fields) for write in item.writes)
        lines.append(f"  {does or 'link'}: {plain(item.name)} ({plain(item.reason)})")
    for ask in pair.asks:
        fields = f": {', '.join(field_labels(pair.kind, ask.fields))}" if ask.fields else ""
        lines.append(f"  to decide: {plain(ask.name)} ({REASONS.get(ask.reason, ask.reason).lower()}{fields})")
    lines += [f"  the guard would stop this: {plain(stop.sentence)}" for stop in pair.stops]
    return lines if len(lines) > 1 else [f"{lines[0]} in step, nothing to do."]


def _write_words(pair: PlannedPair, side: str, op: str, fields: tuple[str, ...]) -> str:
    from instep.engine.sentences import field_labels

    what = f" {', '.join(field_labels(pair.kind, fields))}" if fields else ""
    return f"{op}{what} on the {side}"
