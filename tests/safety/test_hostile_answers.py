"""A server that means harm: what it answers costs it no password, us no memory beyond the bound, and ends in words."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hostile.counting import peak
from instep.errors import InstepError, NotADavServer, Transient, Unreachable
from instep.protocols.backoff import told_to_wait
from instep.protocols.http import HttpClient, HttpSettings, Response
from instep.protocols.inflate import Body, Garbled, TooMuch
from instep.protocols.webdav.xml import parse_multistatus
from peers.standin import Say, serving

SECRET = "correct horse"
OK = b"HTTP/1.1 207 Multi-Status\r\n"
Speaks = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def speaking(speaks: Speaks) -> AsyncIterator[str]:
    """Serve raw bytes on a loopback port; what the server still wants to say when the client has gone is dropped."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await reader.readuntil(b"\r\n\r\n")
            await speaks(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def ask(speaks: Speaks, method: str = "PUT", **settings: Any) -> Response:
    """Ask a raw server once."""

    async def work() -> Response:
        async with speaking(speaks) as url:
            made = HttpSettings("anna", SECRET, **{"allow_insecure": True, "timeout": 5.0, "attempts": 1, **settings})
            async with HttpClient(made, sleep=_at_once) as client:
                client.trust(url)
                return await client.request(method, url, body=b"x")

    return asyncio.run(work())


async def _at_once(seconds: float) -> None:
    return None


def saying(data: bytes) -> Speaks:
    async def speaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return speaks


def for_ever(head: bytes, piece: bytes) -> Speaks:
    async def speaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return speaks


def dripping(head: bytes, piece: bytes) -> Speaks:
    async def speaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.02)

    return speaks


_CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ANSWERS: list[tuple[str, Speaks, type[InstepError], str]] = [
    ("a body without end", for_ever(OK + b"\r\n", b"x" * 65536), Transient, "more than 1 MB"),
    ("chunks without end", for_ever(_CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"), Transient, "more than 1 MB"),
    ("a chunk of a gigabyte", saying(_CHUNKED + b"40000000\r\nxxxx"), Transient, "broke off"),
    ("a chunk of an impossible size", saying(_CHUNKED + b"f" * 100 + b"\r\nxxxx"), Transient, "broke off"),
    ("a head without end", for_ever(OK, b"X-A: " + b"x" * 1000 + b"\r\n"), Transient, "broke off"),
    ("one header line without end", for_ever(OK + b"X-A: ", b"x" * 65536), Transient, "broke off"),
    ("preliminary answers without end", for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), Unreachable, "did not finish"),
    ("less than it promised", saying(OK + b"Content-Length: 100\r\n\r\nxx"), Transient, "broke off"),
    ("a length that is none", saying(OK + b"Content-Length: -5\r\n\r\nxx"), Transient, "broke off"),
    ("two lengths", saying(OK + b"Content-Length: 1\r\nContent-Length: 9\r\n\r\nxx"), Transient, "broke off"),
    ("no HTTP", saying(b"220 mail.example.org ESMTP\r\n"), Transient, "broke off"),
    ("nothing", saying(b""), Transient, "broke off"),
    ("a body byte by byte", dripping(OK + b"Content-Length: 99999\r\n\r\n", b"x"), Unreachable, "did not finish"),
    ("a head byte by byte", dripping(OK + b"X-A: ", b"x"), Unreachable, "did not finish"),
    ("a packing that nobody asked for", saying(OK + b"Content-Encoding: br\r\n\r\nxx"), Transient, "unpacked"),
    ("a packing that is none", saying(OK + b"Content-Encoding: gzip\r\n\r\nxx"), Transient, "unpacked"),
]  # fmt: skip


@pytest.mark.parametrize(("situation", "speaks", "error", "words"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_an_answer_that_means_harm_ends_in_words(
    situation: str, speaks: Speaks, error: type[InstepError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        ask(speaks, largest_answer=1024 * 1024, longest_answer=0.4)
    assert SECRET not in str(caught.value)


def packed(data: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        data = gzip.compress(data, mtime=0)
    return data


def test_a_packed_answer_is_unpacked_no_further_than_the_bound() -> None:
    bomb = packed(b"x" * 100_000_000)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)

    def work() -> None:
        with pytest.raises(Transient, match="more than 1 MB"):
            ask(saying(head + bomb), largest_answer=1024 * 1024)

    assert peak(work) < 20_000_000


def test_an_answer_packed_twice_is_not_unpacked_at_all() -> None:
    bomb = packed(b"x" * 10_000_000, 2)
    head = OK + b"Content-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    with pytest.raises(Transient, match="cannot be unpacked"):
        ask(saying(head + bomb))


TEXT = b"<a>" * 1000
_BARE = zlib.compressobj(wbits=-15)
PACKED = [
    ("gzip", packed(TEXT), TEXT),
    ("x-gzip", packed(TEXT), TEXT),
    ("deflate", zlib.compress(TEXT), TEXT),
    ("deflate", _BARE.compress(TEXT) + _BARE.flush(), TEXT),
    ("", TEXT, TEXT),
    ("identity", TEXT, TEXT),
    ("gzip", b"", b""),
]


@pytest.mark.parametrize(("coding", "sent", "meant"), PACKED, ids=lambda value: str(value[:12]))
@pytest.mark.parametrize("step", [1, 7, 100_000])
def test_an_honest_answer_is_unpacked_however_it_comes_in(coding: str, sent: bytes, meant: bytes, step: int) -> None:
    body = Body(coding, len(meant))
    for at in range(0, len(sent), step):
        body.add(sent[at : at + step])
    assert body.whole() == meant
    if meant:
        short = Body(coding, len(meant) - 1)
        with pytest.raises(TooMuch):
            for at in range(0, len(sent), step):
                short.add(sent[at : at + step])


def test_a_packed_answer_that_breaks_off_is_no_answer() -> None:
    body = Body("gzip", 10_000)
    body.add(packed(TEXT)[:-9])
    with pytest.raises(Garbled):
        body.whole()


def test_an_answer_over_the_bound_is_asked_for_once() -> None:
    async def work() -> None:
        async with serving(lambda asked: Say(207, b"x" * 3_000_000)) as server:
            settings = HttpSettings(allow_insecure=True, largest_answer=1024 * 1024)
            async with HttpClient(settings, sleep=_at_once) as client:
                with pytest.raises(Transient):
                    await client.request("REPORT", server.url + "/")
            assert len(server.asked) == 1

    asyncio.run(work())


PAUSES = [
    "9" * 5000,
    "-1",
    "1e9",
    "٣",
    "Mon, 05 Jan 9999 10:00:00 GMT",
    "Mon, 05 Jan 2026 10:00:30 -99999999999",
    "x" * 9999,
]


@pytest.mark.parametrize("told", PAUSES, ids=lambda text: ascii(text[:20]))
def test_an_absurd_pause_is_a_week_at_most(told: str) -> None:
    wait = told_to_wait({"retry-after": told, "date": "Mon, 05 Jan 2026 10:00:00 GMT"})
    assert wait is None or 0 <= wait <= 7 * 86400


TARGETS = [
    "file:///etc/passwd",
    "ftp://example.org/",
    "gopher://x/",
    "//",
    "http://[broken/",
    "http://x:99999/",
    "javascript:1",
    "data:,x",
]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", ["PROPFIND", "PUT", "REPORT"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_what_is_no_server_is_an_error_of_ours(status: int, method: str, target: str) -> None:
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
    with pytest.raises(NotADavServer):
        ask(saying(head), method)


def test_a_web_page_instead_of_webdav_is_no_server_of_ours() -> None:
    with pytest.raises(NotADavServer):
        parse_multistatus(ask(saying(OK + b"Content-Length: 6\r\n\r\n<html>")).body, "https://example.org/")
