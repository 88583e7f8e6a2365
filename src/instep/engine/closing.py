"""Closing a pair's run: echoes of our own writes, what stays open, the tokens at the very end (RULES 11, 12)."""

from __future__ import annotations

from dataclasses import replace

from instep.connectors.base import Delta, Entry
from instep.core.model import Side
from instep.engine.aside import remarks as scope_remarks
from instep.engine.looking import listed
from instep.engine.policies import policy_of
from instep.engine.promises import still_promised
from instep.engine.scoping import kept
from instep.engine.staying import remarks as staying_remarks
from instep.engine.work import PairWork
from instep.errors import CollectionError, Transient
from instep.store import conflicts as conflict_table
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store import remarks as remark_table
from instep.store.remarks import MISSED, Remark


async def close(work: PairWork) -> None:
    """Save the pair's tokens together with everything that was reported and is not settled yet."""
    tokens = {side: await _echoed(work, side) for side in Side}
    with work.run.db.transaction() as tx:
        work.asked += conflict_table.upsert(tx, work.questions)
        conflict_table.keep_only(tx, work.pair.id, work.asked)
        link_table.remove(tx, work.ended)
        for side in Side:
            old = remark_table.by_href(tx, work.pair.id, side)
            keep = {h for h, r in old.items() if r.reason in {"foreign", "unreadable", "declined"}}
            quiet = {h for h, r in old.items() if r.reason in {"noted", "refused", "scope"}}
            keep |= quiet - work.found[side].reported.keys()
            keep -= work.found[side].tombstones | work.found[side].vanished
            now = _remarks(work, side)
            remark_table.remove(tx, work.pair.id, side, old.keys() - keep - {r.href for r in now})
            remark_table.put(tx, now)
        pair_table.set_tokens(tx, work.pair.id, left=tokens[Side.LEFT], right=tokens[Side.RIGHT])
        current = pair_table.get(tx, work.pair.id)
        # What a person chose while the run went on stays.
        chosen = current.options if current is not None else work.pair.options
        options = still_promised(work, tx, {**chosen, "kept": policy_of(work).direction.value, **kept(work)})
        if work.allowed:
            options["allowed"] = work.run.clock().isoformat()
        if current is not None and (not current.begun or current.options != options):
            pair_table.change(tx, replace(current, begun=True, options=options))
        work.report.conflicts = len(conflict_table.of_pair(tx, work.pair.id))
    work.pair = replace(
        work.pair, begun=True, options=options, left_token=tokens[Side.LEFT], right_token=tokens[Side.RIGHT]
    )


def _remarks(work: PairWork, side: Side) -> list[Remark]:
    number = work.pair.id
    missed = work.found[side].fleeting
    rows = [
        Remark(number, side, href, etag, "unsettled", MISSED if href in missed else "")
        for href, etag in work.open[side].items()
    ]
    rows += [Remark(number, side, href, etag, "waiting") for href, etag in work.waiting[side].items()]
    rows += [Remark(number, side, href, etag, "noted") for href, etag in work.noted[side].items()]
    rows += [Remark(number, side, href, etag, "refused", why) for href, (etag, why) in work.refused[side].items()]
    rows += [Remark(number, side, href, etag, "foreign") for href, etag in work.foreign[side].items()]
    return rows + staying_remarks(work, side) + scope_remarks(work, side)


async def _echoed(work: PairWork, side: Side) -> str | None:
    """Ask once more from the old token: entries with the etag of our write are echoes, all others are open."""
    token = work.found[side].token
    wrote = work.wrote[side]
    deleted = {w.href for s in work.deletions for w in s.writes if w.side is side and w.done and w.href is not None}
    others = work.run.wrote.get((side, work.collection(side)), {})
    if token is None or not (wrote or deleted or others or work.again):
        return token
    try:
        answer, lost = await listed(work.replicas[side], token)
    except (Transient, CollectionError):
        return token
    if lost or not isinstance(answer, Delta):
        return None if lost else token  # everything, compared with nothing: the next run compares it
    strange: dict[str, str | None] = {}
    for entry in answer.changed:
        kind, etag = others.get(entry.href, (work.kind, None))
        if kind is not work.kind and entry.etag is not None and etag == entry.etag:
            work.foreign[side][entry.href] = etag  # written for another kind's pair of the same collection
        elif not _echo(entry, wrote):
            strange[entry.href] = entry.etag
    gone = {g.href for g in answer.gone} - deleted
    with work.run.db.reading() as tx:
        linked = link_table.heads_by_href(tx, work.pair.id, side, gone)
        known = link_table.heads_by_href(tx, work.pair.id, side, strange)
    for href, etag in strange.items():
        if href not in known or known[href].etag(side) != etag or etag is None:
            work.open[side][href] = etag
    work.open[side].update(dict.fromkeys(linked))
    return answer.token


def _echo(entry: Entry, wrote: dict[str, str | None]) -> bool:
    return entry.href in wrote and entry.etag is not None and wrote[entry.href] == entry.etag
