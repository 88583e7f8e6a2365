"""RULE 20: a plan that was shown is carried out exactly, or refused by name; what was not shown is never done."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE, Stage
from engine.test_crash import EVERY, Killed, mortal
from engine.test_rules_places import Folders
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.model import Kind, Side
from instep.engine import conflicts
from instep.engine.events import Face
from instep.engine.planfile import PlanFile, Refusal, covered, plan_of, read_plan, refusals, require_here
from instep.engine.questions import Choice, Resolution
from instep.engine.report import Report
from instep.store import pairs as pair_table

L, R = Side.LEFT, Side.RIGHT
SORTS = {
    "listings here, tokens there": {},
    "tokens on both sides": {"left_traits": Traits(), "right_traits": Traits()},
    "listings on both sides": {"right_traits": Traits(tokens=False)},
    "a server with ids of its own": {"right_traits": Traits(own_hrefs=False, answers_late=True)},
}
every_sort = pytest.mark.parametrize("traits", SORTS.values(), ids=SORTS.keys())


def noted(text: str) -> Any:
    return lambda i: replace(i, note=text)


def planned(stage: Stage, **options: Any) -> PlanFile:
    """The plan of a stage, through its file."""
    report = stage.whole(dry_run=True, **options) if isinstance(stage, Folders) else stage.run(dry_run=True, **options)
    found = plan_of(stage.db, report, options.get("on_conflict"))
    return read_plan(json.dumps(found.to_json()).encode(), "plan.json")


def applied(stage: Stage, plan: PlanFile, *, stops: bool = False, face: Face | None = None) -> list[Refusal]:
    """Carry a plan out and give what was refused."""
    return refusals(stage.db, plan, carried_out(stage, plan, stops=stops, face=face))


def carried_out(stage: Stage, plan: PlanFile, *, stops: bool = False, face: Face | None = None) -> Report:
    require_here(stage.db, plan, "me")
    options: dict[str, Any] = {
        "approved": frozenset(item.fingerprint for _, item in plan.items),
        "foreseen": covered(plan) if stops else frozenset(),
        "on_conflict": plan.on_conflict,
    }
    return stage.whole(**options) if isinstance(stage, Folders) else stage.run(face, **options)


def begun(tmp_path: Path, count: int = 4, **more: Any) -> Stage:
    stage = Stage(tmp_path, **more)
    for n in range(count):
        stage.put(L, person(f"Anna Berg{n}"))
    stage.pair_run()
    return stage


def changed(tmp_path: Path, **more: Any) -> Stage:
    """A stage with every sort of change: two creations, edits on either side and on both, a deletion, a conflict."""
    stage = begun(tmp_path, 8, **more)
    stage.put(L, person("Left New"))
    stage.put(R, person("Right New"))
    stage.edit(L, "Anna Berg0", noted("left"))
    stage.edit(R, "Anna Berg1", noted("right"))
    stage.edit(L, "Anna Berg2", noted("left"))
    stage.edit(R, "Anna Berg2", lambda i: replace(i, company="right"))
    stage.remove(R, "Anna Berg3")
    stage.edit(L, "Anna Berg4", noted("one"))
    stage.edit(R, "Anna Berg4", noted("two"))
    return stage


def test_a_plan_tells_each_item_with_its_reason(tmp_path: Path) -> None:
    plan = planned(changed(tmp_path))
    told = {item.name: (item.reason, [(w.side.value, w.op, w.fields) for w in item.writes]) for _, item in plan.items}
    assert told == {
        "Left New": ("new on the desktop", [("server", "create", ())]),
        "Right New": ("new on the server", [("desktop", "create", ())]),
        "Anna Berg0": ("changed on the desktop", [("server", "update", ("note",))]),
        "Anna Berg1": ("changed on the server", [("desktop", "update", ("note",))]),
        "Anna Berg2": ("changed on both sides", [("desktop", "update", ("company",)), ("server", "update", ("note",))]),
        "Anna Berg3": ("deleted on the server", [("desktop", "delete", ())]),
    }
    assert [(a.name, a.reason, a.fields) for a in plan.pairs[0].asks] == [("Anna Berg4", "both-changed", ("note",))]


@every_sort
def test_what_was_shown_is_done_and_the_next_sync_has_nothing_left(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = changed(tmp_path, **traits)
    assert applied(stage, planned(stage)) == []
    for side in Side:
        names = stage.names(side)
        assert "Left New" in names and "Right New" in names and "Anna Berg3" not in names
    assert stage.pair_run().conflicts == 1 and stage.idle()


@every_sort
def test_what_changed_since_is_refused_by_name_and_the_rest_is_done(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = changed(tmp_path, **traits)
    plan = planned(stage)
    stage.edit(L, "Left New", noted("changed"))
    stage.edit(L, "Anna Berg0", noted("changed"))
    stage.edit(R, "Anna Berg1", noted("changed"))
    stage.edit(L, "Anna Berg3", noted("edited against the deletion"))
    refused = applied(stage, plan)
    assert sorted(r.name for r in refused) == ["Anna Berg0", "Anna Berg1", "Anna Berg3", "Left New"]
    assert all("has changed" in r.reason for r in refused)
    assert "Right New" in stage.names(L) and "Left New" not in stage.names(R) and "Anna Berg3" in stage.names(L)
    report = stage.pair_run()
    assert report.server_actions.create == 1 and report.conflicts == 2
    assert stage.item(R, "Anna Berg0").note == "changed"  # type: ignore[union-attr]


@every_sort
def test_what_is_not_in_the_plan_is_never_done_and_stays_open(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = changed(tmp_path, **traits)
    plan = planned(stage)
    stage.put(L, person("Later"))
    stage.edit(R, "Anna Berg5", noted("later"))
    stage.remove(L, "Anna Berg6")
    assert applied(stage, plan) == []
    assert "Later" not in stage.names(R) and "Anna Berg6" in stage.names(R)
    assert stage.item(L, "Anna Berg5").note == ""  # type: ignore[union-attr]
    stage.pair_run()
    assert "Later" in stage.names(R) and "Anna Berg6" not in stage.names(R)
    assert stage.item(L, "Anna Berg5").note == "later"  # type: ignore[union-attr]
    assert stage.pair_run().work == 0


@every_sort
def test_an_empty_plan_does_nothing_and_hides_nothing(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = begun(tmp_path, **traits)
    stage.idle()
    plan = planned(stage)
    assert plan.items == []
    stage.put(R, person("Later"))
    with stage.db.reading() as tx:
        before = pair_table.get(tx, stage.pair.id)
    assert applied(stage, plan) == [] and "Later" not in stage.names(L)
    with stage.db.reading() as tx:
        assert pair_table.get(tx, stage.pair.id) == before
    stage.pair_run()
    assert "Later" in stage.names(L)


def test_the_same_plan_again_is_refused_as_done(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    plan = planned(stage)
    applied(stage, plan)
    before = stage.names(L), stage.names(R)
    refused = applied(stage, plan)
    assert len(refused) == len(plan.items) and all("done already" in r.reason for r in refused)
    assert (stage.names(L), stage.names(R)) == before and stage.pair_run().conflicts == 1


def test_an_item_of_equal_content_under_another_address_is_not_the_one_that_was_shown(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.put(L, person("New"), "first")
    plan = planned(stage)
    stage.left.remove(HERE, "first")
    stage.put(L, person("New"), "second")
    assert [r.name for r in applied(stage, plan)] == ["New"] and "New" not in stage.names(R)


# Conflicts, first sync, guard -------------------------------------------------------------------------------------


def test_an_answered_conflict_is_carried_out_and_asked_no_more(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    stage.pair_run()
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.DESKTOP))
    assert applied(stage, planned(stage)) == []
    assert stage.item(R, "Anna Berg4").note == "one" and conflicts.questions(stage.db) == []  # type: ignore[union-attr]
    assert stage.idle()


def test_a_question_that_the_plan_did_not_touch_keeps_its_answer(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    stage.pair_run()
    stage.put(L, person("Later"))
    plan = planned(stage)
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.DESKTOP))
    assert applied(stage, plan) == []
    assert stage.item(R, "Anna Berg4").note == "two"  # type: ignore[union-attr]
    stage.pair_run()
    assert stage.item(R, "Anna Berg4").note == "one" and stage.idle()  # type: ignore[union-attr]


def test_an_answer_that_is_another_than_the_plan_saw_is_not_carried_out(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    stage.pair_run()
    number = conflicts.questions(stage.db)[0].id
    conflicts.decide(stage.db, number, Resolution(Choice.DESKTOP))
    plan = planned(stage)
    conflicts.decide(stage.db, number, Resolution(Choice.SERVER))
    assert [r.name for r in applied(stage, plan)] == ["Anna Berg4"]
    assert [stage.item(side, "Anna Berg4").note for side in Side] == ["one", "two"]  # type: ignore[union-attr]
    stage.pair_run()
    assert stage.item(L, "Anna Berg4").note == "two" and stage.idle()  # type: ignore[union-attr]


def test_keeping_both_is_done_as_far_as_it_was_shown(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    stage.pair_run()
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.BOTH))
    plan = planned(stage)
    assert applied(stage, plan) == []
    assert [getattr(i, "note", "") for i in stage.items(R).values()].count("one") == 0
    stage.pair_run()
    for side in Side:
        notes = [getattr(i, "note", "") for i in stage.items(side).values()]
        assert notes.count("one") == notes.count("two") == 1
    assert stage.idle()


def test_a_rule_for_conflicts_is_kept_with_the_plan(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    plan = planned(stage, on_conflict="server")
    assert applied(stage, plan) == []
    assert stage.item(L, "Anna Berg4").note == "two" and stage.idle()  # type: ignore[union-attr]


@every_sort
def test_a_whole_first_sync_needs_no_second_yes(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Stage(tmp_path, **traits)
    stage.put(L, person("Anna Berg"))
    stage.put(R, person("Anna Berg"))
    stage.put(R, person("Bert Clay"))
    plan = planned(stage)
    assert plan.pairs[0].first and sorted(i.reason for _, i in plan.items) == [
        "new on the server",
        "the same on both sides",
    ]
    assert applied(stage, plan) == []
    assert stage.names(L) == stage.names(R) == ["Anna Berg", "Bert Clay"] and stage.links() == 2
    stage.put(R, person("Later"))
    assert not stage.pair_run(yes=False).stopped and "Later" in stage.names(L)


def test_a_part_of_a_first_sync_leaves_the_question_open(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    plan = planned(stage)
    stage.put(L, person("Bert Clay"))
    assert applied(stage, plan) == []
    assert stage.names(R) == ["Anna Berg"] and stage.pair_run(yes=False).stopped


def test_a_stop_that_was_shown_is_covered_and_a_new_one_is_not(tmp_path: Path) -> None:
    stage = begun(tmp_path, 8)
    for n in range(6):
        stage.remove(R, f"Anna Berg{n}")
    plan = planned(stage)
    assert [s.reason for s in plan.pairs[0].stops] == ["mass deletion"]
    refused = applied(stage, plan)
    assert len(refused) == 6 and all("stopped" in r.reason for r in refused) and len(stage.names(L)) == 8
    assert applied(stage, plan, stops=True) == [] and len(stage.names(L)) == 2
    assert stage.pair_run().stopped == ""
    stage.remove(R, "Anna Berg6")
    assert stage.pair_run().stopped == "" and stage.names(L) == ["Anna Berg7"]  # the yes holds for those before it


def test_a_stop_that_is_new_holds_its_pair(tmp_path: Path) -> None:
    stage = begun(tmp_path, 8)
    for n in range(6):
        stage.remove(R, f"Anna Berg{n}")
    plan = planned(stage)
    shelf = stage.right.shelves[THERE]
    shelf.info = replace(shelf.info, kinds=frozenset({Kind.TASK}))
    stage.right.forget_tokens(THERE)
    refused = applied(stage, plan, stops=True)
    assert len(refused) == 6 and all("stopped" in r.reason for r in refused) and len(stage.names(L)) == 8


# Moves, scope -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("touched", [False, True])
def test_a_move_between_folders_is_done_as_a_whole_or_not_at_all(tmp_path: Path, touched: bool) -> None:
    stage = Folders(tmp_path)
    for n in range(3):
        stage.put(L, person(f"Bert Clay{n}"), f"b{n}")
    stage.whole()
    item = stage.left.items(HERE)["b0"]
    stage.left.remove(HERE, "b0")
    stage.left.put("attic", item, "moved")
    plan = planned(stage)
    assert sorted(i.reason for _, i in plan.items) == ["moved here from another folder", "moved to another folder"]
    if touched:
        stage.left.edit("attic", "moved", noted("changed"))
    refused = applied(stage, plan)
    assert len(refused) == (2 if touched else 0) and all("has changed" in r.reason for r in refused)
    assert (stage.listing(R, True), "Bert Clay0" in stage.listing(R, False)) == (
        [] if touched else ["Bert Clay0"],
        touched,
    )
    stage.whole()
    assert stage.listing(R, True) == ["Bert Clay0"] and "Bert Clay0" not in stage.listing(R, False)
    stage.rest()


# Crashes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@every_sort
def test_killed_at_any_request_of_an_apply_the_next_sync_finishes(
    tmp_path: Path, traits: dict[str, Traits], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1 + after, 90, EVERY):
        stage = changed(tmp_path / str(at), **traits)
        plan = planned(stage)
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            died = False
            try:
                carried_out(stage, plan)
            except Killed:
                died = True
        if at % 4 < 2:
            again = refusals(stage.db, plan, carried_out(stage, plan))  # what was done is refused, the rest is done
            assert all("done already" in r.reason or "changed" in r.reason for r in again), (at, again)
        assert stage.pair_run().conflicts == 1, at
        assert stage.names(L) == stage.names(R), at
        assert len(stage.names(L)) == 9 and "Anna Berg3" not in stage.names(L), at
        assert stage.pair_run().work == 0, at
        stage.db.close()
        if not died:
            return
    raise AssertionError("the run never came to its end")


# What cannot be done ---------------------------------------------------------------------------------------------


def test_a_pair_that_was_let_go_refuses_its_items(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    plan = planned(stage)
    stage.forget_links()
    refused = applied(stage, plan)
    assert len(refused) == len(plan.items) and all("not kept the same any more" in r.reason for r in refused)
    assert "Left New" not in stage.names(R)


def test_what_the_store_refuses_is_said_and_tried_again(tmp_path: Path) -> None:
    refuses = [False]
    stage = begun(tmp_path, right_traits=Traits(refuse=lambda i: "not now" if refuses[0] else None))
    stage.put(L, person("New"))
    plan = planned(stage)
    refuses[0] = True
    assert [(r.name, "could not be written" in r.reason) for r in applied(stage, plan)] == [("New", True)]
    refuses[0] = False
    stage.pair_run()
    assert "New" in stage.names(R) and stage.idle()


def test_a_folder_that_is_away_refuses_its_items(tmp_path: Path) -> None:
    stage = changed(tmp_path)
    plan = planned(stage)
    stage.right.vanish(THERE)
    refused = applied(stage, plan)
    assert len(refused) == len(plan.items) and all("could not go on" in r.reason for r in refused)
