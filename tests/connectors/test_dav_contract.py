"""The DAV connector keeps the contract of all connectors: on odd servers, and on the real ones."""

from __future__ import annotations

import pytest

from instep.core.model import Kind
from instep.testing.contract import CHECKS, run
from peers.dav_stores import odd_store, peer_store
from peers.odd_dav import Quirks
from peers.servers import Peer

ODD = {
    "a good server": Quirks(),
    "ctag only": Quirks(sync=False),
    "etags only": Quirks(sync=False, ctag=False),
    "pages, absolute hrefs": Quirks(page=2, absolute_hrefs=True, etag_in_put=False),
    "ignores preconditions": Quirks(ignores_preconditions=True),
    "damaged multiget, no queries": Quirks(unparsable_multiget=True, query=False),
}


# A ctag says only that something changed; it cannot be forgotten either.
NOT_BY_CTAG = {"token_tells_only_what_came_after", "forgotten_token_is_said_to_be_invalid"}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("temper", ODD)
def test_odd_server_keeps_the_contract(check: str, temper: str) -> None:
    if temper == "ctag only" and check in NOT_BY_CTAG:
        pytest.skip("a ctag only tells that something changed")
    run(check, odd_store(Kind.CONTACT, ODD[temper]))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.TASK, Kind.NOTE])
def test_every_kind_keeps_the_contract(check: str, kind: Kind) -> None:
    run(check, odd_store(kind, Quirks()))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.TASK])
def test_server_that_schedules_keeps_the_contract(check: str, kind: Kind) -> None:
    run(check, odd_store(kind, Quirks(schedules=True)))


SAMPLE = {("radicale", Kind.CONTACT), ("radicale", Kind.EVENT), ("xandikos", Kind.EVENT), ("cyrus", Kind.CONTACT)}
ON_REAL_SERVERS = [
    pytest.param(server, kind, marks=() if (server, kind) in SAMPLE else pytest.mark.trial)
    for server in ("radicale", "xandikos", "cyrus")
    for kind in Kind
]


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(("peer", "kind"), ON_REAL_SERVERS, indirect=["peer"])
def test_real_server_keeps_the_contract(peer: Peer, check: str, kind: Kind) -> None:
    run(check, peer_store(peer, kind))
