"""``instep serve``: the pages, for a browser of this computer."""

from __future__ import annotations

import webbrowser
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command

if TYPE_CHECKING:
    from instep.web.site import Site


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Instead of 7467; 0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Print a link instead of opening the browser.")
def serve(port: int | None, no_browser: bool) -> None:
    """Serve Instep's pages to a browser on this computer, and open it.

    Nobody else can reach them: they are served on the loopback address, to a browser that came by a one-time link.
    """
    from instep.accounts.home import home_of
    from instep.cli.output import say
    from instep.errors import ConfigError

    try:
        from instep.web.server import PORT, bound, link
        from instep.web.server import serve as run
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"The pages need a part that is not installed: {error.name}.", "Install it: pip install 'instep[web]'"
        ) from error

    def ready(site: Site) -> None:
        address = link(site)
        say(f"Instep is served at {site.origin} until you press Ctrl-C.")
        if no_browser or not webbrowser.open(address):
            say(f"Open this once, within five minutes: {address}")

    run(home_of(), bound(PORT if port is None else port), ready)
