"""An item made again where it vanished, or put back where it was changed: from both memories, not from the copy alone.

What only that side held is in its memory and comes back too (DESIGN.md promise 5); what was edited on the other side
since is carried onto it.
"""

from __future__ import annotations

from instep.connectors.base import Fetched
from instep.core.memory import Memory
from instep.core.merge import Merged, merge
from instep.core.model import Side
from instep.core.plan import with_rule
from instep.engine.policies import policy_of
from instep.engine.work import PairWork


def remade(work: PairWork, memory: Memory, side: Side, partner: Fetched) -> Merged:
    """What both sides shall hold when ``side`` is as it was seen last, and its partner as it is now."""
    seen = memory.left if side is Side.LEFT else memory.right
    left, right = (seen, partner.item) if side is Side.LEFT else (partner.item, seen)
    return merge(memory, left, right, with_rule(work.terms, policy_of(work), left, right))
