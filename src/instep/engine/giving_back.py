"""The answer *restore* to a guard's stop: the side that lost or changed so much gets back what it had (RULES 22).

What vanished there is made again, what was changed there is put back. Nothing else of the plan changes; what is
overwritten is kept in history like everything that a run writes.
"""

from __future__ import annotations

from instep.connectors.base import Presence
from instep.core.fields import fields_of, same
from instep.core.guard import Stop, StopReason
from instep.core.model import Item, Side
from instep.core.plan import Absent
from instep.engine.planning import creation, update
from instep.engine.policies import takes_writes
from instep.engine.remaking import remade
from instep.engine.rollback import older
from instep.engine.work import Case, PairWork, Step


async def restore(work: PairWork, stop: Stop, only: frozenset[int] | None = None) -> tuple[set[int], str]:
    """Change the plan so that the other side of ``stop.side`` gets back what it had.

    ``only`` limits it to these links. Gives the links it is about, and a sentence that says why nothing is restored.
    """
    lost = stop.side.other
    if stop.reason in {StopReason.NATURE, StopReason.FIRST_SYNC}:
        return set(), f"{stop.sentence()} There is nothing to restore: pair the right folder, or go on."
    if not takes_writes(work, lost):
        return set(), f"{stop.sentence()} It cannot be restored: the {lost.value} takes no writes there."
    if stop.reason is StopReason.MASS_EDIT:
        edited = {s.link.id for s in work.steps if s.link is not None and not s.restored and _writes(s, stop.side)}
        return _put_back(work, stop.side, edited if only is None else edited & only), ""
    links = await _make_again(work, stop.side, only)
    if stop.reason is StopReason.ROLLBACK:
        old = older(work, lost)
        links |= _put_back(work, stop.side, old if only is None else old & only)
    return links, ""


def _writes(step: Step, side: Side) -> bool:
    return any(write.side is side and write.op == "update" for write in step.writes)


# What vanished ----------------------------------------------------------------------------------------------------


async def _make_again(work: PairWork, side: Side, only: frozenset[int] | None) -> set[int]:
    """Bring the items that vanished on the other side back from this one, as far as they are still gone."""
    lost = side.other
    vanished = {s: c for s in (*work.deletions, *work.steps) if (c := _vanished(work, s, lost)) is not None}
    vanished = {s: c for s, c in vanished.items() if only is None or c.link.id in only}
    hrefs = [h for c in vanished.values() if (h := c.link.href(lost)) is not None]
    # A store may have found its items again while a person thought about the answer.
    presence = await work.replicas[lost].confirm(hrefs) if hrefs else {}
    work.deletions = [s for s in work.deletions if s not in vanished]
    work.steps = [s for s in work.steps if s not in vanished]
    for step, case in vanished.items():
        href = case.link.href(lost)
        if href is not None and presence.get(href) is not Presence.GONE:
            work.open[lost][href] = None
            work.restore_later.add(case.link.id)
        else:
            work.steps.append(_again(work, step, case, lost))
    return {case.link.id for case in vanished.values()}


def _vanished(work: PairWork, step: Step, lost: Side) -> Case | None:
    """The case of a deletion to be repeated, asked about, or left aside by a one-way pair; moves are none of these."""
    if step.link is None or step.after is not None or not (step.forget or step.question is not None or step.noted):
        return None
    case = work.cases.get(step.link.id)
    if case is None or case.now.get(lost) is not Absent.GONE or lost.other not in step.now:
        return None
    return case


def _again(work: PairWork, step: Step, case: Case, lost: Side) -> Step:
    partner = step.now[lost.other]
    merged = remade(work, case.memory, lost, partner)
    made = Step(step.link, step.name, step.now, settlement=merged.settlement, restored=True)
    made.unsettled = not merged.settlement.complete and not merged.noted
    made.writes.append(creation(work, lost, merged.target(lost), partner, case.link.id))
    return made


# What was changed -------------------------------------------------------------------------------------------------


def _put_back(work: PairWork, side: Side, links: set[int]) -> set[int]:
    """Undo what the other side did to these items, and carry there what this side did; gives those in the plan."""
    found: set[int] = set()
    for number, step in enumerate(work.steps):
        if step.link is None or step.link.id not in links or len(step.now) < 2:
            continue
        if (case := work.cases.get(step.link.id)) is not None:
            work.steps[number] = _back(work, step, case, side.other)
            found.add(step.link.id)
    return found


def _back(work: PairWork, step: Step, case: Case, lost: Side) -> Step:
    now, partner = step.now[lost], step.now[lost.other]
    merged = remade(work, case.memory, lost, partner)
    back = Step(step.link, step.name, step.now, settlement=merged.settlement, restored=True)
    back.unsettled = not merged.settlement.complete and not merged.noted
    target = merged.target(lost)
    if changed := _differing(now.item, target):
        back.writes.append(update(now, lost, target, changed))
    return back


def _differing(now: Item, target: Item) -> tuple[str, ...]:
    return tuple(f.name for f in fields_of(target) if not same(f, getattr(now, f.name), getattr(target, f.name)))
