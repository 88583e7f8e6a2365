"""Every connector that needs no server keeps the contract, and the contract notices one that does not."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.stores import MemorySubject, files_store, memory_store
from engine.meetings import mailing
from instep.connectors.base import Changes, Create, Delta, FetchResult, Outcome, Presence, Snapshot, Update, Write
from instep.connectors.memory import MemoryConnector, MemoryReplica, Traits
from instep.core.limits import ABSENT, Limit
from instep.core.model import Kind
from instep.errors import CollectionVanished
from instep.testing.contract import CHECKS, BrokenContract, run

LIMITS = {
    Kind.CONTACT: {"emails": Limit(most=3), "photo": ABSENT},
    Kind.EVENT: {"alarms": Limit(most=1), "start": Limit(minutes=True)},
    Kind.TASK: {"due": Limit(dates=True)},
    Kind.NOTE: {"categories": ABSENT},
}
TEMPERS = {
    "exact": Traits(),
    "without tokens": Traits(tokens=False),
    "without etags": Traits(etags=False),
    "with its own hrefs": Traits(own_hrefs=False),
    "with its own uids": Traits(keeps_uids=False),
    "lossy": Traits(limits=LIMITS),
    "in pages": Traits(page=1),
    "answering late": Traits(answers_late=True, tells_etag=False),
    "telling what it holds": Traits(tells_held=True, unique_uids=True),
    "without preconditions": Traits(preconditions=False),
}


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("temper", TEMPERS)
def test_memory_of_any_temper_keeps_the_contract(check: str, temper: str) -> None:
    run(check, lambda: memory_store(Kind.CONTACT, TEMPERS[temper]))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.TASK])
@pytest.mark.parametrize("marks", [True, False], ids=["iCalendar", "no marks"])
def test_memory_that_mails_keeps_the_contract(check: str, kind: Kind, marks: bool) -> None:
    run(check, lambda: memory_store(kind, mailing(marks=marks)))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.TASK, Kind.NOTE])
def test_memory_keeps_the_contract_for_every_kind(check: str, kind: Kind) -> None:
    run(check, lambda: memory_store(kind, Traits(limits=LIMITS)))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    ("kind", "suffix"),
    [(Kind.CONTACT, ".vcf"), (Kind.EVENT, ".ics"), (Kind.TASK, ".ics"), (Kind.NOTE, ".md"), (Kind.NOTE, ".txt")],
)
def test_folder_of_files_keeps_the_contract(check: str, kind: Kind, suffix: str, tmp_path: Path) -> None:
    run(check, lambda: files_store(kind, tmp_path, suffix))


class Emptied(MemoryReplica):
    async def changes(self, since: str | None) -> Changes:
        try:
            return await super().changes(since)
        except CollectionVanished:
            return Snapshot(())


class Credulous(MemoryReplica):
    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        return dict.fromkeys(hrefs, Presence.GONE)


class Forgetful(MemoryReplica):
    async def changes(self, since: str | None) -> Changes:
        told = await super().changes(since)
        return Delta(told.changed, (), told.token) if isinstance(told, Delta) else told


class Repeating(MemoryReplica):
    async def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        for href in hrefs:
            async for result in super().fetch([href]):
                yield result


class Reckless(MemoryReplica):
    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        async for write in writes:
            if isinstance(write, Update):
                write = replace(write, etag=None, based_on=self._store.shelf("here").held[write.href].document)
            async for outcome in super().apply(_only(write)):
                yield outcome


class Silent(MemoryReplica):
    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        async for outcome in super().apply(writes):
            if outcome.key % 2:
                yield outcome


class Losing(MemoryReplica):
    async def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        async for write in writes:
            if isinstance(write, Create | Update):
                write = replace(write, item=replace(write.item, extra=()))
            async for outcome in super().apply(_only(write)):
                yield outcome


async def _only(write: Write) -> AsyncIterator[Write]:
    yield write


FAULTY: list[tuple[type[MemoryReplica], str]] = [
    (Emptied, "vanished_collection_is_never_an_empty_one"),
    (Credulous, "confirm_proves_only_what_the_store_itself_says"),
    (Credulous, "unreadable_item_does_not_hide_its_neighbours"),
    (Forgetful, "token_tells_only_what_came_after"),
    (Repeating, "fetch_answers_each_href_exactly_once"),
    (Reckless, "update_of_another_version_keeps_the_persons_edit"),
    (Silent, "good_writes_among_bad_ones_are_done"),
    (Losing, "update_changes_what_differs_and_nothing_else"),
    (Losing, "document_of_the_other_side_is_used_where_it_fits"),
]


@pytest.mark.parametrize(("replica", "check"), FAULTY, ids=lambda value: getattr(value, "__name__", value))
def test_contract_notices_a_store_that_breaks_it(replica: type[MemoryReplica], check: str) -> None:
    class Connector(MemoryConnector):
        async def open(self, collection: str, kind: Kind) -> MemoryReplica:
            self.store.shelf(collection)
            return replica(self.store, collection, kind)

    @asynccontextmanager
    async def faulty_store() -> AsyncIterator[MemorySubject]:
        subject = MemorySubject(Kind.CONTACT, Traits())
        subject.connector = Connector(subject.store)
        yield subject

    with pytest.raises(BrokenContract):
        run(check, faulty_store)
