"""Deciding: what each link and each unlinked item calls for. Pure; the table of DESIGN.md section 3 as a function.

A plan is data: actions with a reason each. It is shown, refused, guarded and carried out by others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from instep.core.memory import Memory
from instep.core.merge import EVERYTHING, Merged, Terms, merge, winner_by_time
from instep.core.model import Item, Side


class Direction(StrEnum):
    """Which way a pair's changes go."""

    TWO_WAY = "two-way"
    TO_SERVER = "to-server"
    TO_DESKTOP = "to-desktop"

    @property
    def source(self) -> Side | None:
        """The only side whose changes are carried, ``None`` for both."""
        match self:
            case Direction.TWO_WAY:
                return None
            case Direction.TO_SERVER:
                return Side.LEFT
            case Direction.TO_DESKTOP:
                return Side.RIGHT


class OnConflict(StrEnum):
    """What happens to a conflict."""

    ASK = "ask"
    SKIP = "skip"
    SERVER = "server"
    DESKTOP = "desktop"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Policy:
    """How a pair is kept: direction and what decides a conflict."""

    direction: Direction = Direction.TWO_WAY
    on_conflict: OnConflict = OnConflict.ASK


class Absent(StrEnum):
    """Why a linked item is not there to be read."""

    GONE = "gone"  # proved
    AWAY = "out of scope"  # there, but not in the window or filter
    UNKNOWN = "unknown"  # nothing is known: not read, not proved


State = Item | Absent


class Verdict(StrEnum):
    """What a link calls for."""

    NOTHING = "nothing"
    WRITE = "write"  # update one or both sides (and remember)
    REMEMBER = "remember"  # only the memory moves
    DELETE = "delete"  # repeat a deletion on the other side
    RECREATE = "recreate"  # what was deleted on one side comes back from the other
    UNLINK = "unlink"  # both are gone
    DORMANT = "dormant"  # one is out of scope
    ASK = "ask"  # edit against deletion, undecided: nothing is written
    NOTE = "note"  # one-way: the target deleted its copy, or edited what the source deleted; both stay as they are


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict for one link. ``merged`` holds the targets of a WRITE or REMEMBER (and its clashes, if some fields
    are undecided); ``side`` is where a DELETE or RECREATE happens, or which side is gone for ASK and NOTE."""

    verdict: Verdict
    merged: Merged | None = None
    side: Side | None = None


NOTHING = Decision(Verdict.NOTHING)


def decide(memory: Memory, left: State, right: State, policy: Policy, terms: Terms, answer: str = "") -> Decision:
    """Say what a link calls for.

    ``terms.prefer`` holds a person's choices per field group; ``answer`` (``"server"``, ``"desktop"`` or empty) is a
    person's word on an edit against a deletion.
    """
    states = {Side.LEFT: left, Side.RIGHT: right}
    if Absent.UNKNOWN in (left, right):
        return NOTHING
    if Absent.AWAY in (left, right):
        return Decision(Verdict.DORMANT)
    if left is Absent.GONE and right is Absent.GONE:
        return Decision(Verdict.UNLINK)
    for side in Side:
        if states[side] is Absent.GONE:
            return _deleted(memory, side, states[side.other], policy, terms, answer)
    assert not isinstance(left, Absent) and not isinstance(right, Absent)
    return _present(memory, left, right, policy, terms)


def _present(memory: Memory, left: Item, right: Item, policy: Policy, terms: Terms) -> Decision:
    terms = with_rule(terms, policy, left, right)
    merged = merge(memory, left, right, terms)
    if merged.changed_left or merged.changed_right:
        return Decision(Verdict.WRITE, merged)
    return Decision(Verdict.REMEMBER, merged)


def with_rule(terms: Terms, policy: Policy, left: Item, right: Item) -> Terms:
    """The terms with the pair's conflict rule filled in under the person's own choices."""
    winner: Side | None = None
    match policy.on_conflict:
        case OnConflict.SERVER:
            winner = Side.RIGHT
        case OnConflict.DESKTOP:
            winner = Side.LEFT
        case OnConflict.NEWEST:
            winner = winner_by_time(left, right)
    prefer = dict(terms.prefer)
    if winner is not None:
        prefer.setdefault(EVERYTHING, winner)
    return replace(terms, prefer=prefer, source=policy.direction.source)


def _deleted(memory: Memory, gone: Side, other: State, policy: Policy, terms: Terms, answer: str) -> Decision:
    """One side is gone (proved), the other is there."""
    assert not isinstance(other, Absent)
    there = gone.other
    source = policy.direction.source
    if source is there:
        return Decision(Verdict.NOTE, side=gone)
    seen = memory.left if there is Side.LEFT else memory.right
    if not edited(memory, there, seen, other, terms):
        return Decision(Verdict.DELETE, side=there)
    if source is gone:
        return Decision(Verdict.NOTE, side=gone)  # the target's own edit stays as it is
    match answer or policy.on_conflict:
        case OnConflict.SERVER | "server":
            keep = Side.RIGHT
        case OnConflict.DESKTOP | "desktop":
            keep = Side.LEFT
        case OnConflict.NEWEST:
            keep = there
        case _:
            return Decision(Verdict.ASK, side=gone)
    return Decision(Verdict.RECREATE, side=gone) if keep is there else Decision(Verdict.DELETE, side=there)


def edited(memory: Memory, side: Side, seen: Item, now: Item, terms: Terms) -> bool:
    """True when a person changed the item on this side since it was last seen (volatile fields do not count)."""
    still = Memory(seen, seen)
    left, right = (now, seen) if side is Side.LEFT else (seen, now)
    merged = merge(still, left, right, Terms(own=terms.own))
    return bool(merged.changed(side.other))
