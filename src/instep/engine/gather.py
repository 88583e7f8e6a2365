"""Gathering: what both sides report, which links are in play, and the items as they are now.

Nothing is decided here but what must be looked at. Only what moved is fetched; an item that a listing lacks is asked
about before it counts as gone (RULES 13, 14); what cannot be read is unknown, never absent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

from instep.connectors.base import (
    Absence,
    Delta,
    Entry,
    Fetched,
    Foreign,
    Gone,
    Missing,
    Page,
    Presence,
    Replica,
    Snapshot,
    TokenInvalid,
    Unreadable,
)
from instep.core.memory import Memory
from instep.core.merge import Terms
from instep.core.model import CLASS_OF, Side, name_of
from instep.core.plan import Absent, edited
from instep.engine.events import Phase
from instep.engine.planning import turned
from instep.engine.work import Case, Found, PairWork
from instep.errors import InstepError, Transient
from instep.store import links as link_table
from instep.store import remarks as remark_table
from instep.store.database import Tx
from instep.store.links import Link, LinkHead
from instep.store.remarks import Remark


async def listed(replica: Replica, token: str | None) -> tuple[Snapshot | Delta, bool]:
    """All pages of what changed since ``token``; the flag tells that the token was no longer valid."""
    entries: dict[str, Entry] = {}
    gone: dict[str, Gone] = {}
    lost = False
    since = token
    whole = token is None
    while True:
        answer = await replica.changes(since)
        if isinstance(answer, TokenInvalid):
            if since is None:
                raise Transient("The store took back its own answer.", "Instep tries again in the next run.")
            since, lost, whole = None, True, True
            entries.clear()
            gone.clear()
            continue
        part = answer.part if isinstance(answer, Page) else answer
        if isinstance(part, Snapshot):
            whole = True
            entries.update((e.href, e) for e in part.entries)
        else:
            for g in part.gone:
                entries.pop(g.href, None)
                gone[g.href] = g
            for e in part.changed:
                gone.pop(e.href, None)
                entries[e.href] = e
        if isinstance(answer, Page):
            since = answer.next
            continue
        if whole or isinstance(part, Snapshot):
            return Snapshot(tuple(entries.values()), part.token), lost
        return Delta(tuple(entries.values()), tuple(gone.values()), part.token), lost


async def look(work: PairWork) -> None:
    """Ask both sides what changed and find the links in play."""
    work.tell(Phase.LOOKING)
    tokens = {Side.LEFT: work.pair.left_token, Side.RIGHT: work.pair.right_token}
    if turned(work):
        tokens = dict.fromkeys(Side)
    answers = await asyncio.gather(*(listed(work.replicas[side], tokens[side]) for side in Side))
    for side, (_, lost) in zip(Side, answers):
        if lost:
            await _look_at_collection(work, side)
    with work.run.db.reading() as tx:
        work.links = link_table.count(tx, work.pair.id)
        heads: dict[int, LinkHead] = {h.id: h for h in link_table.unsettled(tx, work.pair.id)}
        full = any(isinstance(answer, Snapshot) for answer, _ in answers)
        known = list(link_table.heads(tx, work.pair.id)) if full else []
        for side, (answer, lost) in zip(Side, answers):
            remarks = remark_table.by_href(tx, work.pair.id, side)
            found = Found(old_token=tokens[side], token=answer.token, lost=lost)
            if isinstance(answer, Snapshot):
                _compare(work, side, answer, known, remarks, found, heads)
            else:
                _report(work, side, answer, remarks, found)
                hrefs = (*found.reported, *found.tombstones, *found.away)
                for head in link_table.heads_by_href(tx, work.pair.id, side, hrefs).values():
                    if head.etag(side) is None or found.reported.get(head.href(side) or "", "") != head.etag(side):
                        heads[head.id] = head
                    else:
                        del found.reported[head.href(side) or ""]
            work.found[side] = found
            work.open[side] = dict(found.reported)
        links = link_table.load(tx, heads).values()
    revived = [link.id for link in links if link.state == "declined" and _revived(work, link)]
    for link in links:
        if link.state != "declined":
            work.cases[link.id] = Case(link, memory_of(work, link))
    if revived and not work.run.options.dry_run:
        with work.run.db.transaction() as tx:
            link_table.remove(tx, revived)  # its item is an unlinked one again


async def _look_at_collection(work: PairWork, side: Side) -> None:
    """A store that forgot its token may hold another collection at this address: see what it is now."""
    connector, place = work.run.connectors[side], work.collection(side)
    for info in await connector.collections():
        if info.id == place:
            work.strange = side if work.kind not in info.kinds else work.strange
            work.replicas[side] = await connector.open(place, work.kind)


def _revived(work: PairWork, link: Link) -> bool:
    """A declined creation is looked at again only when the item it came from changed (RULES 24)."""
    return any((href := link.href(side)) is not None and href in work.found[side].reported for side in Side)


def memory_of(work: PairWork, link: Link) -> Memory:
    """The link's memory as the core wants it."""
    empty = CLASS_OF[work.kind]()
    ids = {name: (tuple(v["left"]), tuple(v["right"])) for name, v in link.elements.items()}
    left = link.left_seen if link.left_seen is not None else empty
    right = link.right_seen if link.right_seen is not None else empty
    return Memory(left, right, ids, first=left == empty and right == empty)


def _compare(
    work: PairWork,
    side: Side,
    answer: Snapshot,
    known: Iterable[LinkHead],
    remarks: dict[str, Remark],
    found: Found,
    heads: dict[int, LinkHead],
) -> None:
    """A full listing beside what is known: moved, new and absent items."""
    found.full = True
    found.listed = len(answer.entries)
    entries = {e.href: e.etag for e in answer.entries}
    found.vanished = remarks.keys() - entries.keys()
    again = turned(work)
    for head in known:
        href = head.href(side)
        if href is None:
            continue
        if href not in entries:
            found.absent.add(href)
            if head.state != "declined":
                heads[head.id] = head
            continue
        etag = entries.pop(href)
        if again or etag is None or etag != head.etag(side) or _unsettled(remarks.get(href)):
            found.reported[href] = etag
            heads[head.id] = head
    for href, etag in entries.items():
        remark = remarks.get(href)
        if remark is not None and etag is not None and remark.etag == etag and _quiet(work, remark):
            continue
        found.reported[href] = etag


def _report(work: PairWork, side: Side, answer: Delta, remarks: dict[str, Remark], found: Found) -> None:
    """What the store reports since the token, and what was left open then (RULES 11)."""
    found.listed = len(answer.changed)
    found.reported = {e.href: e.etag for e in answer.changed}
    for gone in answer.gone:
        (found.tombstones if gone.why is Absence.TOMBSTONE else found.away).add(gone.href)
    for href, remark in remarks.items():
        if href not in found.reported and href not in found.tombstones and not _quiet(work, remark):
            found.reported[href] = None


def _unsettled(remark: Remark | None) -> bool:
    return remark is not None and remark.reason == "unsettled"


def _quiet(work: PairWork, remark: Remark) -> bool:
    """A remark that needs no new look; what cannot be read is said in every run."""
    if remark.reason == "refused":
        day, _, said = remark.detail.partition(" ")
        name, _, message = said.partition("\n")
        if day != f"{work.run.clock():%Y-%m-%d}":
            return False  # a new day, a new try: the server may have learned
        work.problem(remark.side.other, name, message)
        return True
    if remark.reason == "noted" and turned(work):
        return False
    if remark.reason == "unreadable":
        work.problem(remark.side, remark.href, remark.detail)
    return remark.reason in {"foreign", "unreadable", "declined", "noted"}


async def read(work: PairWork) -> None:
    """Fetch what moved, then the other side of what really changed; prove what is missing."""
    wanted = {side: _first_wanted(work, side) for side in Side}
    total = sum(len(w) for w in wanted.values())
    work.tell(Phase.READING, 0, total)
    counter = [0]
    await asyncio.gather(*(_fetch(work, side, wanted[side], counter, total) for side in Side))
    _unmoved(work)
    more = {side: _second_wanted(work, side) for side in Side}
    total += sum(len(w) for w in more.values())
    await asyncio.gather(*(_fetch(work, side, more[side], counter, total) for side in Side))
    await asyncio.gather(*(_prove(work, side) for side in Side))
    for side in Side:
        work.found[side].listed = len(work.loose[side]) + len(work.cases)
    late = {side: _second_wanted(work, side) for side in Side}
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
        elif href in found.away:
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
        counter[0] += 1
        case = wanted[result.href]
        match result:
            case Fetched():
                readable.add(result.href)
                _place(work, side, case, result)
                work.tell(Phase.READING, counter[0], total, name_of(result.item))
            case Missing():
                work.found[side].absent.add(result.href)
            case Unreadable():
                message = str(result.error)
                work.problem(side, _short(result.error, result.href), message)
                remarks.append(Remark(work.pair.id, side, result.href, result.etag, "unreadable", message))
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
