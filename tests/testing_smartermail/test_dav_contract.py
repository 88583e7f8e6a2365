"""The DAV connector's contract on the stand-in's CalDAV and CardDAV, as it is and as it may be."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

import pytest

from instep.core.model import Kind
from instep.protocols.http import HttpClient, HttpSettings
from instep.testing.contract import CHECKS, Store, run
from instep.testing.smartermail import ANNA, Server, Switches, World, serve
from peers.dav_sessions import connector
from peers.dav_stores import DavStore
from peers.smartermail import PASSWORD

_WORD = {Kind.CONTACT: "card", Kind.EVENT: "cal", Kind.TASK: "cal"}


class _Store(DavStore):
    """A folder of the stand-in."""

    server: Server

    async def vanish(self) -> bool:
        number = int(urlsplit(self.collection).path.rstrip("/").rpartition("/")[2])
        folders = self.server.world.folders
        for id, folder in list(folders.items()):
            if folder.number == number:
                del folders[id]
        return True


def _store(kind: Kind, switches: Switches) -> Callable[[], AbstractAsyncContextManager[Store]]:
    @asynccontextmanager
    async def factory() -> AsyncIterator[Store]:
        world = World(switches)
        world.person(ANNA, PASSWORD)
        with serve(world) as server:
            async with HttpClient(HttpSettings(ANNA, PASSWORD, allow_insecure=True)) as hands:
                hands.trust(server.url)
                number = world.primary(ANNA, kind).number
                collection = f"{server.url}/webdav/{_WORD[kind]}/example.com/anna/{number}/"
                store = _Store(connector(f"{server.url}/webdav/", ANNA, PASSWORD), hands, collection, kind)
                store.server = server
                yield store

    return factory


@pytest.mark.parametrize("kind", [Kind.CONTACT, Kind.EVENT, Kind.TASK], ids=str)
@pytest.mark.parametrize("check", CHECKS)
def test_the_stand_in_keeps_the_dav_contract(check: str, kind: Kind) -> None:
    run(check, _store(kind, Switches()))


OTHERWISE = [
    Switches(sync_collection="missing"),
    Switches(etag="absent"),
    Switches(if_match="ignored"),
]
WRITING = [name for name, check in CHECKS.items() if check.__module__.endswith("contract_writing")]


@pytest.mark.parametrize("switches", OTHERWISE, ids=["no sync", "no etag", "no if-match"])
@pytest.mark.parametrize("check", WRITING)
def test_a_stand_in_that_behaves_otherwise_can_still_be_written_to(check: str, switches: Switches) -> None:
    run(check, _store(Kind.EVENT, switches))
