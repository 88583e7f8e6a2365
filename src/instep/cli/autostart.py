"""``instep autostart``: whether Instep starts with the login."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.service.autostart import Autostart


@click.command(cls=Command)
@click.argument("what", type=click.Choice(["on", "off", "status"]))
@click.pass_context
def autostart(ctx: click.Context, what: str) -> None:
    """Start "instep serve" in the background when you log in, or do not; or say which of the two it is.

    What starts with the login synchronizes the accounts as their settings say, and serves the pages. "off" ends nothing
    that runs. "status" exits with 0 for on and 1 for off.
    """
    from instep.cli.output import note, say
    from instep.core.harmless import plain
    from instep.service.autostart_file import State

    way = _way()
    match what:
        case "on":
            way.turn_on()
            say(f"Instep starts when you log in, by {plain(way.look().place)}")
            note("Start it now: instep open. An entry in your menu of programs: instep open --add-entry")
        case "off":
            found = way.look()
            way.turn_off()
            say("Instep does not start when you log in" + ("." if found.state is State.OFF else " any more."))
        case _:
            found = way.look()
            place = plain(found.place)
            says = {
                State.ON: f"on, by {place}",
                State.OFF: "off",
                State.OTHER: f"on, but {place} starts another installation; to mend that: instep autostart on",
            }
            say(says[found.state])
            ctx.exit(Code.DIFFERS if found.state is State.OFF else Code.IN_STEP)


def _way() -> Autostart:
    from instep.accounts.home import home_of
    from instep.service import autostart
    from instep.service.launch import launch

    return autostart.autostart(launch("serve", "--no-browser"), home_of())
