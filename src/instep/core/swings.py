"""Two stores that normalise against each other: stop writing what swings back and forth (RULES 10).

Every value that the link overwrites is counted per side and field. When a side comes back to a value that was
overwritten there twice, and nothing else is to be written, the write is dropped and both forms count as equal for this
link. A person who changes one side forth and back is no swing: what is overwritten then is on the other side.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from instep.core.fields import FIELDS
from instep.core.memory import Settlement
from instep.core.merge import Merged
from instep.core.model import CLASS_OF, Item, Side, kind_of
from instep.core.plain import digest

OFTEN = 2
KEPT = 8
SAID = "said"


@dataclass(frozen=True, slots=True)
class Swing:
    """The merge without the writes that only swing, the counts to keep with the link, and the labels of the fields that
    were found to swing for the first time."""

    merged: Merged
    counts: dict[str, Any]
    news: tuple[str, ...] = ()


def swinging(counted: Mapping[str, Any], merged: Merged, now: Mapping[Side, Item]) -> Swing:
    """Drop what only swings; ``counted`` maps ``"side:field"`` to how often each value was overwritten there."""
    counts: dict[str, Any] = {key: dict(value) for key, value in counted.items()}
    dropped: dict[Side, tuple[str, ...]] = {}
    for side in Side:
        changed = merged.changed(side)
        if changed and all(_came_back(counts, side.other, name, now[side.other]) for name in changed):
            dropped[side] = changed
        else:
            for name in changed:
                _count(counts, side, name, now[side])
    if not dropped:
        return Swing(merged, counts)
    said = counts.setdefault(SAID, {})
    news = tuple(dict.fromkeys(n for names in dropped.values() for n in names if n not in said))
    said.update(dict.fromkeys(news, 1))
    labels = {f.name: f.label for f in FIELDS[kind_of(merged.left)]}
    return Swing(_without(merged, dropped, now), counts, tuple(labels[n] for n in news))


def _form(item: Item, name: str) -> str:
    return digest(replace(CLASS_OF[kind_of(item)](), **{name: getattr(item, name)}))[:16]


def _came_back(counts: Mapping[str, Any], side: Side, name: str, item: Item) -> bool:
    return bool(counts.get(f"{side}:{name}", {}).get(_form(item, name), 0) >= OFTEN)


def _count(counts: dict[str, Any], side: Side, name: str, item: Item) -> None:
    values = counts.setdefault(f"{side}:{name}", {})
    form = _form(item, name)
    values[form] = values.pop(form, 0) + 1
    for oldest in list(values)[:-KEPT]:
        del values[oldest]


def _without(merged: Merged, dropped: Mapping[Side, tuple[str, ...]], now: Mapping[Side, Item]) -> Merged:
    """The merge whose dropped writes do not happen; what both sides hold there is settled as it is."""
    left = now[Side.LEFT] if Side.LEFT in dropped else merged.left
    right = now[Side.RIGHT] if Side.RIGHT in dropped else merged.right
    names = {name for changed in dropped.values() for name in changed}
    return replace(
        merged,
        left=left,
        right=right,
        changed_left=() if Side.LEFT in dropped else merged.changed_left,
        changed_right=() if Side.RIGHT in dropped else merged.changed_right,
        settlement=_settled(merged.settlement, left, right, names),
    )


def _settled(settlement: Settlement, left: Item, right: Item, names: Collection[str]) -> Settlement:
    return replace(
        settlement,
        left=left,
        right=right,
        slots={n: s for n, s in settlement.slots.items() if n not in names},
        words={n: w for n, w in settlement.words.items() if n not in names},
    )
