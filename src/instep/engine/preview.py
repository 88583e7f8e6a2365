"""What an answer to a conflict would make of the item: the engine's own merge of what is stored.

It asks neither side, and shows what the next run does if nothing moves until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from instep.core.fields import fields_of, is_empty
from instep.core.limits import ABSENT, FieldLimits
from instep.core.memory import Memory, blank
from instep.core.merge import Merged, Terms, merge
from instep.core.model import Item, Side
from instep.core.plan import Absent, Direction, OnConflict, Policy, Verdict, decide, with_rule
from instep.core.swings import swinging
from instep.engine.answers import on_deletion, preferences
from instep.engine.conflicts import anchor_side, as_question, require_fit, stored
from instep.engine.mailing import held_mail
from instep.engine.memories import memory_of_link
from instep.engine.questions import Choice, Question, Resolution
from instep.store import links as link_table
from instep.store.conflicts import ConflictRow
from instep.store.database import Database
from instep.store.links import Link
from instep.store.pairs import Pair


@dataclass(frozen=True, slots=True)
class Outcome:
    """One item as each side would hold it, and what it holds of it now; ``None``: nothing. ``is_new``: an item of its
    own is made of one version."""

    left: Item | None
    right: Item | None
    was_left: Item | None = None
    was_right: Item | None = None
    is_new: bool = False

    def on(self, side: Side) -> Item | None:
        """The item of a side afterwards."""
        return self.left if side is Side.LEFT else self.right

    def was(self, side: Side) -> Item | None:
        """The item of a side now."""
        return self.was_left if side is Side.LEFT else self.was_right


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be there after the next run, and which groups of fields would still be asked about."""

    outcomes: tuple[Outcome, ...]
    undecided: tuple[str, ...] = ()


def preview(db: Database, number: int, answer: Resolution, terms: Terms | None = None) -> Preview:
    """Say what an answer would do; ``terms`` holds the sides' limits and the person's own addresses.

    Raises ``ConfigError`` when the question is not open or the answer does not fit it.
    """
    with db.reading() as tx:
        row, pair = stored(tx, number)
        link = link_table.load(tx, [row.link_id]).get(row.link_id) if row.link_id is not None else None
    asked = as_question(row, pair)
    require_fit(asked, answer)
    return _Scene(row, pair, link, asked, _with_learned(terms or Terms(), pair, link)).after(answer)


def _with_learned(terms: Terms, pair: Pair, link: Link | None) -> Terms:
    """The terms with what the link's memory tells of limits: a side that was seen without what the other was seen with
    cannot hold that field (RULES 2). Where a side's limits are given, they are all."""
    if link is None or terms.limits_left or terms.limits_right:
        return terms
    memory = memory_of_link(pair.kind, link)

    def lacks(seen: Item, other: Item) -> FieldLimits:
        names = (f.name for f in fields_of(seen))
        return {n: ABSENT for n in names if is_empty(getattr(seen, n)) and not is_empty(getattr(other, n))}

    return replace(terms, limits_left=lacks(memory.left, memory.right), limits_right=lacks(memory.right, memory.left))


@dataclass(frozen=True, slots=True)
class _Scene:
    """A question with everything that the engine would look at."""

    row: ConflictRow
    pair: Pair
    link: Link | None
    asked: Question
    terms: Terms

    def after(self, answer: Resolution) -> Preview:
        left, right = self.row.left_item, self.row.right_item
        now = Outcome(left, right, left, right)
        if answer.choice is Choice.SKIP:
            return Preview((now,), self.asked.fields)
        if self.row.reason == "match":
            return self._matched(answer)
        held = held_mail(self.row)
        if held is not None:
            return self._sent(now, held.ops, held.answer)
        decided = self._decided(now, answer)
        if answer.choice is Choice.BOTH:
            copy = Outcome(now.left, now.left, is_new=True)
            return replace(decided, outcomes=(*decided.outcomes, copy))
        return decided

    def _memory(self) -> Memory:
        return memory_of_link(self.pair.kind, self.link) if self.link is not None else blank(self.pair.kind)

    def _policy(self) -> Policy:
        return Policy(Direction(self.pair.direction), OnConflict(self.pair.on_conflict))

    def _decided(self, now: Outcome, answer: Resolution | None) -> Preview:
        memory = self._memory()
        left, right = (item if item is not None else Absent.GONE for item in (now.left, now.right))
        terms = replace(self.terms, prefer=preferences(answer))
        decision = decide(memory, left, right, self._policy(), terms, on_deletion(answer))
        match decision.verdict:
            case Verdict.WRITE | Verdict.REMEMBER:
                assert decision.merged is not None and now.left is not None and now.right is not None
                items = {Side.LEFT: now.left, Side.RIGHT: now.right}
                counted: Mapping[str, object] = self.link.swings if self.link is not None else {}
                return _merged(swinging(counted, decision.merged, items).merged, now)
            case Verdict.DELETE:
                return Preview((replace(now, left=None, right=None),))
            case Verdict.RECREATE:
                assert decision.side is not None
                return Preview((self._remade(memory, decision.side, now),))
            case _:
                return Preview((now,), self.asked.fields)

    def _remade(self, memory: Memory, side: Side, now: Outcome) -> Outcome:
        """What was deleted comes back as it was last seen there, with what was changed on the other side since."""
        seen = memory.left if side is Side.LEFT else memory.right
        there = now.on(side.other)
        assert there is not None
        left, right = (seen, there) if side is Side.LEFT else (there, seen)
        back = merge(memory, left, right, with_rule(self.terms, self._policy(), left, right)).target(side)
        return replace(now, left=back) if side is Side.LEFT else replace(now, right=back)

    def _matched(self, answer: Resolution) -> Preview:
        anchor = anchor_side(self.row)
        one = self.row.left_item if anchor is Side.LEFT else self.row.right_item
        if answer.choice is Choice.NEW:
            return Preview((Outcome(one, one, self.row.left_item, self.row.right_item, is_new=True),))
        other = self.asked.candidates[answer.which - 1].item
        if one is None or other is None:
            return Preview(())
        left, right = (one, other) if anchor is Side.LEFT else (other, one)
        terms = replace(self.terms, prefer=preferences(answer))
        merged = merge(blank(self.pair.kind), left, right, with_rule(terms, self._policy(), left, right))
        return _merged(merged, Outcome(left, right, left, right))

    def _sent(self, now: Outcome, ops: tuple[str, ...], answer: Resolution | None) -> Preview:
        if now.left is not None and now.right is not None:
            return self._decided(now, answer)
        if "delete" in ops and "create" not in ops:
            return Preview((replace(now, left=None, right=None),))
        there = now.left if now.left is not None else now.right
        return Preview((replace(now, left=there, right=there),))


def _merged(merged: Merged, now: Outcome) -> Preview:
    outcome = replace(now, left=merged.left, right=merged.right)
    return Preview((outcome,), tuple(sorted({c.group for c in merged.clashes})))
