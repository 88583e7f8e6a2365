"""The DAV connector against real servers: Radicale, Xandikos, and Cyrus where it is installed."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

import pytest

from instep.connectors.base import (
    Create,
    Delete,
    Delta,
    Entry,
    Failed,
    Fetched,
    Foreign,
    Gone,
    Missing,
    Presence,
    Snapshot,
    TokenInvalid,
    Update,
    Written,
)
from instep.connectors.dav import DavConnector
from instep.connectors.dav.replica import DavReplica
from instep.core.model import Contact, Event, Item, Kind, Moment, Note, Task
from instep.errors import CollectionVanished, ItemRefused, LoginRefused, PreconditionFailed
from peers.dav_sessions import applied, connector, fetched
from peers.servers import Peer


def item_of(kind: Kind, number: int) -> Item:
    """One item of a kind with a name of its own and letters beyond ASCII."""
    uid, name = f"{uuid.UUID(int=number + 7)}", f"Müller & Söhne <{number}> 日本"
    start = Moment(datetime(2026, 3, 10, 9, number % 60), "UTC")
    match kind:
        case Kind.CONTACT:
            return Contact(uid=uid, formatted_name=name, family="Müller", given=str(number))
        case Kind.EVENT:
            return Event(uid=uid, summary=name, start=start, end=Moment(datetime(2026, 3, 10, 11), "UTC"))
        case Kind.TASK:
            return Task(uid=uid, summary=name)
        case Kind.NOTE:
            return Note(uid=uid, title=name, body="Zeile eins\n\nZeile drei")


@asynccontextmanager
async def a_run(peer: Peer) -> AsyncIterator[DavConnector]:
    run = connector(peer.url, peer.login, peer.password)
    try:
        yield run
    finally:
        await run.close()


async def new_collection(peer: Peer, *kinds: Kind) -> str:
    async with a_run(peer) as run:
        info = await run.create_collection(f"Test {uuid.uuid4().hex[:8]}", frozenset(kinds))
        assert set(kinds) <= info.kinds
        assert info.id in {found.id for found in await run.collections()}
        return info.id


async def create(replica: DavReplica, kind: Kind, count: int) -> list[str]:
    items = [item_of(kind, number) for number in range(count)]
    outcomes = await applied(replica, *(Create(n, replica.propose(item), item) for n, item in enumerate(items)))
    written = [outcomes[n] for n in range(count)]
    assert [o for o in written if isinstance(o, Failed)] == []
    return [o.href for o in written if isinstance(o, Written)]


async def snapshot(replica: DavReplica) -> Snapshot:
    found = await replica.changes(None)
    assert isinstance(found, Snapshot)
    return found


def on(peer: Peer, work: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await work()

    asyncio.run(whole())


@pytest.mark.parametrize("kind", list(Kind))
def test_item_goes_there_and_comes_back_and_goes_away(peer: Peer, kind: Kind) -> None:
    async def work() -> None:
        url = await new_collection(peer, kind)
        async with a_run(peer) as run:
            replica = await run.open(url, kind)
            before = await snapshot(replica)
            assert before.entries == ()
            (href,) = await create(replica, kind, 1)
            found = (await fetched(replica, [href]))[href]
            assert isinstance(found, Fetched)
            assert found.item == item_of(kind, 0)
            since = await replica.changes(before.token)
            assert isinstance(since, Delta)
            assert since.changed == (Entry(href, found.etag),)

            changed = replace(found.item, categories=("Blau", "Grün"))
            outcome = (await applied(replica, Update(1, href, found.etag, found.document, changed)))[1]
            assert isinstance(outcome, Written)
            again = (await fetched(replica, [href]))[href]
            assert isinstance(again, Fetched)
            assert again.item == changed
            assert outcome.etag in (again.etag, None)

            assert await replica.confirm([href]) == {href: Presence.PRESENT}
            assert isinstance((await applied(replica, Delete(2, href, again.etag)))[2], Written)
            assert await replica.confirm([href]) == {href: Presence.GONE}
            assert (await fetched(replica, [href]))[href] == Missing(href)
            gone = await replica.changes(since.token)
            assert isinstance(gone, Delta)
            assert (gone.changed, gone.gone) == ((), (Gone(href),))

    on(peer, work)


def test_wrong_versions_and_taken_addresses_are_refused(peer: Peer) -> None:
    async def work() -> None:
        url = await new_collection(peer, Kind.CONTACT)
        async with a_run(peer) as run:
            replica = await run.open(url, Kind.CONTACT)
            (href,) = await create(replica, Kind.CONTACT, 1)
            found = (await fetched(replica, [href]))[href]
            assert isinstance(found, Fetched)
            outcomes = await applied(
                replica,
                Update(1, href, '"other"', found.document, replace(found.item, note="x")),  # type: ignore[call-arg]
                Delete(2, href, '"other"'),
                Create(3, href, item_of(Kind.CONTACT, 5)),
            )
            for outcome in outcomes.values():
                assert isinstance(outcome, Failed)
                assert isinstance(outcome.error, PreconditionFailed | ItemRefused)
            assert (await fetched(replica, [href]))[href] == found

    on(peer, work)


def test_unknown_token_is_told_and_vanished_collection_too(peer: Peer) -> None:
    async def work() -> None:
        url = await new_collection(peer, Kind.CONTACT)
        async with a_run(peer) as run:
            replica = await run.open(url, Kind.CONTACT)
            assert await replica.changes("sync:http://example.org/bogus") == TokenInvalid()
            elsewhere = await run.open(url.rstrip("/") + "-not/", Kind.CONTACT)
            for token in (None, (await snapshot(replica)).token):
                with pytest.raises(CollectionVanished):
                    await elsewhere.changes(token)
            assert await elsewhere.confirm(["/x.vcf"]) == {"/x.vcf": Presence.UNKNOWN}

    on(peer, work)


def test_one_calendar_serves_three_kinds_with_one_request_for_all(peer: Peer) -> None:
    async def work() -> None:
        kinds = (Kind.EVENT, Kind.TASK, Kind.NOTE)
        url = await new_collection(peer, *kinds)
        async with a_run(peer) as run:
            for kind in kinds:
                replica = await run.open(url, kind)
                items = [replace(item_of(kind, n), uid=f"{kind.value}-{n}") for n in range(4)]
                await applied(replica, *(Create(n, replica.propose(i), i) for n, i in enumerate(items)))
        async with a_run(peer) as run:
            replicas = [await run.open(url, kind) for kind in kinds]
            found = [await snapshot(replica) for replica in replicas]
            assert run.traffic[0] == 1
            for replica, listed in zip(replicas, found, strict=True):
                results = await fetched(replica, [entry.href for entry in listed.entries])
                assert sum(isinstance(r, Fetched) for r in results.values()) == 4
                assert sum(isinstance(r, Foreign) for r in results.values()) == 8
            assert run.traffic[0] == 2

    on(peer, work)


def test_upload_stays_within_its_bound_and_an_idle_run_is_one_short_request(peer: Peer) -> None:
    count = 240

    async def work() -> None:
        url = await new_collection(peer, Kind.CONTACT)
        async with a_run(peer) as run:
            replica = await run.open(url, Kind.CONTACT)
            before = await snapshot(replica)
            hrefs = await create(replica, Kind.CONTACT, count)
            results = await fetched(replica, hrefs)
            assert all(isinstance(result, Fetched) for result in results.values())
            since = await replica.changes(before.token)
            assert isinstance(since, Delta)
            assert {entry.href for entry in since.changed} == set(hrefs)
            assert run.traffic[0] <= count + count // 50 + 10
        async with a_run(peer) as run:
            replica = await run.open(url, Kind.CONTACT)
            assert await replica.changes(since.token) == Delta((), (), since.token)
            requests, size = run.traffic
            assert (requests, size <= 2048) == (1, True)

    on(peer, work)


def test_foreign_hrefs_with_spaces_and_umlauts_are_handled(peer: Peer) -> None:
    async def work() -> None:
        url = await new_collection(peer, Kind.CONTACT)
        async with a_run(peer) as run:
            replica = await run.open(url, Kind.CONTACT)
            path = url.partition("://")[2].partition("/")[2]
            item = item_of(Kind.CONTACT, 1)
            outcome = (await applied(replica, Create(1, f"/{path}A%20b%C3%BC%40x.vcf", item)))[1]
            assert isinstance(outcome, Written)
            (entry,) = (await snapshot(replica)).entries
            found = (await fetched(replica, [entry.href]))[entry.href]
            assert isinstance(found, Fetched)
            assert await replica.confirm([entry.href]) == {entry.href: Presence.PRESENT}
            update = Update(2, entry.href, entry.etag, found.document, replace(item, note="x"))  # type: ignore[call-arg]
            assert isinstance((await applied(replica, update))[2], Written)
            (again,) = (await snapshot(replica)).entries
            assert isinstance((await applied(replica, Delete(3, again.href, again.etag)))[3], Written)
            assert (await snapshot(replica)).entries == ()

    on(peer, work)


def test_wrong_password_is_refused_after_one_request(radicale: Peer) -> None:
    async def work() -> None:
        run = connector(radicale.url + radicale.login + "/", radicale.login, "wrong")
        with pytest.raises(LoginRefused):
            await run.collections()
        assert run.traffic[0] == 1
        await run.close()

    on(radicale, work)
