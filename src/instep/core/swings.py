"""Two stores that normalise against each other: stop writing what swings back and forth (RULES 10).

Every overwritten value of a field is counted per link. When the only fields that changed would be written over with a
value for the third time, the write is dropped and both forms count as equal for this link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from instep.core.memory import Memory
from instep.core.merge import Merged
from instep.core.model import Item, Side

OFTEN = 2


def _print(value: object) -> str:
    return sha256(repr(value).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def swinging(
    counted: Mapping[str, Any], memory: Memory, merged: Merged, now: Mapping[Side, Item]
) -> tuple[Merged, dict[str, Any]]:
    """The merge without the writes that only swing, and the counts to keep with the link.

    ``counted`` maps ``"side:field"`` to how often each value was overwritten there.
    """
    counts: dict[str, Any] = {key: dict(value) for key, value in counted.items()}
    dropped: dict[Side, bool] = {}
    for side in Side:
        changed = merged.changed(side)
        stale = [
            name
            for name in changed
            if counts.get(f"{side}:{name}", {}).get(_print(getattr(now[side], name)), 0) >= OFTEN
        ]
        dropped[side] = bool(changed) and len(stale) == len(changed)
        if dropped[side]:
            continue
        for name in changed:
            values = counts.setdefault(f"{side}:{name}", {})
            key = _print(getattr(now[side], name))
            values[key] = values.get(key, 0) + 1
    if not any(dropped.values()):
        return merged, counts
    left = now[Side.LEFT] if dropped[Side.LEFT] else merged.left
    right = now[Side.RIGHT] if dropped[Side.RIGHT] else merged.right
    settlement = replace(merged.settlement, left=left, right=right, slots={}, unsettled=frozenset())
    still = replace(
        merged,
        left=left,
        right=right,
        changed_left=() if dropped[Side.LEFT] else merged.changed_left,
        changed_right=() if dropped[Side.RIGHT] else merged.changed_right,
        settlement=settlement if not merged.clashes else merged.settlement,
    )
    return still, counts
