"""The scope in a run: what lies outside of a pair's window and categories rests, and nothing is deleted (RULES 16).

An unlinked item outside is set aside with a remark: neither matched nor created nor asked about. A link whose two
versions are outside is *dormant*: edits and deletions on either side are carried nowhere. What comes back (by an edit,
a wider scope, or time) is decided from the old memory; what vanished meanwhile is made again, never deleted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Any

from instep.connectors.base import Fetched
from instep.core.memory import Memory
from instep.core.model import Item, Side, name_of
from instep.core.plain import digest
from instep.core.plan import Absent, Decision, Verdict
from instep.core.scope import Scope, folded
from instep.engine.memories import memory_of
from instep.engine.work import Case, Found, PairWork, Step
from instep.store import links as link_table
from instep.store import remarks as remark_table
from instep.store.database import Tx
from instep.store.links import Link, LinkHead
from instep.store.remarks import Remark

REASON = "scope"
"""The reason of a remark on an unlinked item that is outside."""


def scope_of(work: PairWork) -> Scope:
    """The scope of the pair, as a person chose it."""
    return Scope.from_json(work.pair.options.get("scope"))


def today(work: PairWork) -> date:
    """The day of the run, in UTC."""
    return work.run.clock().date()


def rescoped(work: PairWork) -> bool:
    """True when the pair's last run had another scope: both sides are compared whole, once."""
    return Scope.from_json(work.pair.options.get("kept_scope")) != scope_of(work)


def kept(work: PairWork) -> dict[str, Any]:
    """What a run that came to its end leaves in the pair's options."""
    return {"kept_scope": scope_of(work).to_json(), "looked": today(work).isoformat()}


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


def still_outside(work: PairWork, remark: Remark) -> bool:
    """True while nothing but its etag, another scope or the day of its entry could bring an unlinked item in."""
    if remark.reason != REASON or rescoped(work):
        return False
    enters = _told(remark).get("enters")
    return enters is None or str(enters) > today(work).isoformat()


def recalled(work: PairWork) -> dict[Side, dict[str, Case | None]]:
    """What must be read besides what moved, so that an item that comes in is not doubled: its twin outside on the other
    side, and the dormant link that it had."""
    wanted: dict[Side, dict[str, Case | None]] = {Side.LEFT: {}, Side.RIGHT: {}}
    if not any(work.loose.values()):
        return wanted
    with work.run.db.reading() as tx:
        for side in Side:
            keys = {key for f in _inside(work, side.other) for key in _keys(work, f.item)}
            for remark in remark_table.by_reason(tx, work.pair.id, REASON, side) if keys else ():
                told = _told(remark)
                twin = (("uid", told.get("uid")), ("name", told.get("name")))
                if remark.href not in work.loose[side] and any(key in keys for key in twin):
                    wanted[side][remark.href] = None
                    work.found[side].reported.setdefault(remark.href, remark.etag)
        for case in _dormant_again(work, tx):
            work.cases[case.link.id] = case
            for side in Side:
                href = case.link.href(side)
                if away(case, side, work.found[side]):
                    case.now[side] = Absent.AWAY
                elif href is None:
                    case.now[side] = Absent.GONE
                elif href not in work.found[side].absent:
                    wanted[side][href] = case
    return wanted


def _dormant_again(work: PairWork, tx: Tx) -> list[Case]:
    """The dormant links of items that are under another address now: they are no new items."""
    numbers: set[int] = set()
    for side in Side:
        uids = {f.item.uid for f in work.loose[side].values() if f.item.uid}
        heads = link_table.find_uid(tx, work.run.account, side, uids)
        mine = (h for found in heads.values() for h in found if h.pair_id == work.pair.id)
        numbers |= {h.id for h in mine if h.state == "dormant"}
    nameless = {s: {digest(f.item) for f in work.loose[s].values() if not f.item.uid} for s in Side}
    if any(nameless.values()):
        sleeping = link_table.load(tx, [head.id for head, _ in link_table.dormant(tx, work.pair.id)])
        numbers |= {
            link.id
            for link in sleeping.values()
            if any((seen := link.seen(s)) is not None and digest(seen) in nameless[s] for s in Side)
        }
    links = link_table.load(tx, numbers - work.cases.keys()).values()
    return [Case(link, memory_of(work, link)) for link in links]


# Unlinked items ---------------------------------------------------------------------------------------------------


def set_aside(work: PairWork, side: Side, *, twins: bool = True) -> None:
    """Take unlinked items that are outside out of the run; they keep a remark. An item whose twin on the other side is
    inside stays (unless ``twins`` is false), so that the two are found to be one."""
    scope = scope_of(work)
    if not scope.limits or not work.loose[side]:
        return
    keys = {key for f in _inside(work, side.other) for key in _keys(work, f.item)} if twins else set()
    for href, fetched in list(work.loose[side].items()):
        if scope.inside(fetched.item, today(work)) or keys & _keys(work, fetched.item):
            continue
        del work.loose[side][href]
        work.outside[side][href] = fetched
        work.settle(side, href)


def _inside(work: PairWork, side: Side) -> list[Fetched]:
    scope = scope_of(work)
    return [f for f in work.loose[side].values() if scope.inside(f.item, today(work))]


def _keys(work: PairWork, item: Item) -> set[tuple[str, Any]]:
    """By what the same item is known on both sides; by its name only where a category may be all that differs."""
    keys: set[tuple[str, Any]] = {("uid", item.uid)} if item.uid else set()
    if scope_of(work).categories:
        keys.add(("name", folded(name_of(item))))
    return keys


def remarks(work: PairWork, side: Side) -> list[Remark]:
    """The remarks on what was set aside."""
    scope, day = scope_of(work), today(work)
    return [
        Remark(work.pair.id, side, href, f.etag, REASON, _detail(f.item, scope.enters_on(f.item, day)))
        for href, f in work.outside[side].items()
    ]


def _detail(item: Item, enters: date | None) -> str:
    plain: dict[str, str] = {"name": folded(name_of(item))}
    if item.uid:
        plain["uid"] = item.uid
    if enters is not None:
        plain["enters"] = enters.isoformat()
    return json.dumps(plain)


def _told(remark: Remark) -> dict[str, Any]:
    try:
        plain = json.loads(remark.detail)
    except ValueError:
        return {}
    return plain if isinstance(plain, dict) else {}


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
    step.held = {**held, **{name: value for name, value in told.items() if value is not None}}
    link = case.link
    placed = all((f.href, f.etag) == (link.href(side), link.etag(side)) for side, f in step.now.items())
    return link.state != "dormant" or step.held != link.held or not placed or link.unsettled


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


# Between pairs, and the guard -------------------------------------------------------------------------------------


def rest_moved(works: list[PairWork]) -> None:
    """A linked item that went to a folder where it is outside left the scope: its partner stays where it is."""
    with_scope = [work for work in works if scope_of(work).limits and not work.halted]
    for side in Side:
        uids, contents = _outside_of(with_scope, side)
        for work in works if uids or contents else ():
            for case in work.cases.values():
                seen = case.memory.left if side is Side.LEFT else case.memory.right
                elsewhere = uids.get(seen.uid, set()) | contents.get(digest(seen), set())
                if case.now.get(side) is Absent.GONE and elsewhere - {(work.pair.id, case.link.href(side))}:
                    work.resting.add(case.link.id)


Places = dict[str, set[tuple[int, str | None]]]


def _outside_of(works: list[PairWork], side: Side) -> tuple[Places, Places]:
    uids: Places = {}
    contents: Places = {}
    for work in works:
        for href, fetched in work.outside[side].items():
            contents.setdefault(digest(fetched.item), set()).add((work.pair.id, href))
        with work.run.db.reading() as tx:
            known = remark_table.by_reason(tx, work.pair.id, REASON, side)
        for remark in [*known, *remarks(work, side)]:
            gone = remark.href in work.found[side].tombstones | work.found[side].vanished
            if (uid := _told(remark).get("uid")) and not gone:
                uids.setdefault(uid, set()).add((work.pair.id, remark.href))
    return uids, contents


def active(work: PairWork, tx: Tx, changes: int) -> int:
    """How many links the guard counts: all but those that rest. Many changes make it worth looking at each."""
    heads = [head for head in link_table.heads(tx, work.pair.id) if head.state not in {"dormant", "declined"}]
    awake = [head.id for head in heads if head.id not in work.resting]
    if not scope_of(work).limits or changes < 5:
        return len(awake)
    links = link_table.load(tx, awake).values()
    return sum(not _was_outside(work, memory_of(work, link)) for link in links)


def awake(work: PairWork, case: Case) -> bool:
    """True for a link that takes part in this run."""
    return case.link.id not in work.resting
