"""Serving: the pages on a port of this computer alone, or with TLS and a login to others; and the schedule beside."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from instep.accounts.home import Home
from instep.errors import ConfigError
from instep.web import presence
from instep.web.app import create_app
from instep.web.background import Background
from instep.web.farewell import farewell
from instep.web.presence import Presence
from instep.web.site import Site
from instep.web.tls import Public

PORT = 7467
Say = Callable[[Sequence[str]], None]


def bound(port: int = PORT, public: Public | None = None) -> socket.socket:
    """Take a port on loopback (0 takes a free one), or the place that ``public`` names.

    Raises ``ConfigError`` when another program has it, or the address is none of this computer.
    """
    six = public is not None and public.is_six
    address, port = (public.address, public.port) if public else ("127.0.0.1", port)
    # asyncio sends small answers at once only where it sees that this is TCP; else each waits for 40 ms.
    place = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform == "win32":
        # There the other option would let two programs share a port.
        place.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    else:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind((address, port))
        place.listen(128)
    except OSError as error:
        place.close()
        if public is None:
            raise ConfigError(
                f"Another program has port {port} of this computer ({error.strerror or error}).",
                "Choose another one: --port NUMBER.",
            ) from error
        raise ConfigError(
            f"{address} port {port} cannot be served at: {error.strerror or error}.", "Choose another one: --listen."
        ) from error
    return place


def serve(
    home: Home,
    place: socket.socket,
    ready: Callable[[Site], None],
    *,
    public: Public | None = None,
    waits: Say = lambda names: None,
) -> bool:
    """Serve an installation's pages on a bound socket, and keep its schedule, until the program is told to end.

    ``ready`` is called once, when a browser can come; ``waits`` with the names of the accounts whose runs the end waits
    for. Tells at the end whether all work has ended; what has not would hold up the program's own end, and is as sound
    as after any sudden one. Raises ``ConfigError`` and ``StateDamaged`` before ``ready``.
    """
    site = Site.of(home, place.getsockname()[1], public=public)
    address, port = place.getsockname()[:2]
    here = Presence(site.origin, address, port, public is not None, os.getpid())
    config = settings(create_app(site), public)
    presence.announce(home, here)
    try:
        Server(config, Background(site), lambda: ready(site), waits).run(sockets=[place])
    finally:
        presence.withdraw(home, here)
    return not site.jobs.running()


def settings(app: ASGIApp, public: Public | None = None) -> uvicorn.Config:
    """Return how the server is run: quietly, and trusting no header about who asks."""
    return uvicorn.Config(
        app,
        log_config=None,
        # Below that it would write down addresses with their queries, and so links.
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        ssl_certfile=public.certificate if public else None,
        ssl_keyfile=public.key if public else None,
        limit_concurrency=500 if public else None,
    )


class Server(uvicorn.Server):
    """A server that keeps the schedule while it runs, and ends after the runs that are wanted at the end."""

    def __init__(self, config: uvicorn.Config, background: Background, ready: Callable[[], None], waits: Say) -> None:
        super().__init__(config)
        self._background = background
        self._ready = ready
        self._waits = waits
        self._schedule: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End soon; end at once when told a second time. A signal that was obeyed does not kill the program besides."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and to keep the schedule."""
        await super().startup(sockets)
        self._schedule = asyncio.create_task(self._background.run(), name="instep-schedule")
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Wait for what is wanted at the end while pages can still show it, then stop serving."""
        if self._schedule is not None:
            self._schedule.cancel()
            with suppress(asyncio.CancelledError):
                await self._schedule
        if not self.force_exit:
            await farewell(self._background, lambda: self.force_exit, self._waits)
        await super().shutdown(sockets)


def link(site: Site, now: float | None = None) -> str:
    """Return a one-time link that opens the pages in a browser; where there is a login, the address alone."""
    if site.login is not None:
        return f"{site.origin}/"
    return f"{site.origin}/open?link={site.key.new_link(time.time() if now is None else now)}"


def link_of(home: Home, where: Presence) -> str:
    """Return a link as ``link`` does, to another program that serves the installation at ``where``."""
    from instep.web.key import Key

    if where.tls:
        return f"{where.origin}/"
    return f"{where.origin}/open?link={Key.of(home).new_link(time.time())}"
