"""RULES 23 as a table: what one direction carries, what it leaves as it is, and what a switch to two-way shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from engine.stage import Stage
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.model import (
    Attendee,
    Event,
    Item,
    Kind,
    Moment,
    Override,
    Side,
    Typed,
    name_of,
)
from instep.engine import conflicts
from instep.store import pairs as pair_table

L, R = Side.LEFT, Side.RIGHT
NAME = "Anna Berg"
Act = Callable[[Stage, Side], object]


def at(day: int, hour: int = 9) -> Moment:
    return Moment(datetime(2026, 6, day, hour), "UTC")


def phone(number: str, kind: str = "home") -> Typed:
    return Typed(number, frozenset({kind}))


ANNA = person(NAME, note="old", job_title="old", telephones=(phone("+49 30 1"),), categories=("old",))
BERT = person("Bert Clay")
GUEST = Attendee("guest@example.org", "Guest", participation="needs-action")
WEEKLY = Event(
    uid="weekly",
    summary=NAME,
    start=at(1),
    end=at(1, 10),
    rules=("FREQ=WEEKLY",),
    attendees=(GUEST,),
    organizer=Attendee("me@example.org", "Me"),
)


def edit(change: Callable[[Any], Item], name: str = NAME) -> Act:
    return lambda stage, side: stage.edit(side, name, change)


def put(item: Item) -> Act:
    return lambda stage, side: stage.put(side, item)


def gone(stage: Stage, side: Side) -> None:
    stage.remove(side, NAME)


def both(*acts: Act) -> Act:
    return lambda stage, side: [act(stage, side) for act in acts]


def sets(**values: Any) -> Act:
    return edit(lambda i: replace(i, **values))


def more_phones(number: str) -> Act:
    return edit(lambda i: replace(i, telephones=(*i.telephones, phone(number, "work"))))


def override(day: int, text: str) -> Callable[[Any], Item]:
    return lambda i: replace(
        i, exceptions=(*i.exceptions, Override(at(day), replace(WEEKLY, rules=(), summary=text, start=at(day))))
    )


def values(item: Any) -> dict[str, Any]:
    """What the table speaks of, in short."""
    if isinstance(item, Event):
        return {
            "place": item.location,
            "about": item.description,
            "exceptions": sorted(name_of(o.item) for o in item.exceptions),
            "out": len(item.exdates),
            "answer": item.attendees[0].participation,
        }
    return {
        "note": item.note,
        "company": item.company,
        "title": item.job_title,
        "numbers": [t.value for t in item.telephones],
        "words": sorted(item.categories),
    }


@dataclass(frozen=True)
class Row:
    """``target``: what the target's Anna holds then (``None``: nobody there), as far as it differs from the start;
    ``switched``: the same for both sides after a switch to two-way, or the reason of the question that is asked."""

    says: str
    at_source: Act | None
    at_target: Act | None
    target: dict[str, Any] | None
    notes: int
    switched: dict[str, Any] | str | None
    kind: Kind = Kind.CONTACT


ROWS = [
    Row("nothing happens", None, None, {}, 0, {}),
    Row("the source edits", sets(note="s"), None, {"note": "s"}, 0, {"note": "s"}),
    Row("the target edits", None, sets(note="t"), {"note": "t"}, 1, {"note": "t"}),
    Row("both edit the same field", sets(note="s"), sets(note="t"), {"note": "s"}, 0, {"note": "s"}),
    Row("both write the same", sets(note="x"), sets(note="x"), {"note": "x"}, 0, {"note": "x"}),
    Row(
        "both edit, one field together and one apart",
        sets(note="s"),
        sets(note="t", company="t"),
        {"note": "s", "company": "t"},
        1,
        {"note": "s", "company": "t"},
    ),
    Row(
        "both edit other fields",
        sets(note="s"),
        sets(company="t"),
        {"note": "s", "company": "t"},
        1,
        {"note": "s", "company": "t"},
    ),
    Row(
        "both add a telephone",
        more_phones("+49 30 2"),
        more_phones("+49 30 3"),
        {"numbers": ["+49 30 1", "+49 30 3", "+49 30 2"]},
        1,
        {"numbers": {"+49 30 1", "+49 30 2", "+49 30 3"}},
    ),
    Row("the target takes a telephone away", None, sets(telephones=()), {"numbers": []}, 1, {"numbers": []}),
    Row(
        "the source takes away the telephone that the target changed",
        sets(telephones=()),
        sets(telephones=(phone("+49 30 9"),)),
        {"numbers": []},
        0,
        {"numbers": []},
    ),
    Row(
        "both add a category",
        sets(categories=("old", "s")),
        sets(categories=("old", "t")),
        {"words": ["old", "s", "t"]},
        1,
        {"words": ["old", "s", "t"]},
    ),
    Row("the source deletes", gone, None, None, 0, None),
    Row("the target deletes", None, gone, None, 1, None),
    Row("the target deletes what the source edits", sets(note="s"), gone, None, 1, "edit-delete"),
    Row("the source deletes what the target edits", gone, sets(note="t"), {"note": "t"}, 1, "edit-delete"),
    Row("both delete", gone, gone, None, 0, None),
    Row("the source adds", put(person("New Item")), None, {}, 0, {}),
    Row("the target adds", None, put(person("Own Item")), {}, 1, {}),
    Row(
        "both add the same, and the target knows more",
        put(person("Twin Item", note="s")),
        put(person("Twin Item", note="t", company="t")),
        {},
        1,
        {},
    ),
    Row(
        "both sides' series have exceptions of their own",
        edit(override(8, "s")),
        edit(override(15, "t")),
        {"exceptions": ["s", "t"]},
        1,
        {"exceptions": ["s", "t"]},
        Kind.EVENT,
    ),
    Row(
        "both sides change one occurrence",
        edit(override(8, "s")),
        edit(override(8, "t")),
        {"exceptions": ["s"]},
        0,
        {"exceptions": ["s"]},
        Kind.EVENT,
    ),
    Row(
        "the target leaves an occurrence out",
        sets(location="s"),
        sets(exdates=(at(22),)),
        {"place": "s", "out": 1},
        1,
        {"place": "s", "out": 1},
        Kind.EVENT,
    ),
    Row(
        "the target edits an appointment",
        None,
        sets(description="t"),
        {"about": "t"},
        1,
        {"about": "t"},
        Kind.EVENT,
    ),
    Row(
        "a guest answers at the target only",
        None,
        sets(attendees=(replace(GUEST, participation="accepted"),)),
        {"answer": "accepted"},
        0,
        None,
        Kind.EVENT,
    ),
]
STORES = {
    "snapshots": (Traits(tokens=False), Traits(tokens=False)),
    "tokens": (Traits(), Traits()),
    "no etags": (Traits(tokens=False, etags=False), Traits(tokens=False, etags=False, tells_etag=False)),
}


def begun(tmp_path: Path, row: Row, direction: str, stores: str) -> Stage:
    left, right = STORES[stores]
    stage = Stage(tmp_path, kind=row.kind, left_traits=left, right_traits=right, direction=direction)
    start = [WEEKLY] if row.kind is Kind.EVENT else [ANNA, BERT]
    for item in start:
        stage.put(L if direction == "to-server" else R, item)
    stage.pair_run()
    return stage


def turn(stage: Stage, direction: str) -> None:
    with stage.db.transaction() as tx:
        pair = pair_table.get(tx, stage.pair.id)
        assert pair is not None
        pair_table.change(tx, replace(pair, direction=direction))


def anna(stage: Stage, side: Side) -> dict[str, Any] | None:
    found = [values(i) for i in stage.items(side).values() if name_of(i) == NAME]
    assert len(found) < 2
    return found[0] if found else None


def alike(found: dict[str, Any] | None, wanted: dict[str, Any] | None, start: dict[str, Any]) -> bool:
    if found is None or wanted is None:
        return found is wanted
    whole = {**start, **wanted}
    return all(set(found[k]) == v if isinstance(v, set) else found[k] == v for k, v in whole.items())


def quiet(stage: Stage) -> None:
    report = stage.pair_run()
    assert (report.work, report.linked, report.conflicts, report.problems, report.notes) == (0, 0, 0, [], [])


@pytest.mark.parametrize("stores", list(STORES))
@pytest.mark.parametrize(("direction", "source"), [("to-server", L), ("to-desktop", R)])
@pytest.mark.parametrize("row", ROWS, ids=[r.says for r in ROWS])
def test_one_way_carries_what_the_source_did_and_leaves_the_rest(
    tmp_path: Path, row: Row, direction: str, source: Side, stores: str
) -> None:
    stage = begun(tmp_path, row, direction, stores)
    start, target = anna(stage, source), source.other
    assert start is not None
    for act, side in ((row.at_source, source), (row.at_target, target)):
        if act is not None:
            act(stage, side)
    before = stage.items(source)
    report = stage.pair_run()
    assert (report.conflicts, report.problems, report.actions(source).total) == (0, [], 0)
    assert stage.items(source) == before and len(report.notes) == row.notes, report.notes
    assert alike(anna(stage, target), row.target, start), anna(stage, target)
    own = {name_of(i) for i in stage.items(target).values()}
    for _ in range(2):
        quiet(stage)
    switched(stage, row, start, own)


@pytest.mark.parametrize(("direction", "source"), [("to-server", L), ("to-desktop", R)])
def test_an_open_question_is_settled_by_a_turn_to_one_way(tmp_path: Path, direction: str, source: Side) -> None:
    stage = Stage(tmp_path)
    stage.put(L, ANNA)
    stage.pair_run()
    for side in Side:
        stage.edit(side, NAME, lambda i, s=side: replace(i, note=s.value))  # type: ignore[misc]
    assert stage.pair_run().conflicts == 1
    turn(stage, direction)
    report = stage.pair_run()
    assert (report.conflicts, report.actions(source).total) == (0, 0) and not conflicts.questions(stage.db)
    for way in (direction, "two-way", direction):
        turn(stage, way)
        quiet(stage)
        assert all(found["note"] == source.value for s in Side if (found := anna(stage, s)))


def switched(stage: Stage, row: Row, start: dict[str, Any], own: set[str]) -> None:
    """Two-way shows what was left; then one way and back again change nothing more."""
    direction = stage.direction
    turn(stage, "two-way")
    stage.pair_run()
    report = stage.pair_run()
    if isinstance(row.switched, str):
        assert [q.reason for q in conflicts.questions(stage.db)] == [row.switched]
        return
    assert (report.work, report.conflicts, report.problems) == (0, 0, [])
    assert stage.names(L) == stage.names(R) and own <= set(stage.names(L)) | {NAME}
    if row.switched is not None or row.target is None:
        for side in Side:
            assert alike(anna(stage, side), row.switched, start), (side, anna(stage, side))
    for way in (direction, "two-way"):
        turn(stage, way)
        for _ in range(2):
            quiet(stage)
