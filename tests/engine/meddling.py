"""A person's hands in a store in the middle of a run: before our writes, after them, before our last look."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable

import pytest

from instep.connectors.base import Changes, Outcome, Write
from instep.connectors.memory import MemoryReplica, MemoryStore

Act = Callable[[], object]


def around_writes(
    patch: pytest.MonkeyPatch, store: MemoryStore, *, before: Act | None = None, after: Act | None = None
) -> None:
    """Act once just before, or just after, the next writes to a store."""
    apply = MemoryReplica.apply
    acts = {"before": before, "after": after}

    def act(when: str) -> None:
        chosen = acts[when]
        acts[when] = None
        if chosen is not None:
            chosen()

    async def meddled(self: MemoryReplica, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        mine = self._store is store
        if mine:
            act("before")
        async for outcome in apply(self, writes):
            yield outcome
        if mine:
            act("after")

    patch.setattr(MemoryReplica, "apply", meddled)


def before_look(patch: pytest.MonkeyPatch, store: MemoryStore, number: int, act: Act) -> None:
    """Act once just before the n-th time that a store is asked what changed, counted from now."""
    changes = MemoryReplica.changes
    left = [number]

    async def meddled(self: MemoryReplica, since: str | None) -> Changes:
        if self._store is store:
            left[0] -= 1
            if left[0] == 0:
                act()
        return await changes(self, since)

    patch.setattr(MemoryReplica, "changes", meddled)
