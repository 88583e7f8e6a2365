"""Serving: the pages on a port of this computer alone."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from instep.accounts.home import Home
from instep.errors import ConfigError
from instep.web.app import create_app
from instep.web.site import Site

PORT = 7467


def bound(port: int = PORT) -> socket.socket:
    """Take a port on loopback; 0 takes a free one. Raises ``ConfigError`` when another program has it."""
    # asyncio sends small answers at once only where it sees that this is TCP; else each waits for 40 ms.
    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        place.bind(("127.0.0.1", port))
    except OSError as error:
        place.close()
        raise ConfigError(
            f"Port {port} of this computer is taken ({error.strerror or error}).", "Choose another one: --port NUMBER."
        ) from error
    return place


def serve(home: Home, place: socket.socket, ready: Callable[[Site], None]) -> None:
    """Serve an installation's pages on a bound socket until the program is told to end.

    ``ready`` is called once, when a browser can come. Raises ``ConfigError`` and ``StateDamaged`` before that.
    """
    site = Site.of(home, place.getsockname()[1])
    server = _Server(settings(create_app(site)), lambda: ready(site))
    server.run(sockets=[place])


def settings(app: ASGIApp) -> uvicorn.Config:
    """Return how the server is run: quietly, and trusting no header about who asks."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def link(site: Site, now: float | None = None) -> str:
    """Return a one-time link that opens the pages in a browser."""
    return f"{site.origin}/open?link={site.key.new_link(time.time() if now is None else now)}"
