"""A second look for what vanished: it may have been moved while we looked at one folder after the other.

An absence is proved after the folders were listed. What was moved or renamed in between is missing where it was, and
not yet seen where it is; so the folders are asked once more what is new there, after the proof (RULES 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instep.connectors.base import Snapshot
from instep.core.model import Side
from instep.core.plan import Absent
from instep.engine.looking import listed
from instep.engine.work import Case, PairWork
from instep.errors import CollectionError, Transient
from instep.store import links as link_table
from instep.store import remarks as remark_table


async def hold_back_moved(works: Sequence[PairWork]) -> None:
    """Leave what vanished, and may just have been moved, to the next pass; the pairs are looked at again in this run.

    Costs one look a folder of the kind on the side where something vanished that no move explains.
    """
    for side in Side:
        for kind in {w.kind for w in works if _vanished(w, side) or w.found[side].fleeting}:
            alike = [w for w in works if w.kind is kind]
            if any([await _has_news(work, side) for work in alike]):
                for work in alike:
                    _hold(work, side)


def _vanished(work: PairWork, side: Side) -> list[Case]:
    return [c for c in work.cases.values() if c.now.get(side) is Absent.GONE and c.link.href(side) is not None]


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
    for href, fetched in list(work.loose[side.other].items()) if work.found[side].fleeting else ():
        work.open[side.other][href] = fetched.etag
        del work.loose[side.other][href]
    work.again = True
    if held:
        with work.run.db.transaction() as tx:
            link_table.save(tx, [replace(case.link, unsettled=True) for case in held])
