"""Plain http with a login leads no further than a person's own network, whatever a name says of itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from instep.accounts.account import Account
from instep.accounts.connect import http_settings
from instep.accounts.secret import Secret
from instep.accounts.server_type import ServerType
from instep.errors import InsecureRefused, Unreachable
from instep.protocols.http import HttpClient, HttpSettings
from instep.protocols.logins import OpenGate
from instep.protocols.nearby import is_near
from peers.standin import Say, serving

NEAR = [
    ("this computer", "127.0.0.1"),
    ("this computer, another number", "127.9.9.9"),
    ("a large private network", "10.1.2.3"),
    ("a middle private network, its end", "172.31.255.255"),
    ("a small private network", "192.168.178.20"),
    ("without a server for addresses", "169.254.7.7"),
    ("this computer in version 6", "::1"),
    ("a private network in version 6", "fc00::1"),
    ("a private network in version 6, chosen by chance", "fd12:3456::1"),
    ("the same cable", "fe80::1"),
    ("the same cable, with its name", "fe80::1%eth0"),
    ("version 4 within version 6", "::ffff:10.0.0.1"),
]
FAR = [
    ("for documents, which Python calls private", "192.0.2.1"),
    ("for documents, too", "203.0.113.9"),
    ("for documents in version 6", "2001:db8::1"),
    ("beside a private network", "172.32.0.1"),
    ("a public one", "8.8.8.8"),
    ("a public one in version 6", "2606:4700::1111"),
    ("a provider's own network", "100.64.0.1"),
    ("no address at all", "0.0.0.0"),
    ("version 4 within version 6", "::ffff:192.0.2.1"),
    ("a private one through a translator", "64:ff9b::a00:1"),
]


@pytest.mark.parametrize(("situation", "address"), NEAR, ids=[row[0] for row in NEAR])
def test_private_address_is_near(situation: str, address: str) -> None:
    assert is_near(address)


@pytest.mark.parametrize(("situation", "address"), FAR, ids=[f"{row[0]} {row[1]}" for row in FAR])
def test_other_address_is_far(situation: str, address: str) -> None:
    assert not is_near(address)


def asked(named: dict[str, list[str]], host: str, **settings: Any) -> tuple[BaseException | int, int]:
    """What a request with a login to a host ends with that leads to these addresses, and how often it was sent."""

    async def lookup(name: str) -> list[str]:
        if name not in named:
            raise OSError
        return named[name]

    async def work() -> tuple[BaseException | int, int]:
        async with serving(lambda asked: Say(200)) as server:
            client = HttpClient(HttpSettings("anna", "x", **{"allow_insecure": True, **settings}), lookup=lookup)
            url = server.url.replace("127.0.0.1", host)
            client.trust(url)
            async with client:
                try:
                    return (await client.request("GET", url)).status, len(server.asked)
                except (InsecureRefused, Unreachable) as error:
                    return error, len(server.asked)

    return asyncio.run(work())


def test_plain_http_to_a_near_host_is_sent() -> None:
    assert asked({"localhost": ["127.0.0.1", "::1"]}, "localhost", near_only=True) == (200, 1)


@pytest.mark.parametrize(
    ("situation", "addresses"),
    [
        ("it is on the internet", ["192.0.2.1"]),
        ("one of its addresses is on the internet", ["127.0.0.1", "192.0.2.1"]),
        ("it has no address", []),
    ],
)
def test_plain_http_to_a_far_host_is_refused_and_nothing_sent(situation: str, addresses: list[str]) -> None:
    error, sent = asked({"localhost": addresses}, "localhost", near_only=True)
    assert isinstance(error, InsecureRefused) and "not in your own network" in str(error)
    assert sent == 0


def test_unknown_name_is_unreachable_and_never_taken_for_near() -> None:
    error, sent = asked({}, "localhost", near_only=True)
    assert isinstance(error, Unreachable) and sent == 0


def test_other_accounts_may_use_plain_http_as_far_as_a_person_allowed() -> None:
    assert asked({"localhost": ["192.0.2.1"]}, "localhost") == (200, 1)


@pytest.mark.parametrize(("server", "near"), [(ServerType.SMARTERMAIL, True), (ServerType.DAV, False)])
def test_accounts_with_smartermail_are_those_that_stay_near(server: ServerType, near: bool) -> None:
    account = Account("a", url="http://mail.example", email="a@mail.example", insecure_http=True, server=server)
    assert http_settings(account, Secret(""), OpenGate()).near_only is near
