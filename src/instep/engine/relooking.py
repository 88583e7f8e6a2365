"""A second look for what vanished: it may have been moved while we looked at one folder after the other.

An absence is proved after the folders were listed. What was moved or renamed in between is missing where it was, and
not yet seen where it is; so the folders are asked once more what is new there, after the proof (RULES 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instep.connectors.base import Fetched, Missing, Snapshot
from instep.core.model import Side
from instep.core.plan import Absent
from instep.engine.looking import listed
from instep.engine.work import Case, PairWork
from instep.errors import CollectionError, Transient
from instep.store import links as link_table
from instep.store import remarks as remark_table
from instep.store.links import LinkHead


async def hold_back_moved(works: Sequence[PairWork]) -> None:
    """Leave what vanished, and may just have been moved, to the next pass; the pairs are looked at again in this run.

    Costs one look a folder of the kind on the side where something vanished that no move explains.
    """
    for side in Side:
        for kind in {w.kind for w in works if _vanished(w, side) or w.found[side].fleeting}:
            alike = [w for w in works if w.kind is kind]
            if any([_doubtful(work, side) or await _has_news(work, side) for work in alike]):
                for work in alike:
                    _hold(work, side)


async def hold_back_seen_twice(works: Sequence[PairWork]) -> None:
    """Leave what is new in one folder to the next pass, if it was there in another one and is not any more.

    Costs one request for each new item whose uid is linked in another folder on the same side.
    """
    for goal in works:
        for side in Side:
            uids = {f.item.uid for f in goal.loose[side].values() if f.item.uid}
            if not uids:
                continue
            with goal.run.db.reading() as tx:
                linked = link_table.find_uid(tx, goal.run.account, side, uids)
            for fetched in [f for f in goal.loose[side].values() if f.item.uid in linked]:
                await _seen_twice(works, goal, side, fetched, linked[fetched.item.uid])


async def _seen_twice(
    works: Sequence[PairWork], goal: PairWork, side: Side, fetched: Fetched, heads: Sequence[LinkHead]
) -> None:
    origins = {w.pair.id: w for w in works if w.kind is goal.kind and w is not goal}
    for head in heads:
        origin, href = origins.get(head.pair_id), head.href(side)
        case = origin.cases.get(head.id) if origin is not None else None
        if origin is None or href is None or (case is not None and not isinstance(case.now.get(side), Fetched)):
            continue  # known to be gone, or not known: others decide
        found = [result async for result in origin.replicas[side].fetch([href])]
        if any(isinstance(result, Missing) for result in found):
            _leave_to_next_pass(origin, goal, side, head, fetched)


def _leave_to_next_pass(origin: PairWork, goal: PairWork, side: Side, head: LinkHead, fetched: Fetched) -> None:
    goal.open[side][fetched.href] = fetched.etag
    goal.loose[side].pop(fetched.href, None)
    goal.postponed[side].add(fetched.href)
    origin.cases.pop(head.id, None)
    origin.later.add(head.id)
    origin.again = goal.again = True
    with origin.run.db.transaction() as tx:
        link_table.save(tx, [replace(link, unsettled=True) for link in link_table.load(tx, [head.id]).values()])


def _vanished(work: PairWork, side: Side) -> list[Case]:
    return [c for c in work.cases.values() if c.now.get(side) is Absent.GONE and c.link.href(side) is not None]


def _doubtful(work: PairWork, side: Side) -> bool:
    """True when something new was listed for the first time that was not found then, nor proved to be gone."""
    return not work.found[side].fleeting.isdisjoint(work.open[side])


async def _has_news(work: PairWork, side: Side) -> bool:
    """True when a folder holds, or may hold, something that was not there when it was listed."""
    try:
        answer, _ = await listed(work.replicas[side], work.found[side].token)
    except (Transient, CollectionError):
        return True
    entries = answer.entries if isinstance(answer, Snapshot) else answer.changed
    hrefs = {entry.href for entry in entries} - work.found[side].reported.keys()
    if not hrefs:
        return False
    with work.run.db.reading() as tx:
        known = set(link_table.heads_by_href(tx, work.pair.id, side, hrefs))
        known |= remark_table.by_href(tx, work.pair.id, side, hrefs).keys()
    return bool(hrefs - known)


def _hold(work: PairWork, side: Side) -> None:
    """Plan nothing for what vanished there, and make nothing there that may be it."""
    held = _vanished(work, side)
    for case in held:
        del work.cases[case.link.id]
        work.later.add(case.link.id)
    work.found[side].unsure = bool(work.found[side].fleeting)
    work.again = True
    if held:
        with work.run.db.transaction() as tx:
            link_table.save(tx, [replace(case.link, unsettled=True) for case in held])
