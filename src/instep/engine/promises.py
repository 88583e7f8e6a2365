"""A person's word *restore*, kept until it is carried out: an end in the middle, or a failed write, forgets none of it.

What is left to restore may be so little that the guard would not ask again; then it would be repeated as a deletion.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instep.core.guard import Stop, StopReason
from instep.core.model import Side
from instep.engine.giving_back import restore
from instep.engine.work import PairWork
from instep.store import pairs as pair_table

_KEY = "restoring"
Asked = set[tuple[StopReason, Side]]


async def promise(work: PairWork, stop: Stop) -> str:
    """Change the plan as a person said, and remember durably what that is about; a sentence says why not."""
    links, why = await restore(work, stop)
    if not why:
        known = [p for p in work.pair.options.get(_KEY, []) if (p["reason"], p["side"]) != _name(stop)]
        _store(work, [*known, _plain(stop, links)])
    return why


async def keep_promises(work: PairWork) -> Asked:
    """Carry on with what an earlier run was to restore; gives the stops that need no question for it."""
    kept: Asked = set()
    for plain in work.pair.options.get(_KEY, []):
        stop = Stop(StopReason(plain["reason"]), Side(plain["side"]), 0, 0)
        links, why = await restore(work, stop, frozenset(plain["links"]))
        if links and not why:
            kept.add((stop.reason, stop.side))
    return kept


def still_promised(work: PairWork, options: dict[str, Any]) -> dict[str, Any]:
    """The pair's options with what is still to be restored after this run."""
    left = work.restore_later | {s.link.id for s in work.steps if s.restored and not s.done and s.link is not None}
    plain = [{**p, "links": sorted(left & set(p["links"]))} for p in options.get(_KEY, [])]
    rest = {n: v for n, v in options.items() if n != _KEY}
    return {**rest, _KEY: kept} if (kept := [p for p in plain if p["links"]]) else rest


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
