"""Moves and renames: vanished items beside new ones of the same side, before any deletion is planned (RULES 15).

Within a pair the link follows the item. Between two pairs of the account the partner is made anew in the other pair,
from its own native document, and removed in the first one when that is done. An end in between leaves a new link and an
item whose partner is gone: the next run deletes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace

from instep.connectors.base import Fetched
from instep.core.merge import merge
from instep.core.model import Item, Side, name_of
from instep.core.plain import digest
from instep.core.plan import Absent, with_rule
from instep.engine import answers
from instep.engine.aside import rest_moved, set_aside
from instep.engine.asking import link_row
from instep.engine.handing_over import left_behind, on_the_move
from instep.engine.moved_apart import find_moves_of_both
from instep.engine.planning import creation, update
from instep.engine.policies import policy_of
from instep.engine.questions import Choice, Resolution
from instep.engine.work import Case, PairWork, Step, Write
from instep.store import conflicts as conflict_table
from instep.store import links as link_table


def find_moves(works: list[PairWork]) -> None:
    """Give every vanished item that turns up elsewhere on its side its partner back, in its pair or in another."""
    for side in Side:
        for work in works:
            _renamed(work, side)
        for work in works:
            _hold_back(work, [w for w in works if w.kind is work.kind], side)
            set_aside(work, side)
    find_moves_of_both(works)
    for side in Side:
        for origin in works:
            for goal in works:
                if goal is not origin and goal.kind is origin.kind and _follows(origin, goal, side):
                    _moved(origin, goal, side)
    rest_moved(works)


def _renamed(work: PairWork, side: Side) -> None:
    vanished = [c for c in work.cases.values() if c.now.get(side) is Absent.GONE]
    if not vanished or not work.loose[side]:
        return
    for key in (_uid, digest):
        for case, fetched in _found(vanished, work.loose[side].values(), side, key):
            _relink(work, side, case, fetched)


def _vanished(work: PairWork, side: Side) -> list[Case]:
    return [
        c for c in work.cases.values() if c.now.get(side) is Absent.GONE and isinstance(c.now.get(side.other), Fetched)
    ]


def _hold_back(work: PairWork, alike: list[PairWork], side: Side) -> None:
    """A new item that may be one whose absence nobody proves waits for the proof: it would be doubled."""
    doubted = [_seen(c, side) for w in alike for c in w.cases.values() if _doubted(w, c, side)]
    known = {key for item in doubted for key in (_uid(item), digest(item)) if key}
    for href, fetched in list(work.loose[side].items()) if known else ():
        if _uid(fetched.item) in known or digest(fetched.item) in known:
            work.waiting[side][href] = fetched.etag
            work.settle(side, href)
            del work.loose[side][href]


def _doubted(work: PairWork, case: Case, side: Side) -> bool:
    if case.now.get(side) is Absent.GONE:
        return case.now.get(side.other) is Absent.UNKNOWN  # it may have moved, but its partner cannot be followed now
    return case.now.get(side) is Absent.UNKNOWN and case.link.href(side) in work.found[side].absent


def _seen(case: Case, side: Side) -> Item:
    return case.memory.left if side is Side.LEFT else case.memory.right


def _uid(item: Item) -> Hashable:
    return item.uid


def _found(
    vanished: Iterable[Case], loose: Iterable[Fetched], side: Side, key: Callable[[Item], Hashable]
) -> list[tuple[Case, Fetched]]:
    """The vanished items of which exactly one new item has the key, and the other way round."""
    gone: dict[Hashable, list[Case]] = defaultdict(list)
    for case in vanished:
        if case.now.get(side) is Absent.GONE and (value := key(_seen(case, side))):
            gone[value].append(case)
    new: dict[Hashable, list[Fetched]] = defaultdict(list)
    for fetched in loose:
        if value := key(fetched.item):
            new[value].append(fetched)
    return [(c[0], new[v][0]) for v, c in gone.items() if len(c) == 1 and len(new.get(v, ())) == 1]


def _relink(work: PairWork, side: Side, case: Case, fetched: Fetched) -> None:
    old = case.link.href(side)
    del work.loose[side][fetched.href]
    work.settle(side, old)
    if side is Side.LEFT:
        case.link = replace(case.link, left_href=fetched.href, left_etag=None)
    else:
        case.link = replace(case.link, right_href=fetched.href, right_etag=None)
    case.now[side] = fetched
    if not work.run.options.dry_run:
        with work.run.db.transaction() as tx:
            link_table.touch(tx, [(case.link.id, side, fetched.href, None)])


# Between pairs ----------------------------------------------------------------------------------------------------


def _follows(origin: PairWork, goal: PairWork, side: Side) -> bool:
    """True when a move on this side may be followed on the other side of both pairs."""
    return all(policy_of(w).direction.source in {None, side} for w in (origin, goal))


def _moved(origin: PairWork, goal: PairWork, side: Side) -> None:
    for key in (_uid, digest):
        vanished = [c for c in _vanished(origin, side) if c.link.state != "dormant"]
        if not vanished or not goal.loose[side]:
            return
        for case, fetched in _found(vanished, goal.loose[side].values(), side, key):
            if _followed(goal, side, fetched):
                continue  # a run that came to its end had made the partner: matching links it
            _follow(origin, goal, side, case, fetched)


def _followed(goal: PairWork, side: Side, fetched: Fetched) -> bool:
    uid, content = fetched.item.uid, digest(fetched.item)
    there = goal.loose[side.other].values()
    return any((uid and f.item.uid == uid) or digest(f.item) == content for f in there)


def _follow(origin: PairWork, goal: PairWork, side: Side, case: Case, fetched: Fetched) -> None:
    partner = case.now[side.other]
    assert isinstance(partner, Fetched)
    row, answer = _answered(origin, case, side, fetched, partner)
    made = _made(goal, side, case, fetched, partner, answer)
    case.link = on_the_move(case.link)
    left, right = (made.now[s].item for s in Side)
    removal = Step(left_behind(case.link, left, right), made.name, {side.other: partner}, after=made, forget=True)
    removal.writes.append(Write("delete", side.other, None, partner.href, partner.etag, partner.document))
    removal.answered, removal.answer = row, answer
    goal.steps.append(made)
    origin.deletions.append(removal)
    del goal.loose[side][fetched.href]
    goal.settle(side, fetched.href)
    for there in Side:
        origin.settle(there, case.link.href(there))
    del origin.cases[case.link.id]
    if not origin.run.options.dry_run:
        # until the partner is removed, every run looks at this link again
        with origin.run.db.transaction() as tx:
            link_table.save(tx, [case.link])


def _answered(
    origin: PairWork, case: Case, side: Side, fetched: Fetched, partner: Fetched
) -> tuple[int, Resolution | None]:
    """What a person said to a clash in the item before it moved, if both versions are still those that were shown."""
    left, right = (fetched, partner) if side is Side.LEFT else (partner, fetched)
    with origin.run.db.reading() as tx:
        rows = conflict_table.of_pair(tx, origin.pair.id)
    row = next((r for r in rows if r.link_id == case.link.id), None)
    answer = answers.for_link(row, left.item, right.item)
    if row is None or answer is None or answer.choice is Choice.BOTH:
        return 0, None  # where both are wanted it is asked again, as a question about the new item
    return row.id, answer


def _made(
    goal: PairWork, side: Side, case: Case, fetched: Fetched, partner: Fetched, answer: Resolution | None
) -> Step:
    now = {side: fetched, side.other: partner}
    left, right = now[Side.LEFT], now[Side.RIGHT]
    terms = replace(goal.terms, prefer=answers.preferences(answer))
    merged = merge(case.memory, left.item, right.item, with_rule(terms, policy_of(goal), left.item, right.item))
    step = Step(None, name_of(fetched.item), now, settlement=merged.settlement, moved_from=case.link.id)
    step.unsettled = not merged.settlement.complete and not merged.noted
    step.writes.append(creation(goal, side.other, merged.target(side.other), partner))
    if merged.changed(side):
        step.writes.append(update(fetched, side, merged.target(side), merged.changed(side)))
    if merged.clashes:
        step.question = link_row(goal, step, merged, "both-changed")
    return step
