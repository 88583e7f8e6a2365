"""Looking: what both sides report, and which links are in play. Nothing is decided here but what must be read.

``changes`` says which of four it is (RULES 13); what was left open before is looked at again (RULES 11).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from instep.connectors.base import (
    Absence,
    Delta,
    Entry,
    Gone,
    Page,
    Replica,
    Snapshot,
    TokenInvalid,
)
from instep.core.model import Side
from instep.engine.aside import still_outside
from instep.engine.events import Phase
from instep.engine.memories import memory_of
from instep.engine.policies import turned
from instep.engine.scoping import woken
from instep.engine.staying import REASON as STAYING
from instep.engine.work import Case, Found, PairWork
from instep.errors import ItemRefused, ItemUnreadable, Transient
from instep.store import links as link_table
from instep.store import remarks as remark_table
from instep.store.links import LinkHead
from instep.store.remarks import MISSED, Remark


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
        whole = {
            s: {e.href for e in a.entries} for s, (a, lost) in zip(Side, answers) if lost and isinstance(a, Snapshot)
        }
        heads |= woken(work, tx, whole)
        full = any(isinstance(answer, Snapshot) for answer, _ in answers)
        known = list(link_table.heads(tx, work.pair.id)) if full else []
        for side, (answer, lost) in zip(Side, answers):
            remarks = remark_table.by_href(tx, work.pair.id, side)
            missed = frozenset(href for href, remark in remarks.items() if remark.detail == MISSED)
            stayed = frozenset(href for href, remark in remarks.items() if remark.reason == STAYING)
            found = Found(answer.token, tokens[side], lost=lost, missed_before=missed, stayed_before=stayed)
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
    for link in links:
        if link.state != "declined":  # those are sifted when what was reported has been read
            work.cases[link.id] = Case(link, memory_of(work, link))


async def _look_at_collection(work: PairWork, side: Side) -> None:
    """A store that forgot its token may hold another collection at this address: see what it is now."""
    connector, place = work.run.connectors[side], work.collection(side)
    for info in await connector.collections():
        if info.id == place:
            work.strange = side if work.kind not in info.kinds else work.strange
            work.replicas[side] = await connector.open(place, work.kind)


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
            if head.state != "declined" and (again or head.state != "dormant"):
                heads[head.id] = head
            continue
        etag = entries.pop(href)
        if again or etag is None or etag != head.etag(side) or _unsettled(remarks.get(href)):
            found.reported[href] = etag
            heads[head.id] = head
    for href, etag in entries.items():
        remark = remarks.get(href)
        if remark is not None and etag is not None and remark.etag == etag and _quiet(work, remark, found):
            continue
        found.reported[href] = etag


def _report(work: PairWork, side: Side, answer: Delta, remarks: dict[str, Remark], found: Found) -> None:
    """What the store reports since the token, and what was left open then (RULES 11)."""
    found.listed = len(answer.changed)
    found.reported = {e.href: e.etag for e in answer.changed}
    for gone in answer.gone:
        (found.tombstones if gone.why is Absence.TOMBSTONE else found.away).add(gone.href)
    for href, remark in remarks.items():
        if href not in found.reported and href not in found.tombstones and not _quiet(work, remark, found):
            found.reported[href] = None


def _unsettled(remark: Remark | None) -> bool:
    return remark is not None and remark.reason == "unsettled"


def _quiet(work: PairWork, remark: Remark, found: Found) -> bool:
    """A remark that needs no new look; what cannot be read or is not taken is said in every run, and tried each day."""
    quiet = _says_nothing_new(work, remark)
    if quiet and remark.reason in {"refused", "noted"}:
        found.resting.add(remark.href)
    return quiet


def _says_nothing_new(work: PairWork, remark: Remark) -> bool:
    if remark.reason == "refused":
        day, _, said = remark.detail.partition(" ")
        name, _, message = said.partition("\n")
        if day != f"{work.run.clock():%Y-%m-%d}":
            return False  # a new day, a new try: the server may have learned
        work.problem(remark.side.other, name, message, ItemRefused.__name__)
        return True
    if remark.reason == "noted" and turned(work):
        return False
    if remark.reason == "unreadable":
        day, _, said = remark.detail.partition(" ")
        name, _, message = said.partition("\n")
        if day != f"{work.run.clock():%Y-%m-%d}":
            return False
        work.problem(remark.side, name, message, ItemUnreadable.__name__)
    return remark.reason in {"foreign", "unreadable", "declined", "noted"} or still_outside(work, remark)
