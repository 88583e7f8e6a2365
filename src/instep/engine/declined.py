"""Declined links: an item whose copy on the other side a person took back (RULES 24).

Such a link has an address on one side only. Its item is no new one, nothing is deleted because of it, and it is not
carried again until it changes or a person asks: by a restore, or by bringing the copy back by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from instep.connectors.base import Fetched, Presence
from instep.core.memory import Memory
from instep.core.merge import Terms
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.core.plan import edited
from instep.engine.handing_over import MOVING
from instep.engine.memories import memory_of
from instep.engine.work import Fate, PairWork
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store import remarks as remark_table
from instep.store.database import Tx
from instep.store.links import Link
from instep.store.remarks import Remark


def place(link: Link, side: Side, href: str | None, etag: str | None) -> Link:
    """The link with another address on a side."""
    if side is Side.LEFT:
        return replace(link, left_href=href, left_etag=etag)
    return replace(link, right_href=href, right_etag=etag)


def meet(tx: Tx, number: int | None, fate: Fate, side: Side, href: str | None = None) -> None:
    """Let a link meet its fate, once the write on ``side`` (now at ``href``) is known to have happened.

    A link that is not there any more has none.
    """
    link = link_table.load(tx, [number]).get(number) if number is not None else None
    if link is None:
        return
    match fate:
        case Fate.EDIT:
            link_table.save(tx, [replace(link, unsettled=True)])
        case Fate.DECLINE if link.href(side.other) is None:
            link_table.remove(tx, [link.id])
        case Fate.DECLINE:
            link_table.save(tx, [_on_one_side(link, side), *(_on_one_side(old, side.other) for old in _left(tx, link))])
        case Fate.REVIVE:
            link_table.save(tx, [replace(place(link, side, href, None), state="linked", unsettled=True)])
        case Fate.RELEASE:
            release(tx, [link])
        case Fate.LOOSE:
            pass


def _on_one_side(link: Link, gone: Side) -> Link:
    held = {name: value for name, value in link.held.items() if name != MOVING}
    return replace(place(link, gone, None, None), state="declined", unsettled=False, held=held)


def _left(tx: Tx, link: Link) -> list[Link]:
    """The old link of an unfinished move to this one: its item is still where it was, and is not removed any more."""
    pair = pair_table.get(tx, link.pair_id)
    pairs = [p for p in pair_table.of_account(tx, pair.account) if p.kind is pair.kind] if pair is not None else []
    numbers = [head.id for p in pairs for head in link_table.unsettled(tx, p.id) if head.id != link.id]
    return [old for old in link_table.load(tx, numbers).values() if old.held.get(MOVING) == link.id]


def release(tx: Tx, links: Iterable[Link]) -> None:
    """End declined links; the next look finds their items as new ones, also where no store reports them."""
    for link in links:
        link_table.remove(tx, [link.id])
        here = [(side, href) for side in Side if (href := link.href(side)) is not None]
        remark_table.put(tx, [Remark(link.pair_id, side, href, None, "unsettled") for side, href in here])


def kept_on(link: Link) -> Side:
    """The side on which a declined link's item is."""
    return Side.LEFT if link.left_href is not None else Side.RIGHT


# In a run ---------------------------------------------------------------------------------------------------------


async def sift(work: PairWork) -> None:
    """Set the items of declined links aside, but for those that changed or whose copy is there again.

    Called when everything that was reported has been fetched. A declined link whose item is gone ends; one whose item
    has another address now follows it.
    """
    links = _in_play(work)
    if not links:
        return
    absent = await _proved_gone(work, links)
    new = {side: _new(work, side) for side in Side}
    ended: list[Link] = []
    released: list[Link] = []
    moved: list[tuple[Link, Fetched]] = []
    for link in links:
        side = kept_on(link)
        href = link.href(side) or ""
        now = work.loose[side].get(href)
        if link.id in absent:
            now = _elsewhere(work, link, side)
            if now is None:
                ended.append(link)
                continue
        is_changed = now is not None and changed(work, link, side, now.item)
        if is_changed or _copy_is_back(work, link, side.other, new[side.other]):
            released.append(link)
        elif now is not None:
            del work.loose[side][now.href]
            work.settle(side, now.href)
            moved.append((link, now))
    # A run that a guard stops leaves them: what vanished for a while must not come back as new.
    work.ended += [link.id for link in ended]
    if not work.run.options.dry_run:
        with work.run.db.transaction() as tx:
            release(tx, released)
            link_table.touch(tx, [(link.id, kept_on(link), now.href, now.etag) for link, now in moved])
    await _read(work, released)


def _in_play(work: PairWork) -> list[Link]:
    """The declined links of which something was reported, or beside which there is something new."""
    if not any(f.reported or f.tombstones or f.absent for f in work.found.values()):
        return []
    with work.run.db.reading() as tx:
        heads = link_table.declined(tx, work.pair.id)
        told = {s: f.reported.keys() | f.tombstones | f.absent for s, f in work.found.items()}
        near = [h.id for h in heads for s in Side if (href := h.href(s)) and (href in told[s] or work.loose[s.other])]
        return list(link_table.load(tx, near).values())


async def _proved_gone(work: PairWork, links: list[Link]) -> set[int]:
    gone: set[int] = set()
    for side in Side:
        mine = {href: link for link in links if (href := link.href(side)) is not None}
        gone |= {link.id for href, link in mine.items() if href in work.found[side].tombstones}
        asked = [href for href in mine if href in work.found[side].absent]
        if asked:
            presence = await work.replicas[side].confirm(asked)
            gone |= {mine[href].id for href in asked if presence.get(href) is Presence.GONE}
            work.found[side].absent -= mine.keys()
    return gone


def _elsewhere(work: PairWork, link: Link, side: Side) -> Fetched | None:
    """The declined item under another address: the only new one with its uid, or with its content."""
    seen = _seen(work, link, side)
    for key in (lambda i: i.uid, digest):
        wanted = key(seen)
        found = [f for f in work.loose[side].values() if wanted and key(f.item) == wanted]
        if len(found) == 1:
            return found[0]
    return None


def _seen(work: PairWork, link: Link, side: Side) -> Item:
    memory = memory_of(work, link)
    return memory.left if side is Side.LEFT else memory.right


def changed(work: PairWork, link: Link, side: Side, now: Item) -> bool:
    """True when the item of a declined link is not what it was, volatile fields aside."""
    seen = _seen(work, link, side)
    return edited(Memory(seen, seen), side, seen, now, Terms(own=work.run.options.own_addresses))


@dataclass(frozen=True, slots=True)
class _New:
    """What the new items of a side are known by."""

    uids: frozenset[str]
    digests: frozenset[str]


def _new(work: PairWork, side: Side) -> _New:
    items = [f.item for f in work.loose[side].values()]
    return _New(frozenset(i.uid for i in items if i.uid), frozenset(digest(i) for i in items))


def _copy_is_back(work: PairWork, link: Link, side: Side, new: _New) -> bool:
    """True when the side of the taken back copy holds a new item that is it: a person made it again."""
    if not new.digests:
        return False
    seen = _seen(work, link, side)
    return bool({seen.uid, link.uid} & new.uids) or digest(seen) in new.digests


async def _read(work: PairWork, released: list[Link]) -> None:
    """Read the released items that nobody reported, so that they are matched or carried in this very run."""
    for side in Side:
        mine = [href for link in released if (href := link.href(side)) is not None]
        wanted = [href for href in mine if href not in work.loose[side]]
        work.open[side].update(dict.fromkeys(wanted))
        if not wanted:
            continue
        async for result in work.replicas[side].fetch(wanted):
            if isinstance(result, Fetched):
                work.loose[side][result.href] = result
