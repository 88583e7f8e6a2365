"""Where SmarterMail is looked for, and what passes for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx2
import pytest

from instep.errors import ConfigError, InsecureRefused, Transient, Unreachable
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.finding import Found, find, look
from instep.protocols.smartermail.place import hosts
from instep.protocols.webdav.places import Service

ROOT = '<html><script>var stProductVersion = "100.0.9526.30000";</script></html>'
OLD = "<title>SmarterMail</title><form>SmarterMail Enterprise 15.7.6970 <input type='password'></form>"


async def nobody(name: str) -> Service | None:
    return None


def candidates(typed: str, email: str = "", insecure: bool = False, resolver: Callable = nobody) -> list[str]:  # type: ignore[type-arg]
    found = asyncio.run(hosts(typed, email, insecure, resolver))
    return [origin + directory for host in found for origin in host.origins for directory in host.directories]


TYPED = [
    ("a page of the web mail", "http://mail.example.com/interface/root#/email", ["https://mail.example.com"]),
    ("the old login page", "https://mail.example.com/Login.aspx?x=1", ["https://mail.example.com"]),
    (
        "a virtual directory, tried with and without",
        "https://example.com/mail/interface/root",
        ["https://example.com/mail", "https://example.com"],
    ),
    ("its own port", "https://example.com:9998/interface", ["https://example.com:9998"]),
    (
        "plain http on a port of its own may be secure on the usual one",
        "http://example.com:9998/",
        ["https://example.com:9998", "https://example.com"],
    ),
    ("a host", "mail.example.com", ["https://mail.example.com"]),
    ("a host and a path", "example.com/mail", ["https://example.com/mail", "https://example.com"]),
    (
        "a domain",
        "example.com",
        ["https://example.com", "https://mail.example.com", "https://webmail.example.com"],
    ),
    (
        "an e-mail address",
        "anna@example.com",
        ["https://example.com", "https://mail.example.com", "https://webmail.example.com"],
    ),
    ("an address of numbers", "192.0.2.7", ["https://192.0.2.7"]),
    ("a name of this network", "mailserver", ["https://mailserver"]),
    ("a password in the address goes nowhere", "https://anna:x@example.com/", ["https://example.com"]),
]


@pytest.mark.parametrize(("situation", "typed", "expected"), TYPED, ids=[row[0] for row in TYPED])
def test_candidates_in_their_order(situation: str, typed: str, expected: list[str]) -> None:
    assert candidates(typed) == expected


def test_plain_http_comes_last_and_only_where_allowed() -> None:
    assert candidates("http://mail.example.com/", insecure=True) == [
        "https://mail.example.com",
        "http://mail.example.com",
    ]


def test_plain_http_to_this_computer_is_taken_as_typed() -> None:
    assert candidates("http://127.0.0.1:9998/", insecure=True)[0] == "http://127.0.0.1:9998"
    assert candidates("http://127.0.0.1:9998/") == ["https://127.0.0.1:9998", "https://127.0.0.1"]


def test_announced_server_is_believed_inside_its_domain_only() -> None:
    async def resolver(name: str) -> Service | None:
        services = {"_caldavs": Service("dav.example.com.", 443), "_autodiscover": Service("box.example.com.", 8443)}
        return services.get(name.partition(".")[0])

    async def stranger(name: str) -> Service | None:
        return Service("evil.example.org.", 443)

    found = candidates("example.com", resolver=resolver)
    assert found[3:] == ["https://dav.example.com", "https://box.example.com:8443"]
    assert not any("evil" in url for url in candidates("example.com", resolver=stranger))


def test_nothing_to_look_at_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError):
        candidates("", "")
    with pytest.raises(ConfigError):
        candidates("two words")


Site = Callable[[httpx2.Request], httpx2.Response]


def web(pages: dict[str, httpx2.Response | str | int]) -> tuple[HttpClient, list[httpx2.Request]]:
    """A web of pages by URL; what is missing on a known host is 404, an unknown host cannot be reached."""
    asked: list[httpx2.Request] = []
    known = {url.split("/")[2] for url in pages}

    def answers(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        url = str(request.url)
        origin = "/".join(url.split("/")[:3])
        if url.split("/")[2] not in known or f"!{origin}" in pages:
            raise httpx2.ConnectError("no way", request=request)
        page = pages.get(url, pages.get(origin + "/*", 404))
        match page:
            case str():
                return httpx2.Response(200, text=page)
            case int():
                return httpx2.Response(page)
        return page

    settings = HttpSettings("anna@example.com", "horse", allow_insecure=True)
    client = HttpClient(settings, transport=httpx2.MockTransport(answers))
    for host in known:
        client.trust(f"https://{host}/")
    return client, asked


def search(pages: dict[str, httpx2.Response | str | int], typed: str, **options: bool) -> Found | None:
    client, asked = web(pages)

    async def work() -> Found | None:
        async with client:
            return await find(client, typed, resolver=nobody, **options)

    try:
        return asyncio.run(work())
    finally:
        assert not any("authorization" in request.headers for request in asked)
        assert len(asked) < 30


def moved(location: str) -> httpx2.Response:
    return httpx2.Response(302, headers={"Location": location})


S = "https://mail.example.com"
FOUND = [
    ("where it was typed", {f"{S}/interface/root": ROOT}, S + "/interface/root", Found(S, 9526, "100.0.9526.30000")),
    (
        "below a virtual directory",
        {f"{S}/post/interface/root": ROOT, f"{S}/*": 404},
        S + "/post/interface/root#/x",
        Found(S + "/post", 9526, "100.0.9526.30000"),
    ),
    (
        "not below the directory that was typed",
        {f"{S}/interface/root": ROOT},
        S + "/start",
        Found(S, 9526, "100.0.9526.30000"),
    ),
    (
        "where a redirect within the server ends",
        {f"{S}/interface/root": moved("/hosted/interface/root"), f"{S}/hosted/interface/root": ROOT},
        S,
        Found(S + "/hosted", 9526, "100.0.9526.30000"),
    ),
    (
        "at the guessed name of a domain",
        {f"{S}/interface/root": ROOT, "https://example.com/*": "Our shop"},
        "example.com",
        Found(S, 9526, "100.0.9526.30000"),
    ),
    ("an old one", {f"{S}/Login.aspx": OLD}, S, Found(S, 6970, "15.7.6970", old=True)),
    (
        "an old one, by its own web server",
        {f"{S}/Login.aspx": httpx2.Response(200, text="<form>", headers={"Server": "SmarterTools/2.0.3974.16813"})},
        S,
        Found(S, 0, "", old=True),
    ),
    ("a catch-all that answers everything", {f"{S}/*": "<form>Welcome <input type='password'></form>"}, S, None),
    ("a page that writes about SmarterMail", {f"{S}/*": "We host SmarterMail 16.3 and more"}, S, None),
    ("no SmarterMail", {f"{S}/*": 404}, S, None),
    (
        "a redirect to another host is not followed",
        {f"{S}/*": moved("https://other.example.org/interface/root"), "https://other.example.org/interface/root": ROOT},
        S,
        None,
    ),
    ("a circle", {f"{S}/*": moved("/interface/root")}, S, None),
]


@pytest.mark.parametrize(("situation", "pages", "typed", "expected"), FOUND, ids=[row[0] for row in FOUND])
def test_server_is_found(
    situation: str, pages: dict[str, httpx2.Response | str | int], typed: str, expected: Found | None
) -> None:
    assert search(pages, typed) == expected


def test_typed_http_is_tried_over_https_first() -> None:
    pages: dict[str, httpx2.Response | str | int] = {f"{S}/interface/root": ROOT, "http://mail.example.com/*": ROOT}
    assert search(pages, "http://mail.example.com/", allow_insecure=True) == Found(S, 9526, "100.0.9526.30000")


def test_plain_http_server_is_found_only_where_allowed() -> None:
    pages: dict[str, httpx2.Response | str | int] = {"http://mail.example.com/*": ROOT, f"!{S}": 0}
    found = search(pages, "http://mail.example.com/", allow_insecure=True)
    assert found is not None
    assert found.base == "http://mail.example.com"
    with pytest.raises(InsecureRefused):
        search(pages, "http://mail.example.com/")


def test_nobody_there_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        search({"https://else.example.org/": 200}, "mail.example.com")


def test_server_that_is_ill_is_not_taken_for_another_product() -> None:
    with pytest.raises(Transient):
        search({f"{S}/*": 503}, S)


def test_known_server_tells_its_build_again() -> None:
    async def work() -> None:
        client, _ = web({f"{S}/interface/root": ROOT})
        async with client:
            product = await look(client, S)
            assert product is not None
            assert product.build == 9526

    asyncio.run(work())
