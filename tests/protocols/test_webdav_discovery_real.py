"""Discovery against real servers: what a person types leads to the same collections."""

from __future__ import annotations

import asyncio

import pytest

from instep.protocols.http import HttpClient, HttpSettings
from instep.protocols.webdav.discovery import Account, discover
from instep.protocols.webdav.names import Flavour
from peers.servers import Peer


def found_from(peer: Peer, typed: str) -> tuple[Account, int]:
    async def run() -> tuple[Account, int]:
        settings = HttpSettings(peer.login, peer.password, allow_insecure=True)
        async with HttpClient(settings) as client:
            return await discover(client, typed), client.requests

    return asyncio.run(run())


def test_bare_url_leads_to_all_collections_with_their_kinds(peer: Peer) -> None:
    account, requests = found_from(peer, peer.url)
    flavours = {c.flavour for c in account.collections}
    assert flavours == {Flavour.CALENDAR, Flavour.ADDRESSBOOK}
    calendar = next(c for c in account.collections if c.url.endswith(peer.calendar))
    assert {"VEVENT", "VTODO", "VJOURNAL"} <= calendar.components
    assert calendar.syncs
    assert calendar.writable in (True, None)
    assert requests <= 8


@pytest.mark.parametrize("which", ["calendar", "addressbook"])
def test_url_of_a_collection_is_found_itself(peer: Peer, which: str) -> None:
    path = peer.calendar if which == "calendar" else peer.addressbook
    account, _ = found_from(peer, peer.url.rstrip("/") + path)
    assert account.named is not None
    assert account.named.url.endswith(path)
    assert account.collections[0] == account.named
    assert len({c.url for c in account.collections}) == len(account.collections) >= 2
