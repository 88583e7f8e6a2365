"""Executing: steps in batches — journal, write, read back, record. Deletions come last, after all pairs' creations.

A journal row is durable before its write (RULES 18). A step is recorded in one transaction once all its writes took
effect and what the sides made of them is known. A write that failed leaves its link as it was, to be planned again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from instep.connectors.base import Create, Delete, Failed, Fetched, Update, Written
from instep.connectors.base import Write as StoreWrite
from instep.core.model import Side
from instep.engine.events import Phase
from instep.engine.record import journal_row, record
from instep.engine.rights import refused
from instep.engine.staying import was_not_carried
from instep.engine.work import PairWork, Step, Write
from instep.errors import (
    AccountError,
    CollectionError,
    InstepError,
    NotCarried,
    PreconditionFailed,
    ReadOnly,
    Remedy,
    StoreFull,
    Transient,
    classify,
)
from instep.store import journal as journal_table

BATCH = 100


async def carry_out(work: PairWork, steps: Sequence[Step], phase: Phase) -> None:
    """Carry out steps of one pair, in order, in batches.

    Raises ``AccountError`` when the account cannot go on; what was done until then is recorded. A collection that
    cannot go on is reported as a problem of the pair, and its remaining steps are left for the next run.
    """
    work.progress = (phase, 0, sum(len(s.writes) for s in steps))
    if steps:
        work.step()
    for batch in _batches(steps):
        work.run.require_going()
        ready = [s for s in batch if s.after is None or s.after.done]
        work.asked += [s.answered for s in batch if s.after is not None and not s.after.done]  # the answer stands
        try:
            await _batch(work, ready)
        finally:
            record(work, ready)
        if work.halted:
            return


def _batches(steps: Sequence[Step]) -> list[list[Step]]:
    batches: list[list[Step]] = [[]]
    size = 0
    for step in steps:
        needs = max(len(step.writes), 1)
        follows = step.after is not None and step.after in batches[-1]
        if batches[-1] and (size + needs > BATCH or follows):
            batches.append([])
            size = 0
        batches[-1].append(step)
        size += needs
    return [b for b in batches if b]


async def _batch(work: PairWork, steps: Sequence[Step]) -> None:
    writes = [(step, write) for step in steps for write in step.writes]
    if not writes:
        return
    with work.run.db.transaction() as tx:
        ids = journal_table.write(tx, [journal_row(work, step, write) for step, write in writes])
    for (_, write), number in zip(writes, ids):
        write.journal, write.lost = number, True
    sides = [side for side in Side if any(w.side is side for _, w in writes)]
    results = await asyncio.gather(
        *(_side(work, side, [(s, w) for s, w in writes if w.side is side]) for side in sides), return_exceptions=True
    )
    for side, result in zip(sides, results):
        if isinstance(result, BaseException):
            _stopped(work, side, result)


def _stopped(work: PairWork, side: Side, error: BaseException) -> None:
    if isinstance(error, AccountError) or not isinstance(error, InstepError):
        raise error
    if not refused(work, side, error):
        work.problem(side, "", error)
    work.halted = True


async def _side(work: PairWork, side: Side, writes: list[tuple[Step, Write]]) -> None:
    replica = work.replicas[side]
    by_key = {number: (step, write) for number, (step, write) in enumerate(writes)}

    begun: set[int] = set()

    async def stream() -> AsyncIterator[StoreWrite]:
        for number, (_, write) in by_key.items():
            if work.run.face.stopped():
                return
            begun.add(number)
            yield store_write(number, write)

    fatal: InstepError | None = None
    async for outcome in replica.apply(stream()):
        step, write = by_key[outcome.key]
        work.step(step.name)
        match outcome:
            case Written():
                write.done = True
                write.href = outcome.href
                write.written_etag = outcome.etag
                write.held = outcome.held
            case Failed(error=error):
                fatal = _failed(work, step, write, error) or fatal
    await _read_back(work, side, [w for _, w in writes if w.done and w.op != "delete" and w.held is None])
    if fatal is not None:
        raise fatal
    for number in by_key.keys() - begun:
        _left(work, *by_key[number])
    work.run.require_going()


def _left(work: PairWork, step: Step, write: Write) -> None:
    """A write that was not begun is planned again by the next run."""
    write.lost = False
    step.unsettled = True
    for side, now in step.now.items():
        work.open[side][now.href] = None


def store_write(key: int, write: Write) -> StoreWrite:
    """A write as a connector wants it."""
    match write.op:
        case "create":
            assert write.item is not None
            return Create(key, write.href, write.item, write.base)
        case "update":
            assert write.item is not None and write.href is not None and write.base is not None
            return Update(key, write.href, write.etag, write.base, write.item)
        case _:
            assert write.href is not None
            return Delete(key, write.href, write.etag, write.base)


def _failed(work: PairWork, step: Step, write: Write, error: InstepError) -> InstepError | None:
    """Report a failed write; gives the error back when it ends more than this item."""
    write.lost = False
    if isinstance(error, NotCarried):
        was_not_carried(work, step, write, error)
        return None
    match classify(error):
        case Remedy.REFETCH:
            step.unsettled = True
            for side, now in step.now.items():
                work.open[side][now.href] = None
            if isinstance(error, PreconditionFailed) and write.op != "create":
                return None  # somebody was faster: the next run looks again
            work.problem(write.side, step.name, error)
            return None
        case Remedy.SKIP_ITEM if write.op == "create" and step.link is None and len(step.now) == 1:
            _refused(work, step, write, error)
            return None
        case Remedy.RETRY:
            write.lost = True
    if not isinstance(error, ReadOnly):  # that is said once, of the collection
        work.problem(write.side, step.name, error)
    step.unsettled = True
    for side, now in step.now.items():
        work.open[side][now.href] = None
    return error if isinstance(error, AccountError | CollectionError | StoreFull) else None


def _refused(work: PairWork, step: Step, write: Write, error: InstepError) -> None:
    """The store will not take a new item: said in every run, tried again once a day and when the item changes."""
    work.problem(write.side, step.name, error)
    for side, now in step.now.items():
        work.refused[side][now.href] = (now.etag, f"{work.run.clock():%Y-%m-%d} {step.name}\n{error}")
        work.settle(side, now.href)


async def _read_back(work: PairWork, side: Side, writes: list[Write]) -> None:
    """Learn what the side made of our writes (RULES 19)."""
    wanted = {w.href: w for w in writes if w.href is not None}
    if not wanted:
        return
    try:
        async for result in work.replicas[side].fetch(list(wanted)):
            if isinstance(result, Fetched):
                wanted[result.href].held = result
    except Transient as error:
        work.problem(side, "", error)
