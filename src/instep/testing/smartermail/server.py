"""The transport: HTTP/1.1 with keep-alive on a loopback port, in a thread of its own."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from urllib.parse import parse_qsl

from instep.testing.smartermail.exchange import Request, Response
from instep.testing.smartermail.faults import What
from instep.testing.smartermail.front import handle
from instep.testing.smartermail.world import World

_LARGEST = 64 * 1024 * 1024


class Server:
    """A running stand-in for a SmarterMail server.

    ``world`` holds its data, ``url`` is its base address (without a slash at the end). It can be stopped and started
    again on the same port with the same data.
    """

    def __init__(self, world: World, port: int = 0, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.world = world
        self._port, self._tls, self._host = port, tls, host
        self._left: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._ends: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """Its address; the port stays the same after a new start."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._port}"

    @property
    def alive(self) -> bool:
        """Whether it serves now."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Serve, again too after the process was gone. Raises ``OSError`` when the port is taken."""
        if self._is_gone():
            self.stop()
        started, failure = threading.Event(), list[OSError]()
        self._left, self._ends = None, None

        def run() -> None:
            try:
                asyncio.run(self._serve(started))
            except OSError as error:
                failure.append(error)
            finally:
                started.set()

        self._thread = threading.Thread(target=run, name="smartermail-stand-in", daemon=True)
        self._thread.start()
        started.wait()
        if failure:
            raise failure[0]

    def stop(self) -> None:
        """End, and close every connection as a killed process does; the data stay."""
        if self._loop is not None and self._ends is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ends.set)
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def die_after(self, requests: int) -> None:
        """Let the process be gone after so many more requests: the next one gets no answer, nor does any after it."""
        self._left = requests

    def fail(self, pattern: str, what: What, times: int = 1) -> None:
        """Let requests go wrong (``Faults.fail``)."""
        self.world.faults.fail(pattern, what, times)

    def expire_tokens(self) -> None:
        """Let every access token be expired; refresh tokens stay good."""
        self.world.sessions.expire_access()

    async def _serve(self, started: threading.Event) -> None:
        self._loop, self._ends = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", self._port, ssl=self._tls)
        self._port = int(server.sockets[0].getsockname()[1])
        started.set()
        await self._ends.wait()
        server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._talks.discard(task)
            writer.transport.abort() if self._is_gone() else writer.close()

    def _is_gone(self) -> bool:
        return self._ends is not None and self._ends.is_set()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readexactly(1)
        if first == b"\x16":
            return False  # a TLS client on a plain port, as who looks for https first
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        words = head[0].split(" ")
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        length = headers.get("content-length", "0")
        if len(words) != 3 or not length.isdigit() or "transfer-encoding" in headers or int(length) > _LARGEST:
            writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return False
        if headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(int(length))
        if self._left is not None:
            if self._left <= 0:
                assert self._ends is not None
                self._ends.set()
                return False
            self._left -= 1
        path, _, query = words[1].partition("?")
        address = str((writer.get_extra_info("peername") or ("",))[0])
        request = Request(words[0], path, dict(parse_qsl(query, keep_blank_values=True)), headers, body, address)
        response = handle(self.world, request)
        if response.dropped:
            return False
        writer.write(_written(response, words[0] == "HEAD"))
        await writer.drain()
        return headers.get("connection", "").lower() != "close"


def _written(response: Response, head_only: bool) -> bytes:
    try:
        reason = HTTPStatus(response.status).phrase
    except ValueError:
        reason = "Status"
    lines = [f"HTTP/1.1 {response.status} {reason}", *(f"{name}: {value}" for name, value in response.headers)]
    lines.append(f"Content-Length: {len(response.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (b"" if head_only else response.body)


@contextmanager
def serve(world: World, port: int = 0, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve a world on a loopback port (a free one unless named) while the context lasts.

    ``tls`` is a server's context with its certificate; ``host`` is the name in ``url``.
    """
    server = Server(world, port, tls, host)
    server.start()
    try:
        yield server
    finally:
        server.stop()
