"""Where a token goes, and that the password's first showing passes the gate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from instep.errors import LoginRefused, LoginsPaused, NotSmarterMail, Transient
from instep.protocols.http import HttpClient, HttpSettings
from peers.standin import Answers, Asked, Say, StandIn, serving

TOKEN, SECRET = "secret.token", "correct horse"


class Gate:
    """Remembers what passed, and can be shut."""

    def __init__(self, shut: bool = False) -> None:
        self.attempts: list[str] = []
        self.refusals: list[str] = []
        self.shut = shut

    @asynccontextmanager
    async def attempt(self, host: str) -> AsyncIterator[None]:
        if self.shut:
            raise LoginsPaused("Paused.", "Wait.")
        self.attempts.append(host)
        yield

    def refused(self, host: str) -> None:
        self.refusals.append(host)


async def _at_once(seconds: float) -> None:
    pass


Work = Callable[[HttpClient, StandIn], Coroutine[Any, Any, Any]]


def at(answers: Answers, work: Work, **settings: Any) -> StandIn:
    async def run() -> StandIn:
        async with serving(answers) as server:
            async with HttpClient(HttpSettings(allow_insecure=True, **settings), sleep=_at_once) as client:
                client.trust(server.url)
                await work(client, server)
            return server

    return asyncio.run(run())


def test_token_is_sent_instead_of_the_password() -> None:
    async def work(client: HttpClient, server: StandIn) -> None:
        assert (await client.request("POST", server.url + "/x", body=b"{}", bearer=TOKEN)).ok
        assert (await client.request("GET", server.url + "/x", bearer="")).ok
        assert (await client.request("GET", server.url + "/x")).ok

    server = at(lambda asked: Say(), work, login="anna", password=SECRET)
    sent = [asked.headers.get("authorization", "") for asked in server.asked]
    assert sent[0] == f"Bearer {TOKEN}"
    assert sent[1] == ""
    assert sent[2].startswith("Basic ")


def test_refused_token_is_the_callers_matter_and_leaves_the_password_alone() -> None:
    async def work(client: HttpClient, server: StandIn) -> None:
        assert (await client.request("GET", server.url + "/rest", bearer=TOKEN)).status == 401
        assert (await client.request("GET", server.url + "/rest", bearer="")).status == 401
        assert (await client.request("PROPFIND", server.url + "/dav")).ok

    gate = Gate()
    at(lambda asked: Say(401 if "rest" in asked.path else 207), work, login="anna", password=SECRET, gate=gate)
    assert gate.refusals == []


def test_token_goes_to_no_server_that_was_not_named() -> None:
    async def work(client: HttpClient, server: StandIn) -> None:
        async with serving(lambda asked: Say()) as other:
            with pytest.raises(NotSmarterMail) as caught:
                await client.request("GET", other.url + "/", bearer=TOKEN)
            assert other.asked == []
            assert TOKEN not in str(caught.value)

    at(lambda asked: Say(), work)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("bearer", [TOKEN, ""])
def test_redirect_to_another_server_is_not_followed(method: str, status: int, bearer: str) -> None:
    async def work() -> None:
        async with serving(lambda asked: Say(), host="localhost") as stranger:
            away = Say(status, headers=(("Location", stranger.url + "/api"),))

            async def ask(client: HttpClient, server: StandIn) -> None:
                with pytest.raises(Exception, match="another server"):
                    await client.request(method, server.url + "/api", body=b"x", bearer=bearer, repeatable=True)

            async with serving(lambda asked: away) as server, HttpClient(HttpSettings(allow_insecure=True)) as client:
                client.trust(server.url)
                await ask(client, server)
            assert stranger.asked == []

    asyncio.run(work())


def test_redirect_within_the_server_keeps_token_and_body() -> None:
    def answers(asked: Asked) -> Say:
        return Say(308, headers=(("Location", "/b"),)) if asked.path == "/a" else Say()

    async def work(client: HttpClient, server: StandIn) -> None:
        assert (await client.request("POST", server.url + "/a", body=b"x", bearer=TOKEN)).ok

    server = at(answers, work)
    assert [(a.headers["authorization"], a.body) for a in server.asked] == [(f"Bearer {TOKEN}", b"x")] * 2


REPEATS = [
    ("a broken connection of a call that only reads", Say(drop=True), {"repeatable": True}, 2),
    ("of one that may write", Say(drop=True), {}, 1),
    ("an accepted error is no reason to ask again", Say(500), {"accept": frozenset({500}), "repeatable": True}, 1),
    ("nor is an accepted pause", Say(503), {"accept": frozenset({503})}, 1),
]


@pytest.mark.parametrize(("situation", "first", "options", "requests"), REPEATS, ids=[row[0] for row in REPEATS])
def test_repeating(situation: str, first: Say, options: dict[str, Any], requests: int) -> None:
    says = [first]

    async def work(client: HttpClient, server: StandIn) -> None:
        try:
            await client.request("POST", server.url + "/", body=b"{}", bearer=TOKEN, **options)
        except Transient:
            assert requests == 1
        assert len(server.asked) == requests

    at(lambda asked: says.pop() if says else Say(), work)


def test_password_passes_the_gate_until_it_worked() -> None:
    gate = Gate()

    async def work(client: HttpClient, server: StandIn) -> None:
        await asyncio.gather(*(client.request("GET", server.url + "/") for _ in range(5)))
        await client.request("GET", server.url + "/")

    server = at(lambda asked: Say(), work, login="anna", password=SECRET, gate=gate)
    assert gate.attempts == ["127.0.0.1"]
    assert gate.refusals == []
    assert server.passwords() == 6


def test_wrong_password_is_told_to_the_gate_once() -> None:
    gate = Gate()

    async def work(client: HttpClient, server: StandIn) -> None:
        for _ in range(3):
            with pytest.raises(LoginRefused):
                await client.request("GET", server.url + "/")

    server = at(lambda asked: Say(401), work, login="anna", password=SECRET, gate=gate)
    assert (gate.attempts, gate.refusals, server.passwords()) == (["127.0.0.1"], ["127.0.0.1"], 1)


def test_shut_gate_keeps_the_password_back() -> None:
    async def work(client: HttpClient, server: StandIn) -> None:
        with pytest.raises(LoginsPaused):
            await client.request("GET", server.url + "/")
        await client.request("GET", server.url + "/", bearer=TOKEN)

    server = at(lambda asked: Say(), work, login="anna", password=SECRET, gate=Gate(shut=True))
    assert len(server.asked) == 1
