"""Reading: the items as they are now. Only what moved is fetched; an item that a listing lacks is asked about before it
counts as gone (RULES 14); what cannot be read is unknown, never absent.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from instep.connectors.base import Fetched, Foreign, Missing, Presence, Unreadable
from instep.core.merge import Terms
from instep.core.model import Side, name_of
from instep.core.plan import Absent, edited
from instep.engine.aside import recalled
from instep.engine.declined import sift
from instep.engine.events import Phase
from instep.engine.scoping import away
from instep.engine.staying import stay
from instep.engine.work import Case, PairWork
from instep.errors import InstepError, NotCarried
from instep.store import links as link_table
from instep.store import remarks as remark_table
from instep.store.database import Tx
from instep.store.remarks import Remark


async def read(work: PairWork) -> None:
    """Fetch what moved, then the other side of what really changed; prove what is missing."""
    wanted = {side: _first_wanted(work, side) for side in Side}
    total = sum(len(w) for w in wanted.values())
    work.tell(Phase.READING, 0, total)
    counter = [0]
    await asyncio.gather(*(_fetch(work, side, wanted[side], counter, total) for side in Side))
    await sift(work)
    twins = recalled(work)
    await asyncio.gather(*(_fetch(work, side, twins[side], counter, total) for side in Side))
    _unmoved(work)
    more = {side: _second_wanted(work, side) for side in Side}
    total += sum(len(w) for w in more.values())
    await asyncio.gather(*(_fetch(work, side, more[side], counter, total) for side in Side))
    await asyncio.gather(*(_prove(work, side) for side in Side))
    for side in Side:
        work.found[side].listed = len(work.loose[side]) + len(work.cases)
    late = {side: _second_wanted(work, side) | _resting(work, side) for side in Side}
    await asyncio.gather(*(_fetch(work, side, late[side], counter, total) for side in Side))
    await asyncio.gather(*(_prove(work, side) for side in Side))


def _first_wanted(work: PairWork, side: Side) -> dict[str, Case | None]:
    found = work.found[side]
    wanted: dict[str, Case | None] = {}
    for case in work.cases.values():
        href = case.link.href(side)
        if href is None:
            case.now[side] = Absent.GONE  # another item took its address (RULES 17)
        elif href in found.tombstones:
            case.now[side] = Absent.GONE
        elif href in found.away or away(case, side, found):
            case.now[side] = Absent.AWAY
        elif href not in found.absent and (href in found.reported or case.link.unsettled or _provisional(case)):
            wanted[href] = case
    linked = {case.link.href(side) for case in work.cases.values()}
    wanted.update((href, None) for href in found.reported if href not in linked)
    return wanted


def _provisional(case: Case) -> bool:
    return case.link.state != "linked"


def _second_wanted(work: PairWork, side: Side) -> dict[str, Case | None]:
    """The side's items whose other side moved: they are needed as they are now."""
    wanted: dict[str, Case | None] = {}
    for case in work.cases.values():
        href = case.link.href(side)
        if href is None or side in case.now or href in work.found[side].absent:
            continue
        if case.now.get(side.other) is not Absent.UNKNOWN and side.other in case.now:
            wanted[href] = case
    return wanted


def _resting(work: PairWork, side: Side) -> dict[str, Case | None]:
    """What is left as it is today takes part in matching where the other side has something new."""
    return dict.fromkeys(work.found[side].resting) if work.loose[side.other] else {}


def _unmoved(work: PairWork) -> None:
    """Etags that moved without a change of content only refresh the link (no case remains)."""
    refreshed = []
    for number, case in list(work.cases.items()):
        if case.link.unsettled or case.link.state != "linked":
            continue
        here = {side: case.now[side] for side in Side if side in case.now}
        if not here or not all(isinstance(state, Fetched) for state in here.values()):
            continue
        if any((case.link.href(side) or "") in work.found[side].absent for side in Side):
            continue
        if any(_edited(work, case, side) for side in here):
            continue
        for side, state in here.items():
            assert isinstance(state, Fetched)
            refreshed.append((number, side, state.href, state.etag))
            work.settle(side, state.href)
        del work.cases[number]
    if refreshed and not work.run.options.dry_run:
        with work.run.db.transaction() as tx:
            link_table.touch(tx, refreshed)


def _edited(work: PairWork, case: Case, side: Side) -> bool:
    state = case.now[side]
    assert isinstance(state, Fetched)
    seen = case.memory.left if side is Side.LEFT else case.memory.right
    return edited(case.memory, side, seen, state.item, Terms(own=work.run.options.own_addresses))


async def _fetch(work: PairWork, side: Side, wanted: dict[str, Case | None], counter: list[int], total: int) -> None:
    if not wanted:
        return
    remarks: list[Remark] = []
    readable: set[str] = set()
    async for result in work.replicas[side].fetch(list(wanted)):
        work.run.require_going()
        counter[0] += 1
        case = wanted[result.href]
        match result:
            case Fetched():
                readable.add(result.href)
                _place(work, side, case, result)
                work.tell(Phase.READING, counter[0], total, name_of(result.item))
            case Missing():
                work.found[side].absent.add(result.href)
                found = work.found[side]
                if case is None and (result.href not in found.missed_before or result.href in found.resting):
                    found.fleeting.add(result.href)
                    work.open[side][result.href] = None
            case Unreadable(error=NotCarried() as why):
                stay(work, side, result.href, result.etag, _short(why, result.href), why)
                if case is not None:
                    case.now[side] = Absent.UNKNOWN
            case Unreadable():
                message = str(result.error)
                name = _short(result.error, result.href)
                work.problem(side, name, result.error)
                # What was had but not understood changes with its etag, or with a newer Instep; what the store would
                # not give may be had any time.
                day = f"{work.run.clock():%Y-%m-%d}" if result.document is not None else ""
                told = f"{day} {name}\n{message}"
                remarks.append(Remark(work.pair.id, side, result.href, result.etag, "unreadable", told))
                work.settle(side, result.href)
                if case is not None:
                    case.now[side] = Absent.UNKNOWN
            case Foreign():
                work.settle(side, result.href)
                if case is None:
                    remarks.append(Remark(work.pair.id, side, result.href, result.etag, "foreign"))
                else:
                    case.now[side] = Absent.UNKNOWN
                    work.problem(side, case.link.name, "It became an item of another kind.")
    if not work.run.options.dry_run:
        with work.run.db.transaction() as tx:
            remark_table.remove(tx, work.pair.id, side, readable & _unread(tx, work, side))
            remark_table.put(tx, remarks)


def _unread(tx: Tx, work: PairWork, side: Side) -> set[str]:
    known = [*remark_table.by_reason(tx, work.pair.id, "unreadable", side)]
    known += remark_table.by_reason(tx, work.pair.id, "foreign", side)
    return {remark.href for remark in known}


def _short(error: InstepError, href: str) -> str:
    return error.where.item or href


def _place(work: PairWork, side: Side, case: Case | None, result: Fetched) -> None:
    if case is None:
        work.loose[side][result.href] = result
        return
    seen = case.memory.left if side is Side.LEFT else case.memory.right
    if _another(seen, result.item):
        case.now[side] = Absent.GONE
        _part(work, side, case)
        work.loose[side][result.href] = result
        return
    case.now[side] = result


def _part(work: PairWork, side: Side, case: Case) -> None:
    """The link lets go of an address under which another item is now, before that one gets a link of its own."""
    link = replace(case.link, unsettled=True)
    case.link = replace(link, left_href=None) if side is Side.LEFT else replace(link, right_href=None)
    if not work.run.options.dry_run:
        with work.run.db.transaction() as tx:
            link_table.save(tx, [case.link])


def _another(seen: object, now: object) -> bool:
    """Both uid and name changed under one href: another item (RULES 17)."""
    before, after = getattr(seen, "uid", ""), getattr(now, "uid", "")
    return bool(before and after and before != after and name_of(seen) != name_of(now))  # type: ignore[arg-type]


async def _prove(work: PairWork, side: Side) -> None:
    """Ask the store about items that a listing lacks or that answered with nothing."""
    absent = work.found[side].absent
    linked = {href: case for case in work.cases.values() if (href := case.link.href(side)) is not None}
    asked: dict[str, Case | None] = {h: c for h, c in linked.items() if h in absent and side not in c.now}
    asked |= dict.fromkeys(absent & work.open[side].keys() - linked.keys())
    if not asked:
        return
    presence = await work.replicas[side].confirm(list(asked))
    for href, case in asked.items():
        if case is None:
            if presence.get(href) is Presence.GONE:
                work.settle(side, href)
            continue
        match presence.get(href, Presence.UNKNOWN):
            case Presence.GONE:
                case.now[side] = Absent.GONE
            case Presence.PRESENT:
                if work.found[side].full:
                    # A listing that lacked what is there may lack new items too: its token would hide them for long.
                    work.found[side].token = None
                work.found[side].absent.discard(href)
                work.found[side].reported.setdefault(href, None)
                case.now[side] = Absent.UNKNOWN
                work.open[side][href] = None
            case Presence.UNKNOWN:
                case.now[side] = Absent.UNKNOWN
                work.open[side][href] = None
