"""Writes over REST, on a server that may do anything but what it says: nothing lost, nothing doubled, all noticed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.rest_desk import RestDesk, applied, fetched, listed, objects, run
from instep.connectors.base import Create, Delete, Failed, Fetched, Outcome, Update, Written
from instep.core.model import Contact, Item, Kind, Task
from instep.errors import ItemRefused, PreconditionFailed, ReadOnly, Transient
from instep.testing.builders import edited, item

KINDS = list(Kind)


async def first(desk: RestDesk) -> Fetched:
    """The only item, after a listing as the engine makes it."""
    replica = await desk.replica()
    (href,) = await listed(replica)
    return await fetched(replica, href)


async def changed(desk: RestDesk, change: Callable[[Item], Item] | None = None) -> Outcome:
    """List, fetch and change the only item, as a run does."""
    replica = await desk.replica()
    (href,) = await listed(replica)
    got = await fetched(replica, href)
    new = change(got.item) if change is not None else edited(got.item, "changed", replica.limits)
    (outcome,) = await applied(replica, Update(1, got.href, got.etag, got.document, new))
    return outcome


async def deleted(desk: RestDesk) -> Outcome:
    """List, fetch and delete the only item."""
    replica = await desk.replica()
    (href,) = await listed(replica)
    got = await fetched(replica, href)
    (outcome,) = await applied(replica, Delete(1, got.href, got.etag, got.document))
    return outcome


async def made(desk: RestDesk, number: int = 1) -> Outcome:
    """List, then create the n-th item."""
    replica = await desk.replica()
    await listed(replica)
    (outcome,) = await applied(replica, Create(1, None, item(desk.kind, number)))
    return outcome


@pytest.mark.parametrize("kind", KINDS)
def test_update_sends_the_whole_object_back_with_what_only_the_server_knows(kind: Kind) -> None:
    desk = RestDesk(kind)
    id = desk.put()
    before = desk.there[id]
    outcome = run(changed(desk))
    assert isinstance(outcome, Written), outcome
    after = desk.there[id]
    assert after["flagInfo"] == {"flagType": 1} and after["pinned"] == "yes 1"
    assert after.keys() >= before.keys()
    assert outcome.held is not None and outcome.etag == outcome.held.etag == run(listed_in(desk))[id]


async def listed_in(desk: RestDesk) -> dict[str, str | None]:
    return await listed(await desk.replica())


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_person_changed_since_the_look_is_not_written_over(kind: Kind) -> None:
    async def story(desk: RestDesk) -> None:
        replica = await desk.replica()
        (href,) = await listed(replica)
        got = await fetched(replica, href)
        desk.change(href, pinned="no more")
        for write in (
            Update(1, href, got.etag, got.document, edited(got.item, "ours", replica.limits)),
            Delete(1, href, got.etag, got.document),
            Delete(1, href, None, got.document),
        ):
            (outcome,) = await applied(replica, write)
            assert isinstance(outcome, Failed) and isinstance(outcome.error, PreconditionFailed), outcome
        assert desk.there[href]["pinned"] == "no more"
        assert "update" not in desk.box.calls and "delete" not in desk.box.calls

    desk = RestDesk(kind)
    desk.put()
    run(story(desk))


# A server that does other things than it says -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_keys_that_an_update_blanks_are_put_back_and_nothing_of_that_kind_is_changed_again(kind: Kind) -> None:
    desk = RestDesk(kind)
    id = desk.put()
    before = dict(desk.there[id])
    desk.box.ways.blanks, desk.box.ways.blanks_once = ("pinned",), True
    outcome = run(changed(desk))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, ItemRefused), outcome
    assert "pinned" in outcome.error.message and "put back" in outcome.error.message
    assert desk.there[id] == before
    sent = desk.box.calls["update"]
    again = run(changed(desk))
    assert isinstance(again, Failed) and isinstance(again.error, ItemRefused)
    assert desk.box.calls["update"] == sent, "the form that blanks is not used again"
    desk.box.number += 1
    assert isinstance(run(changed(desk)), Written), "a new build is tried with care again"


def test_what_cannot_be_put_back_leaves_the_journal_open_for_the_history() -> None:
    desk = RestDesk(Kind.CONTACT)
    desk.put()
    desk.box.ways.blanks = ("pinned",)
    outcome = run(changed(desk))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, Transient)
    assert "pinned" in outcome.error.message and "history" in outcome.error.advice


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_that_makes_a_second_item_is_taken_back(kind: Kind) -> None:
    desk = RestDesk(kind)
    id = desk.put()
    before = dict(desk.there[id])
    desk.box.ways.copies = True
    outcome = run(changed(desk))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, ItemRefused)
    assert "second item" in outcome.error.message
    assert desk.there == {id: before}
    made = desk.box.made
    again = run(changed(desk))
    assert isinstance(again, Failed) and desk.box.made == made, "it is not tried again"


def test_a_person_s_new_item_is_never_taken_for_a_second_one_of_ours() -> None:
    async def story() -> Outcome:
        replica = await desk.replica()
        await listed(replica)
        got = await fetched(replica, id)
        desk.put(2)
        (outcome,) = await applied(
            replica, Update(1, id, got.etag, got.document, edited(got.item, "x", replica.limits))
        )
        return outcome

    desk = RestDesk()
    id = desk.put()
    assert isinstance(run(story()), Written)
    assert len(desk.there) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_an_update_that_changes_nothing_is_told(kind: Kind) -> None:
    desk = RestDesk(kind)
    desk.put()
    desk.box.ways.ignores_updates = True
    outcome = run(changed(desk))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, ItemRefused)
    assert "kept it as it was" in outcome.error.message


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_that_deletes_nothing_is_told(kind: Kind) -> None:
    desk = RestDesk(kind)
    id = desk.put()
    desk.box.ways.ignores_deletes = True
    outcome = run(deleted(desk))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, ItemRefused)
    assert "still there" in outcome.error.message and id in desk.there


@pytest.mark.parametrize("kind", KINDS)
def test_a_creation_that_tells_no_id_is_found_again(kind: Kind) -> None:
    desk = RestDesk(kind)
    old = desk.put(7)
    desk.box.ways.tells_id = False
    outcome = run(made(desk))
    assert isinstance(outcome, Written) and outcome.href not in ("", old), outcome
    assert set(desk.there) == {old, outcome.href}


def test_many_creations_that_tell_no_id_are_told_apart() -> None:
    async def story() -> list[Outcome]:
        replica = await desk.replica()
        await listed(replica)
        return await applied(replica, *(Create(n, None, item(desk.kind, n)) for n in range(1, 9)))

    desk = RestDesk()
    desk.box.ways.tells_id = False
    outcomes = run(story())
    assert len({outcome.href for outcome in outcomes}) == 8 == len(desk.there)
    for outcome in outcomes:
        assert desk.there[outcome.href]["id"] == outcome.href
        assert outcome.held.item.formatted_name == item(desk.kind, outcome.key).formatted_name  # type: ignore[union-attr]


@pytest.mark.parametrize("copies", [False, True], ids=["an update works", "an update makes a second item"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_item_that_came_back_otherwise_is_written_once_more_and_never_doubled(kind: Kind, copies: bool) -> None:
    name = "displayAs" if kind is Kind.CONTACT else "subject"
    desk = RestDesk(kind)
    desk.box.ways.copies = copies
    desk.box.ways.rewrites = lambda new: {**new, name: "Something else"}
    outcome = run(made(desk))
    assert isinstance(outcome, Written) and outcome.held is not None, outcome
    assert set(desk.there) == {outcome.href}
    assert (desk.there[outcome.href][name] == "Something else") is copies
    assert (outcome.etag is None) is copies, "what is not our own writing is compared in the next run"


# The connection breaks ------------------------------------------------------------------------------------------------

BREAKS: list[tuple[str, str, bool, bool]] = [
    ("a creation that was done is found", "create", True, True),
    ("a creation that was not done is open", "create", False, False),
    ("an update that was done is seen", "update", True, True),
    ("an update that was not done is open", "update", False, False),
    ("a deletion that was done is seen", "delete", True, True),
    ("a deletion that was not done is open", "delete", False, False),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("why", "call", "done", "told"), BREAKS, ids=[row[0] for row in BREAKS])
def test_after_a_broken_connection_it_is_looked_what_happened(
    kind: Kind, why: str, call: str, done: bool, told: bool
) -> None:
    desk = RestDesk(kind)
    if call != "create":
        desk.put()
    (desk.box.ways.lost_after if done else desk.box.ways.lost).add(call)
    outcome = run({"create": made, "update": changed, "delete": deleted}[call](desk))
    assert desk.box.calls[call] == 1, "it is never sent twice"
    if told:
        assert isinstance(outcome, Written), outcome
    else:
        assert isinstance(outcome, Failed) and isinstance(outcome.error, Transient), outcome
    assert len(desk.there) == (1 if call == "update" or (call == "create") is done else 0)


def test_deleting_what_is_gone_is_done() -> None:
    async def story(kind: Kind) -> None:
        desk = RestDesk(kind)
        id = desk.put()
        got = await first(desk)
        del desk.there[id]
        (outcome,) = await applied(await desk.replica(), Delete(1, id, got.etag, got.document))
        assert isinstance(outcome, Written)

    for kind in Kind:
        run(story(kind))


def test_an_appointment_that_is_listed_but_not_given_is_not_taken_for_deleted() -> None:
    desk = RestDesk(Kind.EVENT)
    id = desk.put()
    got = run(first(desk))
    desk.box.ways.not_given.add(id)

    async def story() -> Outcome:
        (outcome,) = await applied(await desk.replica(), Delete(1, id, got.etag, got.document))
        return outcome

    outcome = run(story())
    assert isinstance(outcome, Failed) and isinstance(outcome.error, Transient)


# What is not ours to write -------------------------------------------------------------------------------------------


def test_a_refused_write_stops_the_folder_after_it() -> None:
    async def story() -> list[Outcome]:
        replica = await desk.replica()
        await listed(replica)
        return await applied(replica, *(Create(n, None, item(desk.kind, n)) for n in range(1, 30)))

    desk = RestDesk()
    desk.box.ways.read_only = True
    outcomes = run(story())
    assert all(isinstance(o, Failed) and isinstance(o.error, ReadOnly) for o in outcomes)
    assert desk.box.calls["create"] <= 4
    # What was not sent is not told as the fault of another item.
    assert sum(isinstance(o, Failed) and bool(o.error.where.item) for o in outcomes) <= 4


def test_a_folder_that_is_said_to_be_read_only_is_sent_nothing() -> None:
    desk = RestDesk()
    desk.box.places[desk.kind] = [replace(desk.box.places[desk.kind][0], writable=False)]
    outcome = run(made(desk))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, ReadOnly)
    assert "create" not in desk.box.calls


def test_a_shared_folder_counts_as_writable_after_a_write_only() -> None:
    async def story() -> None:
        replica = await desk.replica()
        await listed(replica)
        assert replica.info.writable is None
        await applied(replica, Create(1, None, item(desk.kind, 1)))
        await listed(replica)
        assert replica.info.writable is True

    desk = RestDesk()
    desk.box.places[desk.kind] = [replace(desk.box.places[desk.kind][0], writable=None, shared=True)]
    run(story())


def test_a_delegated_task_is_read_only() -> None:
    desk = RestDesk(Kind.TASK)
    id = desk.put(isDelegatedByOwner=True)
    before = dict(desk.there[id])
    for outcome in (run(changed(desk)), run(deleted(desk))):
        assert isinstance(outcome, Failed) and isinstance(outcome.error, ItemRefused)
    assert desk.there == {id: before}


GUEST = [{"name": "Ben", "email": "ben@example.org", "status": 0, "isOrganizer": False, "isResource": False}]


def test_a_meeting_s_private_parts_are_not_saved_since_any_save_may_mail() -> None:
    desk = RestDesk(Kind.EVENT)
    id = desk.put(attendees=GUEST, isOrganizer=True, organizerEmail="anna@example.org", organizerName="Anna")
    before = dict(desk.there[id])
    outcome = run(changed(desk, lambda old: replace(old, categories=("Private",))))
    assert isinstance(outcome, Failed) and isinstance(outcome.error, ItemRefused), outcome
    assert "guests" in outcome.error.message
    assert desk.there[id] == before and "update" not in desk.box.calls
    desk.profile = replace(desk.profile, answers={"appointments.saving-mails": "no"})
    assert isinstance(run(changed(desk, lambda old: replace(old, categories=("Private",)))), Written)


def test_a_meeting_s_time_is_saved_since_a_person_said_yes_before() -> None:
    desk = RestDesk(Kind.EVENT)
    id = desk.put(attendees=GUEST, isOrganizer=True, organizerEmail="anna@example.org", organizerName="Anna")
    assert isinstance(run(changed(desk, lambda old: replace(old, summary="Another name"))), Written)
    assert desk.there[id]["attendees"] == GUEST


def test_what_comes_back_from_history_keeps_what_only_the_server_knew_but_not_its_id_and_guests() -> None:
    async def again(desk: RestDesk, **more: Any) -> dict[str, Any]:
        id = desk.put(**more)
        got = await first(desk)
        del desk.there[id]
        replica = await desk.replica()
        await listed(replica)
        (outcome,) = await applied(replica, Create(1, None, got.item, got.document))
        assert isinstance(outcome, Written) and outcome.href != id
        return desk.there[outcome.href]

    assert run(again(RestDesk(Kind.CONTACT)))["pinned"] == "yes 1"
    meeting = run(again(RestDesk(Kind.EVENT), attendees=GUEST, organizerEmail="anna@example.org"))
    assert not meeting.get("attendees")


def test_a_write_that_a_person_s_edit_overtook_tells_no_etag() -> None:
    async def story() -> None:
        replica = await desk.replica()
        (href,) = await listed(replica)
        got = await fetched(replica, href)
        real = desk.box.folder

        def meddling(*args: Any) -> Any:
            folder = real(*args)
            put = folder.update

            async def update(id: str, sent: dict[str, Any]) -> None:
                await put(id, sent)
                desk.change(id, **{k: v for k, v in objects(Kind.CONTACT, 5).items() if k == "displayAs"})

            folder.update = update
            return folder

        desk.box.folder = meddling  # type: ignore[method-assign]
        replica = await desk.replica()
        await listed(replica)
        new = replace(got.item, company="Ours")
        assert isinstance(new, Contact | Task)
        (outcome,) = await applied(replica, Update(1, href, got.etag, got.document, new))
        assert isinstance(outcome, Written) and outcome.etag is None and outcome.held is not None
        assert outcome.held.item.formatted_name.startswith("Person 5")  # type: ignore[union-attr]

    desk = RestDesk()
    desk.put()
    run(story())
