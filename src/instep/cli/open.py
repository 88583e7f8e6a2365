"""``instep open``: the pages in the browser, whether they are served already or not."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from typing import IO, TYPE_CHECKING

import click

from instep.cli.command import Command

if TYPE_CHECKING:
    from instep.accounts.home import Home
    from instep.web.presence import Presence

_PATIENCE = 30.0  # seconds until the program that was started must answer
_PACE = 0.1
_DETACHED = 0x00000008 | 0x00000200  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP


@click.command("open", cls=Command)
@click.option(
    "--print", "print_only", is_flag=True, help="Print a link that opens the pages once, instead of opening them."
)
@click.option("--add-entry", is_flag=True, help='Put an entry "Instep" that does this into your menu, and end.')
@click.option("--remove-entry", is_flag=True, help="Take that entry out again, and end.")
@click.pass_context
def open_pages(ctx: click.Context, print_only: bool, add_entry: bool, remove_entry: bool) -> None:
    """Open Instep's pages in the browser; what serves them is started in the background where nothing does.

    Each call makes a new link, which lets one browser in, once, within five minutes.
    """
    from instep.accounts.home import home_of
    from instep.cli.output import say
    from instep.cli.serve import require_web, show

    if add_entry or remove_entry:
        if add_entry and remove_entry:
            raise click.UsageError("Give one of --add-entry and --remove-entry.", ctx)
        _entry(add=add_entry)
        return
    require_web()
    from instep.web.presence import found
    from instep.web.server import link_of

    home = home_of()
    where = found(home) or _started(home)
    if print_only:
        say(link_of(home, where))
    else:
        show(link_of(home, where), browser=True, secret=not where.tls)


def _started(home: Home) -> Presence:
    """Start the program in the background, and wait until it answers. Raises ``ConfigError`` with what it said."""
    from instep.errors import ConfigError
    from instep.web.presence import found

    home.prepare()
    with tempfile.TemporaryFile() as said:
        program = _spawned(said)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if where := found(home):
                return where
            if program.poll() is not None:
                break
            time.sleep(_PACE)
        said.seek(0)
        text = said.read(4000).decode("utf-8", "replace").strip().removeprefix("Error: ")
    raise ConfigError(text or "What serves the pages was started, but does not answer.", "Try: instep serve")


def _spawned(said: IO[bytes]) -> subprocess.Popen[bytes]:
    from instep.service.launch import launch

    # It outlives this program and its terminal.
    return subprocess.Popen(
        launch("serve", "--no-browser").words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=said,
        start_new_session=sys.platform != "win32",
        creationflags=_DETACHED if sys.platform == "win32" else 0,
    )


def _entry(*, add: bool) -> None:
    from instep.cli.output import say
    from instep.core.harmless import plain
    from instep.service.launch import launch
    from instep.service.menu import add_entry, remove_entry

    if add:
        say(f"Instep is in your menu of programs, by {plain(str(add_entry(launch('open'))))}")
    else:
        remove_entry(launch("open"))
        say("Instep is not in your menu of programs any more.")
