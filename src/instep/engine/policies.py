"""Which way a pair's changes go in this run: the person's word, and what a side's rights leave of it (RULES 23)."""

from __future__ import annotations

from dataclasses import replace

from instep.core.model import Side
from instep.core.plan import Direction, Policy
from instep.engine.scoping import rescoped
from instep.engine.work import PairWork


def policy_of(work: PairWork) -> Policy:
    """The pair's policy; a side that takes no writes makes it one-way away from that side."""
    policy = work.policy
    if not takes_writes(work, Side.RIGHT):
        return replace(policy, direction=Direction.TO_DESKTOP)
    if not takes_writes(work, Side.LEFT):
        return replace(policy, direction=Direction.TO_SERVER)
    return policy


def takes_writes(work: PairWork, side: Side) -> bool:
    """False when the store says that a side's collection is read-only, or refused a write for that reason."""
    return work.info(side).writable is not False and work.locked is not side


def turned(work: PairWork) -> bool:
    """True when the pair went another way, or had another scope, in its last run: what was left aside then is to be
    looked at (RULES 16, 23)."""
    before = work.pair.options.get("kept")
    return before is not None and (before != policy_of(work).direction.value or rescoped(work))
