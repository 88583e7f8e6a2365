"""Unlinked items outside of a pair's scope: set aside with a remark, found again when they come in (RULES 16).

They are neither matched nor created nor asked about, and not fetched again until their etag moves, the scope changes,
or the day comes on which time brings them in.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from instep.connectors.base import Fetched
from instep.core.model import Item, Side, name_of
from instep.core.plain import digest
from instep.core.plan import Absent
from instep.core.scope import folded
from instep.engine.memories import memory_of
from instep.engine.scoping import away, rescoped, scope_of, today
from instep.engine.work import Case, PairWork
from instep.store import links as link_table
from instep.store import remarks as remark_table
from instep.store.database import Tx
from instep.store.remarks import Remark

REASON = "scope"
"""The reason of a remark on an unlinked item that is outside."""

_NEVER = "-"


def still_outside(work: PairWork, remark: Remark) -> bool:
    """True while nothing but its etag, another scope or the day of its entry could bring an unlinked item in."""
    if remark.reason != REASON or rescoped(work):
        return False
    enters = remark.detail.partition(" ")[0]
    return enters == _NEVER or enters > today(work).isoformat()


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


# Within a pair ----------------------------------------------------------------------------------------------------


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
    """The day of entry, and by what the item is known; the day stands first, as every run reads it of every remark."""
    plain = {"name": folded(name_of(item))} | ({"uid": item.uid} if item.uid else {})
    return f"{enters.isoformat() if enters is not None else _NEVER} {json.dumps(plain)}"


def _told(remark: Remark) -> dict[str, Any]:
    try:
        plain = json.loads(remark.detail.partition(" ")[2])
    except ValueError:
        return {}
    return plain if isinstance(plain, dict) else {}


# Between pairs ----------------------------------------------------------------------------------------------------


def rest_moved(works: list[PairWork]) -> None:
    """A linked item that went to a folder where it is outside left the scope: its partner stays where it is."""
    if not any(Absent.GONE in case.now.values() for work in works for case in work.cases.values()):
        return
    with_scope = [work for work in works if scope_of(work).limits and not work.halted]
    for side in Side:
        uids, contents = _outside_of(with_scope, side)
        for work in works if uids or contents else ():
            for case in work.cases.values():
                seen = case.memory.left if side is Side.LEFT else case.memory.right
                if case.now.get(side) is Absent.GONE and (seen.uid in uids or digest(seen) in contents):
                    work.resting.add(case.link.id)


def _outside_of(works: list[PairWork], side: Side) -> tuple[set[str], set[str]]:
    """By uid and by content what lies outside in these pairs, also if an earlier run put it aside."""
    uids: set[str] = set()
    contents: set[str] = set()
    for work in works:
        contents |= {digest(fetched.item) for fetched in work.outside[side].values()}
        with work.run.db.reading() as tx:
            known = remark_table.by_reason(tx, work.pair.id, REASON, side)
        gone = work.found[side].tombstones | work.found[side].vanished
        uids |= {
            uid for r in (*known, *remarks(work, side)) if r.href not in gone and (uid := str(_told(r).get("uid", "")))
        }
    return uids, contents
