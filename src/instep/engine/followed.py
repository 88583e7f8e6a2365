"""Moves between two pairs that an end interrupted: the new copy is there, the old one is still to go (RULES 15).

What a person changed in the old copy meanwhile is carried to the new one first.
"""

from __future__ import annotations

from collections.abc import Sequence

from instep.connectors.base import Fetched
from instep.core.memory import Memory
from instep.core.merge import EVERYTHING, Terms, merge
from instep.core.model import Side
from instep.core.plan import Absent
from instep.engine.handing_over import MOVING
from instep.engine.planning import update
from instep.engine.policies import takes_writes
from instep.engine.work import Case, PairWork, Step, Write
from instep.store import links as link_table
from instep.store.links import Link


async def finish_moves(works: Sequence[PairWork]) -> None:
    """Plan what is left to do of moves that had begun."""
    for origin in works:
        for case in [c for c in origin.cases.values() if c.link.held.get(MOVING)]:
            for side in Side:
                old = _old_copy(works, origin, case, side.other)
                if case.now.get(side) is Absent.GONE and old is not None and takes_writes(old[0], side.other):
                    goal, link = _new_home(works, origin, case, side)
                    if goal is not None and link is not None:
                        await _finish(origin, goal, case, link, side.other, old)


def _old_copy(works: Sequence[PairWork], origin: PairWork, case: Case, side: Side) -> tuple[PairWork, Fetched] | None:
    """The old copy and the pair where it lies: somebody may have moved it as well, also to where the new one is."""
    state = case.now.get(side)
    if isinstance(state, Fetched):
        return origin, state
    uid = (case.memory.left if side is Side.LEFT else case.memory.right).uid
    if state is not Absent.GONE or not uid or case.link.held[MOVING] is True:
        return None
    alike = [w for w in works if w.kind is origin.kind]
    found = [(w, f) for w in alike for f in w.loose[side].values() if f.item.uid == uid]
    return found[0] if len(found) == 1 else None


def _new_home(
    works: Sequence[PairWork], origin: PairWork, case: Case, side: Side
) -> tuple[PairWork | None, Link | None]:
    goals = {w.pair.id: w for w in works if w.kind is origin.kind and w is not origin}
    uid = (case.memory.left if side is Side.LEFT else case.memory.right).uid or case.link.uid
    number = case.link.held[MOVING]
    with origin.run.db.reading() as tx:
        if number is True:
            if any(uid and f.item.uid == uid for g in goals.values() for f in g.loose[side].values()):
                return None, None  # it was not followed yet: another link there of this uid is that of a copy
            heads = link_table.find_uid(tx, origin.run.account, side, [uid]).get(uid, [])
            numbers = [h.id for h in heads if h.pair_id in goals]
        else:
            numbers = [number]
        link = link_table.load(tx, numbers).get(numbers[0]) if len(numbers) == 1 else None
    return (goals[link.pair_id], link) if link is not None and link.pair_id in goals else (None, None)


async def _finish(
    origin: PairWork, goal: PairWork, case: Case, link: Link, side: Side, old: tuple[PairWork, Fetched]
) -> None:
    place, partner = old
    carried = await _carried(goal, case, link, side, partner)
    if carried is None:
        return
    if carried.writes and not takes_writes(goal, side):
        _wait(origin, case)
        return
    removal = Step(case.link, case.link.name, {side: partner}, after=carried, forget=True)
    removal.writes.append(Write("delete", side, None, partner.href, partner.etag, partner.document))
    if carried.writes:
        goal.cases.pop(link.id, None)  # planned again by the next pass, with what is carried now
        goal.later.add(link.id)
        goal.again = origin.again = True
    goal.steps.append(carried)
    place.deletions.append(removal)
    place.loose[side].pop(partner.href, None)
    place.settle(side, partner.href)
    del origin.cases[case.link.id]
    for there in Side:
        origin.settle(there, case.link.href(there))


def _wait(origin: PairWork, case: Case) -> None:
    """The old copy holds what the new one cannot be given now: it is neither removed nor asked about."""
    del origin.cases[case.link.id]
    origin.later.add(case.link.id)
    origin.report.notes.append(f"{case.link.name} stays here too until the folder that it went to takes writes.")


async def _carried(goal: PairWork, case: Case, link: Link, side: Side, partner: Fetched) -> Step | None:
    """The step that writes onto the new copy what was changed in the old one; it is looked at again after it."""
    new: Fetched | None = None
    async for result in goal.replicas[side].fetch([href for href in [link.href(side)] if href is not None]):
        new = result if isinstance(result, Fetched) else None
    if new is None:
        return None
    seen = case.memory.left if side is Side.LEFT else case.memory.right
    terms = Terms(limits_right=goal.replicas[side].limits, prefer={EVERYTHING: Side.LEFT}, own=goal.terms.own)
    merged = merge(Memory(seen, seen), partner.item, new.item, terms)
    if not merged.changed_right:
        return Step(None, case.link.name, {}, loose=True)
    step = Step(link, case.link.name, {side: new}, unsettled=True)
    step.writes.append(update(new, side, merged.right, merged.changed_right))
    return step
