"""``instep demo``: everything Instep does, shown on a server and a folder of its own; nothing is typed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command

if TYPE_CHECKING:
    from instep.cli.demo_server import Server
    from instep.cli.demo_stage import Stage


@click.command(cls=Command)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-run"),
    show_default=True,
    metavar="DIR",
    help="Where it puts everything; the next demonstration empties it.",
)
@click.option(
    "--by-hand", is_flag=True, help="Only start and fill the server and the folder; you type, Ctrl-C ends it."
)
@click.option("--pages", is_flag=True, help="Stop before the conflict is decided, and open the pages; Ctrl-C ends it.")
def demo(folder: Path, by_hand: bool, pages: bool) -> None:
    """Show on a real server how a desktop folder and a server are kept the same.

    Starts a Radicale of its own on a free port of this machine, and touches neither your accounts nor your key store.
    Exit 0 means that everything was as promised, also where nobody looked.
    """
    from instep.cli.demo_server import require_radicale, running
    from instep.cli.demo_stage import Stage, fresh_folder
    from instep.cli.demo_story import Story

    if by_hand and pages:
        raise click.UsageError("Give --by-hand or --pages, not both.")
    require_radicale()
    stage = Stage(fresh_folder(folder), rehearsal=by_hand)
    with running(folder / "server") as server:
        story = Story(stage, server)
        story.prepare()
        if pages:
            story.show_pages()
            return
        if by_hand:
            _show_settings(stage)
        story.play()
        if by_hand:
            _wait()
            return
    _farewell(stage, server)


def _show_settings(stage: Stage) -> None:
    from instep.cli.output import say

    say("\nNow it is your turn: type what follows in another terminal, in the same folder. First:\n")
    for line in _settings(stage):
        say(click.style(f"$ {line}", fg="cyan", bold=True))


def _wait() -> None:
    from instep.cli.output import say

    try:
        say("\nThe server runs until you press Ctrl-C here.")
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        say("\nThe server is stopped.")


def _farewell(stage: Stage, server: Server) -> None:
    from instep.cli.demo_stage import line_of
    from instep.cli.output import say

    say(click.style("\n━━ All of it was as promised.", bold=True))
    say("These commands were run. To type them yourself, on a fresh server and folder: instep demo --by-hand\n")
    for line in (*_settings(stage), *stage.typed):
        say(f"  {line}")
    say(f"\nEverything is in {stage.folder} until the next demonstration. The server starts again with:")
    say(f"  {line_of(server.command)}")


def _settings(stage: Stage) -> list[str]:
    from instep.cli.demo_stage import line_of

    if os.name == "nt":
        return [f"set {name}={value}" for name, value in stage.settings.items()]
    return [f"export {name}={line_of([value])}" for name, value in stage.settings.items()]
