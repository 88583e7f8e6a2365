"""The words in which the connector contract is written: the store under test, and what may be expected of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from instep.connectors.base import (
    Connector,
    Create,
    Delta,
    Entry,
    Failed,
    Fetched,
    FetchResult,
    Gone,
    Outcome,
    Page,
    Replica,
    Snapshot,
    TokenInvalid,
    Write,
    Written,
)
from instep.core.fields import fields_of
from instep.core.limits import same_through
from instep.core.model import Item, Kind
from instep.errors import InstepError


class Store(Protocol):
    """One empty collection of a store, and a person's hands in it."""

    connector: Connector
    collection: str
    kind: Kind

    async def put(self, item: Item) -> str:
        """A person makes an item with another program; its href."""

    async def edit(self, href: str, item: Item) -> None:
        """A person changes the item at an href to this one."""

    async def remove(self, href: str) -> None:
        """A person deletes an item."""

    async def damage(self) -> str | None:
        """Leave something at an href that cannot be read; ``None`` where that is impossible."""

    async def add_foreign(self) -> str | None:
        """Leave an item of another kind; ``None`` where the collection cannot hold one."""

    async def vanish(self) -> bool:
        """Take the collection away; ``False`` where that is impossible."""

    async def forget_tokens(self) -> bool:
        """Make the store forget every token it gave; ``False`` where that is impossible."""


Check = Callable[[Store], Awaitable[None]]
Factory = Callable[[], AbstractAsyncContextManager[Store]]
CHECKS: dict[str, Check] = {}


class BrokenContract(AssertionError):
    """The store does not keep a promise."""


class NotApplicable(Exception):
    """The store cannot be brought into the situation of the check."""


def check(function: Check) -> Check:
    """Make a function one of the contract's checks."""
    CHECKS[getattr(function, "__name__", "")] = function
    return function


def expect(holds: bool, promise: str, *seen: object) -> None:
    """Raise ``BrokenContract`` with the promise, and what was seen instead, unless it holds."""
    if not holds:
        raise BrokenContract(f"{promise}; got {', '.join(map(repr, seen))}" if seen else promise)


def applicable(possible: bool, reason: str) -> None:
    """Leave the check unless it is possible with this store."""
    if not possible:
        raise NotApplicable(reason)


async def opened(store: Store) -> Replica:
    """The store's collection."""
    return await store.connector.open(store.collection, store.kind)


async def listed(replica: Replica) -> dict[str, str | None]:
    """Everything that is there: etags by href, all pages together; each href must come once."""
    entries: list[Entry] = []
    answer = await replica.changes(None)
    while isinstance(answer, Page):
        expect(isinstance(answer.part, Snapshot), "pages of a listing are snapshots", answer.part)
        entries += answer.part.entries if isinstance(answer.part, Snapshot) else ()
        answer = await replica.changes(answer.next)
    expect(isinstance(answer, Snapshot), "changes(None) answers with a snapshot", answer)
    entries += answer.entries if isinstance(answer, Snapshot) else ()
    hrefs = [entry.href for entry in entries]
    expect(len(hrefs) == len(set(hrefs)), "a listing names each item once", hrefs)
    return {entry.href: entry.etag for entry in entries}


async def token_of(replica: Replica) -> str:
    """A token of the collection as it is now."""
    answer = await replica.changes(None)
    while isinstance(answer, Page):
        answer = await replica.changes(answer.next)
    token = answer.token if isinstance(answer, Snapshot) else None
    applicable(token is not None, "the store gives no tokens")
    return token or ""


async def delta_of(replica: Replica, token: str) -> Delta:
    """What came after a token, all pages together."""
    changed: tuple[Entry, ...] = ()
    gone: tuple[Gone, ...] = ()
    answer = await replica.changes(token)
    while isinstance(answer, Page) and isinstance(answer.part, Delta):
        changed, gone = changed + answer.part.changed, gone + answer.part.gone
        answer = await replica.changes(answer.next)
    if not isinstance(answer, Delta):
        raise BrokenContract(f"changes(token) answers with a delta; got {answer!r}")
    return Delta(changed + answer.changed, gone + answer.gone, answer.token)


async def fetched_all(replica: Replica, hrefs: Iterable[str]) -> list[FetchResult]:
    """The results for these hrefs."""
    return [result async for result in replica.fetch(hrefs)]


async def fetched(replica: Replica, href: str) -> Fetched:
    """The item at an href, which must be there."""
    results = await fetched_all(replica, [href])
    if len(results) != 1 or not isinstance(results[0], Fetched):
        raise BrokenContract(f"an item that is there is fetched; got {results!r}")
    return results[0]


async def applied(replica: Replica, *writes: Write) -> list[Outcome]:
    """Carry out the writes; each key must be answered once."""

    async def stream() -> AsyncIterator[Write]:
        for write in writes:
            yield write

    outcomes = [outcome async for outcome in replica.apply(stream())]
    keys = sorted(outcome.key for outcome in outcomes)
    expect(keys == sorted(write.key for write in writes), "each write is answered exactly once", keys)
    return outcomes


async def written(replica: Replica, write: Write) -> Written:
    """Carry out one write, which must succeed."""
    (outcome,) = await applied(replica, write)
    if isinstance(outcome, Failed):
        raise BrokenContract(f"the write is taken; got {outcome.error!r}")
    return outcome


async def refused(replica: Replica, write: Write) -> InstepError:
    """Carry out one write, which must fail."""
    (outcome,) = await applied(replica, write)
    if isinstance(outcome, Written):
        raise BrokenContract(f"the write is refused; got {outcome!r}")
    return outcome.error


async def created(replica: Replica, new: Item, key: int = 1) -> Fetched:
    """Make an item through the connector, and fetch it."""
    outcome = await written(replica, Create(key, replica.propose(new), new))
    return await fetched(replica, outcome.href)


_SAYS_NO_MORE = frozenset({("status", "CONFIRMED"), ("transparency", "OPAQUE"), ("sensitivity", "PUBLIC")})
"""Words for what is so without them; a store may not tell the two apart."""


def expect_same(replica: Replica, wanted: Item, got: Item) -> None:
    """The item is what it was written as, up to what the store has declared that it cannot hold."""
    for field in fields_of(wanted):
        limit = replica.limits.get(field.name)
        a, b = getattr(wanted, field.name), getattr(got, field.name)
        same = same_through(field, a, b, None, limit) or (b == "" and (field.name, a) in _SAYS_NO_MORE)
        expect(same, f'the field "{field.name}" is {a!r}', b)


def is_invalid(answer: object) -> bool:
    """Whether ``changes`` said that a token means nothing."""
    return isinstance(answer, TokenInvalid)
