"""The memory store plays every kind of store that the engine must bear."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from instep.connectors.base import (
    Absence,
    Connector,
    Create,
    Delete,
    Delta,
    Failed,
    Fetched,
    Foreign,
    Gone,
    Outcome,
    Page,
    Presence,
    Replica,
    Snapshot,
    TokenInvalid,
    Unreadable,
    Update,
    Write,
    Written,
)
from instep.connectors.memory import MemoryConnector, MemoryReplica, MemoryStore, Traits
from instep.connectors.memory.document import read_json, write_json
from instep.core.limits import ABSENT, Limit
from instep.core.model import (
    Alarm,
    Attendee,
    Binary,
    Contact,
    Event,
    Extra,
    Item,
    Kind,
    Moment,
    Note,
    Override,
    Task,
    Typed,
)
from instep.errors import CodecError, CollectionVanished, InstepError, ItemRefused, PreconditionFailed, ReadOnly

ANNA = Contact("anna", formatted_name="Anna Weiß", telephones=(Typed("+49 30 1"), Typed("+49 30 2")))
BERT = Contact("bert", formatted_name="Bert")
MEETING = Event("m", summary="Plan", organizer=Attendee("a@x.test"), attendees=(Attendee("b@x.test"),))


def store_with(traits: Traits | None = None, *items: Item) -> MemoryStore:
    store = MemoryStore("Test", traits)
    store.add_collection("c", Kind, "Everything")
    for item in items:
        store.put("c", item, item.uid)
    return store


def replica(store: MemoryStore, kind: Kind = Kind.CONTACT) -> MemoryReplica:
    return MemoryReplica(store, "c", kind)


async def stream(*writes: Write) -> AsyncIterator[Write]:
    for write in writes:
        yield write


def apply(store: MemoryStore, *writes: Write) -> list[Outcome]:
    async def run() -> list[Outcome]:
        return [outcome async for outcome in replica(store).apply(stream(*writes))]

    return asyncio.run(run())


def fetch(store: MemoryStore, href: str, kind: Kind = Kind.CONTACT) -> object:
    async def run() -> object:
        (result,) = [result async for result in replica(store, kind).fetch([href])]
        return result

    return asyncio.run(run())


def fetched(store: MemoryStore, href: str) -> Fetched:
    result = fetch(store, href)
    assert isinstance(result, Fetched)
    return result


def changes(store: MemoryStore, since: str | None) -> object:
    return asyncio.run(replica(store).changes(since))


def token_of(store: MemoryStore) -> str:
    snapshot = changes(store, None)
    assert isinstance(snapshot, Snapshot) and snapshot.token
    return snapshot.token


def error_of(outcome: Outcome) -> InstepError:
    assert isinstance(outcome, Failed)
    return outcome.error


def test_connector_and_replica_are_what_the_engine_expects() -> None:
    store = store_with()
    assert isinstance(MemoryConnector(store), Connector)
    assert isinstance(replica(store), Replica)


RICH: list[Item] = [
    replace(
        ANNA, photo=Binary(b"\x00\xff" * 500, media_type="image/png"), extra=(Extra("X-A", "1", (("P", ("q", "r")),)),)
    ),
    replace(ANNA, telephones=(Typed("1", frozenset({"home", "cell"}), 1, "Boat"),), modified=datetime(2026, 1, 2, 3)),
    Event(
        "e",
        start=Moment(datetime(2026, 3, 1, 9), "Europe/Berlin"),
        end=Moment(date(2026, 3, 2)),
        alarms=(Alarm(-900), Alarm(Moment(datetime(2026, 3, 1), "UTC"))),
        exceptions=(Override(Moment(date(2026, 3, 8)), Event("e", summary="moved")),),
    ),
    Task("t", priority=0, percent=50),
    Note("n", title="T", body="a\nb"),
]


@pytest.mark.parametrize("item", RICH, ids=lambda item: type(item).__name__)
def test_document_written_and_read_is_the_same_item(item: Item) -> None:
    assert read_json(write_json(item)) == item
    assert write_json(read_json(write_json(item))) == write_json(item)


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"\xff", b'["contacts", 1]', b'["os", {}]', b'["tasks", {"due": 1}]', b"{}"]
)
def test_document_that_is_none_raises_the_codecs_error(raw: bytes) -> None:
    with pytest.raises(CodecError):
        read_json(raw)


def test_token_of_a_snapshot_tells_only_what_came_after() -> None:
    store = store_with(None, ANNA, BERT)
    token = token_of(store)
    store.edit("c", "anna", lambda item: replace(ANNA, company="ACME"))
    store.remove("c", "bert")
    delta = changes(store, token)
    assert isinstance(delta, Delta)
    assert [entry.href for entry in delta.changed] == ["anna"]
    assert delta.gone == (Gone("bert"),)
    assert changes(store, delta.token) == Delta((), (), delta.token)


@pytest.mark.parametrize(
    "spoil",
    [lambda s: s.forget_tokens("c"), lambda s: s.add_collection("c", Kind)],
    ids=["tokens forgotten", "collection made anew"],
)
def test_token_that_means_nothing_any_more_is_said_to_be_invalid(spoil: Callable[[MemoryStore], object]) -> None:
    store = store_with(None, ANNA)
    token = token_of(store)
    spoil(store)
    assert changes(store, token) == TokenInvalid()
    assert changes(store, "nonsense") == TokenInvalid()


def test_store_without_tokens_gives_none_and_takes_none() -> None:
    store = store_with(Traits(tokens=False), ANNA)
    snapshot = changes(store, None)
    assert isinstance(snapshot, Snapshot) and snapshot.token is None
    assert changes(store, "0/1") == TokenInvalid()


def test_long_listing_comes_in_pages_that_hold_everything_once() -> None:
    store = store_with(Traits(page=2), *(Contact(f"u{i}") for i in range(5)))
    part, following = [], None
    answer = changes(store, None)
    while isinstance(answer, Page):
        assert isinstance(answer.part, Snapshot)
        part += [e.href for e in answer.part.entries]
        following = answer.next
        answer = changes(store, following)
    assert isinstance(answer, Snapshot)
    assert part + [e.href for e in answer.entries] == [f"u{i}" for i in range(5)]


def test_item_that_leaves_the_scope_is_gone_but_not_deleted() -> None:
    store = store_with(Traits(scope=lambda item: getattr(item, "company", "") != "Old"), ANNA)
    token = token_of(store)
    store.edit("c", "anna", lambda item: replace(ANNA, company="Old"))
    delta = changes(store, token)
    assert isinstance(delta, Delta) and delta.gone == (Gone("anna", Absence.OUT_OF_SCOPE),)
    assert asyncio.run(replica(store).confirm(["anna"])) == {"anna": Presence.PRESENT}


def test_lossy_store_keeps_only_what_its_limits_allow() -> None:
    limits = {Kind.CONTACT: {"telephones": Limit(most=1), "company": ABSENT}}
    store = store_with(Traits(limits=limits))
    apply(store, Create(1, "anna", replace(ANNA, company="ACME")))
    assert fetched(store, "anna").item == replace(ANNA, telephones=ANNA.telephones[:1])


def test_person_is_not_bound_by_what_our_writes_lose() -> None:
    store = store_with(Traits(limits={Kind.CONTACT: {"telephones": Limit(most=1)}}), ANNA)
    assert fetched(store, "anna").item == ANNA


def test_normalising_store_holds_the_rewritten_form() -> None:
    store = store_with(Traits(rewrite=lambda item: replace(ANNA, formatted_name="ANNA WEISS"), tells_held=True))
    (outcome,) = apply(store, Create(1, "anna", ANNA))
    assert isinstance(outcome, Written) and outcome.held == fetched(store, "anna")
    assert fetched(store, "anna").item == replace(ANNA, formatted_name="ANNA WEISS")


WRONG: dict[str, tuple[Traits, Callable[[Fetched], Write]]] = {
    "an update on another etag": (Traits(), lambda f: Update(1, f.href, '"0"', f.document, BERT)),
    "an update without etag on another document": (
        Traits(etags=False),
        lambda f: Update(1, f.href, None, replace(f.document, data=write_json(BERT)), BERT),
    ),
    "a deletion on another etag": (Traits(), lambda f: Delete(1, f.href, '"0"')),
    "a creation where something is": (Traits(), lambda f: Create(1, f.href, BERT)),
    "an update of what is not there": (Traits(), lambda f: Update(1, "none", f.etag, f.document, BERT)),
    "a deletion of what is not there": (Traits(), lambda f: Delete(1, "none", f.etag)),
}


@pytest.mark.parametrize("case", WRONG)
def test_write_on_another_version_is_refused_and_changes_nothing(case: str) -> None:
    traits, write = WRONG[case]
    store = store_with(traits, ANNA)
    before = fetched(store, "anna")
    (outcome,) = apply(store, write(before))
    assert isinstance(error_of(outcome), PreconditionFailed)
    assert fetched(store, "anna") == before
    assert list(store.items("c")) == ["anna"]


def test_store_without_preconditions_writes_over_what_is_there() -> None:
    store = store_with(Traits(preconditions=False), ANNA)
    assert [type(o) for o in apply(store, Create(1, "anna", BERT), Delete(2, "none", None))] == [Written, Written]
    assert fetched(store, "anna").item == BERT


def test_store_that_gives_its_own_addresses_and_uids_ignores_ours() -> None:
    store = store_with(Traits(own_hrefs=False, keeps_uids=False))
    assert replica(store).propose(ANNA) is None
    (outcome,) = apply(store, Create(1, "mine", ANNA))
    assert isinstance(outcome, Written) and outcome.href != "mine"
    held = fetched(store, outcome.href)
    assert held.item.uid not in ("", ANNA.uid)
    apply(store, Update(2, held.href, held.etag, held.document, BERT))
    assert fetched(store, held.href).item.uid == held.item.uid


REFUSING: dict[str, tuple[Traits, type[InstepError]]] = {
    "the kind": (Traits(), ItemRefused),
    "the item": (Traits(refuse=lambda item: "No."), ItemRefused),
    "a uid that is there already": (Traits(unique_uids=True), ItemRefused),
    "everything": (Traits(), ReadOnly),
}


@pytest.mark.parametrize("what", REFUSING)
def test_store_that_refuses_says_why_and_keeps_what_it_had(what: str) -> None:
    traits, error = REFUSING[what]
    store = MemoryStore("Test", traits)
    store.add_collection("c", [Kind.CONTACT])
    store.put("c", BERT, "bert")
    store.lock("c", what == "everything")
    item: Item = Note("n", title="Note") if what == "the kind" else replace(ANNA, uid="bert")
    (outcome,) = apply(store, Create(1, "new", item))
    assert type(error_of(outcome)) is error
    assert store.items("c") == {"bert": BERT}


def test_store_that_answers_late_still_answers_every_write_once() -> None:
    store = store_with(Traits(answers_late=True), BERT)
    outcomes = apply(store, Create(1, "anna", ANNA), Create(2, "bert", BERT), Create(3, "c", Contact("c")))
    assert [(o.key, type(o)) for o in outcomes] == [(1, Written), (2, Failed), (3, Written)]


def test_scheduling_store_notes_whom_our_writes_would_have_mailed() -> None:
    store = store_with(Traits(schedules=True), MEETING)
    assert store.outbox == []
    apply(store, Create(1, "x", replace(MEETING, uid="x")), Create(2, "y", Event("y", summary="Alone")))
    assert [(mail.why, mail.uid, mail.to) for mail in store.outbox] == [("created", "x", ("b@x.test",))]


ME = frozenset({"a@x.test"})
SENDING: list[tuple[str, Traits, Event, list[str]]] = [
    ("the organizer's change", Traits(schedules=True, owner=ME), replace(MEETING, location="Hall"), ["b@x.test"]),
    ("nobody told whose", Traits(schedules=True), replace(MEETING, location="Hall"), ["b@x.test"]),
    ("somebody else's", Traits(schedules=True, owner=frozenset({"b@x.test"})), replace(MEETING, location="Hall"), []),
    ("a reminder", Traits(schedules=True, owner=ME), replace(MEETING, alarms=(Alarm(-900),)), []),
    ("no scheduling", Traits(owner=ME), replace(MEETING, location="Hall"), []),
]


@pytest.mark.parametrize(("situation", "traits", "item", "to"), SENDING, ids=[r[0] for r in SENDING])
def test_scheduling_store_acts_for_its_owner(situation: str, traits: Traits, item: Event, to: list[str]) -> None:
    store = store_with(traits, MEETING)
    was = store.shelf("c").held["m"]
    apply(store, Update(1, "m", was.etag, was.document, item))
    assert [address for mail in store.outbox for address in mail.to] == to


def test_vanished_collection_is_never_an_empty_one() -> None:
    store = store_with(None, ANNA)
    store.vanish("c")
    with pytest.raises(CollectionVanished):
        changes(store, None)
    with pytest.raises(CollectionVanished):
        fetch(store, "anna")
    assert asyncio.run(replica(store).confirm(["anna"])) == {"anna": Presence.UNKNOWN}
    (outcome,) = apply(store, Create(1, "new", BERT))
    assert isinstance(error_of(outcome), CollectionVanished)
    store.appear("c")
    assert store.items("c") == {"anna": ANNA}


def test_damaged_document_and_other_kind_are_told_apart() -> None:
    store = store_with(None, MEETING)
    store.damage("c", "broken")
    assert isinstance(fetch(store, "m"), Foreign)
    unreadable = fetch(store, "broken")
    assert isinstance(unreadable, Unreadable) and unreadable.error.where.item == "broken"


def test_version_that_moved_without_a_change_is_reported_with_the_same_content() -> None:
    store = store_with(None, ANNA)
    before, token = fetched(store, "anna"), token_of(store)
    store.touch("c", "anna")
    delta = changes(store, token)
    assert isinstance(delta, Delta) and [e.href for e in delta.changed] == ["anna"]
    assert fetched(store, "anna").etag != before.etag and fetched(store, "anna").item == before.item
