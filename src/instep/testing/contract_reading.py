"""The connector contract: what a store says that it holds, and how it proves that something is gone."""

from __future__ import annotations

from instep.connectors.base import Create, Failed, Fetched, Foreign, Gone, Missing, Presence, Unreadable
from instep.core.model import kind_of
from instep.errors import CollectionError, CollectionVanished
from instep.testing.builders import edited, item
from instep.testing.contract_terms import (
    Store,
    applicable,
    applied,
    check,
    delta_of,
    expect,
    expect_same,
    fetched,
    fetched_all,
    is_invalid,
    listed,
    opened,
    token_of,
)


@check
async def collection_is_listed_with_its_kind(store: Store) -> None:
    """The connector names the collection, and says that it holds the kind."""
    found = {info.id: info for info in await store.connector.collections()}
    expect(store.collection in found, "the collection is listed under its id", list(found))
    expect(store.kind in found[store.collection].kinds, "its kinds are told", found[store.collection])
    capabilities = await store.connector.probe()
    expect(store.kind in capabilities.kinds, "the probe tells the kinds", capabilities)
    replica = await opened(store)
    expect(
        replica.info.id == store.collection and replica.kind is store.kind, "a replica says what it is", replica.info
    )


@check
async def probe_and_open_write_nothing(store: Store) -> None:
    """Looking at a store leaves it as it was."""
    before = await store.connector.collections()
    await store.connector.probe()
    replica = await opened(store)
    expect(await listed(replica) == {}, "an empty collection is an empty listing")
    expect(await store.connector.collections() == before, "nothing was made by looking")


@check
async def unknown_collection_is_vanished(store: Store) -> None:
    """A collection that is not there is never an empty one."""
    try:
        replica = await store.connector.open(f"{store.collection}-that-is-not-there", store.kind)
        await replica.changes(None)
    except CollectionVanished:
        return
    expect(False, "opening or listing what is not there raises CollectionVanished")


@check
async def listing_names_what_is_there_and_moves_etags_only_with_it(store: Store) -> None:
    """Each item once; an etag stays until its item changes, and an edit is seen."""
    replica = await opened(store)
    one, two = await store.put(item(store.kind, 1)), await store.put(item(store.kind, 2))
    before = await listed(replica)
    expect(set(before) == {one, two}, "the listing names what persons made", before, one, two)
    expect(await listed(await opened(store)) == before, "listing again tells the same")
    await store.edit(one, edited(item(store.kind, 1), limits=replica.limits))
    after = await listed(replica)
    expect(after[one] is None or after[one] != before[one], "an edit moves the etag", before, after)
    expect(after[two] == before[two], "an edit moves no other etag", before, after)
    await store.remove(two)
    expect(set(await listed(replica)) == {one}, "what was deleted is not listed")


@check
async def token_tells_only_what_came_after(store: Store) -> None:
    """Edits, new items and deletions after the token; nothing when there were none."""
    replica = await opened(store)
    one, two = await store.put(item(store.kind, 1)), await store.put(item(store.kind, 2))
    await store.put(item(store.kind, 3))
    token = await token_of(replica)
    expect((await delta_of(replica, token)).changed == (), "no change, no entry")
    await store.edit(one, edited(item(store.kind, 1), limits=replica.limits))
    await store.remove(two)
    four = await store.put(item(store.kind, 4))
    delta = await delta_of(await opened(store), token)
    expect({entry.href for entry in delta.changed} == {one, four}, "the delta names what changed", delta)
    expect(delta.gone == (Gone(two),), "the delta proves the deletion", delta)
    again = await delta_of(replica, delta.token)
    expect(not again.changed and not again.gone, "the new token is after all that", again)


@check
async def token_that_means_nothing_is_said_to_be_invalid(store: Store) -> None:
    """Never an error, never an empty delta."""
    replica = await opened(store)
    await store.put(item(store.kind, 1))
    expect(is_invalid(await replica.changes("no token at all")), "a token of nobody is invalid")


@check
async def forgotten_token_is_said_to_be_invalid(store: Store) -> None:
    """A store that lost its log says so."""
    replica = await opened(store)
    await store.put(item(store.kind, 1))
    token = await token_of(replica)
    applicable(await store.forget_tokens(), "the store cannot be made to forget its tokens")
    expect(is_invalid(await replica.changes(token)), "a forgotten token is invalid")


@check
async def fetch_answers_each_href_exactly_once(store: Store) -> None:
    """Also those asked for twice, and those where nothing is."""
    replica = await opened(store)
    hrefs = [await store.put(item(store.kind, n)) for n in range(1, 6)]
    gone = hrefs.pop()
    await store.remove(gone)
    results = await fetched_all(replica, [*hrefs, hrefs[0], gone])
    expect(sorted(r.href for r in results) == sorted([*hrefs, gone]), "each href once", results)
    expect([r for r in results if isinstance(r, Missing)] == [Missing(gone)], "what is gone is missing", results)
    expect(sum(isinstance(r, Fetched) for r in results) == len(hrefs), "what is there is fetched", results)
    expect(await fetched_all(replica, []) == [], "nothing asked, nothing answered")


@check
async def fetched_item_is_what_a_person_made(store: Store) -> None:
    """With the etag of the listing, and the document it was read from."""
    replica = await opened(store)
    made = item(store.kind, 1)
    href = await store.put(made)
    got = await fetched(replica, href)
    expect_same(replica, made, got.item)
    expect(kind_of(got.item) is store.kind and bool(got.document.data), "item and document come together", got)
    etag = (await listed(replica))[href]
    expect(etag is None or etag == got.etag, "fetch and listing tell the same etag", etag, got.etag)


@check
async def unreadable_item_does_not_hide_its_neighbours(store: Store) -> None:
    """It is listed, and told as unreadable with a reason; the others come as ever."""
    replica = await opened(store)
    good = await store.put(item(store.kind, 1))
    broken = await store.damage()
    applicable(broken is not None, "the store lets nobody leave something unreadable")
    assert broken is not None
    listing = await listed(replica)
    expect({good, broken} <= set(listing), "both are listed", listing)
    results = {r.href: r for r in await fetched_all(replica, [broken, good])}
    expect(isinstance(results[good], Fetched), "the good one is fetched", results[good])
    bad = results[broken]
    if not isinstance(bad, Unreadable):
        expect(False, "the broken one is unreadable", bad)
        return
    expect(bool(str(bad.error)), "the reason is told", bad.error)
    told = (await replica.confirm([broken]))[broken]
    expect(told is not Presence.GONE, "an unreadable item is not gone", told)


@check
async def item_of_another_kind_is_foreign(store: Store) -> None:
    """It is neither fetched nor missing."""
    replica = await opened(store)
    foreign = await store.add_foreign()
    applicable(foreign is not None, "the collection cannot hold another kind")
    assert foreign is not None
    for result in await fetched_all(replica, [foreign]):
        expect(isinstance(result, Foreign), "an item of another kind is foreign", result)


@check
async def confirm_proves_only_what_the_store_itself_says(store: Store) -> None:
    """Present, gone; and every href is answered."""
    replica = await opened(store)
    here, gone = await store.put(item(store.kind, 1)), await store.put(item(store.kind, 2))
    await store.remove(gone)
    told = await replica.confirm([here, gone])
    expect(told == {here: Presence.PRESENT, gone: Presence.GONE}, "present and gone are told", told)
    expect(await replica.confirm([]) == {}, "nothing asked, nothing answered")


@check
async def vanished_collection_is_never_an_empty_one(store: Store) -> None:
    """It raises, proves nothing, and takes no writes."""
    replica = await opened(store)
    href = await store.put(item(store.kind, 1))
    await listed(replica)
    applicable(await store.vanish(), "the collection cannot be taken away")
    for attempt in (replica, None):
        try:
            await (attempt or await opened(store)).changes(None)
            expect(False, "listing a vanished collection raises CollectionVanished")
        except CollectionVanished:
            pass
    told = await replica.confirm([href])
    expect(told == {href: Presence.UNKNOWN}, "an absence from what is not there proves nothing", told)
    new = item(store.kind, 2)
    try:
        proposed = replica.propose(new)
        (outcome,) = await applied(replica, Create(1, proposed, new))
        expect(isinstance(outcome, Failed), "a vanished collection takes no items", outcome)
    except CollectionError:
        pass
    try:
        results = await fetched_all(replica, [href])
        expect(not any(isinstance(r, Fetched) for r in results), "nothing is fetched from it", results)
    except CollectionError:
        pass
