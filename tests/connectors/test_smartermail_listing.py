"""Listings over REST: when they stand for the details, what they may hide, and what is proof that an item is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.rest_desk import RestDesk, applied, fetched, fetched_all, listed, objects, run
from instep.connectors.base import Failed, Fetched, Presence, TokenInvalid, Unreadable, Update
from instep.core.model import Contact, Kind
from instep.errors import CollectionVanished, NotCarried, PreconditionFailed, Transient
from instep.testing.builders import edited

KINDS = list(Kind)
BY_LISTING = [Kind.CONTACT, Kind.TASK, Kind.NOTE]


async def etags(desk: RestDesk) -> dict[str, str | None]:
    return await listed(await desk.replica())


@pytest.mark.parametrize("kind", BY_LISTING)
def test_a_listing_that_tells_all_costs_no_request_for_each_item(kind: Kind) -> None:
    async def story() -> None:
        replica = await desk.replica()
        hrefs = list(await listed(replica))
        results = await fetched_all(replica, *hrefs)
        assert sum(isinstance(r, Fetched) for r in results) == 200

    desk = RestDesk(kind)
    for number in range(1, 201):
        desk.put(number)
    run(story())
    assert desk.box.traffic[0] <= 8, desk.box.calls


@pytest.mark.parametrize("kind", KINDS)
def test_a_listing_that_is_a_summary_hides_no_edit(kind: Kind) -> None:
    desk = RestDesk(kind)
    desk.box.ways.hides = ("pinned", "flagInfo")
    ids = [desk.put(number) for number in range(1, 11)]
    before = run(etags(desk))
    desk.change(ids[4], pinned="seen only in the detail")
    after = run(etags(desk))
    assert {id for id in ids if before[id] != after[id]} == {ids[4]}


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_of_reading_give_the_same_version(kind: Kind) -> None:
    async def story() -> None:
        replica = await desk.replica()
        told = await listed(replica)
        for href in told:
            assert (await fetched(replica, href)).etag == told[href]  # from the listing, where it tells all
            assert (await fetched(replica, href)).etag == told[href]  # alone

    desk = RestDesk(kind)
    for number in range(1, 6):
        desk.put(number)
    run(story())


def test_a_summary_is_remembered_for_the_next_run() -> None:
    desk = RestDesk()
    desk.box.ways.hides = ("pinned",)
    for number in range(1, 4):
        desk.put(number)
    run(etags(desk))
    assert desk.profile.forms == {"contacts.listing": "summary"}
    desk.box.number = 9999
    desk.box.ways.hides = ()
    run(etags(desk))
    assert desk.profile.build == 9999 and desk.profile.forms == {}, "another build is looked at anew"


def test_what_a_listing_cuts_off_is_found_before_a_write_at_the_latest() -> None:
    """The keys are all there, so a sample may miss it: the write is refused, and from then on details are read."""

    async def story() -> None:
        replica = await desk.replica()
        told = await listed(replica)
        for href in told:
            got = await fetched(replica, href)
            if href == cut:
                new = edited(got.item, "ours", replica.limits)
                (outcome,) = await applied(replica, Update(1, href, got.etag, got.document, new))
                assert isinstance(outcome, Failed) and isinstance(outcome.error, PreconditionFailed)

    desk = RestDesk()
    for number in range(1, 60):
        desk.put(number, pinned="")
    cut = desk.put(60, pinned="a text that no listing shows")
    original = desk.box.folder

    def cutting(*args: object) -> object:
        folder = original(*args)  # type: ignore[arg-type]
        whole = folder.listing

        async def listing() -> list[dict[str, object]]:
            return [{**entry, "pinned": ""} for entry in await whole()]

        folder.listing = listing  # type: ignore[method-assign]
        return folder

    desk.box.folder = cutting  # type: ignore[method-assign, assignment]
    for _ in range(30):  # until a run's sample does not happen to be the one
        desk.profile = replace(desk.profile, forms={})
        before = desk.box.calls.get("item", 0)
        told = run(etags(desk))
        if not desk.profile.forms:
            break
        assert desk.box.calls["item"] > before and told
    desk.profile = replace(desk.profile, answers={"contacts.listing": "whole"})
    run(story())
    assert desk.profile.forms["contacts.listing"] == "summary"
    assert "update" not in desk.box.calls
    wise = run(etags(desk))
    desk.change(cut, pinned="edited")
    assert run(etags(desk))[cut] != wise[cut]


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_during_the_sample_is_no_summary(kind: Kind) -> None:
    desk = RestDesk(kind)
    id = desk.put(pinned="x" * 500)
    for number in range(2, 5):
        desk.put(number)
    turn: list[int] = []

    def meddle() -> None:
        turn.append(1)
        if len(turn) == 2:
            return
        desk.change(id, pinned="x" * 500 + str(len(turn)))

    desk.box.ways.before_listing = meddle
    run(etags(desk))
    assert desk.profile.forms == {}


def test_group_is_not_carried_and_never_a_person() -> None:
    async def story() -> None:
        replica = await desk.replica()
        told = await listed(replica)
        assert set(told) == {person, group}
        (result,) = await fetched_all(replica, group)
        assert isinstance(result, Unreadable) and isinstance(result.error, NotCarried)
        assert (result.etag, result.error.where.item) == (told[group], "Team")

    desk = RestDesk()
    person = desk.put()
    group = desk.put(2, displayAs="Team", contactType=2, groupedContacts=[{"id": person}])
    run(story())


def test_a_series_without_a_proved_form_is_unreadable_and_never_gone() -> None:
    async def story() -> None:
        replica = await desk.replica()
        await listed(replica)
        (result,) = await fetched_all(replica, id)
        assert isinstance(result, Unreadable) and "CalDAV" in str(result.error) and result.document is not None
        assert await replica.confirm([id]) == {id: Presence.PRESENT}

    desk = RestDesk(Kind.EVENT)
    id = desk.put(isRecurring=True, recurrence={"type": 2, "surprise": [1, 2]})
    run(story())


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_listed_but_not_given_is_unreadable(kind: Kind) -> None:
    async def story() -> None:
        replica = await desk.replica()
        desk.profile = replace(desk.profile, forms={})
        told = await listed(replica)
        results = {r.href: r for r in await fetched_all(replica, *told)}
        assert isinstance(results[good], Fetched)
        again = {r.href: r for r in await fetched_all(replica, good, bad)}
        assert isinstance(again[bad], Unreadable)
        assert (await replica.confirm([bad]))[bad] is Presence.PRESENT

    desk = RestDesk(kind)
    good, bad = desk.put(1), desk.put(2)
    desk.box.ways.not_given.add(bad)
    run(story())


def test_a_token_means_nothing_here() -> None:
    async def story() -> object:
        return await (await desk.replica()).changes("a token")

    desk = RestDesk()
    assert isinstance(run(story()), TokenInvalid)


def test_a_listing_with_an_item_twice_or_without_an_id_is_not_used() -> None:
    desk = RestDesk()
    desk.put()
    desk.there["x"] = {k: v for k, v in objects(Kind.CONTACT, 2).items() if k != "id"}
    with pytest.raises(Transient, match="without an id"):
        run(etags(desk))
    desk.there["x"] = dict(next(iter(desk.there.values())))
    with pytest.raises(Transient, match="twice"):
        run(etags(desk))


def test_a_folder_that_is_not_listed_any_more_is_vanished() -> None:
    desk = RestDesk()
    desk.put()
    desk.box.places[desk.kind].clear()
    with pytest.raises(CollectionVanished, match="does not list"):
        run(etags(desk))


def test_a_vanished_folder_has_no_name_of_a_kind_which_a_desktop_folder_may_have_too() -> None:
    async def story() -> None:
        replica = await desk.replica()
        desk.box.places[desk.kind].clear()
        with pytest.raises(CollectionVanished) as caught:
            await listed(replica)
        assert caught.value.where.collection.startswith("smartermail:")

    desk = RestDesk()
    run(story())


# Proof ----------------------------------------------------------------------------------------------------------------


async def told(desk: RestDesk, *hrefs: str) -> dict[str, Presence]:
    replica = await desk.replica()
    return await replica.confirm(hrefs)


@pytest.mark.parametrize("kind", KINDS)
def test_gone_is_what_list_and_server_lack(kind: Kind) -> None:
    desk = RestDesk(kind)
    here, gone = desk.put(1), desk.put(2)
    del desk.there[gone]
    assert run(told(desk, here, gone)) == {here: Presence.PRESENT, gone: Presence.GONE}
    del desk.there[here]
    assert run(told(desk, gone)) == {gone: Presence.GONE}, "the last one of a folder can be gone too"


def test_an_error_instead_of_an_appointment_proves_nothing_while_others_fail_too() -> None:
    desk = RestDesk(Kind.EVENT)
    here, gone = desk.put(1), desk.put(2)
    del desk.there[gone]
    desk.box.ways.not_given.add(here)
    assert run(told(desk, gone)) == {gone: Presence.UNKNOWN}


def test_what_the_server_gives_though_it_lists_it_not_is_there() -> None:
    desk = RestDesk()
    id = desk.put()

    def vanish_from_listing() -> None:
        desk.box.objects["here"] = Hiding(desk.there)

    class Hiding(dict[str, dict[str, object]]):
        def values(self):  # type: ignore[no-untyped-def]
            return []

    desk.box.ways.before_listing = vanish_from_listing
    assert run(told(desk, id)) == {id: Presence.PRESENT}
    desk.change(id, sourceId="another folder")
    desk.box.ways.before_listing = vanish_from_listing
    assert run(told(desk, id)) == {id: Presence.GONE}, "it says itself that it lies elsewhere"


def test_a_folder_that_changes_meanwhile_proves_nothing() -> None:
    desk = RestDesk()
    id = desk.put()
    del desk.there[id]

    def replaced() -> None:
        desk.box.places[desk.kind] = [replace(desk.box.places[desk.kind][0], name="Another")]

    desk.box.ways.before_listing = replaced
    assert run(told(desk, id)) == {id: Presence.UNKNOWN}
    desk.box.ways.before_listing = desk.box.places[desk.kind].clear
    assert run(told(desk, id)) == {id: Presence.UNKNOWN}
    assert run(told(desk, id)) == {id: Presence.UNKNOWN}, "and so does one that is not there"


def test_contacts_of_a_shared_folder_keep_their_owner_s_spelling() -> None:
    desk = RestDesk()
    source = replace(desk.box.places[Kind.CONTACT][0], owner="~Ä/nna@x y", id="a/b%2F")
    desk.box.places[Kind.CONTACT] = [source]
    desk.box.objects[source.id] = {}
    (info,) = run(desk.connector().collections())
    assert info.id.startswith("smartermail:contacts/") and info.id.count("/") == 2

    async def story() -> None:
        replica = await desk.connector().open(info.id, Kind.CONTACT)
        assert await listed(replica) == {}
        assert isinstance(objects(Kind.CONTACT), dict) and Contact
        with pytest.raises(CollectionVanished):
            await desk.connector().open(info.id, Kind.NOTE)
        with pytest.raises(CollectionVanished):
            await desk.connector().open("smartermail:nonsense", Kind.NOTE)

    run(story())
