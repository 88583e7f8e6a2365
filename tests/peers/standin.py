"""A tiny HTTP server for tests, in the loop of the test, that answers exactly what a function says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

REASONS = {200: "OK", 201: "Created", 204: "No Content", 207: "Multi-Status"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Say:
    """An answer; ``cut`` closes the connection after that many bytes of the body, ``drop`` before any answer."""

    status: int = 200
    body: bytes | str = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    drop: bool = False


Answers = Callable[[Asked], Say]


@dataclass
class StandIn:
    """A running stand-in: its base URL and all that was asked."""

    url: str
    asked: list[Asked] = field(default_factory=list)

    def passwords(self) -> int:
        """How many requests carried a password."""
        return sum("authorization" in asked.headers for asked in self.asked)


@asynccontextmanager
async def serving(
    answers: Answers, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[StandIn]:
    """Serve ``answers`` on a free loopback port while the context lasts; ``host`` is the name in its URL."""
    stand_in = StandIn("")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first = await reader.readexactly(1)
        if first == b"\x16":
            # A TLS greeting: answer as servers do that speak no TLS on this port.
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return False
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        asked = Asked(method, path, headers, body)
        stand_in.asked.append(asked)
        say = answers(asked)
        if say.drop:
            return False
        data = say.body.encode() if isinstance(say.body, str) else say.body
        lines = [f"HTTP/1.1 {say.status} {REASONS.get(say.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in say.headers]
        lines.append(f"Content-Length: {len(data)}")
        writer.write("\r\n".join([*lines, "", ""]).encode("latin-1") + data[: say.cut])
        await writer.drain()
        return say.cut is None

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    stand_in.url = f"{scheme}://{host}:{server.sockets[0].getsockname()[1]}"
    try:
        yield stand_in
    finally:
        server.close()
