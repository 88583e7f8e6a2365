"""Undoing a move between two folders: both halves of it or none (RULES 15, 24).

A run that followed a move made an item in one folder and removed it in another. Taken back, that is a person's move
back, which the next run carries: to decline the one half and to make the other again would leave the item twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instep.core.model import Item
from instep.core.plain import digest
from instep.engine.byhand import Intent, Outcome
from instep.engine.deeds import Deed
from instep.engine.work import Fate


def join_moves(undone: Sequence[tuple[Deed, Intent]]) -> None:
    """Let the two halves of every move depend on each other."""
    made_again = [(deed, intent) for deed, intent in undone if deed.undoing == "create"]
    for deed, taken in undone:
        halves = [back for other, back in made_again if _is_move(other, deed)] if deed.undoing == "delete" else []
        if len(halves) == 1:
            _join(taken, halves[0])


def _is_move(removed: Deed, made: Deed) -> bool:
    if removed.pair_id == made.pair_id or (removed.side, removed.kind) != (made.side, made.kind):
        return False
    old, new = _item(removed), _item(made)
    return old.uid == new.uid if old.uid else digest(old) == digest(new)


def _item(deed: Deed) -> Item:
    image = deed.before or deed.after
    assert image is not None and image.item is not None
    return image.item


def _join(taken: Intent, back: Intent) -> None:
    if taken.work is not None and taken.work is back.work:
        # It was moved back since: what would be taken back is what would be made again.
        for intent in (taken, back):
            intent.outcome, intent.step = Outcome.ALREADY, None
        return
    taken.half, back.half = back, taken
    for one, other in ((taken, back), (back, taken)):
        if one.outcome is Outcome.REFUSED and other.outcome is not Outcome.REFUSED:
            other.refuse(one.reason)
    if taken.step is not None and taken.step.by_hand is not None:
        taken.step.by_hand = replace(taken.step.by_hand, fate=Fate.EDIT)
        taken.step.after = back.step
