"""Sessions of the DAV connector with a server, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from instep.connectors.base import FetchResult, Outcome, Write
from instep.connectors.dav import DavConnector
from instep.connectors.dav.replica import DavReplica
from instep.core.model import Kind
from instep.protocols.http import HttpClient, HttpSettings
from peers.odd_dav import OddDav
from peers.standin import Answers, StandIn, serving

T = TypeVar("T")


async def _no_wait(seconds: float) -> None:
    return None


def connector(url: str, login: str = "", password: str = "") -> DavConnector:
    """A fresh run with the server at ``url``; pauses that the server asks for are not waited for."""
    client = HttpClient(HttpSettings(login, password, allow_insecure=True, timeout=20.0), sleep=_no_wait)
    return DavConnector(client, url, allow_insecure=True)


class Session:
    """A running stand-in server and runs with it."""

    def __init__(self, server: StandIn, odd: OddDav) -> None:
        self.server = server
        self.odd = odd
        self._open: list[DavConnector] = []

    def run(self) -> DavConnector:
        """Start a new run."""
        made = connector(self.server.url + "/", "anna", "secret")
        self._open.append(made)
        return made

    async def replica(self, path: str, kind: Kind, run: DavConnector | None = None) -> DavReplica:
        """Open a collection in a run (a new one by default)."""
        return await (run or self.run()).open(self.server.url + path, kind)

    def requests(self, *methods: str) -> int:
        """How many requests there were, of these methods or of all."""
        return sum(not methods or asked.method in methods for asked in self.server.asked)

    def forget(self) -> None:
        """Start counting anew."""
        self.server.asked.clear()

    async def close(self) -> None:
        """End all runs."""
        for made in self._open:
            await made.close()


@asynccontextmanager
async def session(odd: OddDav, answers: Answers | None = None) -> AsyncIterator[Session]:
    """Serve ``odd``, or ``answers`` in its place, while the context lasts."""
    async with serving(answers or odd.answers) as server:
        made = Session(server, odd)
        try:
            yield made
        finally:
            await made.close()


def with_server(odd: OddDav, work: Callable[[Session], Awaitable[T]], answers: Answers | None = None) -> T:
    """Run ``work`` with a session to ``odd``; ``answers`` may stand before it."""

    async def whole() -> T:
        async with session(odd, answers) as made:
            return await work(made)

    return asyncio.run(whole())


async def stream(writes: Iterable[Write]) -> AsyncIterator[Write]:
    """Give writes one after the other."""
    for write in writes:
        yield write


async def applied(replica: DavReplica, *writes: Write) -> dict[int, Outcome]:
    """Apply writes; the outcomes by key, each key once."""
    outcomes = [outcome async for outcome in replica.apply(stream(writes))]
    assert sorted(o.key for o in outcomes) == sorted(w.key for w in writes)
    return {outcome.key: outcome for outcome in outcomes}


async def fetched(replica: DavReplica, hrefs: Iterable[str]) -> dict[str, FetchResult]:
    """Fetch; the results by href, each href once."""
    wanted = list(hrefs)
    results = [result async for result in replica.fetch(wanted)]
    assert sorted(r.href for r in results) == sorted(set(wanted))
    return {result.href: result for result in results}


def card(uid: str, name: str = "Anna Muster", more: str = "") -> bytes:
    """A vCard 3.0."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:{uid}",
        f"FN:{name}",
        f"N:{name};;;;",
        *([more] if more else []),
        "END:VCARD",
    ]
    return "\r\n".join([*lines, ""]).encode()


def ics(uid: str, component: str = "VEVENT", summary: str = "Talk") -> bytes:
    """An iCalendar document with one component."""
    start = {"VEVENT": ["DTSTART:20260310T090000Z", "DTEND:20260310T100000Z"]}.get(component, [])
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", f"BEGIN:{component}", f"UID:{uid}"]
    lines += ["DTSTAMP:20260101T000000Z", *start, f"SUMMARY:{summary}", f"END:{component}", "END:VCALENDAR", ""]
    return "\r\n".join(lines).encode()
