"""The scope in a run: what lies outside of a pair's window and categories rests, and nothing is deleted (RULES 16).

An unlinked item outside is set aside with a remark: neither matched nor created nor asked about. A link whose two
versions are outside is *dormant*: edits and deletions on either side are carried nowhere. What comes back (by an edit,
a wider scope, or time) is decided from the old memory; what vanished meanwhile is made again, never deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from instep.core.guard import SHARE_DELETION
from instep.core.memory import Memory
from instep.core.model import Item, Side
from instep.core.plan import Absent, Decision, Verdict
from instep.core.scope import Scope
from instep.engine.memories import memory_of
from instep.engine.work import Case, Found, PairWork, Step
from instep.store import links as link_table
from instep.store.database import Tx
from instep.store.links import Link, LinkHead


def scope_of(work: PairWork) -> Scope:
    """The scope of the pair, as a person chose it."""
    return Scope.from_json(work.pair.options.get("scope"))


def today(work: PairWork) -> date:
    """The day of the run, in UTC."""
    return work.run.clock().date()


def rescoped(work: PairWork) -> bool:
    """True when the pair's last run had another scope: both sides are compared whole, once."""
    return (work.pair.options.get("kept_scope") or {}) != (work.pair.options.get("scope") or {})


def kept(work: PairWork) -> dict[str, Any]:
    """What a run that came to its end leaves in the pair's options."""
    scope = scope_of(work)
    return {"kept_scope": scope.to_json()} | ({"looked": today(work).isoformat()} if scope.limits else {})


# What is looked at again ------------------------------------------------------------------------------------------


def woken(work: PairWork, tx: Tx, listed: Mapping[Side, AbstractSet[str]]) -> dict[int, LinkHead]:
    """The dormant links to be looked at: once a day those that time brings in, and those whose store had put them out
    of its own scope and now lists them (``listed``: full listings in the place of a token's answer)."""
    now = today(work).isoformat()
    daily = scope_of(work).future is not None and work.pair.options.get("looked") != now
    if not daily and not listed:
        return {}
    found: dict[int, LinkHead] = {}
    for head, held in link_table.dormant(tx, work.pair.id):
        entered = daily and str(held.get("enters") or "9999-99") <= now
        back = any(held.get("away") == side.value and head.href(side) in listed[side] for side in listed)
        if entered or back:
            found[head.id] = head
    return found


# Links ------------------------------------------------------------------------------------------------------------


def scoped(work: PairWork, case: Case, decision: Decision, source: Side | None) -> Decision:
    """The decision about a link as the scope lets it stand.

    Both versions outside (or the only one there is): the link rests. An edit that just took it out is still carried,
    if it needs no question, so that both sides hold the same. A side that lost the item while it was outside gets it
    back once it is inside, but for the source of a one-way pair, which is never written.
    """
    states = {side: case.item(side) for side in Side}
    here = [state for state in states.values() if not isinstance(state, Absent)]
    gone = next((side for side, state in states.items() if state is Absent.GONE), None)
    if not here or Absent.UNKNOWN in states.values() or Absent.AWAY in states.values():
        return decision
    resting = case.link.state == "dormant"
    if not (scope_of(work).limits or resting or case.link.id in work.resting):
        return decision
    before = resting or _was_outside(work, case.memory)
    if outside(work, *here):
        leaves = gone is None and not before and decision.merged is not None and not decision.merged.clashes
        return decision if leaves else Decision(Verdict.DORMANT)
    if gone is None:
        return decision
    if case.link.held.get("away") == gone.value or case.link.id in work.resting:
        return Decision(Verdict.DORMANT)
    if not before:
        return decision
    return Decision(Verdict.DORMANT) if source is gone else Decision(Verdict.RECREATE, side=gone)


def _was_outside(work: PairWork, memory: Memory) -> bool:
    """Whether what both sides were seen to hold is outside today: then its vanishing is no deletion."""
    scope = scope_of(work)
    if memory.first or not scope.limits:
        return False
    return not any(scope.inside(seen, today(work)) for seen in (memory.left, memory.right))


def rest(work: PairWork, case: Case, step: Step) -> bool:
    """Let a link rest; true when there is something to store about it."""
    work.resting.add(case.link.id)
    entries = [scope_of(work).enters_on(f.item, today(work)) for f in step.now.values()]
    days = sorted(day.isoformat() for day in entries if day is not None)
    away = next((side.value for side in Side if case.now.get(side) is Absent.AWAY), None)
    if away is None and step.now.keys() != set(Side):
        away = case.link.held.get("away")
    told = {"enters": days[0] if days else None, "away": away}
    held = {name: value for name, value in case.link.held.items() if name not in told}
    step.state = "dormant"
    step.beside = {**held, **{name: value for name, value in told.items() if value is not None}}
    link = case.link
    placed = all((f.href, f.etag) == (link.href(side), link.etag(side)) for side, f in step.now.items())
    return link.state != "dormant" or step.beside != link.held or not placed or link.unsettled


def away(case: Case, side: Side, found: Found) -> bool:
    """True for an item that its store put out of its own scope and has not reported or listed since."""
    href = case.link.href(side) or ""
    listed = href in found.reported or (found.full and href not in found.absent)
    return case.link.state == "dormant" and case.link.held.get("away") == side.value and not listed


# For showing --------------------------------------------------------------------------------------------------------


def outside(work: PairWork, *items: Item) -> bool:
    """True when all of these are outside of the pair's scope today."""
    return not any(scope_of(work).inside(item, today(work)) for item in items)


def rests(work: PairWork, link: Link, left: Item | None, right: Item | None) -> bool:
    """True for a link whose differences are none, because it is outside; an absent item leaves it to the other."""
    there = [item for item in (left, right) if item is not None]
    if not there:
        return link.state == "dormant"
    lost_outside = len(there) == 1 and link.held.get("away") is not None and link.state == "dormant"
    return lost_outside or outside(work, *there)


# The guard -------------------------------------------------------------------------------------------------------


def active(work: PairWork, tx: Tx, changes: int) -> int:
    """How many links the guard counts: all but those that rest. Many changes make it worth looking at each."""
    if not scope_of(work).limits or changes < SHARE_DELETION[0]:
        falling_asleep = sum(c.link.id in work.resting and c.link.state == "linked" for c in work.cases.values())
        return link_table.awake(tx, work.pair.id) - falling_asleep
    heads = [head.id for head in link_table.heads(tx, work.pair.id) if head.state == "linked"]
    links = link_table.load(tx, (number for number in heads if number not in work.resting)).values()
    return sum(not _was_outside(work, memory_of(work, link)) for link in links)


def awake(work: PairWork, case: Case) -> bool:
    """True for a link that takes part in this run."""
    return case.link.id not in work.resting
