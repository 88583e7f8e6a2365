"""A person's word *restore*, kept until it is carried out: an end in the middle, or a failed write, forgets none of it.

What is left to restore may be so little that the guard would not ask again; then it would be repeated as a deletion.
So it is part of every plan, also of one that is only shown, and an item that a run could not look at stays promised.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from typing import Any

from instep.connectors.base import Fetched
from instep.core.guard import Stop, StopReason
from instep.core.model import Side
from instep.engine.giving_back import restore
from instep.engine.work import PairWork
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store.database import Tx
from instep.store.links import Link

_KEY = "restoring"


async def promise(work: PairWork, stop: Stop) -> str:
    """Change the plan as a person said, and remember durably what that is about; a sentence says why not."""
    links, why = await restore(work, stop)
    if not why:
        known = [p for p in work.pair.options.get(_KEY, []) if (p["reason"], p["side"]) != _name(stop)]
        _store(work, [*known, _plain(stop, links)])
    return why


async def keep_promises(work: PairWork) -> None:
    """Carry on in the plan with what an earlier run was to restore; the stops for it need no question again."""
    for plain in work.pair.options.get(_KEY, []):
        stop, links = Stop(StopReason(plain["reason"]), Side(plain["side"]), 0, 0), frozenset(plain["links"])
        found, why = await restore(work, stop, links)
        if why:
            _wait(work, stop.side, links)
        elif found:
            work.promised.add((stop.reason, stop.side))


def _wait(work: PairWork, side: Side, links: Set[int]) -> None:
    """What cannot be restored now is not carried to the side that still holds it either."""
    steps = [s for s in (*work.deletions, *work.steps) if any(w.side is side for w in s.writes)]
    waiting = [s for s in steps if s.link is not None and s.link.id in links and s.after is None]
    work.deletions = [s for s in work.deletions if s not in waiting]
    work.steps = [s for s in work.steps if s not in waiting]
    for step in waiting:
        assert step.link is not None
        work.restore_later.add(step.link.id)
        for there in Side:
            if (href := step.link.href(there)) is not None:
                work.open[there][href] = None
    if count := len(waiting):
        what = waiting[0].name if count == 1 else f"{count} items"
        work.report.notes.append(f"{what} waits to be restored until the {side.other.value} takes writes there.")


def still_promised(work: PairWork, tx: Tx, options: dict[str, Any]) -> dict[str, Any]:
    """The pair's options with what is still to be restored after this run."""
    links = link_table.load(tx, {number for p in options.get(_KEY, []) for number in p["links"]})
    left = {link.id for link in links.values() if _is_open(work, link)}
    plain = [{**p, "links": sorted(left & set(p["links"]))} for p in options.get(_KEY, [])]
    rest = {n: v for n, v in options.items() if n != _KEY}
    return {**rest, _KEY: kept} if (kept := [p for p in plain if p["links"]]) else rest


def _is_open(work: PairWork, link: Link) -> bool:
    """True unless it is known that the item is as it was promised, or that nobody can want it any more."""
    mine = [s for s in work.steps if s.link is not None and s.link.id == link.id]
    if link.id in work.restore_later or any(s.restored and (s.held or not s.done) for s in mine):
        return True
    if any((s.restored or s.writes) and s.done for s in mine) or link.state == "declined":
        return False
    case = work.cases.get(link.id)
    if case is None:
        return link.unsettled  # left to the next look
    return not all(isinstance(case.now.get(side), Fetched) for side in Side)


def _name(stop: Stop) -> tuple[str, str]:
    return stop.reason.value, stop.side.value


def _plain(stop: Stop, links: set[int]) -> dict[str, Any]:
    reason, side = _name(stop)
    return {"reason": reason, "side": side, "links": sorted(links)}


def _store(work: PairWork, promises: list[dict[str, Any]]) -> None:
    work.pair = replace(work.pair, options={**work.pair.options, _KEY: promises})
    with work.run.db.transaction() as tx:
        if (pair := pair_table.get(tx, work.pair.id)) is not None:
            pair_table.change(tx, replace(pair, options={**pair.options, _KEY: promises}))
