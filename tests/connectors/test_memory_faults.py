"""The fault wrapper breaks a store at the chosen moment and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from instep.connectors.base import (
    Connector,
    Create,
    Failed,
    Fetched,
    Outcome,
    Presence,
    Replica,
    Snapshot,
    Unreadable,
    Write,
    Written,
)
from instep.connectors.memory import MemoryConnector, MemoryStore, Traits
from instep.core.model import Kind
from instep.errors import CodecError, StoreFull, Transient
from instep.testing.builders import full, item
from instep.testing.faults import Faults, FaultyConnector, FaultyReplica, Killed


def store_with(count: int, traits: Traits | None = None) -> MemoryStore:
    store = MemoryStore("Test", traits)
    store.add_collection("c", [Kind.CONTACT])
    for number in range(1, count + 1):
        store.put("c", item(Kind.CONTACT, number), str(number))
    return store


async def opened(store: MemoryStore, faults: Faults) -> FaultyReplica:
    return await FaultyConnector(MemoryConnector(store), faults).open("c", Kind.CONTACT)


def apply(store: MemoryStore, faults: Faults, count: int = 3) -> list[Outcome]:
    async def stream() -> AsyncIterator[Write]:
        for number in range(1, count + 1):
            yield Create(number, str(number), item(Kind.CONTACT, number))

    async def run() -> list[Outcome]:
        return [outcome async for outcome in (await opened(store, faults)).apply(stream())]

    return asyncio.run(run())


def test_wrapped_store_is_a_store() -> None:
    store = store_with(0)
    assert isinstance(FaultyConnector(MemoryConnector(store), Faults()), Connector)
    assert isinstance(asyncio.run(opened(store, Faults())), Replica)
    assert [type(outcome) for outcome in apply(store, Faults())] == [Written] * 3


@pytest.mark.parametrize(
    ("faults", "there"), [(Faults(kill_before_write=2), ["1"]), (Faults(kill_after_write=2), ["1", "2"])]
)
def test_process_dies_before_or_after_the_chosen_write(faults: Faults, there: list[str]) -> None:
    store = store_with(0)
    with pytest.raises(Killed):
        apply(store, faults)
    assert list(store.items("c")) == there


def test_refused_write_is_not_done_and_a_lost_answer_is() -> None:
    store = store_with(0)
    refuse = Faults(fail_write=lambda number, write: StoreFull("Full.") if number == 1 else None)
    assert [type(outcome) for outcome in apply(store, refuse, 2)] == [Failed, Written]
    lost = Faults(lose_answer=lambda number, write: Transient("Gone.") if number == 1 else None)
    assert [type(outcome) for outcome in apply(store, lost, 1)] == [Failed]
    assert sorted(store.items("c")) == ["1", "2"]


def test_person_edits_in_the_worst_moment() -> None:
    store = store_with(0)
    faults = Faults(before_write=lambda number, write: store.put("c", item(Kind.CONTACT, 9), "1"))
    assert [type(outcome) for outcome in apply(store, faults, 1)] == [Failed]
    assert store.items("c") == {"1": item(Kind.CONTACT, 9)}


def test_hidden_doubtful_and_unreadable_items_are_still_in_the_store() -> None:
    store = store_with(3, Traits(page=2))
    error = CodecError("Broken.")
    faults = Faults(
        hide=lambda href: href == "1",
        unknown=lambda href: href == "2",
        fail_fetch=lambda href: error if href == "3" else None,
    )

    async def look() -> None:
        replica = await opened(store, faults)
        seen: list[str] = []
        answer = await replica.changes(None)
        while not isinstance(answer, Snapshot):
            seen += [entry.href for entry in answer.part.entries]  # type: ignore[union-attr]
            answer = await replica.changes(answer.next)  # type: ignore[union-attr]
        assert seen + [entry.href for entry in answer.entries] == ["2", "3"]
        assert await replica.confirm(["1", "2", "4"]) == {
            "1": Presence.PRESENT,
            "2": Presence.UNKNOWN,
            "4": Presence.GONE,
        }
        assert [type(result) async for result in replica.fetch(["1", "3"])] == [Fetched, Unreadable]

    asyncio.run(look())


def test_listing_fails_with_the_chosen_error() -> None:
    async def look() -> None:
        await (await opened(store_with(1), Faults(fail_changes=Transient("Busy.")))).changes(None)

    with pytest.raises(Transient):
        asyncio.run(look())


@pytest.mark.parametrize("kind", Kind)
def test_built_items_are_the_same_each_time_and_differ_among_themselves(kind: Kind) -> None:
    assert item(kind, 1) == item(kind, 1) and full(kind) == full(kind)
    assert len({item(kind, number).uid for number in range(10)} | {full(kind).uid}) == 11
