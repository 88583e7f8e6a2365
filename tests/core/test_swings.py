"""Two stores that rewrite each other's form, and people who only look like it (RULES 10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from instep.core.memory import Memory
from instep.core.merge import merge
from instep.core.model import Contact, Side, Typed
from instep.core.swings import KEPT, swinging

L, R = Side.LEFT, Side.RIGHT


class Play:
    """One link over many runs."""

    def __init__(self, item: Contact) -> None:
        self.now: dict[Side, Any] = {L: item, R: item}
        self.memory = Memory(item, item)
        self.counts: dict[str, Any] = {}
        self.news: list[str] = []

    def turn(self, side: Side, **values: Any) -> bool:
        """A side's own change, then a run; true when something was written."""
        self.now[side] = replace(self.now[side], **values)
        swing = swinging(self.counts, merge(self.memory, self.now[L], self.now[R]), self.now)
        self.counts, merged = swing.counts, swing.merged
        self.news += swing.news
        self.memory = merged.settlement.advance()
        self.now = {L: merged.left, R: merged.right}
        return bool(merged.changed_left or merged.changed_right)


def swung(turns: int) -> Play:
    play = Play(Contact(given="Anna", note="BIG"))
    for turn in range(turns):
        play.turn((R, L)[turn % 2], note=("big", "BIG")[turn % 2])
    return play


def test_a_swing_comes_to_rest_and_is_news_once() -> None:
    play = swung(20)
    assert play.news == ["Notes"]
    assert not play.turn(R, note="big") and not play.turn(L, note="BIG")
    assert play.now[L].note == "BIG"


def test_after_a_swing_both_forms_count_as_equal_and_a_new_value_is_carried() -> None:
    play = swung(20)
    assert play.turn(L, note="new") and play.now[R].note == "new"
    assert play.turn(R, company="Co") and play.now[L].company == "Co"


def test_a_swing_waits_for_nothing_when_another_field_changes() -> None:
    play = swung(20)
    assert play.turn(R, note="big", company="Co")
    assert play.now[L].company == "Co"


def test_one_side_that_goes_forth_and_back_is_a_person() -> None:
    play = Play(Contact(note="off"))
    for turn in range(30):
        assert play.turn(L, note=("on", "off")[turn % 2])
    assert not play.news


def test_elements_swing_too_whatever_the_order_of_their_types() -> None:
    forms = [(Typed("+49 1", frozenset({"home", "cell", "text"})),), (Typed("0049 1", frozenset({"cell", "home"})),)]
    play = Play(Contact(telephones=forms[1]))
    work = [play.turn((R, L)[n % 2], telephones=forms[n % 2]) for n in range(20)]
    assert not any(work[8:]) and play.news == ["Telephone"]


def test_what_is_kept_of_a_link_does_not_grow() -> None:
    play = Play(Contact(note="0"))
    for n in range(100):
        play.turn(L, note=str(n))
    assert all(len(values) <= KEPT for values in play.counts.values())
