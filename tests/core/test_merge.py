"""The heart as a table: two memories, two items, what each side shall hold (DESIGN.md 3, RULES 1 to 6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from instep.core.fields import FIELDS, same, same_item
from instep.core.limits import ABSENT, Limit
from instep.core.memory import Memory, blank, held_elsewhere
from instep.core.merge import EVERYTHING, Merged, Terms, merge
from instep.core.model import Alarm, Attendee, Contact, Event, Item, Kind, Moment, Override, Side, Task, Typed

L, R = Side.LEFT, Side.RIGHT
ANNA = Contact(
    given="Anna",
    family="Berg",
    telephones=(Typed("1", frozenset({"home"})), Typed("2", frozenset({"work"}))),
    categories=("Friends",),
    note="old",
)


@dataclass(frozen=True)
class Row:
    says: str
    left: dict[str, object]
    right: dict[str, object]
    then_left: dict[str, object]
    then_right: dict[str, object]
    clashes: tuple[str, ...] = ()


HOME, WORK, CELL = (Typed(n, frozenset({t})) for n, t in (("1", "home"), ("2", "work"), ("3", "cell")))
ROWS = [
    Row("nothing changed, nothing happens", {}, {}, {}, {}),
    Row("one side's change is applied to the other", {"note": "new"}, {}, {"note": "new"}, {"note": "new"}),
    Row("the other side's change as well", {}, {"note": "new"}, {"note": "new"}, {"note": "new"}),
    Row(
        "edits of different fields merge by themselves",
        {"note": "new"},
        {"job_title": "Boss"},
        {"note": "new", "job_title": "Boss"},
        {"note": "new", "job_title": "Boss"},
    ),
    Row("the same result on both sides is no conflict", {"note": "x"}, {"note": "x"}, {"note": "x"}, {"note": "x"}),
    Row("white space at line ends is the same result", {"note": "x "}, {"note": "x"}, {"note": "x "}, {"note": "x"}),
    Row(
        "one field edited differently clashes, the rest is carried",
        {"note": "l", "company": "Co"},
        {"note": "r"},
        {"note": "l", "company": "Co"},
        {"note": "r", "company": "Co"},
        ("note",),
    ),
    Row(
        "given and family name are one group",
        {"given": "Anne"},
        {"family": "Bergmann"},
        {"given": "Anne"},
        {"family": "Bergmann"},
        ("name",),
    ),
    Row("a removed value is a change", {"note": ""}, {}, {"note": ""}, {"note": ""}),
    Row("a removal against an edit clashes", {"note": ""}, {"note": "r"}, {"note": ""}, {"note": "r"}, ("note",)),
    Row(
        "telephones are merged one by one",
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (HOME, replace(WORK, value="22"))},
        {"telephones": (replace(HOME, value="11"), replace(WORK, value="22"))},
        {"telephones": (replace(HOME, value="11"), replace(WORK, value="22"))},
    ),
    Row(
        "both add a telephone: both have both",
        {"telephones": (HOME, WORK, CELL)},
        {"telephones": (HOME, WORK, Typed("4", frozenset({"fax"})))},
        {"telephones": (HOME, WORK, CELL, Typed("4", frozenset({"fax"})))},
        {"telephones": (HOME, WORK, Typed("4", frozenset({"fax"})), CELL)},
    ),
    Row(
        "both add the same telephone: once",
        {"telephones": (HOME, WORK, CELL)},
        {"telephones": (HOME, WORK, CELL)},
        {"telephones": (HOME, WORK, CELL)},
        {"telephones": (HOME, WORK, CELL)},
    ),
    Row(
        "a removed telephone goes, an added one stays",
        {"telephones": (WORK,)},
        {"telephones": (HOME, WORK, CELL)},
        {"telephones": (WORK, CELL)},
        {"telephones": (WORK, CELL)},
    ),
    Row(
        "two different replacements in one slot clash",
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (replace(HOME, value="12"), WORK)},
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (replace(HOME, value="12"), WORK)},
        ("telephones",),
    ),
    Row(
        "a replacement against a removal clashes",
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (WORK,)},
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (WORK,)},
        ("telephones",),
    ),
    Row(
        "the number changed here, its type there: both",
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (replace(HOME, types=frozenset({"home", "cell"})), WORK)},
        {"telephones": (Typed("11", frozenset({"home", "cell"})), WORK)},
        {"telephones": (Typed("11", frozenset({"home", "cell"})), WORK)},
    ),
    Row(
        "categories are words: additions and removals of both sides",
        {"categories": ("Friends", "Chess")},
        {"categories": ("Club",)},
        {"categories": ("Chess", "Club")},
        {"categories": ("Club", "Chess")},
    ),
    Row("case in a category is no change", {"categories": ("FRIENDS",)}, {}, {"categories": ("FRIENDS",)}, {}),
]


def both(row: Row, **terms: object) -> Merged:
    memory = Memory(ANNA, ANNA)
    return merge(memory, replace(ANNA, **row.left), replace(ANNA, **row.right), Terms(**terms))  # type: ignore[arg-type]


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.says)
def test_two_edits_give_what_the_table_says(row: Row) -> None:
    merged = both(row)
    assert merged.left == replace(ANNA, **row.then_left)  # type: ignore[arg-type]
    assert merged.right == replace(ANNA, **row.then_right)  # type: ignore[arg-type]
    assert tuple(c.group for c in merged.clashes) == row.clashes


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.says)
def test_after_a_merge_only_the_clashes_are_left(row: Row) -> None:
    merged = both(row)
    memory = merged.settlement.advance()
    again = merge(memory, merged.left, merged.right)
    assert tuple(c.group for c in again.clashes) == row.clashes
    assert not again.changed_left and not again.changed_right


@pytest.mark.parametrize("row", [r for r in ROWS if r.clashes], ids=lambda r: r.says)
@pytest.mark.parametrize("winner", list(Side))
def test_a_decided_clash_leaves_both_sides_the_same(row: Row, winner: Side) -> None:
    merged = both(row, prefer={row.clashes[0]: winner})
    assert not merged.clashes
    assert same_item(merged.left, merged.right)
    wanted = row.left if winner is L else row.right
    for field in FIELDS[Kind.CONTACT]:
        if field.name in wanted:
            assert same(field, getattr(merged.right, field.name), wanted[field.name])
    assert merged.settlement.complete


@pytest.mark.parametrize("row", ROWS, ids=lambda r: r.says)
def test_one_way_carries_the_source_and_leaves_the_targets_own_edits(row: Row) -> None:
    merged = both(row, source=L)
    assert not merged.clashes and not merged.changed_left
    for name, value in row.left.items():
        if name not in row.right:
            assert getattr(merged.right, name) == value or name == "categories"
    memory = merged.settlement.advance()
    again = merge(memory, merged.left, merged.right, Terms(source=L))
    assert not again.changed_right and not again.changed_left


def test_switching_to_two_way_shows_what_the_target_changed_by_itself() -> None:
    row = Row("", {"company": "Co"}, {"job_title": "Boss"}, {}, {})
    merged = both(row, source=L)
    assert merged.noted == ("job_title",)
    later = merge(merged.settlement.advance(), merged.left, merged.right)
    assert later.left.job_title == "Boss" and later.right.company == "Co"


def test_a_first_match_fills_empty_fields_and_asks_for_differing_ones() -> None:
    left = Contact(given="Anna", note="l", emails=(Typed("a@x"),))
    right = Contact(given="Anna", family="Berg", note="r", company="Co", emails=(Typed("A@x"), Typed("b@x")))
    merged = merge(blank(Kind.CONTACT), left, right)
    assert tuple(c.group for c in merged.clashes) == ("note",)
    assert isinstance(merged.left, Contact) and isinstance(merged.right, Contact)
    assert merged.left.family == "Berg" and merged.left.company == "Co" and merged.left.note == "l"
    assert [e.value for e in merged.left.emails] == ["a@x", "b@x"]
    assert merged.right.note == "r"


def test_what_a_side_cannot_hold_is_held_elsewhere_and_never_removed() -> None:
    three = {"emails": Limit(most=3)}
    mails = tuple(Typed(f"{n}@x") for n in range(4))
    left, right = Contact(given="A", emails=mails[:3]), Contact(given="A", emails=mails)
    merged = merge(blank(Kind.CONTACT), left, right, Terms(limits_left=three))
    assert not merged.changed_left and not merged.changed_right and not merged.clashes
    memory = merged.settlement.advance()
    assert held_elsewhere(memory) == {"emails": R}
    edited = replace(left, emails=(replace(mails[0], value="new@x"), *mails[1:3]))
    later = merge(memory, edited, right, Terms(limits_left=three))
    assert isinstance(later.right, Contact)
    assert [e.value for e in later.right.emails] == ["new@x", "1@x", "2@x", "3@x"]


def test_a_field_that_a_side_has_not_is_neither_carried_nor_asked() -> None:
    terms = Terms(limits_left={"categories": ABSENT})
    right = replace(ANNA, categories=("A", "B"))
    merged = merge(Memory(replace(ANNA, categories=()), ANNA), replace(ANNA, categories=()), right, terms)
    assert not merged.changed_left and not merged.clashes and merged.settlement.complete


def test_a_lossy_write_back_is_remembered_and_not_taken_for_an_edit() -> None:
    memory = Memory(ANNA, ANNA)
    merged = merge(memory, replace(ANNA, telephones=(Typed("+43 1 5", frozenset({"home"})), WORK)), ANNA)
    held = replace(merged.right, telephones=(Typed("(1) 5", frozenset({"home"})), WORK))  # type: ignore[arg-type]
    after = merged.settlement.advance(None, held)
    again = merge(after, merged.left, held)
    assert not again.changed_left and not again.changed_right
    removed = merge(after, replace(merged.left, telephones=(WORK,)), held)  # type: ignore[arg-type]
    assert removed.right.telephones == (WORK,)  # type: ignore[union-attr]


# Times and series -------------------------------------------------------------------------------------------------


def at(hour: int, day: int = 2, zone: str = "Europe/Berlin") -> Moment:
    return Moment(datetime(2026, 3, day, hour), zone)


WEEKLY = Event(
    uid="w",
    summary="Weekly",
    start=at(9),
    end=at(10),
    rules=("FREQ=WEEKLY",),
    exceptions=(Override(at(9, 9), Event(summary="Weekly, long", start=at(9, 9), end=at(12, 9))),),
)


def test_an_hours_move_keeps_the_other_sides_zone() -> None:
    left = Event(start=Moment(datetime(2026, 3, 2, 8), "UTC"), end=Moment(datetime(2026, 3, 2, 9), "UTC"))
    right = Event(start=at(9), end=at(10))
    moved = Event(start=Moment(datetime(2026, 3, 2, 9), "UTC"), end=Moment(datetime(2026, 3, 2, 10), "UTC"))
    merged = merge(Memory(left, right), moved, right)
    assert isinstance(merged.right, Event) and merged.right.start == at(10) and merged.right.end == at(11)


def test_start_and_end_are_one_group() -> None:
    event = Event(start=at(9), end=at(10))
    merged = merge(Memory(event, event), replace(event, start=at(8)), replace(event, end=at(12)))
    assert [c.group for c in merged.clashes] == ["schedule"]


def test_different_exceptions_merge_one_by_one() -> None:
    other = Override(at(9, 16), Event(summary="Elsewhere", start=at(9, 16), end=at(10, 16), location="B"))
    left = replace(WEEKLY, exceptions=(*WEEKLY.exceptions, other))
    right = replace(WEEKLY, exdates=(at(9, 23),))
    merged = merge(Memory(WEEKLY, WEEKLY), left, right)
    assert not merged.clashes
    for item in (merged.left, merged.right):
        assert isinstance(item, Event)
        assert len(item.exceptions) == 2 and item.exdates == (at(9, 23),)


def test_one_exception_edited_in_different_fields_merges() -> None:
    first = WEEKLY.exceptions[0]
    left = replace(WEEKLY, exceptions=(replace(first, item=replace(first.item, location="Here")),))
    right = replace(WEEKLY, exceptions=(replace(first, item=replace(first.item, summary="Short")),))
    merged = merge(Memory(WEEKLY, WEEKLY), left, right)
    assert not merged.clashes
    assert isinstance(merged.left, Event)
    assert (merged.left.exceptions[0].item.location, merged.left.exceptions[0].item.summary) == ("Here", "Short")
    assert merged.left.exceptions == merged.right.exceptions  # type: ignore[union-attr]


def test_an_occurrence_left_out_here_and_edited_there_is_asked() -> None:
    left = replace(WEEKLY, exceptions=(), exdates=(at(9, 9),))
    first = WEEKLY.exceptions[0]
    right = replace(WEEKLY, exceptions=(replace(first, item=replace(first.item, summary="Short")),))
    merged = merge(Memory(WEEKLY, WEEKLY), left, right)
    assert [c.group for c in merged.clashes] == ["exceptions"]
    assert merged.left == left and merged.right == right


def test_an_exception_that_is_new_there_and_left_out_here_is_asked() -> None:
    plain = replace(WEEKLY, exceptions=())
    left = replace(plain, exdates=(at(9, 9),))
    merged = merge(Memory(plain, plain), left, WEEKLY)
    assert [c.group for c in merged.clashes] == ["exceptions"]
    assert merged.left == left and merged.right == WEEKLY


@pytest.mark.parametrize("winner", list(Side))
def test_an_occurrence_torn_apart_can_be_decided_either_way(winner: Side) -> None:
    plain = replace(WEEKLY, exceptions=())
    left = replace(plain, exdates=(at(9, 9),))
    merged = merge(Memory(plain, plain), left, WEEKLY, Terms(prefer={"exceptions": winner}))
    wanted = left if winner is L else WEEKLY
    assert not merged.clashes and merged.left == wanted and merged.right == wanted


def test_a_series_moved_by_a_constant_time_keeps_the_other_sides_new_exceptions() -> None:
    first = WEEKLY.exceptions[0]
    left = replace(WEEKLY, start=at(11), end=at(12), exceptions=(replace(first, recurrence_id=at(11, 9)),))
    right = replace(WEEKLY, exdates=(at(9, 23),))
    merged = merge(Memory(WEEKLY, WEEKLY), left, right)
    assert not merged.clashes
    for item in (merged.left, merged.right):
        assert isinstance(item, Event)
        assert item.start == at(11) and item.exdates == (at(11, 23),)
        assert item.exceptions[0].recurrence_id == at(11, 9)
    again = merge(merged.settlement.advance(), merged.left, merged.right)
    assert not again.clashes and not again.changed_left and not again.changed_right


def test_a_changed_rule_against_changed_exceptions_is_one_conflict() -> None:
    left = replace(WEEKLY, rules=("FREQ=DAILY",), summary="New")
    right = replace(WEEKLY, exdates=(at(9, 23),))
    merged = merge(Memory(WEEKLY, WEEKLY), left, right)
    assert [c.group for c in merged.clashes] == ["series"]
    assert isinstance(merged.right, Event)
    assert merged.right.summary == "New" and merged.right.rules == WEEKLY.rules
    decided = merge(Memory(WEEKLY, WEEKLY), left, right, Terms(prefer={"series": R}))
    assert (
        isinstance(decided.left, Event) and decided.left.rules == WEEKLY.rules and decided.left.exdates == right.exdates
    )


def test_status_percent_and_completion_are_one_group() -> None:
    task = Task(status="IN-PROCESS", percent=50)
    merged = merge(Memory(task, task), replace(task, percent=60), replace(task, status="COMPLETED", percent=100))
    assert [c.group for c in merged.clashes] == ["progress"]


# Volatile fields (RULES 6) -----------------------------------------------------------------------------------------


def test_other_peoples_participation_is_no_edit_but_ones_own_is() -> None:
    guest, me = Attendee("g@x", participation="NEEDS-ACTION"), Attendee("me@x", participation="NEEDS-ACTION")
    event = Event(attendees=(guest, me))
    left = replace(event, attendees=(replace(guest, participation="ACCEPTED"), me))
    merged = merge(Memory(event, event), left, event, Terms(own=frozenset({"me@x"})))
    assert not merged.changed_right
    left = replace(event, attendees=(guest, replace(me, participation="ACCEPTED")))
    merged = merge(Memory(event, event), left, event, Terms(own=frozenset({"me@x"})))
    assert merged.right.attendees[1].participation == "ACCEPTED"  # type: ignore[union-attr]


def test_two_alarms_survive_a_side_that_holds_one() -> None:
    alarms = (Alarm(-600), Alarm(-3600))
    left, right = Event(summary="x", alarms=alarms[:1]), Event(summary="x", alarms=alarms)
    terms = Terms(limits_left={"alarms": Limit(most=1)})
    memory = merge(blank(Kind.EVENT), left, right, terms).settlement.advance()
    merged = merge(memory, replace(left, alarms=(Alarm(-900),)), right, terms)
    assert {a.trigger for a in merged.right.alarms} == {-900, -3600}  # type: ignore[union-attr]


def test_everything_can_be_preferred() -> None:
    item: Item = replace(ANNA, note="l", given="Anne")
    merged = merge(Memory(ANNA, ANNA), item, replace(ANNA, note="r", given="Änne"), Terms(prefer={EVERYTHING: R}))
    assert not merged.clashes and merged.left.note == "r" and merged.left.given == "Änne"  # type: ignore[union-attr]
