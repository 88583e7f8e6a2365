"""A last look before deletions: what vanished may have been moved while we looked at one folder after the other.

An absence is proved after the folders were listed. What was moved in between is missing in its old folder, and not yet
seen in its new one; so those are asked once more what is new there, after the proof (RULES 15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instep.connectors.base import Snapshot
from instep.core.model import Side
from instep.engine.looking import listed
from instep.engine.work import PairWork, Step
from instep.errors import CollectionError, Transient
from instep.store import links as link_table
from instep.store import remarks as remark_table


async def hold_back_moved(works: Sequence[PairWork]) -> None:
    """Take back all deletions whose item may just have been moved: the pairs are then looked at once more in this run.

    Costs one look a folder of the kind on the side where something vanished, and only where something would be deleted.
    """
    for side in Side:
        for kind in {w.kind for w in works if _repeated(w, side)}:
            alike = [w for w in works if w.kind is kind]
            news = [await _has_news(work, side) for work in alike]
            if any(news):
                for work in alike:
                    _hold(work, side)
                    work.again = True


def _repeated(work: PairWork, side: Side) -> list[Step]:
    """The deletions that repeat one of this side."""
    return [s for s in work.deletions if s.after is None and any(w.side is side.other for w in s.writes)]


async def _has_news(work: PairWork, side: Side) -> bool:
    """True when a folder holds, or may hold, something that was not there when it was listed."""
    try:
        answer, _ = await listed(work.replicas[side], work.found[side].token)
    except (Transient, CollectionError):
        return True
    entries = answer.entries if isinstance(answer, Snapshot) else answer.changed
    hrefs = {entry.href for entry in entries} - work.found[side].reported.keys() - work.wrote[side].keys()
    if not hrefs:
        return False
    with work.run.db.reading() as tx:
        known = set(link_table.heads_by_href(tx, work.pair.id, side, hrefs))
        known |= remark_table.by_href(tx, work.pair.id, side, hrefs).keys()
    return bool(hrefs - known)


def _hold(work: PairWork, side: Side) -> None:
    held = _repeated(work, side)
    work.deletions = [s for s in work.deletions if s not in held]
    with work.run.db.transaction() as tx:
        link_table.save(tx, [replace(s.link, unsettled=True) for s in held if s.link is not None])
