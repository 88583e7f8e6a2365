"""The HTTP client's promises: where the password goes, what is waited for, which error a failure becomes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import httpx2
import pytest

from instep.errors import (
    ConfigError,
    InsecureRefused,
    InstepError,
    LoginRefused,
    NotADavServer,
    StoreFull,
    Transient,
    Unreachable,
)
from instep.protocols.http import HttpClient, HttpSettings, Response
from peers.servers import free_port
from peers.standin import Asked, Say, StandIn, serving

SECRET = "correct horse"


class Waits:
    """An injected sleep that returns at once and remembers."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def client_for(*trusted: str, **settings: Any) -> tuple[HttpClient, Waits]:
    waits = Waits()
    made = HttpSettings("anna", SECRET, **{"allow_insecure": True, **settings})
    client = HttpClient(made, sleep=waits)
    for url in trusted:
        client.trust(url)
    return client, waits


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def answering(*says: Say) -> Callable[[Asked], Say]:
    left = list(says)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def moved_to(server: StandIn, path: str, status: int = 302) -> Callable[[Asked], Say]:
    return lambda asked: Say(status, headers=(("Location", server.url + path),))


async def ask(client: HttpClient, url: str, method: str = "PROPFIND", body: bytes = b"") -> Response:
    async with client:
        return await client.request(method, url, body=body)


def test_wrong_password_is_sent_once_and_never_again() -> None:
    async def work() -> None:
        async with serving(answering(Say(401, headers=(("WWW-Authenticate", 'Basic realm="x"'),)))) as server:
            client, _ = client_for(server.url)
            async with client:
                results = await asyncio.gather(
                    *(client.request("GET", server.url + f"/{n}") for n in range(5)), return_exceptions=True
                )
                assert all(isinstance(r, LoginRefused) for r in results)
                with pytest.raises(LoginRefused) as caught:
                    await client.request("PROPFIND", server.url + "/x")
            assert server.passwords() == 1
            assert SECRET not in str(caught.value)

    run(work())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("absolute", [True, False])
def test_redirect_on_the_same_server_keeps_method_body_and_password(status: int, absolute: bool) -> None:
    async def work() -> None:
        def answers(asked: Asked) -> Say:
            if asked.path == "/.well-known/caldav":
                return Say(status, headers=(("Location", (server.url if absolute else "") + "/dav/"),))
            return Say(207, b"found")

        async with serving(answers) as server:
            client, _ = client_for(server.url)
            response = await ask(client, server.url + "/.well-known/caldav", body=b"<x/>")
            assert (response.status, response.url) == (207, server.url + "/dav/")
            assert [a.method for a in server.asked] == ["PROPFIND"] * 2
            assert [a.body for a in server.asked] == [b"<x/>"] * 2
            assert server.passwords() == 2

    run(work())


def test_redirect_to_another_host_gets_no_password_and_says_so() -> None:
    async def work() -> None:
        there = serving(lambda asked: Say(401), host="localhost")
        async with there as stranger, serving(moved_to(stranger, "/dav/")) as server:
            client, _ = client_for(server.url)
            with pytest.raises(LoginRefused, match="another server"):
                await ask(client, server.url + "/")
            assert (server.passwords(), stranger.passwords(), len(stranger.asked)) == (1, 0, 1)

    run(work())


def test_redirect_to_another_port_gets_no_password() -> None:
    async def work() -> None:
        async with serving(lambda asked: Say(200)) as other, serving(moved_to(other, "/")) as server:
            client, _ = client_for(server.url)
            await ask(client, server.url + "/")
            assert (other.passwords(), len(other.asked)) == (0, 1)

    run(work())


def test_write_redirected_to_another_host_is_not_sent_there() -> None:
    async def work() -> None:
        there = serving(lambda asked: Say(201), host="localhost")
        async with there as stranger, serving(moved_to(stranger, "/x.vcf", 307)) as server:
            client, _ = client_for(server.url)
            with pytest.raises(NotADavServer):
                await ask(client, server.url + "/x.vcf", "PUT", b"private")
            assert stranger.asked == []

    run(work())


def test_redirect_out_of_https_is_refused_and_same_host_stays_on_https() -> None:
    seen: list[httpx2.Request] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        location = {"/inner": "http://dav.example.org:8080/dav/", "/out": "http://other.example.org/"}
        path = request.url.path
        return httpx2.Response(302, headers={"Location": location[path]}) if path in location else httpx2.Response(207)

    async def work() -> None:
        settings = HttpSettings("anna", SECRET, allow_insecure=True)
        client = HttpClient(settings, transport=httpx2.MockTransport(answers))
        client.trust("https://dav.example.org/")
        async with client:
            response = await client.request("PROPFIND", "https://dav.example.org/inner")
            assert response.url == "https://dav.example.org/dav/"
            with pytest.raises(InsecureRefused):
                await client.request("PROPFIND", "https://dav.example.org/out")
        assert {request.url.scheme for request in seen} == {"https"}

    run(work())


def test_redirects_in_a_circle_end() -> None:
    async def work() -> None:
        async with serving(answering(Say(302, headers=(("Location", "/"),)))) as server:
            client, _ = client_for(server.url)
            with pytest.raises(NotADavServer, match="circle"):
                await ask(client, server.url + "/")

    run(work())


def test_plain_http_without_consent_sends_nothing() -> None:
    async def work() -> None:
        async with serving(answering(Say(200))) as server:
            client, _ = client_for(allow_insecure=False)
            with pytest.raises(InsecureRefused):
                client.trust(server.url)
            with pytest.raises(InsecureRefused):
                await ask(client, server.url + "/")
            assert server.asked == []

    run(work())


DATE = ("Date", "Mon, 05 Jan 2026 10:00:00 GMT")
RETRIES = [
    ("a pause in seconds is kept", "PROPFIND", [Say(429, headers=(("Retry-After", "7"),)), Say(207)], [7.0], None),
    ("so it is for a write", "PUT", [Say(503, headers=(("Retry-After", "2"),)), Say(201)], [2.0], None),
    (
        "a date counts from the answer's own clock",
        "GET",
        [Say(503, headers=(DATE, ("Retry-After", "Mon, 05 Jan 2026 10:00:30 GMT"))), Say(200)],
        [30.0],
        None,
    ),
    ("without a word the wait doubles and ends", "GET", [Say(503)], [1.0, 2.0, 4.0], Transient),
    ("a pause over the bound is not waited for", "GET", [Say(429, headers=(("Retry-After", "3600"),))], [], Transient),
    ("another error of the server is no matter of waiting", "GET", [Say(500)], [], Transient),
    ("a broken connection is tried again for a question", "REPORT", [Say(drop=True), Say(207)], [1.0], None),
    ("but not for a write, which may have happened", "PUT", [Say(drop=True), Say(201)], [], Transient),
    ("nor for a deletion", "DELETE", [Say(drop=True), Say(204)], [], Transient),
    ("a full store is told", "PUT", [Say(507)], [], StoreFull),
]


@pytest.mark.parametrize(("situation", "method", "says", "waits", "error"), RETRIES, ids=[row[0] for row in RETRIES])
def test_retry(
    situation: str, method: str, says: list[Say], waits: list[float], error: type[InstepError] | None
) -> None:
    async def work() -> None:
        async with serving(answering(*says)) as server:
            client, waited = client_for(server.url)
            if error is None:
                assert (await ask(client, server.url + "/", method)).ok
            else:
                with pytest.raises(error):
                    await ask(client, server.url + "/", method)
            assert waited.seconds == waits

    run(work())


def test_told_pause_over_the_bound_is_passed_on() -> None:
    async def work() -> None:
        async with serving(answering(Say(429, headers=(("Retry-After", "3600"),)))) as server:
            client, _ = client_for(server.url)
            with pytest.raises(Transient) as caught:
                await ask(client, server.url + "/")
            assert caught.value.retry_after == 3600

    run(work())


UNREACHED = [
    ("nobody listens", lambda: f"http://127.0.0.1:{free_port()}/", "refuses connections"),
    ("no such name", lambda: "http://no-such-host.invalid/", "not known|No connection"),
    ("TLS meets plain http", lambda: "https://{plain}/", "encrypted"),
]


@pytest.mark.parametrize(("situation", "address", "words"), UNREACHED, ids=[row[0] for row in UNREACHED])
def test_unreachable(situation: str, address: Callable[[], str], words: str) -> None:
    async def work() -> None:
        async with serving(answering(Say(200))) as server:
            url = address().replace("{plain}", server.url.removeprefix("http://"))
            client, _ = client_for(timeout=5.0)
            with pytest.raises(Unreachable, match=words):
                await ask(client, url)

    run(work())


def test_server_that_never_answers_is_unreachable_after_the_timeout() -> None:
    async def work() -> None:
        silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
        client, _ = client_for(timeout=0.2)
        with pytest.raises(Unreachable, match="did not answer"):
            await ask(client, f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/")
        silent.close()

    run(work())


def test_answer_over_the_bound_is_not_read_on() -> None:
    async def work() -> None:
        async with serving(answering(Say(200, b"x" * 3_000_000))) as server:
            client, _ = client_for(largest_answer=1024 * 1024)
            with pytest.raises(Transient, match="more than 1 MB"):
                await ask(client, server.url + "/", "PUT")

    run(work())


def test_counters_hold_both_directions_and_retries() -> None:
    async def work() -> None:
        async with serving(answering(Say(503), Say(200, b"y" * 1000))) as server:
            client, _ = client_for(server.url)
            await ask(client, server.url + "/", "REPORT", b"x" * 500)
            assert client.requests == len(server.asked) == 2
            assert 2000 < client.bytes < 3500

    run(work())


def test_no_more_requests_at_once_than_allowed() -> None:
    running = most = 0

    async def answers(request: httpx2.Request) -> httpx2.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return httpx2.Response(200)

    async def work() -> None:
        client = HttpClient(HttpSettings(concurrency=3), transport=httpx2.MockTransport(answers))
        async with client:
            await asyncio.gather(*(client.request("GET", "https://example.org/") for _ in range(20)))
        assert 1 < most <= 3

    run(work())


def test_secret_appears_in_no_log_repr_or_error(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        async with serving(answering(Say(500))) as server:
            client, _ = client_for(server.url, attempts=1)
            with_login = server.url.replace("http://", f"http://anna:{SECRET.replace(' ', '%20')}@")
            with pytest.raises(Transient) as caught:
                await ask(client, with_login + "/")
            assert "horse" not in str(caught.value)

    caplog.set_level(logging.DEBUG)
    run(work())
    assert "horse" not in caplog.text
    assert "Y29ycmVjd" not in caplog.text
    assert SECRET not in repr(HttpSettings("anna", SECRET, proxy=f"http://u:{SECRET}@proxy"))


@pytest.mark.parametrize(
    "address", ["ftp://example.org/", "https://", "nonsense", "https://[broken/", f"x://a:{SECRET}@h/"]
)
def test_unusable_address_is_a_configuration_error(address: str) -> None:
    client, _ = client_for()
    with pytest.raises(ConfigError) as caught:
        client.trust(address)
    assert SECRET not in str(caught.value)


def test_proxy_setting_carries_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    async def through(client: HttpClient, proxy: StandIn) -> None:
        await ask(client, "http://dav.example.org/x")
        assert proxy.asked[-1].path == "http://dav.example.org/x"

    async def work() -> None:
        async with serving(answering(Say(200))) as proxy:
            await through(client_for(proxy=proxy.url)[0], proxy)
            monkeypatch.setenv("http_proxy", proxy.url)
            await through(client_for()[0], proxy)
            async with serving(answering(Say(200))) as direct:
                await ask(client_for()[0], direct.url + "/")
                assert len(direct.asked) == 1

    run(work())


def test_unreadable_authority_file_is_a_configuration_error() -> None:
    client, _ = client_for(ca_file="/no/such/file.pem")
    with pytest.raises(ConfigError, match="certificate file"):
        asyncio.run(ask(client, "https://127.0.0.1:1/"))
