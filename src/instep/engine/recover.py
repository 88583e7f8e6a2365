"""Recovery: what an interrupted run had written, found out from the journal before anything is planned (RULES 18)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

from instep.connectors.base import Fetched, Missing
from instep.core.fields import fields_of, is_empty, same, same_item
from instep.core.memory import reopened
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.core.rewriting import rewritten
from instep.engine.adopting import adopted
from instep.engine.declined import meet
from instep.engine.half import from_plain_half
from instep.engine.handing_over import hand_over
from instep.engine.memories import memory_from, memory_of, plain_elements
from instep.engine.present import located
from instep.engine.record import copied, native
from instep.engine.unborn import may_be_unborn
from instep.engine.work import Fate, PairWork
from instep.store import history
from instep.store import journal as journal_table
from instep.store import links as link_table
from instep.store.database import Tx
from instep.store.history import HistoryRow, Image, Images
from instep.store.journal import JournalRow
from instep.store.links import Link


async def recover(work: PairWork, rows: list[JournalRow]) -> None:
    """Finish in the state database what is known to have happened; strike out what did not; decide nothing else."""
    rows = await located(work, rows)
    there: dict[Side, dict[str, Fetched]] = {Side.LEFT: {}, Side.RIGHT: {}}
    missing: dict[Side, set[str]] = {Side.LEFT: set(), Side.RIGHT: set()}
    for side in Side:
        hrefs = list(dict.fromkeys(r.href for r in rows if r.side is side and r.href is not None))
        if not hrefs:
            continue
        async for result in work.replicas[side].fetch(hrefs):
            if isinstance(result, Fetched):
                there[side][result.href] = result
            elif isinstance(result, Missing):
                missing[side].add(result.href)
    groups: dict[Any, list[JournalRow]] = defaultdict(list)
    for row in rows:
        groups[_subject(row)].append(row)
    for group in groups.values():
        _settle(work, group, there, missing)


def _subject(row: JournalRow) -> Any:
    """What a row belongs to: its link, or the two items that were about to be linked, or itself."""
    if "fate" in row.payload:
        return "row", row.id
    if row.link_id is not None:
        return row.link_id
    if "from" in row.payload:
        return "from", row.payload["from"]
    if row.op == "update" and row.other_href is not None:
        return (row.href, row.other_href) if row.side is Side.LEFT else (row.other_href, row.href)
    return "row", row.id


def _settle(
    work: PairWork,
    rows: list[JournalRow],
    there: dict[Side, dict[str, Fetched]],
    missing: dict[Side, set[str]],
) -> None:
    happened = [r for r in rows if _happened(r, there, missing)]
    if "fate" in rows[0].payload:
        _settle_by_hand(work, rows[0], there, happened=bool(happened))
        return
    with work.run.db.transaction() as tx:
        link = None
        number = rows[0].link_id
        if number is not None:
            link = link_table.load(tx, [number]).get(number)
        elif rows[0].op == "update":
            link = _known(work, tx, rows[0])
        for row in happened:
            if row.op == "delete":
                link_table.remove(tx, [number] if number is not None else [])
                link = None
            elif row.payload.get("loose"):
                copied(tx, int(row.payload.get("answered", 0)))
            elif row.op == "create":
                link = _created(work, tx, row, there[row.side][row.href or ""], link)
        undone = [r for r in rows if r not in happened]
        updates = [r for r in happened if r.op == "update"]
        origin = rows[0].payload.get("from")
        if origin is not None:
            link = _moved(work, tx, link, rows[0], updates, undone)
        elif updates:
            link = _updated(work, link or _matched(work, updates[0]), updates[0], undone)
        if link is not None and happened:
            number = link_table.save(tx, [link])[0]
            if origin is not None:
                hand_over(tx, origin, number, rows[0].before_left_item, rows[0].before_right_item)
        for row in rows:
            if row in happened or _overwritten(row, there):
                kept, images = _history(work, row, there, row in happened)
                # Undo and history find the item by the link that was made of it.
                history.add(tx, [(kept if row.payload.get("loose") else replace(kept, link_id=number), images)])
        unborn = [r for r in rows if _unborn(r, there, missing)]
        work.unborn += unborn
        journal_table.finish(tx, [r.id for r in rows if r not in unborn])


def _settle_by_hand(work: PairWork, row: JournalRow, there: dict[Side, dict[str, Fetched]], *, happened: bool) -> None:
    """A write that a person asked for is none of a synchronization: no memory moves (RULES 24)."""
    with work.run.db.transaction() as tx:
        if happened or _overwritten(row, there):
            history.add(tx, [_history(work, row, there, happened)])
        if happened:
            meet(tx, row.link_id, Fate(row.payload["fate"]), row.side, row.href)
        journal_table.finish(tx, [row.id])


def _happened(row: JournalRow, there: dict[Side, dict[str, Fetched]], missing: dict[Side, set[str]]) -> bool:
    """True when the write took effect, as far as the store shows; an existing mark is ours only if it equals the intent
    up to rewriting."""
    now = there[row.side].get(row.href or "")
    if row.op == "delete":
        return row.href in missing[row.side]
    if now is None or row.intent is None:
        return False
    if row.op == "create":
        return _ours(row.intent, now.item)
    before = row.before_left_item if row.side is Side.LEFT else row.before_right_item
    return before is None or _carried(row, before, now.item)


def _unborn(row: JournalRow, there: dict[Side, dict[str, Fetched]], missing: dict[Side, set[str]]) -> bool:
    """True for a creation that is not where it was meant to be: other folders are asked before it is given up."""
    return may_be_unborn(row) and row.href in missing[row.side]


def _overwritten(row: JournalRow, there: dict[Side, dict[str, Fetched]]) -> bool:
    """True when it cannot be told whether an update took effect, because somebody wrote since: what was there before it
    may be nowhere else any more."""
    before = row.before_left_item if row.side is Side.LEFT else row.before_right_item
    now = there[row.side].get(row.href or "")
    return row.op == "update" and before is not None and (now is None or digest(now.item) != digest(before))


def _carried(row: JournalRow, before: Item, now: Item) -> bool:
    """True when a field that the write was about is not what it was, but what was meant, up to rewriting."""
    assert row.intent is not None
    about = set(row.payload.get("changed", ()))
    for field in fields_of(row.intent):
        was, meant, held = (getattr(i, field.name) for i in (before, row.intent, now))
        if field.name not in about or same(field, was, held):
            continue
        if same(field, meant, held) or (not is_empty(held) and rewritten(meant, held)):
            return True
    return False


def _ours(intent: Item, now: Item) -> bool:
    if same_item(intent, now):
        return True
    if not intent.uid or intent.uid != now.uid:
        return False
    told = [f for f in fields_of(intent) if not is_empty(getattr(intent, f.name))]
    alike = [f for f in told if same(f, getattr(intent, f.name), getattr(now, f.name))]
    return 2 * len(alike) >= len(told)


def _created(work: PairWork, tx: Tx, row: JournalRow, now: Fetched, link: Link | None) -> Link | None:
    source = row.before_left_item if row.side is Side.RIGHT else row.before_right_item
    if source is None or row.other_href is None or row.intent is None:
        return link
    if link is None:
        taken = link_table.heads_by_href(tx, work.pair.id, row.side, [now.href])
        taken |= link_table.heads_by_href(tx, work.pair.id, row.side.other, [row.other_href])
        if taken:
            return None
        link = Link(0, work.pair.id, "linked", None, None, None, None)
    memory = adopted(row.intent, source, now.item, row.side, work.replicas[row.side].limits)
    mine_seen, other_seen = (memory.left, memory.right) if row.side is Side.LEFT else (memory.right, memory.left)
    exact = same_item(mine_seen, now.item) and same_item(other_seen, source)
    mine, other = (now.href, now.etag if exact else None), (row.other_href, row.other_etag)
    left_place, right_place = (mine, other) if row.side is Side.LEFT else (other, mine)
    return replace(
        link,
        state="linked",
        left_href=left_place[0],
        left_etag=left_place[1],
        right_href=right_place[0],
        right_etag=right_place[1],
        uid=row.uid,
        name=row.name,
        unsettled=not exact,
        left_seen=memory.left,
        right_seen=memory.right,
        elements=plain_elements(memory),
    )


def _known(work: PairWork, tx: Tx, row: JournalRow) -> Link | None:
    """The link of a first match, if it was stored before the end came."""
    heads = link_table.heads_by_href(tx, work.pair.id, row.side, [row.href or ""])
    numbers = [h.id for h in heads.values() if h.href(row.side.other) == row.other_href]
    return link_table.load(tx, numbers).get(numbers[0]) if numbers else None


def _matched(work: PairWork, row: JournalRow) -> Link:
    """The link that a first match was about to make."""
    left, right = (row.href, row.other_href) if row.side is Side.LEFT else (row.other_href, row.href)
    return Link(0, work.pair.id, "linked", left, None, right, None, uid=row.uid, name=row.name)


def _updated(work: PairWork, link: Link, row: JournalRow, undone: list[JournalRow]) -> Link:
    """What took effect is remembered as it was meant; what another write did not carry stays open."""
    plain = row.payload.get("memory")
    if plain is None:
        return replace(link, unsettled=True)
    undone_fields = {name for r in undone for name in r.payload.get("changed", ())}
    memory = reopened(memory_from(work.kind, plain), memory_of(work, link), undone_fields)
    if undone:
        memory = from_plain_half(work.kind, memory, row.payload.get("half"))
    return replace(
        link,
        left_seen=memory.left,
        right_seen=memory.right,
        elements=plain_elements(memory),
        unsettled=True,
    )


def _moved(
    work: PairWork, tx: Tx, link: Link | None, row: JournalRow, updates: list[JournalRow], undone: list[JournalRow]
) -> Link | None:
    """The new link of an item that came from another pair; without the creation it is followed again."""
    if link is None:
        return None
    if updates:
        return _updated(work, link, updates[0], undone)
    origin = link_table.load(tx, [row.payload["from"]]).get(row.payload["from"])
    names = {name for r in undone for name in r.payload.get("changed", ())}
    if origin is None or not names:
        return link
    memory = reopened(memory_of(work, link), memory_of(work, origin), names)
    return replace(
        link,
        left_seen=memory.left,
        right_seen=memory.right,
        elements=plain_elements(memory),
        unsettled=True,
    )


def _history(
    work: PairWork, row: JournalRow, there: dict[Side, dict[str, Fetched]], happened: bool
) -> tuple[HistoryRow, Images]:
    item = row.before_left_item if row.side is Side.LEFT else row.before_right_item
    document = row.before_left if row.side is Side.LEFT else row.before_right
    before = Image(item, document) if item is not None and row.op != "create" else None
    now = there[row.side].get(row.href or "")
    after = Image(now.item, native(now.document)) if now is not None and row.op != "delete" else None
    if not happened:
        after = Image(row.intent, None)
    entry = HistoryRow(
        0,
        row.run_id,
        work.pair.id,
        row.link_id,
        work.run.clock(),
        row.side,
        row.op,
        row.href or "",
        row.name,
        uid=row.uid,
    )
    return entry, Images(before, after)
