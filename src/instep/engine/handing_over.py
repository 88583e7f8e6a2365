"""An item that went from one link to another: what the old one leaves to the new one (RULES 15, 18).

Everything either side held is in the new link. So the old one remembers both sides as they are now: if the end comes
before the partner is removed, the next run finds it unchanged and removes it without a question.
"""

from __future__ import annotations

from dataclasses import replace

from instep.core.model import Item
from instep.store import history
from instep.store import links as link_table
from instep.store.database import Tx
from instep.store.links import Link

MOVING = "moving"
"""The word in ``Link.held`` of a link whose item is moved to another pair: true, or the number of the new link."""


def left_behind(link: Link, left: Item | None, right: Item | None) -> Link:
    """The old link when the new one holds all that both sides held."""
    return replace(link, left_seen=left, right_seen=right, elements={}, unsettled=True)


def hand_over(tx: Tx, old: int, new: int, left: Item | None, right: Item | None) -> None:
    """Let history follow to the new link, and store the old one as it is left behind."""
    history.follow(tx, old, new)
    if (link := link_table.load(tx, [old]).get(old)) is not None:
        link_table.save(tx, [on_the_move(left_behind(link, left, right), new)])


def on_the_move(link: Link, goal: int | bool = True) -> Link:
    """The link with the mark of a move, and where it goes if that is known."""
    return replace(link, unsettled=True, held={**link.held, MOVING: goal})
