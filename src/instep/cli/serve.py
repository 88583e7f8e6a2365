"""``instep serve``: the pages, and the schedule of the accounts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instep.cli.command import Command
from instep.cli.exit import Code

if TYPE_CHECKING:
    from instep.accounts.home import Home
    from instep.web.site import Site

_file = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.option("--port", type=click.IntRange(0, 65535), default=None, help="Instead of 7467; 0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Do not open the browser; on a terminal a link is printed instead.")
@click.option("--listen", metavar="ADDRESS:PORT", help="Serve other computers, at this address, with TLS and a login.")
@click.option("--cert", type=_file, metavar="FILE", help="With --listen: the certificate with its chain (PEM).")
@click.option("--key", type=_file, metavar="FILE", help="With --listen: the certificate's key (PEM).")
@click.option("--name", "names", multiple=True, help="With --listen: the name by which browsers call it; repeatable.")
@click.option("--set-password", is_flag=True, help="Set the password of the login for --listen, and end.")
@click.pass_context
def serve(
    ctx: click.Context,
    port: int | None,
    no_browser: bool,
    listen: str | None,
    cert: Path | None,
    key: Path | None,
    names: tuple[str, ...],
    set_password: bool,
) -> None:
    """Serve Instep's pages to a browser on this computer, open it, and synchronize accounts as their settings say.

    Nobody else can reach the pages: they are served on the loopback address, to a browser that came by a one-time
    link. --listen serves other computers; it takes TLS and a password. Ctrl-C ends it, once the runs that are wanted at
    the end are done; a second one at once.
    """
    from instep.accounts.home import home_of

    if listen is None and (cert or key or names):
        raise click.UsageError("--cert, --key and --name belong to --listen.", ctx)
    if listen is not None and port is not None:
        raise click.UsageError("--listen names the port already; leave --port out.", ctx)
    require_web()
    home = home_of()
    if set_password:
        _set_password(home)
    elif not _is_served_already(home, no_browser):
        _serve(home, port, no_browser, listen, cert, key, names)


def require_web() -> None:
    """Raise ``ConfigError`` when the part of the pages is not installed."""
    from instep.errors import ConfigError

    try:
        import instep.web.server  # noqa: F401
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"The pages need a part that is not installed: {error.name}.", "Install it: pip install 'instep[web]'"
        ) from error


def _serve(
    home: Home,
    port: int | None,
    no_browser: bool,
    listen: str | None,
    cert: Path | None,
    key: Path | None,
    names: tuple[str, ...],
) -> None:
    from instep.cli.output import note, say
    from instep.errors import ConfigError
    from instep.web.login import stored
    from instep.web.server import PORT, bound, link
    from instep.web.server import serve as run
    from instep.web.tls import public

    other = None
    if listen is not None:
        other = public(listen, cert, key, names)
        stored(home)
    try:
        place = bound(PORT if port is None else port, other)
    except ConfigError:
        # Another one may have begun in this very moment.
        if _is_served_already(home, no_browser):
            return
        raise

    def ready(site: Site) -> None:
        say(f"Instep is served at {site.origin} until you press Ctrl-C.")
        show(link(site), browser=not no_browser, secret=other is None)
        sys.stdout.flush()

    def waits(names: Sequence[str]) -> None:
        from instep.core.harmless import plain

        note(f"Before the end, this is synchronized: {plain(', '.join(names))}.")
        note("Press Ctrl-C once more to end at once; nothing is lost by that.")

    all_ended = run(home, place, ready, public=other, waits=waits)
    say("Instep is not served any more.")
    if not all_ended:
        # A thread that waits for a server or a password command cannot be ended otherwise.
        sys.stdout.flush()
        os._exit(Code.IN_STEP)


def _is_served_already(home: Home, no_browser: bool) -> bool:
    from instep.cli.output import say
    from instep.web.presence import found
    from instep.web.server import link_of

    where = found(home)
    if where is None:
        return False
    say(f"Instep is served already, at {where.origin}.")
    show(link_of(home, where), browser=not no_browser, secret=not where.tls)
    return True


def show(address: str, *, browser: bool, secret: bool) -> None:
    """Open an address in the browser; else print it, a secret one only where a person reads it and nothing keeps it."""
    import webbrowser

    from instep.cli.output import say

    if browser and webbrowser.open(address):
        return
    if not secret:
        say(f"Open it at: {address}")
    elif sys.stdout.isatty():
        say(f"Open this once, within five minutes: {address}")
    else:
        say("Open it in a browser: instep open, or with the link of: instep open --print")


def _set_password(home: Home) -> None:
    from instep.cli.output import say
    from instep.web.login import set_password

    if sys.stdin.isatty():
        password = click.prompt("Password for the pages", hide_input=True, confirmation_prompt=True, err=True, type=str)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    set_password(home, password)
    say("The password is set. Browsers that were logged in with another one must log in again.")
