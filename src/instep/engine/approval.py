"""Approval: what a plan would do, item by item, and a run that does nothing but what was shown (RULES 20).

A fingerprint stands for one step: the link or addresses it is about, what each side holds, and what would be written.
An apply run carries out the steps whose fingerprint was approved. All others stay as open as before: no token is
saved, no remark and no question is taken back that the approved steps did not settle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from instep.core.model import Side
from instep.core.plain import digest
from instep.engine.guarding import planned, stops
from instep.engine.planned import PlannedItem, PlannedQuestion, PlannedWrite
from instep.engine.promises import still_promised
from instep.engine.work import PairWork, Step
from instep.store import conflicts as conflict_table
from instep.store import pairs as pair_table
from instep.store.conflicts import ConflictRow


def fingerprint(work: PairWork, step: Step) -> str:
    """The SHA-256 (hex) of what a step is about and would do; the uid of a new item makes no difference."""
    told: dict[str, Any] = {
        "pair": work.pair.id,
        "link": step.link.id if step.link is not None else None,
        "now": {side.value: [now.href, digest(now.item)] for side, now in sorted(step.now.items())},
        "writes": [
            [w.side.value, w.op, digest(w.item) if w.item is not None else "", w.href if w.op != "create" else ""]
            for w in step.writes
        ],
        "answered": step.answered if step.loose else 0,
    }
    text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


# A dry run's report -----------------------------------------------------------------------------------------------


def foretell(work: PairWork) -> None:
    """Fill the report of a dry run: what would be done, asked and stopped."""
    if work.halted:
        return
    report = work.report
    report.complete = True
    for side in Side:
        counts, foreseen = report.actions(side), planned(work, side)
        counts.create, counts.update, counts.delete = foreseen.create, foreseen.update, foreseen.delete
    report.linked = sum(step.linked for step in work.steps)
    report.merged = sum(step.merged for step in work.steps)
    asked = [*work.questions, *(step.question for step in work.steps if step.question is not None)]
    report.conflicts = len(asked)
    report.asks = [_question(row) for row in asked]
    report.items = [_item(work, step) for step in (*work.steps, *work.deletions) if _shown(step)]
    report.stops = [stop for stop in stops(work) if (stop.reason, stop.side) not in work.promised]


def _shown(step: Step) -> bool:
    return bool(step.writes) or step.linked


def _question(row: ConflictRow) -> PlannedQuestion:
    return PlannedQuestion(row.name, row.reason, tuple(str(name) for name in row.fields))


def _item(work: PairWork, step: Step) -> PlannedItem:
    writes = tuple(PlannedWrite(w.side, w.op, w.changed) for w in step.writes)
    return PlannedItem(step.name, _reason(step), writes, fingerprint(work, step))


def _reason(step: Step) -> str:
    if step.linked:
        return "found on both sides" if step.writes else "the same on both sides"
    if step.loose:
        return "the desktop's version, kept as an item of its own"
    first = step.writes[0]
    other = first.side.other.value
    match first.op:
        case "delete":
            return "moved to another folder" if step.after is not None else f"deleted on the {other}"
        case "create" if step.link is not None:
            return f"comes back, as it is still on the {other}"
        case "create":
            return "moved here from another folder" if len(step.now) > 1 else f"new on the {other}"
        case _:
            return "changed on both sides" if step.merged else f"changed on the {other}"


# A run of what was approved ---------------------------------------------------------------------------------------


def approve(works: Iterable[PairWork]) -> None:
    """Leave only approved steps in the plans; does nothing in a run that nobody limited."""
    ready = [work for work in works if not work.halted and work.run.options.approved is not None]
    kept: set[int] = set()
    for deleting in (False, True):
        for work in ready:
            steps = work.deletions if deleting else work.steps
            chosen = [step for step in steps if _approved(work, step, kept)]
            work.left_out += sum(map(_shown, steps)) - len(chosen)
            if deleting:
                work.deletions = chosen
            else:
                work.steps = chosen


def _approved(work: PairWork, step: Step, kept: set[int]) -> bool:
    approved = work.run.options.approved or frozenset()
    mark = fingerprint(work, step) if _shown(step) else ""
    if mark not in approved or (step.after is not None and id(step.after) not in kept):
        return False
    kept.add(id(step))
    work.approved.append((step, mark))
    return True


async def conclude(work: PairWork) -> None:
    """End an approved run of a pair: what it settled is no question any more; all else waits for the next sync."""
    settled = [s for s, _ in work.approved if _carried(s) and s.question is None and not s.unsettled and not s.loose]
    links = {step.link.id for step in settled if step.link is not None}
    answered = {step.answered for step in settled if step.answered}
    with work.run.db.transaction() as tx:
        rows = conflict_table.of_pair(tx, work.pair.id)
        gone = {row.id for row in rows if row.id in answered or (row.link_id is not None and row.link_id in links)}
        conflict_table.remove(tx, gone)
        current = pair_table.get(tx, work.pair.id)
        if current is not None:
            # A first synchronization is done when nothing of it was left out.
            whole = not work.left_out and not work.questions and all(_carried(step) for step, _ in work.approved)
            allowed = {"allowed": work.run.clock().isoformat()} if work.allowed else {}
            options = still_promised(work, tx, {**current.options, **allowed})
            after = replace(current, begun=current.begun or whole, options=options)
            if after != current:
                pair_table.change(tx, after)
        work.report.conflicts = len(rows) - len(gone)


def tell_carried(works: Iterable[PairWork]) -> None:
    """Note in the reports which approved steps were tried and which took effect."""
    for work in works:
        work.report.tried = [mark for _, mark in work.approved]
        work.report.carried = [mark for step, mark in work.approved if _carried(step)]


def _carried(step: Step) -> bool:
    return step.done and (bool(step.writes) or step.link is not None)
