"""``instep demo``: everything Instep does, shown on a server and a folder of its own; nothing is typed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import click

from instep.cli.command import Command

if TYPE_CHECKING:
    from instep.cli.demo_server import Server
    from instep.cli.demo_stage import Stage

_STAND_IN: Final = """The stand-in and what it held are gone. Try an
account of your own, and edit on its web page, with a new one:
  instep dev smartermail
  instep dev smartermail --two-step"""


class Playable(Protocol):
    """A demonstration's story."""

    def prepare(self) -> None:
        """Fill both sides."""

    def show_pages(self) -> None:
        """Live until a conflict waits, then serve the pages."""

    def play(self) -> None:
        """Go through all parts; raises ``PromiseBroken`` as soon as one is not as it says."""


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
@click.option("--smartermail", is_flag=True, help="With a stand-in for a SmarterMail server, which is not the product.")
def demo(folder: Path, by_hand: bool, pages: bool, smartermail: bool) -> None:
    """Show on a real server how a desktop folder and a server are kept the same.

    Starts a Radicale of its own on a free port of this machine, and touches neither your accounts nor your key store.
    With --smartermail it is a stand-in for a SmarterMail server, and Radicale is not needed.
    Exit 0 means that everything was as promised, also where nobody looked.
    """
    from instep.cli.demo_server import require_radicale, running
    from instep.cli.demo_stage import Stage, fresh_folder
    from instep.cli.demo_story import Story

    if by_hand and pages:
        raise click.UsageError("Give --by-hand or --pages, not both.")
    if smartermail:
        _play_smartermail(Stage(fresh_folder(folder), rehearsal=by_hand), pages)
        return
    require_radicale()
    stage = Stage(fresh_folder(folder), rehearsal=by_hand)
    with running(folder / "server") as server:
        if _played(Story(stage, server), stage, pages):
            _farewell(stage, "--by-hand", _again(server))


def _play_smartermail(stage: Stage, pages: bool) -> None:
    from instep.cli.demo_smartermail_server import running
    from instep.cli.demo_smartermail_story import CONTACTS, Story
    from instep.cli.demo_smartermail_two_step import TwoStep

    with running(stage.folder / "stand-in.log", "--contacts", str(CONTACTS)) as server:
        if not _played(Story(stage, server), stage, pages):
            return
    with running(stage.folder / "stand-in-two-step.log", "--two-step") as server:
        TwoStep(stage, server).play()
    _farewell(stage, "--smartermail --by-hand", _STAND_IN)


def _played(story: Playable, stage: Stage, pages: bool) -> bool:
    """Play a story as it was asked for; ``False`` where a person went on with it and ended it."""
    story.prepare()
    if pages:
        story.show_pages()
        return False
    if stage.rehearsal:
        _show_settings(stage)
    story.play()
    if stage.rehearsal:
        _wait()
    return not stage.rehearsal


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


def _farewell(stage: Stage, by_hand: str, again: str) -> None:
    from instep.cli.output import say

    say(click.style("\n━━ All of it was as promised.", bold=True))
    say(f"These commands were run. To type them yourself, on a fresh server and folder: instep demo {by_hand}\n")
    for line in (*_settings(stage), *stage.typed):
        say(f"  {line}")
    say(f"\nEverything is in {stage.folder} until the next demonstration. {again}")


def _again(server: Server) -> str:
    from instep.cli.demo_stage import line_of

    return f"The server starts again with:\n  {line_of(server.command)}"


def _settings(stage: Stage) -> list[str]:
    from instep.cli.demo_stage import line_of

    if os.name == "nt":
        return [f"set {name}={value}" for name, value in stage.settings.items()]
    return [f"export {name}={line_of([value])}" for name, value in stage.settings.items()]
