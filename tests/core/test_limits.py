"""What a side cannot hold (RULES 2, 5), and what a store may have made of a write (RULES 19)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from instep.core.fields import FIELDS
from instep.core.limits import ABSENT, Limit, holds, project, same_through, with_tail
from instep.core.model import Kind, Moment, Typed
from instep.core.rewriting import rewritten

CONTACT = {f.name: f for f in FIELDS[Kind.CONTACT]}
EVENT = {f.name: f for f in FIELDS[Kind.EVENT]}
MAILS = tuple(Typed(f"{n}@x", frozenset({"work"}), label="Mine") for n in range(4))
NINE = Moment(datetime(2026, 3, 2, 9, 0, 30), "Europe/Berlin")

PROJECTIONS: list[tuple[Any, Any, Limit | None, Any]] = [
    (CONTACT["note"], "text", None, "text"),
    (CONTACT["note"], "text", ABSENT, ""),
    (CONTACT["note"], "text", Limit(length=2), "te"),
    (CONTACT["emails"], MAILS, Limit(most=3), MAILS[:3]),
    (CONTACT["emails"], MAILS, ABSENT, ()),
    (CONTACT["emails"], MAILS[:1], Limit(without=frozenset({"types", "label"})), (Typed("0@x"),)),
    (EVENT["start"], NINE, Limit(minutes=True), Moment(datetime(2026, 3, 2, 9), "Europe/Berlin")),
    (EVENT["start"], NINE, Limit(dates=True), Moment(NINE.local.date())),  # type: ignore[union-attr]
    (EVENT["start"], None, Limit(minutes=True), None),
]


@pytest.mark.parametrize(("field", "value", "limit", "becomes"), PROJECTIONS)
def test_a_value_becomes_what_the_side_can_hold(field: Any, value: Any, limit: Limit | None, becomes: Any) -> None:
    assert project(field, value, limit) == becomes
    assert project(field, becomes, limit) == becomes, "twice is once"
    assert same_through(field, value, becomes, None, limit) and same_through(field, becomes, value, limit, None)
    assert holds(field, value, limit) is (value == becomes)


def test_other_values_are_not_the_same_through_a_limit() -> None:
    assert not same_through(CONTACT["note"], "text", "tax", None, Limit(length=2))
    assert not same_through(CONTACT["emails"], MAILS, MAILS[1:], None, Limit(most=3))


@pytest.mark.parametrize(
    ("old", "new", "onto", "gives"),
    [
        ("abc", "xbc", "abcdef", "xbcdef"),
        ("abc", "", "abcdef", ""),
        ("abc", "xbc", "changed", "xbc"),
        ("abc", "xbc", "abc", "xbc"),
    ],
)
def test_the_tail_of_a_cut_text_stays_where_it_still_belongs(old: str, new: str, onto: str, gives: str) -> None:
    assert with_tail(CONTACT["note"], old, new, onto, Limit(length=3)) == gives
    assert with_tail(CONTACT["note"], old, new, onto, None) == new


REWRITTEN: list[tuple[Any, Any, bool]] = [
    ("Ünal GmbH", "UNAL GMBH", True),
    ("longer text", "longer", True),
    ("text", "", True),
    ("text", "other", False),
    ("", "text", False),
    (None, NINE, False),
    ((Typed("+49 (30) 1"),), (Typed("49301"),), True),
    ((Typed("1"), Typed("2")), (Typed("2"),), True),
    ((Typed("1"),), (Typed("1"), Typed("9")), False),
    (NINE, Moment(datetime(2026, 3, 2, 9), "Europe/Berlin"), True),
    (NINE, Moment(datetime(2026, 3, 2, 11), "Europe/Berlin"), False),
    (5, 6, False),
    (("Friends",), ("friends",), True),
    (("Friends",), ("Friends", "New"), False),
]


@pytest.mark.parametrize(("meant", "held", "told"), REWRITTEN)
def test_a_store_says_less_or_says_it_differently_a_person_says_something_else(
    meant: Any, held: Any, told: bool
) -> None:
    assert rewritten(meant, held) is told
