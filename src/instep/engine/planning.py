"""Planning: what was gathered becomes steps, by the core's decisions. Writes nothing."""

from __future__ import annotations

from dataclasses import replace

from instep.connectors.base import Fetched
from instep.core.match import Loose, match
from instep.core.memory import as_one, blank
from instep.core.merge import Merged, merge
from instep.core.model import Item, Side, name_of
from instep.core.plan import Absent, Decision, Verdict, decide, with_rule
from instep.core.swings import swinging
from instep.engine import answers
from instep.engine.aside import set_aside
from instep.engine.asking import cluster_row, deletion_row, link_row
from instep.engine.elsewhere import keep_gone_open, leave_open, may_have_moved, tell
from instep.engine.events import Phase
from instep.engine.noting import note_additions, note_link
from instep.engine.policies import policy_of
from instep.engine.questions import Choice, Resolution
from instep.engine.remaking import remade
from instep.engine.scoping import rest, scoped
from instep.engine.standing import let_stand
from instep.engine.staying import not_taken, stay, stays, tell_staying
from instep.engine.work import Case, PairWork, Step, Write
from instep.store import conflicts as conflict_table
from instep.store import links as link_table
from instep.store.conflicts import ConflictRow

_LEFT = "what was changed there is not carried over, and stays as it is"


def plan(work: PairWork) -> None:
    """Fill the pair's steps, deletions and questions."""
    work.tell(Phase.DECIDING)
    with work.run.db.reading() as tx:
        rows = conflict_table.of_pair(tx, work.pair.id)
    let_stand(work, rows)
    by_link = {row.link_id: row for row in rows if row.link_id is not None}
    for case in work.cases.values():
        _plan_case(work, case, by_link.get(case.link.id))
    for left, right, answer in _matches(work, rows):
        _plan_match(work, left, right, answer)
    for side in Side:
        set_aside(work, side, twins=False)
        _plan_creations(work, side)
    tell(work)
    tell_staying(work)


# Links ------------------------------------------------------------------------------------------------------------


def _plan_case(work: PairWork, case: Case, row: ConflictRow | None) -> None:
    left, right = case.item(Side.LEFT), case.item(Side.RIGHT)
    answer = answers.for_link(
        row, None if isinstance(left, Absent) else left, None if isinstance(right, Absent) else right
    )
    if answer is None and may_have_moved(work, case):
        leave_open(work, case, asked=row is not None)
        work.asked += [row.id] if row is not None else []
        return
    terms = replace(work.terms, prefer=answers.preferences(answer))
    decision = decide(case.memory, left, right, policy_of(work), terms, answers.on_deletion(answer))
    decision = scoped(work, case, decision, policy_of(work).direction.source)
    if row is not None and decision.verdict is Verdict.NOTHING:
        work.asked.append(row.id)  # not looked at in this run: the question stands
    step = _step(work, case)
    step.answered, step.answer = (row.id, answer) if row is not None and answer is not None else (0, None)
    step.terms = terms
    match decision.verdict:
        case Verdict.NOTHING:
            keep_gone_open(work, case)
            return
        case Verdict.WRITE | Verdict.REMEMBER:
            assert decision.merged is not None
            _plan_merge(work, case, step, decision.merged, row)
            both = answer is not None and answer.choice is Choice.BOTH and not isinstance(left, Absent)
            if not stays(work, step) and both:
                step.after = _keep_both(work, case, step.answered)
            work.steps.append(step)
        case Verdict.DELETE:
            _plan_deletion(work, case, step, decision)
        case Verdict.RECREATE:
            assert decision.side is not None
            _plan_recreation(work, case, step, decision.side)
        case Verdict.UNLINK:
            step.forget = True
            work.steps.append(step)
        case Verdict.DORMANT:
            if rest(work, case, step):
                work.steps.append(step)
        case Verdict.ASK:
            step.unsettled = True
            step.question = deletion_row(work, case)
            work.steps.append(step)
        case Verdict.NOTE:
            edited = decision.side is policy_of(work).direction.source
            what = (
                "deleted at the source, but changed there, so it stays"
                if edited
                else "deleted there, and left as it is"
            )
            if note_link(work, step, what):
                work.steps.append(step)
    for side in Side:
        work.settle(side, case.link.href(side))


def _step(work: PairWork, case: Case) -> Step:
    now = {side: state for side, state in case.now.items() if isinstance(state, Fetched)}
    name = name_of(next(iter(now.values())).item) if now else case.link.name
    return Step(case.link, name, now)


def _plan_merge(work: PairWork, case: Case, step: Step, merged: Merged, row: ConflictRow | None) -> None:
    swing = swinging(case.link.swings, merged, _items(step))
    merged, step.swings = swing.merged, swing.counts
    if swing.news:
        fields = ", ".join(swing.news)
        work.report.notes.append(
            f"{step.name}: both sides keep rewriting {fields}; each keeps its own form from now on."
        )
    step.settlement = merged.settlement
    step.unsettled = not merged.settlement.complete and not merged.noted
    for side in Side:
        if merged.changed(side):
            step.writes.append(update(step.now[side], side, merged.target(side), merged.changed(side)))
    step.merged = bool(merged.changed_left and merged.changed_right)
    if merged.clashes:
        step.question = link_row(work, step, merged, "both-changed")
        if case.memory.first or _still_differs(row, step.question):
            step.question = replace(step.question, reason="differs")
    if merged.noted:
        note_link(work, step, _LEFT)


def _still_differs(row: ConflictRow | None, question: ConflictRow) -> bool:
    """True when a first match is still undecided: it is about no other fields than it was then."""
    return row is not None and row.reason == "differs" and set(question.fields) <= set(row.fields)


def _items(step: Step) -> dict[Side, Item]:
    return {side: fetched.item for side, fetched in step.now.items()}


def update(now: Fetched, side: Side, item: Item, changed: tuple[str, ...]) -> Write:
    """A write of changed fields onto what the side holds."""
    return Write("update", side, item, now.href, now.etag, now.document, changed)


def _plan_deletion(work: PairWork, case: Case, step: Step, decision: Decision) -> None:
    side = decision.side
    assert side is not None
    now = step.now[side]
    step.writes.append(Write("delete", side, None, now.href, now.etag, now.document))
    step.forget = True
    work.deletions.append(step)


def _plan_recreation(work: PairWork, case: Case, step: Step, side: Side) -> None:
    source = step.now[side.other]
    merged = remade(work, case.memory, side, source)
    step.writes.append(creation(work, side, merged.target(side), source, case.link.id))
    step.settlement = merged.settlement
    step.unsettled = not merged.settlement.complete and not merged.noted
    stays(work, step)
    work.steps.append(step)


def _both(side: Side, new: Item, source: Item) -> tuple[Item, Item]:
    return (new, source) if side is Side.LEFT else (source, new)


def _keep_both(work: PairWork, case: Case, answered: int) -> Step:
    """The desktop's version becomes an item of its own there; the next pass carries it to the server (RULES 9)."""
    source = case.now[Side.LEFT]
    assert isinstance(source, Fetched)
    item = replace(source.item, uid=work.run.new_uid())
    step = Step(None, name_of(item), {})
    step.writes.append(creation(work, Side.LEFT, item, source))
    step.loose = True
    step.answered = answered
    work.steps.append(step)
    work.again = True
    return step


# Unlinked items ---------------------------------------------------------------------------------------------------


def _matches(work: PairWork, rows: list[ConflictRow]) -> list[tuple[Fetched, Fetched, Resolution | None]]:
    """Pairs of unlinked items that are the same; questions are asked for those that may be."""
    found: list[tuple[Fetched, Fetched, Resolution | None]] = []
    alone: dict[Side, dict[str, Fetched]] = {Side.LEFT: {}, Side.RIGHT: {}}
    for row in rows:
        answer = answers.for_match(row, work.loose)
        if answer is None:
            continue
        resolution, anchor, href, other = answer
        item = work.loose[anchor].pop(href)
        if other:
            there = work.loose[anchor.other].pop(other)
            found.append((item, there, resolution) if anchor is Side.LEFT else (there, item, resolution))
        else:
            alone[anchor][href] = item
    loose = {s: [Loose(f.href, f.item) for f in work.loose[s].values()] for s in Side}
    through = [work.replicas[s].limits for s in Side]
    matches = match(loose[Side.LEFT], loose[Side.RIGHT], through=through)
    for left, right in matches.pairs:
        found.append((work.loose[Side.LEFT].pop(left), work.loose[Side.RIGHT].pop(right), None))
    for cluster in matches.clusters:
        work.questions.append(cluster_row(work, cluster))
        for side, hrefs in ((Side.LEFT, cluster.left), (Side.RIGHT, cluster.right)):
            for href in hrefs:
                fetched = work.loose[side].pop(href, None)
                if fetched is not None:
                    work.waiting[side][href] = fetched.etag
                    work.settle(side, href)
    for side in Side:
        work.loose[side].update(alone[side])
    return found


def _plan_match(work: PairWork, left: Fetched, right: Fetched, answer: Resolution | None) -> None:
    policy = policy_of(work)
    terms = replace(work.terms, prefer=answers.preferences(answer))
    terms = with_rule(terms, policy, left.item, right.item)
    merged = merge(blank(work.kind), left.item, right.item, terms)
    step = Step(None, name_of(left.item), {Side.LEFT: left, Side.RIGHT: right}, linked=True)
    step.answer = answer
    step.settlement, step.terms = merged.settlement, terms
    step.unsettled = not merged.settlement.complete and not merged.noted
    for side in Side:
        if merged.changed(side):
            step.writes.append(update(step.now[side], side, merged.target(side), merged.changed(side)))
        work.settle(side, step.now[side].href)
        work.found[side].reported.setdefault(step.now[side].href, step.now[side].etag)
    step.merged = bool(merged.changed_left and merged.changed_right)
    if merged.clashes:
        step.question = link_row(work, step, merged, "differs")
    if merged.noted:
        note_link(work, step, _LEFT)
    if stays(work, step):
        other = next(side for side in Side if step.now[side].href not in work.staying[side])
        work.open[other][step.now[other].href] = step.now[other].etag
        return
    work.steps.append(step)


def _plan_creations(work: PairWork, side: Side) -> None:
    """Unlinked items of a side are made on the other side, but for what it does not take at all."""
    other = side.other
    new = sorted(work.loose[side].items())
    if policy_of(work).direction.source is other:
        note_additions(work, side, [fetched for _, fetched in new])
        return
    for href, fetched in new:
        if (why := not_taken(work, other, fetched.item)) is not None:
            stay(work, side, href, fetched.etag, name_of(fetched.item), why)
            continue
        if href in work.found[side].resting:
            continue  # refused today, and none of the other side's new items is it
        if work.found[other].unsure:
            work.open[side][href] = fetched.etag
            continue
        item = with_uid(work, other, fetched.item)
        step = Step(None, name_of(item), {side: fetched})
        step.writes.append(creation(work, other, item, fetched))
        step.settlement = as_one(*_both(other, item, fetched.item))
        work.steps.append(step)
        work.settle(side, href)


def with_uid(work: PairWork, side: Side, item: Item) -> Item:
    """The item with a uid that no other item of the collection has (RULES 21)."""
    if item.uid and item.uid not in work.uids[side]:
        work.uids[side].add(item.uid)
        return item
    uid = work.run.new_uid()
    work.uids[side].add(uid)
    return replace(item, uid=uid)


def creation(work: PairWork, side: Side, item: Item, source: Fetched, own: int = 0) -> Write:
    """A write that makes an item, with the address chosen now and the other side's document as its model.

    An address that a link names is left to it, also when nothing is there any more; ``own`` is the number of the link
    that the item belongs to.
    """
    gone = (c.link for c in work.cases.values() if c.now.get(side) is Absent.GONE and c.link.id != own)
    named = {href for link in gone if (href := link.href(side)) is not None}
    href = work.replicas[side].propose(item, work.hrefs[side] | named)
    if href is not None:
        work.hrefs[side].add(href)
    return Write("create", side, item, href, None, source.document)


def known_uids(work: PairWork) -> None:
    """Remember which uids the linked items of both sides have, so that a creation never takes one twice."""
    fresh = {f.item.uid for side in Side for f in work.loose[side].values() if f.item.uid}
    with work.run.db.reading() as tx:
        for side in Side:
            taken = link_table.find_uid(tx, work.run.account, side, fresh)
            work.uids[side] |= {uid for uid, heads in taken.items() if any(h.pair_id == work.pair.id for h in heads)}
            work.uids[side] |= {f.item.uid for f in work.loose[side].values() if f.item.uid}
