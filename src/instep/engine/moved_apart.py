"""Items that both sides moved away from a pair: the link goes with them (RULES 15).

Moved to one pair, they stay linked there. Moved to two different pairs, the link goes where the desktop's item is, and
what the server did is a move from there, which is followed like any other: the server's place counts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from instep.connectors.base import Fetched
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.core.plan import Absent
from instep.engine.policies import policy_of
from instep.engine.work import Case, PairWork
from instep.store import conflicts as conflict_table
from instep.store import links as link_table
from instep.store.database import Tx
from instep.store.links import Link

Place = tuple[PairWork, Fetched]


def find_moves_of_both(works: list[PairWork]) -> None:
    """Bring links whose items both went elsewhere to the pair where they are."""
    for origin in works:
        goals = [w for w in works if w is not origin and w.kind is origin.kind]
        lost = [c for c in origin.cases.values() if all(c.now.get(s) is Absent.GONE for s in Side)]
        if not goals or not lost or any(policy_of(w).direction.source for w in (origin, *goals)):
            continue
        for case in lost:
            left, right = _place(case, Side.LEFT, lost, goals), _place(case, Side.RIGHT, lost, goals)
            if left is not None and right is not None:
                _rehome(origin, case, left, right)


def _place(case: Case, side: Side, lost: list[Case], goals: list[PairWork]) -> Place | None:
    keys: tuple[Callable[[Item], Hashable], ...] = (lambda item: item.uid, digest)
    for key in keys:
        value = key(_seen(case, side))
        if not value or sum(key(_seen(c, side)) == value for c in lost) != 1:
            continue
        found = [(g, f) for g in goals for f in g.loose[side].values() if key(f.item) == value]
        if len(found) == 1:
            return found[0]
    return None


def _seen(case: Case, side: Side) -> Item:
    return case.memory.left if side is Side.LEFT else case.memory.right


def _rehome(origin: PairWork, case: Case, left: Place, right: Place) -> None:
    goal, here = left
    there = right[1] if right[0] is goal else None
    link = replace(case.link, pair_id=goal.pair.id, left_href=here.href, left_etag=None, unsettled=True)
    case.link = replace(link, right_href=there.href if there else None, right_etag=None)
    del origin.cases[case.link.id]
    goal.cases[case.link.id] = case
    case.now = {Side.LEFT: here, Side.RIGHT: there or Absent.GONE}
    for side, fetched in ((Side.LEFT, here), (Side.RIGHT, there)):
        if fetched is not None:
            del goal.loose[side][fetched.href]
            goal.settle(side, fetched.href)
    if there is None:
        goal.report.notes.append(
            f"{case.link.name}: moved on both sides to different folders; the server's place counts."
        )
    if not origin.run.options.dry_run:
        with origin.run.db.transaction() as tx:
            link_table.save(tx, [case.link])
            _take_along(tx, case.link, origin.pair.id)


def _take_along(tx: Tx, link: Link, origin: int) -> None:
    """Let the open question about a link, with its answer, go with it."""
    for row in [r for r in conflict_table.of_pair(tx, origin) if r.link_id == link.id]:
        moved = replace(row, pair_id=link.pair_id, left_href=link.left_href, right_href=link.right_href)
        [number] = conflict_table.upsert(tx, [moved])
        conflict_table.set_resolution(tx, number, row.resolution)
