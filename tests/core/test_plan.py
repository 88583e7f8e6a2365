"""What every state of a link calls for under every policy (DESIGN.md 3, RULES 8, 14, 16, 23), by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from instep.core.memory import Memory
from instep.core.merge import Terms
from instep.core.model import Contact, Side, Typed
from instep.core.plan import Absent, Direction, OnConflict, Policy, State, Verdict, decide

L, R = Side.LEFT, Side.RIGHT
HOME, WORK = Typed("1", frozenset({"home"})), Typed("2", frozenset({"work"}))
OLD = Contact(
    formatted_name="Anna Berg",
    given="Anna",
    family="Berg",
    telephones=(HOME, WORK),
    categories=("Friends",),
    note="old",
)
MEMORY = Memory(OLD, OLD)
EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)

STATES = ("same", "edit", "gone", "????", "away")
# Rows: the desktop's state; columns: the server's, in the order of STATES.
# keep: only the memory moves; write; del-D and del-S: repeat a deletion on the desktop or the server;
# clash: an edit against a deletion, decided by the conflict rule; end: both are gone; note: said once, left as it is.
GRIDS = {
    Direction.TWO_WAY: """
        same    keep   write  del-D  none   sleep
        edit    write  write  clash  none   sleep
        gone    del-S  clash  end    none   sleep
        ????    none   none   none   none   none
        away    sleep  sleep  sleep  none   sleep
    """,
    Direction.TO_SERVER: """
        same    keep   keep   note   none   sleep
        edit    write  write  note   none   sleep
        gone    del-S  note   end    none   sleep
        ????    none   none   none   none   none
        away    sleep  sleep  sleep  none   sleep
    """,
    Direction.TO_DESKTOP: """
        same    keep   write  del-D  none   sleep
        edit    keep   write  note   none   sleep
        gone    note   note   end    none   sleep
        ????    none   none   none   none   none
        away    sleep  sleep  sleep  none   sleep
    """,
}
WORDS = {
    "keep": (Verdict.REMEMBER, None),
    "write": (Verdict.WRITE, None),
    "del-D": (Verdict.DELETE, L),
    "del-S": (Verdict.DELETE, R),
    "end": (Verdict.UNLINK, None),
    "none": (Verdict.NOTHING, None),
    "sleep": (Verdict.DORMANT, None),
}
# Who deleted, and the rule: what becomes of the edit.
CLASHES = {
    ("desktop", OnConflict.ASK): (Verdict.ASK, L),
    ("desktop", OnConflict.SKIP): (Verdict.ASK, L),
    ("desktop", OnConflict.SERVER): (Verdict.RECREATE, L),
    ("desktop", OnConflict.DESKTOP): (Verdict.DELETE, R),
    ("desktop", OnConflict.NEWEST): (Verdict.RECREATE, L),
    ("server", OnConflict.ASK): (Verdict.ASK, R),
    ("server", OnConflict.SKIP): (Verdict.ASK, R),
    ("server", OnConflict.SERVER): (Verdict.DELETE, L),
    ("server", OnConflict.DESKTOP): (Verdict.RECREATE, R),
    ("server", OnConflict.NEWEST): (Verdict.RECREATE, R),
}


def state(word: str, **edit: Any) -> State:
    match word:
        case "same":
            return OLD
        case "edit":
            return replace(OLD, **edit)
        case "gone":
            return Absent.GONE
        case "away":
            return Absent.AWAY
        case _:
            return Absent.UNKNOWN


def cells() -> list[tuple[Direction, OnConflict, str, str, str]]:
    found = []
    for direction, grid in GRIDS.items():
        for line in grid.split("\n"):
            if not line.strip():
                continue
            left, *verdicts = line.split()
            for right, verdict in zip(STATES, verdicts, strict=True):
                found += [(direction, rule, left, right, verdict) for rule in OnConflict]
    return found


@pytest.mark.parametrize(("direction", "rule", "left", "right", "verdict"), cells())
def test_every_cell_calls_for_what_the_grid_says(
    direction: Direction, rule: OnConflict, left: str, right: str, verdict: str
) -> None:
    decision = decide(MEMORY, state(left, note="left"), state(right, company="right"), Policy(direction, rule), Terms())
    if verdict == "clash":
        wanted = CLASHES["desktop" if left == "gone" else "server", rule]
    elif verdict == "note":
        wanted = (Verdict.NOTE, L if left == "gone" else R)
    else:
        wanted = WORDS[verdict]
    assert (decision.verdict, decision.side) == wanted


def test_the_grids_are_whole() -> None:
    assert len(cells()) == 3 * 5 * 25


@pytest.mark.parametrize("gone", list(Side))
@pytest.mark.parametrize("answer", ["desktop", "server"])
@pytest.mark.parametrize("rule", list(OnConflict))
def test_a_persons_word_on_an_edit_against_a_deletion_comes_before_the_rule(
    gone: Side, answer: str, rule: OnConflict
) -> None:
    states: dict[Side, State] = {gone: Absent.GONE, gone.other: replace(OLD, note="edited")}
    decision = decide(MEMORY, states[L], states[R], Policy(on_conflict=rule), Terms(), answer)
    keeps = answer == gone.other.value
    assert decision.verdict is (Verdict.RECREATE if keeps else Verdict.DELETE)
    assert decision.side is (gone if keeps else gone.other)


# Both changed -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Both:
    says: str
    left: dict[str, object]
    right: dict[str, object]
    joined: dict[str, object] | None  # what both hold afterwards without a decision; None: a clash
    group: str = ""
    by_left: dict[str, object] | None = None  # what both hold when the desktop is right; default: its own values
    by_right: dict[str, object] | None = None


BOTH = (
    Both("other fields", {"note": "l"}, {"company": "r"}, {"note": "l", "company": "r"}),
    Both("the same result", {"note": "x"}, {"note": "x"}, {"note": "x"}),
    Both("the same field", {"note": "l"}, {"note": "r"}, None, "note"),
    Both("the same field, emptied here", {"note": ""}, {"note": "r"}, None, "note"),
    Both("coupled fields", {"given": "Anne"}, {"family": "Bergmann"}, None, "name"),
    Both(
        "other elements of one set",
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (HOME, replace(WORK, value="22"))},
        {"telephones": (replace(HOME, value="11"), replace(WORK, value="22"))},
    ),
    Both(
        "the same element of one set",
        {"telephones": (replace(HOME, value="11"), WORK)},
        {"telephones": (replace(HOME, value="12"), WORK)},
        None,
        "telephones",
    ),
    Both(
        "an element removed here and replaced there",
        {"telephones": (WORK,)},
        {"telephones": (replace(HOME, value="12"), WORK)},
        None,
        "telephones",
    ),
    Both("an element removed on both sides", {"telephones": (WORK,)}, {"telephones": (WORK,)}, {"telephones": (WORK,)}),
    Both("words", {"categories": ("Friends", "A")}, {"categories": ("B",)}, {"categories": ("A", "B")}),
)


def as_edited(edit: dict[str, Any], stamp: datetime | None = None) -> Contact:
    return replace(OLD, modified=stamp, **edit)


def fields(item: object, names: Any) -> dict[str, object]:
    return {n: set(v) if isinstance(v := getattr(item, n), tuple) else v for n in names}


def told(edit: dict[str, object]) -> dict[str, object]:
    return {n: set(v) if isinstance(v, tuple) else v for n, v in edit.items()}


RULES = (
    (OnConflict.ASK, None, None),
    (OnConflict.SKIP, None, None),
    (OnConflict.SERVER, None, R),
    (OnConflict.DESKTOP, None, L),
    (OnConflict.NEWEST, L, L),
    (OnConflict.NEWEST, R, R),
    (OnConflict.NEWEST, None, None),
)


@pytest.mark.parametrize("row", BOTH, ids=lambda r: r.says)
@pytest.mark.parametrize(("rule", "newer", "winner"), RULES)
def test_two_edits_under_every_rule(row: Both, rule: OnConflict, newer: Side | None, winner: Side | None) -> None:
    stamps = {side: None if newer is None else (LATE if side is newer else EARLY) for side in Side}
    left, right = as_edited(row.left, stamps[L]), as_edited(row.right, stamps[R])
    merged = decide(MEMORY, left, right, Policy(on_conflict=rule), Terms()).merged
    assert merged is not None
    if row.joined is not None:
        assert not merged.clashes
        assert fields(merged.left, row.joined) == fields(merged.right, row.joined) == told(row.joined)
    elif winner is None:
        assert [c.group for c in merged.clashes] == [row.group]
        assert (merged.left, merged.right) == (left, right)
    else:
        assert not merged.clashes
        names = {*row.left, *row.right}
        won = fields(left if winner is L else right, names)
        assert fields(merged.left, names) == fields(merged.right, names) == won


@pytest.mark.parametrize("row", BOTH, ids=lambda r: r.says)
@pytest.mark.parametrize(("direction", "source"), [(Direction.TO_SERVER, L), (Direction.TO_DESKTOP, R)])
@pytest.mark.parametrize("rule", list(OnConflict))
def test_one_way_never_asks_and_never_writes_to_its_source(
    row: Both, direction: Direction, source: Side, rule: OnConflict
) -> None:
    left, right = as_edited(row.left), as_edited(row.right)
    merged = decide(MEMORY, left, right, Policy(direction, rule), Terms()).merged
    assert merged is not None and not merged.clashes
    assert merged.target(source) == (left if source is L else right)
    edits = row.left if source is L else row.right
    others = row.right if source is L else row.left
    for name in edits.keys() - others.keys():
        assert getattr(merged.target(source.other), name) == edits[name]
    for name in others.keys() - edits.keys():
        if row.group != "name":  # a group is carried whole
            assert getattr(merged.target(source.other), name) == others[name]


@pytest.mark.parametrize("row", BOTH, ids=lambda r: r.says)
@pytest.mark.parametrize(("direction", "rule"), list(product(Direction, OnConflict)))
def test_after_a_plan_was_carried_out_nothing_is_left_but_the_clash(
    row: Both, direction: Direction, rule: OnConflict
) -> None:
    left, right = as_edited(row.left, EARLY), as_edited(row.right, LATE)
    policy = Policy(direction, rule)
    merged = decide(MEMORY, left, right, policy, Terms()).merged
    assert merged is not None
    memory = merged.settlement.advance()
    again = decide(memory, merged.left, merged.right, policy, Terms())
    assert again.verdict is Verdict.REMEMBER and again.merged is not None
    assert [c.group for c in again.merged.clashes] == [c.group for c in merged.clashes]
    assert again.merged.settlement.advance() == memory


@pytest.mark.parametrize("row", BOTH, ids=lambda r: r.says)
@pytest.mark.parametrize(("direction", "source"), [(Direction.TO_SERVER, L), (Direction.TO_DESKTOP, R)])
def test_a_switch_to_two_way_joins_what_both_sides_hold(row: Both, direction: Direction, source: Side) -> None:
    left, right = as_edited(row.left), as_edited(row.right)
    merged = decide(MEMORY, left, right, Policy(direction), Terms()).merged
    assert merged is not None
    later = decide(merged.settlement.advance(), merged.left, merged.right, Policy(), Terms()).merged
    assert later is not None and not later.clashes
    if row.joined is not None:
        assert fields(later.left, row.joined) == fields(later.right, row.joined) == told(row.joined)


def test_newest_goes_by_the_stamps_inside_and_asks_where_they_do_not_tell() -> None:
    left, right = as_edited({"note": "l"}, LATE), as_edited({"note": "r"}, None)
    merged = decide(MEMORY, left, right, Policy(on_conflict=OnConflict.NEWEST), Terms()).merged
    assert merged is not None and [c.group for c in merged.clashes] == ["note"]


def test_a_persons_choice_per_field_comes_before_the_rule() -> None:
    left, right = as_edited({"note": "l", "company": "l"}), as_edited({"note": "r", "company": "r"})
    terms = Terms(prefer={"note": L})
    merged = decide(MEMORY, left, right, Policy(on_conflict=OnConflict.SERVER), terms).merged
    assert merged is not None and not merged.clashes
    assert isinstance(merged.right, Contact) and (merged.right.note, merged.right.company) == ("l", "r")
    assert merged.left == merged.right
