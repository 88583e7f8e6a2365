"""What is there now of the items that a person asks about: where each is, what it holds, what else is new there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from instep.connectors.base import Fetched, FetchResult, Missing, Presence, Snapshot
from instep.core.memory import Memory
from instep.core.merge import Terms
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.core.plan import edited
from instep.engine.looking import listed
from instep.engine.work import PairWork
from instep.store import history
from instep.store import links as link_table
from instep.store import remarks as remark_table
from instep.store.journal import JournalRow
from instep.store.links import Link


@dataclass(frozen=True, slots=True)
class Subject:
    """An item that is asked about: its side, where it was written, the number under which history knows it, its uid."""

    side: Side
    href: str
    number: int | None
    uid: str = ""


@dataclass(slots=True)
class Present:
    """What was found. ``links`` and ``places`` by subject; ``held`` by side and address; ``strangers`` are a side's
    items without a link; ``holders`` the addresses of linked items by side and uid; ``remade`` are subjects whose last
    write was no deletion: what is at their address is they, whatever uid a store gave it."""

    links: dict[Subject, Link] = field(default_factory=dict)
    places: dict[Subject, str] = field(default_factory=dict)
    held: dict[Side, dict[str, FetchResult]] = field(default_factory=lambda: {side: {} for side in Side})
    gone: dict[Side, set[str]] = field(default_factory=lambda: {side: set() for side in Side})
    strangers: dict[Side, dict[str, Fetched]] = field(default_factory=lambda: {side: {} for side in Side})
    holders: dict[tuple[Side, str], set[str]] = field(default_factory=dict)
    remade: set[Subject] = field(default_factory=set)

    def at(self, subject: Subject) -> FetchResult | None:
        """What is at the subject's address now."""
        return self.held[subject.side].get(self.places[subject])

    def is_gone(self, subject: Subject) -> bool:
        """True when the store itself answered that nothing is there."""
        return self.places[subject] in self.gone[subject.side]

    def taken_back(self, subject: Subject) -> bool:
        """True when the subject is the copy that a declined link has lost."""
        link = self.links.get(subject)
        return link is not None and link.state == "declined" and link.href(subject.side) is None

    def others(self, subject: Subject, item: Item) -> list[Fetched]:
        """The side's other items that have the item's uid, and new ones that are equal to it."""
        side, place = subject.side, self.places[subject]
        found = [f for f in self.strangers[side].values() if _alike(f.item, item)]
        for href in self.holders.get((side, item.uid), set()) if item.uid else ():
            there = self.held[side].get(href)
            if isinstance(there, Fetched) and there.item.uid == item.uid:
                found.append(there)
        return [f for f in found if f.href != place]


def _alike(one: Item, other: Item) -> bool:
    return bool(one.uid and one.uid == other.uid) or digest(one) == digest(other)


async def present(work: PairWork, subjects: Iterable[Subject], making: Iterable[Subject]) -> Present:
    """Look at the subjects as they are now; ``making`` are those which may have to be made again, for which also the
    rest of their side is looked at. Writes nothing."""
    asked, made = list(subjects), list(making)
    found = Present()
    _places(work, asked, made, found)
    for side in Side:
        hrefs = {found.places[s] for s in asked if s.side is side}
        hrefs |= {href for (there, _), places in found.holders.items() if there is side for href in places}
        if hrefs:
            async for result in work.replicas[side].fetch(sorted(hrefs)):
                work.run.require_going()
                found.held[side][result.href] = result
        missing = [href for href, result in found.held[side].items() if isinstance(result, Missing)]
        if missing:
            presence = await work.replicas[side].confirm(missing)
            found.gone[side] = {href for href in missing if presence.get(href) is Presence.GONE}
        if any(s.side is side for s in made):
            found.strangers[side] = await strangers(work, side)
    return found


def _places(work: PairWork, subjects: list[Subject], making: list[Subject], found: Present) -> None:
    """Where each subject is: at its link's address, else where it was written last, else where it was."""
    numbers = {s.number for s in subjects if s.number is not None}
    with work.run.db.reading() as tx:
        links = link_table.load(tx, numbers)
        last = history.places(tx, numbers)
        by_href: dict[Side, dict[str, int]] = {}
        for side in Side:
            here = {_last(s, last) for s in subjects if s.side is side}
            heads = link_table.heads_by_href(tx, work.pair.id, side, here)
            by_href[side] = {href: head.id for href, head in heads.items()}
            uids = {s.uid for s in making if s.side is side and s.uid}
            for uid, holders in link_table.find_uid(tx, work.run.account, side, uids).items():
                mine = {h.href(side) or "" for h in holders if h.pair_id == work.pair.id}
                found.holders[side, uid] = mine
        links |= link_table.load(tx, {n for known in by_href.values() for n in known.values()})
    for subject in subjects:
        written = _last(subject, last)
        if last.get((subject.number or 0, subject.side), ("", "delete"))[1] != "delete":
            found.remade.add(subject)
        link = links.get(subject.number or 0)
        if link is None or link.pair_id != work.pair.id:
            link = links.get(by_href[subject.side].get(written, 0))
        if link is not None:
            found.links[subject] = link
        found.places[subject] = (link.href(subject.side) if link is not None else None) or written


def _last(subject: Subject, last: dict[tuple[int, Side], tuple[str, str]]) -> str:
    return last.get((subject.number or 0, subject.side), (subject.href, ""))[0]


async def strangers(work: PairWork, side: Side) -> dict[str, Fetched]:
    """The items of a side that no link knows, as far as they are new since the last run or wait for a word."""
    answer, _ = await listed(work.replicas[side], work.pair.left_token if side is Side.LEFT else work.pair.right_token)
    hrefs = {e.href for e in (answer.entries if isinstance(answer, Snapshot) else answer.changed)}
    with work.run.db.reading() as tx:
        remarks = remark_table.by_href(tx, work.pair.id, side)
        hrefs |= remarks.keys()
        hrefs -= {href for href, remark in remarks.items() if remark.reason == "foreign"}
        hrefs -= link_table.heads_by_href(tx, work.pair.id, side, hrefs).keys()
    found: dict[str, Fetched] = {}
    if hrefs:
        async for result in work.replicas[side].fetch(sorted(hrefs)):
            if isinstance(result, Fetched):
                found[result.href] = result
    return found


def means_the_same(work: PairWork, side: Side, one: Item, other: Item) -> bool:
    """True when two versions of an item differ in nothing that a person writes."""
    if digest(one) == digest(other):
        return True
    return not edited(Memory(one, one), side, one, other, Terms(own=work.run.options.own_addresses))


async def located(work: PairWork, rows: Sequence[JournalRow]) -> list[JournalRow]:
    """The open journal rows, with the address of what a person asked to be made where the store chose it: that of an
    item without a link which is equal to the intent (RULES 18)."""
    unknown = [r for r in rows if r.payload.get("fate") and r.op == "create" and r.href is None and r.intent]
    found = {side: await strangers(work, side) for side in {row.side for row in unknown}}
    known: dict[int, str] = {}
    for row in unknown:
        assert row.intent is not None
        meant = digest(row.intent)
        href = next((h for h, f in sorted(found[row.side].items()) if digest(f.item) == meant), None)
        if href is not None:
            known[row.id] = href
            del found[row.side][href]
    return [replace(row, href=known.get(row.id, row.href)) for row in rows]
