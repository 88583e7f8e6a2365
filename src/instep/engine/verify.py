"""Verifying: both sides read whole and compared field by field, every difference explained. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from instep.connectors.base import Connector, Fetched, Foreign, Snapshot, Unreadable
from instep.core.diff import Relation, Row, diff
from instep.core.memory import Memory
from instep.core.merge import Terms, merge
from instep.core.model import Item, Kind, Side, name_of
from instep.engine.declined import changed, kept_on
from instep.engine.events import Face, Phase
from instep.engine.looking import listed
from instep.engine.memories import memory_of
from instep.engine.report import PairReport
from instep.engine.run import is_unreachable
from instep.engine.scoping import outside, rests
from instep.engine.staying import not_taken
from instep.engine.work import Options, PairWork, Run
from instep.errors import InstepError, NotCarried, Stopped
from instep.store import conflicts as conflict_table
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store.database import Database
from instep.store.links import Link
from instep.store.pairs import Pair


class Explanation(StrEnum):
    """Why the two sides differ in an item."""

    PENDING = "pending"  # changed, made or deleted since the last run: the next run carries it
    CONFLICT = "conflict"  # waits for a person's decision
    UNREADABLE = "unreadable"  # one side cannot be read
    REAL = "real"  # none of these: what should not be


@dataclass(frozen=True, slots=True)
class Difference:
    """One item in which the sides differ, with the rows that differ."""

    kind: Kind
    name: str
    explanation: Explanation
    detail: str
    rows: tuple[Row, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {
            "name": self.name,
            "explanation": self.explanation.value,
            "detail": self.detail,
            "fields": [r.field for r in self.rows],
        }


@dataclass(slots=True)
class PairVerdict:
    """What was found for a pair. ``held`` counts items of which one side holds what the other cannot; ``declined``
    those that are on one side only because their copy was taken back; ``outside`` those outside of the pair's scope,
    which rest (RULES 16); ``staying`` those of a side that the protocol in use cannot carry."""

    kind: Kind
    desktop: str
    server: str
    compared: int = 0
    held: int = 0
    declined: int = 0
    outside: int = 0
    differences: list[Difference] = field(default_factory=list)
    problem: str = ""
    staying: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))


@dataclass(slots=True)
class VerifyReport:
    """The verdict on an account; ``failure`` is the sentence of the error that ended it, or empty."""

    account: str
    pairs: list[PairVerdict] = field(default_factory=list)
    failure: str = ""
    unreachable: bool = False

    @property
    def clean(self) -> bool:
        """True when both sides are the same up to what each can hold."""
        return not self.failure and not any(p.differences or p.problem for p in self.pairs)

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of ``instep verify --json``."""
        return {
            "account": self.account,
            "clean": self.clean,
            "pairs": [
                {
                    "kind": p.kind.value,
                    "desktop": p.desktop,
                    "server": p.server,
                    "compared": p.compared,
                    "held": p.held,
                    "declined": p.declined,
                    "outside": p.outside,
                    "staying": {side.value: p.staying[side] for side in Side},
                    "differences": [d.to_json() for d in p.differences],
                    **({"problem": p.problem} if p.problem else {}),
                }
                for p in self.pairs
            ],
            **({"error": self.failure} if self.failure else {}),
        }


async def verify(
    db: Database,
    account: str,
    desktop: Connector,
    server: Connector,
    face: Face | None = None,
    own_addresses: frozenset[str] = frozenset(),
    kinds: frozenset[Kind] = frozenset(Kind),
) -> VerifyReport:
    """Compare both sides of an account as they are now, pair by pair of these kinds.

    Never raises ``InstepError``; writes nowhere. Of ``face`` only what shows and what stops is used; a pair that was
    not compared to its end is not in the report.
    """
    report = VerifyReport(account)
    options = Options(own_addresses=own_addresses)
    run = Run(db, account, 0, {Side.LEFT: desktop, Side.RIGHT: server}, options, face or Face())
    with db.reading() as tx:
        pairs = [pair for pair in pair_table.of_account(tx, account) if pair.kind in kinds]
    for pair in pairs:
        verdict = PairVerdict(pair.kind, pair.left_name or pair.left, pair.right_name or pair.right)
        report.pairs.append(verdict)
        try:
            await _pair(run, pair, verdict)
        except InstepError as error:
            if is_unreachable(error) or isinstance(error, Stopped):
                report.failure, report.unreachable = str(error), is_unreachable(error)
                report.pairs.pop()  # nothing of it was compared: that is not "the same"
                return report
            verdict.problem = str(error)
    return report


async def _pair(run: Run, pair: Pair, verdict: PairVerdict) -> None:
    work = PairWork(run, pair, PairReport(pair.kind, verdict.desktop, verdict.server, pair_id=pair.id))
    items: dict[Side, dict[str, Item]] = {}
    broken: dict[Side, dict[str, InstepError]] = {}
    for side in Side:
        work.replicas[side] = await run.connectors[side].open(work.collection(side), pair.kind)
        items[side], broken[side] = await _whole(work, side)
    with run.db.reading() as tx:
        numbers = [h.id for h in link_table.heads(tx, pair.id)]
        links = link_table.load(tx, numbers)
        asked = {row.link_id for row in conflict_table.of_pair(tx, pair.id)}
    for link in links.values():
        _linked(work, link, items, broken, asked, verdict)
    for side in Side:
        for item in items[side].values():
            if outside(work, item):
                verdict.outside += 1
                continue
            if not_taken(work, side.other, item) is not None:
                verdict.staying[side] += 1
                continue
            detail = f"only on the {side.value} so far"
            verdict.differences.append(Difference(pair.kind, name_of(item), Explanation.PENDING, detail))
        for href, error in broken[side].items():
            if isinstance(error, NotCarried):
                verdict.staying[side] += 1
                continue
            name = error.where.item or href
            verdict.differences.append(Difference(pair.kind, name, Explanation.UNREADABLE, str(error)))


async def _whole(work: PairWork, side: Side) -> tuple[dict[str, Item], dict[str, InstepError]]:
    replica = work.replicas[side]
    work.run.require_going()
    answer, _ = await listed(replica, None)
    assert isinstance(answer, Snapshot)
    items: dict[str, Item] = {}
    broken: dict[str, InstepError] = {}
    hrefs = [e.href for e in answer.entries]
    async for result in replica.fetch(hrefs):
        work.run.require_going()
        name = ""
        match result:
            case Fetched():
                items[result.href], name = result.item, name_of(result.item)
            case Unreadable():
                broken[result.href] = result.error
            case Foreign():
                pass
        work.tell(Phase.READING, len(items), len(hrefs), name)
    return items, broken


def _linked(
    work: PairWork,
    link: Link,
    items: dict[Side, dict[str, Item]],
    broken: dict[Side, dict[str, InstepError]],
    asked: set[int | None],
    verdict: PairVerdict,
) -> None:
    left = items[Side.LEFT].pop(link.left_href or "", None)
    right = items[Side.RIGHT].pop(link.right_href or "", None)
    unreadable = [s for s in Side if (link.href(s) or "") in broken[s]]
    if unreadable:
        return  # what cannot be read is listed by itself
    if link.state == "declined":
        _declined(work, link, left if left is not None else right, verdict)
        return
    if rests(work, link, left, right):
        verdict.outside += 1
        return
    conflict = link.id in asked
    if left is None or right is None:
        if left is not None or right is not None or conflict:
            where = Side.LEFT if left is None else Side.RIGHT
            why = Explanation.CONFLICT if conflict else Explanation.PENDING
            verdict.differences.append(Difference(work.kind, link.name, why, f"not on the {where.value} any more"))
        return
    for side, item in ((Side.LEFT, left), (Side.RIGHT, right)):
        if not_taken(work, side.other, item) is not None:
            verdict.staying[side] += 1
            return
    verdict.compared += 1
    rows = tuple(r for r in diff(left, right) if r.relation is not Relation.SAME)
    if conflict:
        verdict.differences.append(Difference(work.kind, name_of(left), Explanation.CONFLICT, "waits for you", rows))
        return
    memory = memory_of(work, link)
    terms = Terms(work.replicas[Side.LEFT].limits, work.replicas[Side.RIGHT].limits, own=work.run.options.own_addresses)
    moved = merge(memory, left, right, terms)
    if moved.changed_left or moved.changed_right or moved.clashes:
        detail = "changed since the last run"
        verdict.differences.append(Difference(work.kind, name_of(left), Explanation.PENDING, detail, rows))
        return
    if rows and not _explained(memory, left, right, terms):
        detail = "differs though both sides are as they were"
        verdict.differences.append(Difference(work.kind, name_of(left), Explanation.REAL, detail, rows))
    verdict.held += bool(rows)


def _declined(work: PairWork, link: Link, item: Item | None, verdict: PairVerdict) -> None:
    """An item whose copy was taken back is on one side only, until it changes (RULES 24)."""
    if item is None:
        return
    if not changed(work, link, kept_on(link), item):
        verdict.declined += 1
        return
    detail = "changed since its copy was taken back; the next run carries it"
    verdict.differences.append(Difference(work.kind, name_of(item), Explanation.PENDING, detail))


def _explained(memory: Memory, left: Item, right: Item, terms: Terms) -> bool:
    """True when both sides are what they were seen to hold, so that the difference is what one cannot hold."""
    return not memory.first and not merge(Memory(memory.left, memory.right), left, right, terms).clashes
