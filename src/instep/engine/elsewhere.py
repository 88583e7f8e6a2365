"""Pairs that are not looked at in this run: what vanished may lie there, what is new may come from there (RULES 15).

A run can be limited to some pairs, and a pair can be halted before it was read. Until all folders of a kind can be
looked at together, no deletion is repeated and nothing is made that may be an item of such a pair.
"""

from __future__ import annotations

from instep.connectors.base import Fetched
from instep.core.model import Side
from instep.core.plan import Absent
from instep.engine.unborn import made_of, may_be_unborn
from instep.engine.work import Case, PairWork, Run
from instep.store import journal as journal_table
from instep.store import links as link_table
from instep.store import pairs as pair_table


def mark_blind(run: Run, works: list[PairWork]) -> None:
    """Tell every pair which others of its kind are not looked at, and let what may come from there wait."""
    with run.db.reading() as tx:
        pairs = pair_table.of_account(tx, run.account)
    seen = {work.pair.id for work in works if not work.halted}
    for work in works:
        work.unseen = {p.id for p in pairs if p.kind is work.kind and p.id != work.pair.id and p.id not in seen}
        if work.unseen and not work.halted:
            for side in Side:
                _wait_for_origin(work, side)


def _wait_for_origin(work: PairWork, side: Side) -> None:
    uids = {f.item.uid for f in work.loose[side].values() if f.item.uid}
    with work.run.db.reading() as tx:
        linked = link_table.find_uid(tx, work.run.account, side, uids)
        # What an end left unrecorded there has no link yet.
        open_rows = journal_table.open_rows(tx, work.run.account) if work.loose[side] else []
    away = {uid for uid, heads in linked.items() if any(h.pair_id in work.unseen for h in heads)}
    unborn = [r for r in open_rows if r.pair_id in work.unseen and r.side is side and may_be_unborn(r)]
    for href, fetched in list(work.loose[side].items()):
        if fetched.item.uid in away or any(made_of(row, fetched) for row in unborn):
            work.waiting[side][href] = fetched.etag
            work.settle(side, href)
            del work.loose[side][href]


def may_have_moved(work: PairWork, case: Case) -> bool:
    """True when an item vanished on one side only, and a folder it may have moved to was not looked at.

    What both sides lost is forgotten at once, moved or not: a link kept for it would take what a person makes again on
    one side for what the other side deleted. If both moved, they are matched anew, and a difference is asked about.
    """
    states = [case.now.get(side) for side in Side]
    return bool(work.unseen) and Absent.GONE in states and any(isinstance(s, Fetched) for s in states)


def keep_gone_open(work: PairWork, case: Case) -> None:
    """Look again in the next run at what is gone: a store reports that once, and nothing was done about it now."""
    for side in Side:
        if case.now.get(side) is Absent.GONE and (href := case.link.href(side)) is not None:
            work.open[side][href] = None


def leave_open(work: PairWork, case: Case, *, asked: bool) -> None:
    """Look at the case again in the next run, and say that it waits where no question says so."""
    keep_gone_open(work, case)
    if not (asked or case.link.held.get("noted")):
        work.held_back.append(case.link.name)


def tell(work: PairWork) -> None:
    """Say what waits."""
    if count := len(work.held_back):
        what = f"{work.held_back[0]} is gone; that waits" if count == 1 else f"{count} items are gone; that waits"
        work.report.notes.append(f"{what} until the other folders of this kind can be looked at: it may be a move.")
