"""The guard in a run: tallies from steps, a person's answer, what it changes in the plan (RULES 22)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from instep.core.guard import Stop, StopReason, Tally, judge_all
from instep.core.model import Side
from instep.core.plan import Absent
from instep.engine.events import FirstSync, GuardAnswer
from instep.engine.promises import promise
from instep.engine.report import Counts
from instep.engine.rollback import rolled_back
from instep.engine.scoping import active, awake
from instep.engine.work import PairWork
from instep.store import history

FIRST_WAITS = "The first synchronization waits for a yes"
"""How the sentence begins that says why a pair's first run wrote nothing."""
DAY = timedelta(hours=24)


def planned(work: PairWork, side: Side) -> Counts:
    """How many writes of each sort the plan holds for a side."""
    counts = Counts()
    for step in (*work.steps, *work.deletions):
        for write in step.writes:
            if write.side is side:
                setattr(counts, write.op, getattr(counts, write.op) + 1)
    return counts


def stops(work: PairWork) -> list[Stop]:
    """The stops that the plan of a pair deserves."""
    found = []
    if work.strange is not None:
        found.append(Stop(StopReason.NATURE, work.strange.other, 0, work.links))
    with work.run.db.reading() as tx:
        writes = max(counts.update + counts.delete for counts in (planned(work, side) for side in Side))
        before = active(work, tx, writes)
        since = max(work.run.clock() - DAY, _allowed(work))
        recent = {side: history.deletions_since(tx, work.pair.id, side, since) for side in Side}
    for side in Side:
        gone = sum(1 for c in work.cases.values() if awake(work, c) and c.now.get(side.other) is Absent.GONE)
        counts = planned(work, side)
        moved = sum(1 for s in work.deletions for w in s.writes if w.side is side and s.after is not None)
        names = tuple(s.name for s in work.deletions if s.after is None and any(w.side is side for w in s.writes))
        edits = sum(
            1
            for s in work.steps
            if s.link is not None and not s.restored
            for w in s.writes
            if w.side is side and w.op == "update"
        )
        tally = Tally(side, before, counts.delete - moved, edits, recent[side], before - gone, names=names)
        tally = replace(tally, rolled_back=rolled_back(work, side.other), lost=work.found[side.other].lost)
        found += judge_all(tally, first=not work.pair.begun)
    return [replace(stop, mark=_mark(work, stop)) for stop in found]


_ABOUT = {
    StopReason.EMPTIED: {"delete"},
    StopReason.MASS_DELETION: {"delete"},
    StopReason.MASS_EDIT: {"update"},
    StopReason.ROLLBACK: {"update", "delete"},
}


def _mark(work: PairWork, stop: Stop) -> str:
    """The SHA-256 (hex) of what a stop is about: a person's answer to another one is none to this one."""
    ops = _ABOUT.get(stop.reason, {"create", "update", "delete"})
    steps = [s for s in (*work.steps, *work.deletions) if any(w.side is stop.side and w.op in ops for w in s.writes)]
    links = sorted(s.link.id for s in steps if s.link is not None)
    told = [work.pair.id, stop.reason.value, stop.side.value, links]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()


def _allowed(work: PairWork) -> datetime:
    """When a person last said *go on*: deletions until then are no reason to ask again."""
    text = work.pair.options.get("allowed")
    return datetime.fromisoformat(text) if isinstance(text, str) else datetime.min.replace(tzinfo=UTC)


async def guarded(work: PairWork) -> bool:
    """Ask about every stop; true when the (perhaps changed) plan may be carried out."""
    asked = set(work.promised)
    # An answer may change the plan, so that another stop falls away.
    while (stop := next((s for s in stops(work) if (s.reason, s.side) not in asked), None)) is not None:
        asked.add((stop.reason, stop.side))
        if (work.pair.id, stop.reason, stop.side) in work.run.options.foreseen:
            answer = GuardAnswer.GO  # it was shown with the plan
        else:
            answer = await work.run.face.guard(work.run.account, work.kind, stop)
        match answer:
            case GuardAnswer.GO:
                work.allowed = work.allowed or stop.reason in {StopReason.EMPTIED, StopReason.MASS_DELETION}
            case GuardAnswer.RESTORE:
                if why := await promise(work, stop):
                    work.report.stopped = why
                    return False
            case GuardAnswer.SKIP:
                work.report.notes.append(f"Left out of this run: {stop.sentence()}")
                return False
            case GuardAnswer.STOP:
                work.report.stopped = stop.sentence()
                return False
    return True


async def confirmed(work: PairWork) -> bool:
    """Ask before the first synchronization of a pair writes anything."""
    if work.pair.begun or work.run.options.yes:
        return True
    to = {side: planned(work, side) for side in Side}
    conflicts = len(work.questions) + sum(s.question is not None for s in work.steps)
    if not to[Side.LEFT].total and not to[Side.RIGHT].total:
        return True
    question = FirstSync(
        work.run.account,
        work.kind,
        work.report.desktop,
        work.report.server,
        work.found[Side.LEFT].listed,
        work.found[Side.RIGHT].listed,
        sum(s.linked for s in work.steps),
        to[Side.LEFT].total,
        to[Side.RIGHT].total,
        conflicts,
        work.pair.id,
    )
    if await work.run.face.confirm_first(question):
        return True
    many = {side: f"{to[side].total} {'item' if to[side].total == 1 else 'items'}" for side in Side}
    work.report.stopped = (
        f"{FIRST_WAITS}: {many[Side.LEFT]} would be written to "
        f"{work.run.side_name(Side.LEFT)}, {many[Side.RIGHT]} to {work.run.side_name(Side.RIGHT)}."
    )
    return False
