"""Recording: the journal row before a write; link, history and question after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from instep.connectors.base import Document, Fetched
from instep.core.fields import fields_of, same_item
from instep.core.memory import Memory, held_elsewhere, reopened
from instep.core.model import Item, Side
from instep.core.rewriting import seen_of_write
from instep.engine.asking import with_versions
from instep.engine.declined import meet
from instep.engine.half import plain_half, with_half
from instep.engine.handing_over import MOVING, hand_over, on_the_move
from instep.engine.mailing import SENDS_MAIL
from instep.engine.memories import plain_elements, plain_memory
from instep.engine.policies import policy_of
from instep.engine.questions import Choice, Resolution
from instep.engine.work import PairWork, Step, Write
from instep.store import conflicts as conflict_table
from instep.store import history
from instep.store import journal as journal_table
from instep.store import links as link_table
from instep.store.blobs import Native
from instep.store.database import Tx
from instep.store.history import HistoryRow, Image, Images
from instep.store.journal import JournalRow
from instep.store.links import Link


def native(document: Document | None) -> Native | None:
    """A document as the store keeps it."""
    return (document.data, document.media_type) if document is not None else None


def document_of(kept: Native | None) -> Document | None:
    """A document from the store as a connector knows it."""
    return Document(*kept) if kept is not None else None


def journal_row(work: PairWork, step: Step, write: Write) -> JournalRow:
    """The intent of a write, with everything that recovery needs."""
    before = {side: step.now.get(side) for side in Side}
    other = before[write.side.other]
    payload: dict[str, Any] = {"changed": list(write.changed), "loose": step.loose, "answered": step.answered}
    if step.moved_from:
        payload["from"] = step.moved_from
    if write.op == "update" and step.settlement is not None:
        memory = reopened(step.settlement.advance(), step.settlement.memory, _held_fields(step))
        if step.held:
            memory = with_half(memory, step, write.side, None)
        payload["memory"] = plain_memory(memory)
        payload["unsettled"] = step.unsettled
        payload["half"] = plain_half(step, write.side)
    if step.by_hand is not None:
        payload["fate"] = step.by_hand.fate.value
    left, right = before[Side.LEFT], before[Side.RIGHT]
    return JournalRow(
        0,
        work.run.id,
        work.pair.id,
        step.number,
        write.side,
        write.op,
        write.href,
        write.etag,
        uid=write.item.uid if write.item is not None else "",
        name=step.name,
        intent=write.item,
        like=native(write.base),
        before_left=native(left.document) if left else None,
        before_right=native(right.document) if right else None,
        before_left_item=left.item if left else None,
        before_right_item=right.item if right else None,
        other_href=other.href if other else None,
        other_etag=other.etag if other else None,
        payload=payload,
    )


def _held_fields(step: Step) -> set[str]:
    """The fields of writes that wait for a person's word: their changes are not carried."""
    return {name for write in step.held for name in write.changed}


def record(work: PairWork, steps: Sequence[Step]) -> None:
    """Store what happened to these steps, in one transaction."""
    saves: list[tuple[Step, Link]] = []
    forgotten: list[int] = []
    finished: list[int] = []
    images: list[tuple[Step, HistoryRow, Images]] = []
    for step in steps:
        finished += [w.journal for w in step.writes if w.journal and (w.done or not w.lost)]
        images += [(step, *_history(work, step, w)) for w in step.writes if w.done]
        _count(work, step)
        if step.answered and not step.done:
            work.asked.append(step.answered)  # the answer stands until it was carried out
        if step.loose or step.by_hand is not None:
            continue
        if step.forget and step.done:
            if step.link is not None:
                forgotten.append(step.link.id)
            continue
        link = _link(work, step)
        if link is not None:
            saves.append((step, link))
    by_hand = [step for step in steps if step.by_hand is not None and step.done]
    if not (saves or forgotten or finished or images or by_hand):
        return
    with work.run.db.transaction() as tx:
        ids = link_table.save(tx, [link for _, link in saves])
        for (step, link), number in zip(saves, ids):
            step.link = replace(link, id=number)
            if step.moved_from:
                left, right = (step.now[side].item for side in Side)
                hand_over(tx, step.moved_from, number, left, right)
        link_table.remove(tx, forgotten)
        history.add(tx, [(_of_link(row, step), image) for step, row, image in images])
        journal_table.finish(tx, finished)
        ask(tx, work, [step for step, _ in saves])
        for step in steps:
            if step.loose and step.done:
                copied(tx, step.answered)
        for step in by_hand:
            _meet(tx, step)


def _meet(tx: Tx, step: Step) -> None:
    """Let the link of a step that a person asked for meet its fate."""
    if step.by_hand is not None:
        href = step.writes[0].href if step.writes else None
        meet(tx, step.by_hand.item, step.by_hand.fate, step.by_hand.side, href)


def copied(tx: Tx, question: int) -> None:
    """The desktop's version is an item of its own: what is left of *keep both* is to keep the server's (RULES 9)."""
    row = conflict_table.get(tx, question)
    if row is not None and row.reason == SENDS_MAIL:
        conflict_table.remove(tx, [question])  # the yes was to more than what is left; it is asked anew
    elif row is not None:
        conflict_table.set_resolution(tx, question, Resolution(Choice.SERVER).to_json())


def _of_link(row: HistoryRow, step: Step) -> HistoryRow:
    """The row with the link that the step made."""
    return row if row.link_id is not None or step.link is None else replace(row, link_id=step.link.id)


def ask(tx: Tx, work: PairWork, steps: Sequence[Step]) -> None:
    """Store the questions of steps, about the versions that are there now."""
    rows = []
    for step in steps:
        if step.question is None or step.link is None:
            continue
        versions = {side: _version(step, side) for side in Side}
        rows.append(with_versions(step.question, versions[Side.LEFT], versions[Side.RIGHT], step.link.id))
    work.asked += conflict_table.upsert(tx, rows)


def _version(step: Step, side: Side) -> Item | None:
    for write in step.writes:
        if write.side is side and write.done:
            return write.held.item if write.held is not None else write.item
    now = step.now.get(side)
    return now.item if now is not None else None


def _count(work: PairWork, step: Step) -> None:
    for write in step.writes:
        if write.done:
            counts = work.report.actions(write.side)
            setattr(counts, write.op, getattr(counts, write.op) + 1)
            if write.href is not None and not step.loose:
                etag = write.written_etag or (write.held.etag if write.held else None)
                work.wrote[write.side][write.href] = etag
                place = (write.side, work.collection(write.side))
                work.run.wrote.setdefault(place, {})[write.href] = (work.kind, etag)
    if step.done:
        work.report.merged += step.merged
        work.report.linked += step.linked


def _history(work: PairWork, step: Step, write: Write) -> tuple[HistoryRow, Images]:
    now = step.now.get(write.side)
    before = Image(now.item, native(now.document)) if now is not None and write.op != "create" else None
    held = write.held
    after = None
    if write.item is not None:
        after = Image(held.item, native(held.document)) if held is not None else Image(write.item, None)
    row = HistoryRow(
        0,
        work.run.id,
        work.pair.id,
        step.number,
        work.run.clock(),
        write.side,
        write.op,
        write.href or "",
        step.name,
        uid=write.item.uid if write.item is not None else (now.item.uid if now is not None else ""),
    )
    return row, Images(before, after)


def _link(work: PairWork, step: Step) -> Link | None:
    """The link as it stands after the step; ``None`` when a new one did not come about."""
    base = step.link or Link(0, work.pair.id, "linked", None, None, None, None)
    if step.after is not None and step.after.link is not None and MOVING in base.held:
        base = on_the_move(base, step.after.link.id)
    places: dict[Side, tuple[str | None, str | None]] = {}
    strange = False
    held: dict[Side, Item | None] = {Side.LEFT: None, Side.RIGHT: None}
    for side in Side:
        now, write = step.now.get(side), next((w for w in step.writes if w.side is side), None)
        places[side] = (base.href(side), base.etag(side))
        if write is not None and write.done and write.op != "delete":
            held[side], other_hand = held_item(write)
            strange = strange or other_hand
            places[side] = (write.href, write.held.etag if write.held and not other_hand else write.written_etag)
        elif now is not None:
            places[side] = (now.href, now.etag)
    if step.link is None and any(w.op == "create" and not w.done for w in step.writes):
        return None
    link = replace(
        base,
        state=step.state if step.done else base.state,
        left_href=places[Side.LEFT][0],
        left_etag=places[Side.LEFT][1],
        right_href=places[Side.RIGHT][0],
        right_etag=places[Side.RIGHT][1],
        unsettled=step.unsettled or strange or not step.done,
        name=step.name,
        swings=step.swings or base.swings,
    )
    # A two-way run carries what was left aside; what is left aside later is said again.
    noted = step.noted or (bool(base.held.get("noted")) and policy_of(work).direction.source is not None)
    marks = {"noted": True} if noted else {}
    beside = base.held if step.beside is None else step.beside
    if step.settlement is None or not (step.done or any(w.done for w in step.writes)):
        held_before = {n: v for n, v in beside.items() if n != "noted"}
        return replace(link, held={**held_before, **marks}) if step.link is not None else None
    undone = {name for w in step.writes if not w.done for name in w.changed} | _held_fields(step)
    memory = step.settlement.advance(held[Side.LEFT], held[Side.RIGHT])
    memory = reopened(memory, step.settlement.memory, undone)
    if undone and (done := next((w.side for w in step.writes if w.done), None)) is not None:
        memory = with_half(memory, step, done, held[done])
    left, right = step.now.get(Side.LEFT), step.now.get(Side.RIGHT)
    return replace(
        link,
        uid=_uid(left, right, memory),
        left_seen=memory.left,
        right_seen=memory.right,
        elements=plain_elements(memory),
        held={**{n: s.value for n, s in held_elsewhere(memory).items()}, **marks},
    )


def held_item(write: Write) -> tuple[Item | None, bool]:
    """What the side made of a write, and whether another difference was found that is a person's change.

    A body whose etag is the write's own is what the side made of it. Otherwise only fields that the write touched may
    differ, and only as far as a store rewrites (RULES 19).
    """
    if write.item is None or write.held is None:
        return write.item, write.item is not None
    held = write.held.item
    if write.written_etag is not None and write.held.etag == write.written_etag:
        return held, False
    fields = fields_of(held)
    touched = [f.name for f in fields] if write.op == "create" else write.changed
    seen = replace(held, **seen_of_write(write.item, held, touched))
    return seen, not same_item(seen, held)


def _uid(left: Fetched | None, right: Fetched | None, memory: Memory) -> str:
    return memory.right.uid or memory.left.uid or (right.item.uid if right else "") or (left.item.uid if left else "")
