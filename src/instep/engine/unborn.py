"""Creations of which an end left no trace: never made, or made and then moved to another folder (RULES 15, 18).

The journal row of such a creation stays open until all folders of the kind were looked at. If its item lies in another
one, it was made, and somebody moved it: the link that would have been is made now, and the move is followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instep.connectors.base import Fetched
from instep.core.fields import fields_of
from instep.core.limits import project
from instep.core.memory import as_one
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.core.plan import Absent
from instep.engine.memories import memory_of, plain_elements
from instep.engine.work import Case, PairWork
from instep.store import journal as journal_table
from instep.store import links as link_table
from instep.store.journal import JournalRow
from instep.store.links import Link


def adopt_unborn(works: Sequence[PairWork]) -> None:
    """Settle the open creations of all pairs that were looked at, before moves are looked for."""
    for origin in works:
        others = [w for w in works if w is not origin and w.kind is origin.kind and not w.halted]
        for row in origin.unborn:
            _adopt(origin, others, row)
        origin.unborn.clear()


def _adopt(origin: PairWork, others: Sequence[PairWork], row: JournalRow) -> None:
    partner = origin.loose[row.side.other].get(row.other_href or "")
    if partner is None:
        return _strike(origin, row)
    found = [f for w in others for f in w.loose[row.side].values() if made_of(row, f)]
    if len(found) == 1 and not _may_be_the_old_one(others, row):
        return _linked(origin, row, partner)
    if not found and origin.unseen:
        # It may lie where nobody looked: it waits, or it would be doubled.
        del origin.loose[row.side.other][partner.href]
        origin.waiting[row.side.other][partner.href] = partner.etag
        return origin.settle(row.side.other, partner.href)
    return _strike(origin, row)


def _may_be_the_old_one(others: Sequence[PairWork], row: JournalRow) -> bool:
    """True when the creation was half of a move, and what it was made from is not where it was: that may be what lies
    elsewhere now. Taken for the new one, both would be deleted as gone."""
    if "from" not in row.payload:
        return False
    old = next((c for w in others if (c := w.cases.get(row.payload["from"])) is not None), None)
    return old is None or not isinstance(old.now.get(row.side), Fetched)


def may_be_unborn(row: JournalRow) -> bool:
    """True for the creation of a new item's copy: an end may leave no trace of it where it was to be made."""
    new = row.op == "create" and row.link_id is None and row.other_href is not None
    return new and not row.payload.get("loose") and "fate" not in row.payload


def made_of(row: JournalRow, fetched: Fetched) -> bool:
    """True when an item may be what the creation made."""
    assert row.intent is not None
    uid = row.intent.uid
    return (bool(uid) and fetched.item.uid == uid) or digest(fetched.item) == digest(row.intent)


def _strike(work: PairWork, row: JournalRow) -> None:
    with work.run.db.transaction() as tx:
        journal_table.finish(tx, [row.id])


def _linked(work: PairWork, row: JournalRow, partner: Fetched) -> None:
    source = row.before_left_item if row.side is Side.RIGHT else row.before_right_item
    assert source is not None and row.intent is not None
    made = _through(work, row.side, row.intent)
    left, right = (made, source) if row.side is Side.LEFT else (source, made)
    memory = as_one(source, source).advance(left, right)
    places = {row.side: row.href, row.side.other: partner.href}
    link = Link(
        0,
        work.pair.id,
        "linked",
        places[Side.LEFT],
        None,
        places[Side.RIGHT],
        None,
        unsettled=True,
        uid=row.uid,
        name=row.name,
        left_seen=memory.left,
        right_seen=memory.right,
        elements=plain_elements(memory),
    )
    with work.run.db.transaction() as tx:
        link = replace(link, id=link_table.save(tx, [link])[0])
        journal_table.finish(tx, [row.id])
    del work.loose[row.side.other][partner.href]
    now: dict[Side, Fetched | Absent] = {row.side: Absent.GONE, row.side.other: partner}
    work.cases[link.id] = Case(link, memory_of(work, link), now)


def _through(work: PairWork, side: Side, intent: Item) -> Item:
    limits = work.replicas[side].limits
    held = {f.name: project(f, getattr(intent, f.name), limits.get(f.name)) for f in fields_of(intent)}
    return replace(intent, **held)
