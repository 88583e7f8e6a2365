"""The connector contract: what a write does, and what it leaves behind when it is refused or interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from instep.connectors.base import Create, Delete, Document, Failed, Fetched, Missing, Update, Write, Written
from instep.core.fields import same_item
from instep.core.model import Item, kind_of
from instep.errors import CodecError, CollectionError, ItemRefused, PreconditionFailed
from instep.testing.builders import edited, full, item, single, with_extra
from instep.testing.contract_terms import (
    BrokenContract,
    Store,
    applicable,
    applied,
    check,
    created,
    expect,
    expect_same,
    fetched,
    fetched_all,
    listed,
    opened,
    refused,
    written,
)


async def _conditional(store: Store) -> None:
    applicable((await store.connector.probe()).preconditions, "the store has no preconditions")


@check
async def created_item_is_there_where_it_was_proposed(store: Store) -> None:
    """And the answer's etag is the listing's."""
    replica = await opened(store)
    new = item(store.kind, 1)
    proposed = replica.propose(new)
    outcome = await written(replica, Create(7, proposed, new))
    expect(proposed is None or outcome.href == proposed, "the item is at the href that we chose", outcome.href)
    got = await fetched(replica, outcome.href)
    expect_same(replica, new, got.item)
    listing = await listed(await opened(store))
    expect(set(listing) == {outcome.href}, "exactly one item was made", listing)
    expect(outcome.etag is None or outcome.etag == listing[outcome.href], "the etag is that of the write", outcome)
    if outcome.held is not None:
        expect(same_item(outcome.held.item, got.item), "what is said to be held is held", outcome.held, got)
    capabilities = await store.connector.probe()
    if capabilities.keeps_uids and got.item.uid:
        expect(got.item.uid == new.uid, "the uid stays", got.item.uid)


@check
async def full_item_is_read_back_as_it_was_written(store: Store) -> None:
    """Every field that the store has not declared as limited. A store that cannot hold a series says so and makes
    nothing, rather than one appointment of it."""
    replica = await opened(store)
    new = full(store.kind)
    (outcome,) = await applied(replica, Create(1, replica.propose(new), new))
    if isinstance(outcome, Failed) and isinstance(outcome.error, CodecError | ItemRefused):
        expect(single(new) != new, "only a series may be refused", outcome.error)
        expect(await listed(replica) == {}, "nothing was made of what was refused")
        new = single(new)
        (outcome,) = await applied(replica, Create(2, replica.propose(new), new))
    if isinstance(outcome, Failed):
        raise BrokenContract(f"the item is taken; got {outcome.error!r}")
    got = await fetched(replica, outcome.href)
    expect_same(replica, new, got.item)


@check
async def proposed_addresses_are_unique_and_always_the_same(store: Store) -> None:
    """Not one that is taken, not one that is there; and nothing is written by asking."""
    replica = await opened(store)
    new = item(store.kind, 1)
    first = replica.propose(new)
    applicable(first is not None, "the store gives its own hrefs")
    assert first is not None
    expect(replica.propose(new) == first, "the same item gets the same href")
    second = replica.propose(new, frozenset({first}))
    expect(second is not None and second != first, "a taken href is not proposed", second)
    growing = {first}
    for _ in range(5):
        third = replica.propose(new, growing)
        expect(third is not None and third not in growing, "a set that grows is looked at again", third)
        growing.add(third or "")
    expect(await listed(replica) == {}, "proposing writes nothing")
    await written(replica, Create(1, first, new))
    await listed(replica)
    expect(replica.propose(new) != first, "an href that is in use is not proposed")


@check
async def creation_where_something_is_changes_nothing(store: Store) -> None:
    """The neighbour at that address stays as it is."""
    await _conditional(store)
    replica = await opened(store)
    before = await created(replica, item(store.kind, 1))
    applicable(replica.propose(item(store.kind, 2)) is not None, "the store gives its own hrefs")
    error = await refused(replica, Create(2, before.href, item(store.kind, 2)))
    expect(isinstance(error, PreconditionFailed), "the refusal is a failed precondition", error)
    expect(await fetched(replica, before.href) == before, "nothing has changed")


@check
async def update_changes_what_differs_and_nothing_else(store: Store) -> None:
    """Also what the model does not know."""
    replica = await opened(store)
    href = await store.put(with_extra(item(store.kind, 1)))
    before = await fetched(replica, href)
    wanted = edited(before.item, limits=replica.limits)
    outcome = await written(replica, Update(1, href, before.etag, before.document, wanted))
    after = await fetched(replica, outcome.href)
    expect_same(replica, wanted, after.item)
    expect(after.item.extra == before.item.extra, "unknown properties survive", after.item.extra)
    listing = await listed(replica)
    expect(set(listing) == {outcome.href}, "there is still one item", listing)
    etag = listing[outcome.href]
    expect(etag is None or etag != before.etag, "the etag moved", etag)
    expect(outcome.etag is None or outcome.etag == etag, "the etag is that of the write", outcome.etag, etag)


@check
async def update_of_another_version_keeps_the_persons_edit(store: Store) -> None:
    """A write based on an old look is refused."""
    await _conditional(store)
    replica = await opened(store)
    href = await store.put(item(store.kind, 1))
    before = await fetched(replica, href)
    theirs = edited(before.item, "theirs", replica.limits)
    await store.edit(href, theirs)
    ours = Update(1, href, before.etag, before.document, edited(before.item, "ours", replica.limits))
    error = await refused(replica, ours)
    expect(isinstance(error, PreconditionFailed), "the refusal is a failed precondition", error)
    expect_same(replica, theirs, (await fetched(replica, href)).item)


@check
async def update_of_what_is_gone_makes_nothing(store: Store) -> None:
    """A deletion is not undone by an edit."""
    await _conditional(store)
    replica = await opened(store)
    href = await store.put(item(store.kind, 1))
    before = await fetched(replica, href)
    await store.remove(href)
    error = await refused(
        replica, Update(1, href, before.etag, before.document, edited(before.item, limits=replica.limits))
    )
    expect(isinstance(error, PreconditionFailed), "the refusal is a failed precondition", error)
    expect(await listed(replica) == {}, "nothing was made")


@check
async def deleted_item_is_gone_and_its_neighbour_stays(store: Store) -> None:
    """And deleting once more makes nothing worse."""
    replica = await opened(store)
    one, two = await created(replica, item(store.kind, 1)), await created(replica, item(store.kind, 2), 2)
    await written(replica, Delete(3, one.href, one.etag, one.document))
    expect(set(await listed(replica)) == {two.href}, "only the deleted one is gone")
    expect(await fetched_all(replica, [one.href]) == [Missing(one.href)], "what is deleted is missing")
    (again,) = await applied(replica, Delete(4, one.href, one.etag, one.document))
    fine = isinstance(again, Written) or isinstance(again.error, PreconditionFailed)
    expect(fine, "deleting what is gone is either done or refused as gone", again)


@check
async def deletion_of_another_version_keeps_the_persons_edit(store: Store) -> None:
    """What a person changed meanwhile is not deleted."""
    await _conditional(store)
    replica = await opened(store)
    href = await store.put(item(store.kind, 1))
    before = await fetched(replica, href)
    theirs = edited(before.item, "theirs", replica.limits)
    await store.edit(href, theirs)
    error = await refused(replica, Delete(1, href, before.etag, before.document))
    expect(isinstance(error, PreconditionFailed), "the refusal is a failed precondition", error)
    expect_same(replica, theirs, (await fetched(replica, href)).item)


@check
async def document_of_the_other_side_is_used_where_it_fits(store: Store) -> None:
    """``like`` loses nothing, its uid does not win, and one of another format does no harm."""
    replica = await opened(store)
    source = await fetched(replica, await store.put(with_extra(item(store.kind, 1))))
    copy = replace(source.item, uid="another-uid")
    outcome = await written(replica, Create(2, replica.propose(copy), copy, source.document))
    got = await fetched(replica, outcome.href)
    expect_same(replica, copy, got.item)
    if (await store.connector.probe()).keeps_uids and got.item.uid:
        expect(got.item.uid == "another-uid", "the uid is the item's own", got.item.uid)
    alien = Document(b"\x00\x01 nothing you know", "application/x-of-nobody")
    outcome = await written(replica, Create(3, replica.propose(item(store.kind, 3)), item(store.kind, 3), alien))
    expect_same(replica, item(store.kind, 3), (await fetched(replica, outcome.href)).item)


@check
async def good_writes_among_bad_ones_are_done(store: Store) -> None:
    """One refusal does not spoil the others; each is answered once."""
    await _conditional(store)
    replica = await opened(store)
    old = await created(replica, item(store.kind, 1))
    gone = await created(replica, item(store.kind, 2), 2)
    await written(replica, Delete(3, gone.href, gone.etag, gone.document))
    three, four = item(store.kind, 3), item(store.kind, 4)
    first = replica.propose(three)
    second = replica.propose(four, frozenset({first} if first else ()))
    outcomes = await applied(
        replica,
        Create(10, first, three),
        Update(11, gone.href, gone.etag, gone.document, edited(gone.item, limits=replica.limits)),
        Update(12, old.href, old.etag, old.document, edited(old.item, limits=replica.limits)),
        Create(13, second, four),
    )
    failed = {outcome.key for outcome in outcomes if isinstance(outcome, Failed)}
    expect(failed == {11}, "only the impossible one failed", outcomes)
    expect(len(await listed(replica)) == 3, "the good ones are there")


@check
async def nothing_happens_before_somebody_waits_for_it(store: Store) -> None:
    """Streams are lazy: asking for one pulls nothing; an empty one answers nothing."""
    replica = await opened(store)
    pulled: list[int] = []

    async def stream() -> AsyncIterator[Write]:
        for number in range(3):
            pulled.append(number)
            new = item(store.kind, number + 1)
            yield Create(number, replica.propose(new), new)

    outcomes = replica.apply(stream())
    replica.fetch(["nowhere"])
    expect(pulled == [], "nothing is pulled before the first answer is awaited", pulled)
    expect(await listed(replica) == {}, "nothing is written")
    keys = sorted([outcome.key async for outcome in outcomes])
    expect(keys == [0, 1, 2], "each write is answered once", keys)
    expect(await applied(replica) == [], "no writes, no answers")


@check
async def cancelled_write_leaves_the_old_or_the_new_item(store: Store) -> None:
    """Whenever it is cancelled: never half an item, never a second one."""
    replica = await opened(store)
    before = await created(replica, item(store.kind, 1))
    for patience in range(12):
        wanted = edited(before.item, f"edit {patience}", replica.limits)
        job = asyncio.create_task(applied(replica, Update(1, before.href, before.etag, before.document, wanted)))
        for _ in range(patience):
            await asyncio.sleep(0)
        job.cancel()
        await asyncio.gather(job, return_exceptions=True)
        before = await _one_of(store, before, wanted)


async def _one_of(store: Store, before: Fetched, wanted: Item) -> Fetched:
    replica = await opened(store)
    listing = await listed(replica)
    expect(list(listing) == [before.href], "there is one item, where it was", listing)
    now = await fetched(replica, before.href)
    if not same_item(now.item, before.item):
        expect_same(replica, wanted, now.item)
    return now


@check
async def written_kind_is_the_collections_own(store: Store) -> None:
    """A collection made for these kinds is listed as such, and takes an item."""
    applicable((await store.connector.probe()).creates_collections, "the store makes no collections")
    try:
        info = await store.connector.create_collection("Made by a test", frozenset({store.kind}))
    except CollectionError as error:
        applicable(False, str(error))
        return
    expect(store.kind in info.kinds, "it holds the kind", info)
    found = {known.id for known in await store.connector.collections()}
    expect(info.id in found and store.collection in found, "it is listed beside the other", found)
    replica = await store.connector.open(info.id, store.kind)
    got = await created(replica, item(store.kind, 1))
    expect(kind_of(got.item) is store.kind, "it takes an item", got)
    expect(await listed(await opened(store)) == {}, "the other stays empty")
