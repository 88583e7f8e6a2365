"""Two items side by side, as people read them: black, green, red."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from instep.core.diff import Relation, diff
from instep.core.fields import FIELDS
from instep.core.model import Alarm, Attendee, Contact, Event, Kind, Side, Typed
from instep.testing.builders import full, item

ROWS: list[tuple[str, Any, Any, Relation | None]] = [
    ("note", "a", "a", Relation.SAME),
    ("note", "a ", "a\r\n", Relation.SAME),
    ("note", "a", "", Relation.ONLY_LEFT),
    ("note", "", "a", Relation.ONLY_RIGHT),
    ("note", "a", "b", Relation.DIFFERENT),
    ("note", "", "", None),
    ("categories", ("A", "b"), ("B", "a"), Relation.SAME),
    ("telephones", (Typed("1"), Typed("2")), (Typed("2"), Typed("1")), Relation.SAME),
    ("telephones", (Typed("1"),), (Typed("2"),), Relation.DIFFERENT),
    ("telephones", (Typed("1"),), (), Relation.ONLY_LEFT),
]


@pytest.mark.parametrize(("name", "left", "right", "relation"), ROWS)
def test_a_field_stands_as_the_table_says(name: str, left: Any, right: Any, relation: Relation | None) -> None:
    rows = diff(Contact(**{name: left}), Contact(**{name: right}))
    assert [(r.field, r.relation) for r in rows] == ([(name, relation)] if relation else [])


def test_a_deleted_version_leaves_everything_on_the_other_side() -> None:
    anna = item(Kind.CONTACT)
    assert {r.relation for r in diff(anna, None)} == {Relation.ONLY_LEFT}
    assert {r.relation for r in diff(None, anna)} == {Relation.ONLY_RIGHT}
    assert diff(None, None) == ()


@pytest.mark.parametrize("kind", list(Kind))
def test_rows_come_in_reading_order_with_a_text_and_a_label(kind: Kind) -> None:
    rows = diff(full(kind), full(kind))
    order = [f.name for f in FIELDS[kind]]
    assert [r.field for r in rows] == [n for n in order if n in {r.field for r in rows}]
    for row in rows:
        assert row.label and row.text(Side.LEFT) and row.relation is Relation.SAME
        assert row.text(Side.LEFT) == row.text(Side.RIGHT)


def test_two_values_that_differ_never_read_alike() -> None:
    pairs: list[tuple[Any, Any]] = [
        (Contact(telephones=(Typed("1", pref=1),)), Contact(telephones=(Typed("1"),))),
        (Event(rules=("FREQ=DAILY;UNTIL=20260301",)), Event(rules=("FREQ=DAILY;UNTIL=20260301T120000",))),
        (Event(attendees=(Attendee("a@x", role="CHAIR"),)), Event(attendees=(Attendee("a@x"),))),
        (Event(alarms=(Alarm(-60, text="a"),)), Event(alarms=(Alarm(-60, text="b"),))),
    ]
    for left, right in pairs:
        [row] = diff(left, right)
        assert row.relation is Relation.DIFFERENT and row.left != row.right


def test_elements_that_are_the_same_stand_side_by_side() -> None:
    one, two, three = Typed("1", frozenset({"home"})), Typed("2", frozenset({"work"})), Typed("3", frozenset({"cell"}))
    [row] = diff(Contact(telephones=(one, two, three)), Contact(telephones=(three, replace(two, value="22"), one)))
    assert row.left.splitlines() == ["1 (home)", "2 (work)", "3 (cell)"]
    assert row.right.splitlines() == ["1 (home)", "22 (work)", "3 (cell)"]
