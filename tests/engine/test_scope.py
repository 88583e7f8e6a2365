"""RULE 16: what is outside of a pair's window or categories rests; nothing is deleted, and what comes back goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.scoped import COUNTS, SORTS, Window, on
from instep.connectors.memory import Traits
from instep.core.model import Contact, Event, Kind, Side
from instep.core.scope import EVERYTHING, Scope
from instep.engine import conflicts
from instep.store import links as link_table

L, R = Side.LEFT, Side.RIGHT
every_sort = pytest.mark.parametrize("traits", SORTS.values(), ids=SORTS.keys())
both_sides = pytest.mark.parametrize("side", list(Side))


# Unlinked ---------------------------------------------------------------------------------------------------------


@every_sort
@both_sides
def test_an_unlinked_item_outside_is_neither_made_nor_fetched_again(
    tmp_path: Path, traits: dict[str, Traits], side: Side
) -> None:
    stage = Window(tmp_path, **traits)
    stage.put(side, on(stage, "Near", 1))
    stage.put(side, on(stage, "Far", 400))
    stage.put(side, on(stage, "Long ago", -400))
    assert stage.pair_run().actions(side.other).create == 1
    assert stage.names(side.other) == ["Near"] and stage.links() == 1
    before = stage.store(side).requests
    assert stage.idle()
    assert stage.store(side).requests - before <= 2


@every_sort
def test_items_outside_on_both_sides_are_not_matched_until_they_are_in(
    tmp_path: Path, traits: dict[str, Traits]
) -> None:
    stage = Window(tmp_path, **traits)
    for side in Side:
        stage.put(side, on(stage, "Far", 400))
    report = stage.pair_run()
    assert (report.work, report.conflicts, stage.links()) == (0, 0, 0)
    stage.pass_days(390)
    report = stage.pair_run()
    assert (report.work, report.conflicts, stage.links()) == (0, 0, 1)
    assert stage.idle()


@every_sort
def test_an_edit_brings_an_unlinked_item_in(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Window(tmp_path, **traits)
    stage.put(R, on(stage, "Far", 400))
    stage.pair_run()
    stage.edit(R, "Far", stage.moved_to(5))
    stage.pair_run()
    assert stage.names(L) == ["Far"] and stage.idle()


@every_sort
def test_the_twin_of_what_is_in_is_linked_though_it_is_outside(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Window(tmp_path, **traits)
    stage.put(L, on(stage, "Party", 400))
    stage.put(R, on(stage, "Party", 400))
    stage.pair_run()
    stage.edit(L, "Party", stage.moved_to(5))
    stage.pair_run()
    assert stage.names(L) == stage.names(R) == ["Party"] and stage.links() == 1
    assert stage.pair_run().conflicts == 1  # two dates, and no memory of either


def test_an_item_of_no_category_is_outside_of_every_filter(tmp_path: Path) -> None:
    stage = Window(tmp_path, kind=Kind.CONTACT, scope=Scope(categories=("Work",)))
    stage.put(L, Contact(uid="a", formatted_name="Anna", categories=("WORK",)))
    stage.put(L, Contact(uid="b", formatted_name="Bert"))
    stage.pair_run()
    assert stage.names(R) == ["Anna"] and stage.idle()


def test_with_a_filter_the_same_person_under_another_uid_is_not_doubled(tmp_path: Path) -> None:
    stage = Window(tmp_path, kind=Kind.CONTACT, scope=Scope(categories=("Work",)))
    stage.put(R, Contact(uid="r", formatted_name="Anna Berg", given="Anna", family="Berg"))
    stage.pair_run()
    stage.put(L, Contact(uid="l", formatted_name="Anna Berg", given="Anna", family="Berg", categories=("Work",)))
    stage.pair_run()
    assert stage.names(R) == ["Anna Berg"] and stage.links() == 1
    assert stage.item(R, "Anna Berg").categories == ("Work",)


# Links that leave -------------------------------------------------------------------------------------------------


@every_sort
@both_sides
def test_an_edit_that_leaves_is_carried_and_then_the_link_rests(
    tmp_path: Path, traits: dict[str, Traits], side: Side
) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.edit(side, "Party", stage.moved_to(400))
    assert stage.pair_run().actions(side.other).update == 1
    assert stage.day(L) == stage.day(R) == stage.in_days(400)
    assert stage.idle()
    stage.edit(side, "Party", lambda i: replace(i, location="there"))
    assert stage.pair_run().work == 0 and stage.state() == "dormant"
    assert stage.idle()


@every_sort
@both_sides
@pytest.mark.parametrize("what", ["edited", "edited twice", "deleted"])
def test_while_a_link_rests_nothing_is_carried_nor_asked(
    tmp_path: Path, traits: dict[str, Traits], side: Side, what: str
) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.pass_days(100)
    if what == "deleted":
        stage.remove(side, "Party")
    else:
        stage.edit(side, "Party", lambda i: replace(i, location="one"))
    if what == "edited twice":
        stage.edit(side.other, "Party", lambda i: replace(i, location="two"))
    for _ in range(3):
        report = stage.pair_run()
        assert (report.work, report.conflicts, report.problems, report.stopped) == (0, 0, [], "")
    assert "Party" in stage.names(side.other) and stage.links() == COUNTS
    assert not conflicts.questions(stage.db)


def test_links_leave_by_time_without_anything_being_done(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path)
    stage.pass_days(100)
    before = stage.right.requests + stage.left.requests
    assert stage.idle()
    assert stage.right.requests + stage.left.requests - before <= 2


@every_sort
def test_a_server_that_purges_old_events_does_not_purge_the_desktop(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Window(tmp_path, **traits)
    for number in range(60):
        stage.put(L, on(stage, f"Event {number:02}", -5))
    stage.put(L, on(stage, "Later", 25))
    stage.pair_run()
    stage.pair_run()
    usual = asked(stage)
    stage.pass_days(31)
    for number in range(60):
        stage.remove(R, f"Event {number:02}")
    report = stage.pair_run()
    assert (report.work, report.stopped, report.conflicts) == (0, "", 0)
    assert len(stage.names(L)) == 61 and stage.idle()
    assert asked(stage) == usual  # what is gone for good is not asked about in every run


def asked(stage: Window) -> int:
    """How many requests an idle run makes to both sides."""
    before = stage.left.requests + stage.right.requests
    assert stage.idle()
    return stage.left.requests + stage.right.requests - before


def test_both_edits_that_leave_in_two_ways_rest_without_a_question(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path)
    stage.edit(L, "Party", stage.moved_to(400))
    stage.edit(R, "Party", stage.moved_to(500))
    report = stage.pair_run()
    assert (report.work, report.conflicts) == (0, 0) and stage.state() == "dormant"
    stage.pass_days(480)
    assert stage.pair_run().conflicts == 1


def test_a_category_taken_away_on_one_side_is_carried_and_then_the_link_rests(tmp_path: Path) -> None:
    stage = Window(tmp_path, kind=Kind.CONTACT, scope=Scope(categories=("Work",)))
    stage.put(L, Contact(uid="a", formatted_name="Anna", categories=("Work",)))
    stage.pair_run()
    stage.edit(R, "Anna", lambda i: replace(i, categories=("Family",)))
    stage.pair_run()
    assert stage.item(L, "Anna").categories == ("Family",)
    stage.remove(L, "Anna")
    assert stage.pair_run().work == 0 and stage.names(R) == ["Anna"] and stage.idle()


def test_a_question_about_what_rests_is_not_asked_any_more_and_comes_back(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path)
    stage.edit(L, "Party", lambda i: replace(i, location="one"))
    stage.edit(R, "Party", lambda i: replace(i, location="two"))
    assert stage.pair_run().conflicts == 1
    stage.pass_days(100)
    assert stage.pair_run().conflicts == 0 and stage.idle()
    stage.rescope(EVERYTHING)
    assert stage.pair_run().conflicts == 1


# Links that come back ---------------------------------------------------------------------------------------------


@every_sort
@both_sides
def test_what_comes_back_by_an_edit_is_merged_from_its_old_memory(
    tmp_path: Path, traits: dict[str, Traits], side: Side
) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.pass_days(100)
    stage.edit(side, "Party", lambda i: replace(i, location="there"))
    stage.edit(side.other, "Party", lambda i: replace(i, description="with cake"))
    stage.pair_run()
    assert stage.state() == "dormant"
    stage.edit(side, "Party", stage.moved_to(3))
    report = stage.pair_run()
    assert report.conflicts == 0
    for where in Side:
        found: Any = stage.item(where, "Party")
        assert (found.location, found.description, stage.day(where)) == ("there", "with cake", stage.in_days(3))
    assert stage.state() == "linked" and stage.idle()


@every_sort
@both_sides
def test_what_vanished_while_it_was_outside_is_made_again_when_it_comes_back(
    tmp_path: Path, traits: dict[str, Traits], side: Side
) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.pass_days(100)
    stage.remove(side, "Party")
    stage.pair_run()
    stage.rescope(EVERYTHING)
    report = stage.pair_run()
    assert report.actions(side).create == 1 and report.actions(side.other).delete == 0
    assert "Party" in stage.names(L) and "Party" in stage.names(R)
    assert stage.links() == COUNTS and stage.idle()


@every_sort
@both_sides
def test_a_new_date_for_what_the_other_side_lost_makes_it_there_again(
    tmp_path: Path, traits: dict[str, Traits], side: Side
) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.pass_days(100)
    stage.remove(side, "Party")
    stage.edit(side.other, "Party", stage.moved_to(3))
    assert stage.pair_run().actions(side).create == 1
    assert stage.day(L) == stage.day(R) == stage.in_days(3) and stage.idle()


@every_sort
@both_sides
def test_an_item_that_returns_under_another_address_is_the_one_it_was(
    tmp_path: Path, traits: dict[str, Traits], side: Side
) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.pass_days(100)
    item = stage.item(side, "Party")
    stage.remove(side, "Party")
    stage.pair_run()
    stage.put(side, stage.moved_to(3)(item), "elsewhere")
    stage.pair_run()
    assert stage.names(L) == stage.names(R) and stage.names(L).count("Party") == 1
    assert stage.day(L) == stage.day(R) == stage.in_days(3)
    assert stage.links() == COUNTS and stage.idle()


@every_sort
def test_time_brings_a_resting_link_back_once_a_day(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.edit(L, "Party", stage.moved_to(60))
    stage.pair_run()
    stage.edit(L, "Party", lambda i: replace(i, location="there"))
    stage.edit(R, "Party", lambda i: replace(i, description="with cake"))
    assert stage.pair_run().work == 0 and stage.state() == "dormant"
    stage.pass_days(29)
    assert stage.pair_run().work == 0
    stage.pass_days(1)
    report = stage.pair_run()
    assert (report.desktop_actions.update, report.server_actions.update, report.merged) == (1, 1, 1)
    assert stage.state() == "linked" and stage.idle()


def test_a_failed_creation_of_what_came_back_is_no_reason_to_delete_the_other(tmp_path: Path) -> None:
    refused = [False]
    stage = Window.begun(tmp_path, right_traits=Traits(refuse=lambda i: "not now" if refused[0] else None))
    stage.pass_days(100)
    stage.remove(R, "Party")
    stage.pair_run()
    stage.rescope(EVERYTHING)
    refused[0] = True
    for _ in range(3):
        assert stage.pair_run().problems and "Party" in stage.names(L)
    refused[0] = False
    stage.pair_run()
    assert "Party" in stage.names(R) and stage.idle()


@pytest.mark.parametrize(("direction", "source"), [("to-server", L), ("to-desktop", R)])
def test_one_way_the_target_gets_back_what_it_lost_and_the_source_is_never_written(
    tmp_path: Path, direction: str, source: Side
) -> None:
    for side in Side:
        stage = Window.begun(tmp_path / side.value, direction=direction)
        stage.pass_days(100)
        stage.remove(side, "Party")
        stage.pair_run()
        stage.rescope(EVERYTHING)
        for _ in range(3):
            report = stage.pair_run()
            assert report.actions(source).total == 0 and report.actions(source.other).delete == 0
        assert ("Party" in stage.names(side)) is (side is not source)
        assert "Party" in stage.names(side.other)


# Another scope ----------------------------------------------------------------------------------------------------


@every_sort
def test_a_narrower_scope_deletes_nothing_and_a_wider_one_goes_on(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Window.begun(tmp_path, **traits)
    names = stage.names(L)
    stage.rescope(Scope(0, 0, ("Nothing",)))
    report = stage.pair_run()
    assert (report.work, report.conflicts, report.stopped) == (0, 0, "")
    stage.edit(L, "Party", lambda i: replace(i, location="there"))
    stage.put(R, on(stage, "New", 1))
    assert stage.idle() and stage.names(L) == names
    stage.rescope(EVERYTHING)
    report = stage.pair_run()
    assert (report.server_actions.update, report.desktop_actions.create) == (1, 1)
    assert stage.names(L) == stage.names(R) and stage.idle()


def test_another_scope_compares_both_sides_whole_once(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path, left_traits=Traits(), right_traits=Traits())
    stage.rescope(Scope(past=5))
    before = stage.right.requests
    stage.pair_run()
    assert stage.right.requests - before >= COUNTS
    before = stage.right.requests
    assert stage.idle() and stage.right.requests - before <= 2


def test_a_scope_chosen_while_a_run_goes_on_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.meddling import around_writes

    stage = Window.begun(tmp_path)
    stage.put(L, on(stage, "New", 1))
    with monkeypatch.context() as patch:
        around_writes(patch, stage.right, before=lambda: stage.rescope(Scope(past=1)))
        stage.pair_run()
    assert stage.stored().options["scope"] == {"past": 1}
    assert stage.stored().options["kept_scope"] != {"past": 1}


def test_a_run_that_is_stopped_still_owes_the_whole_comparison(tmp_path: Path) -> None:
    stage = Window(tmp_path, scope=Scope(past=10))
    stage.put(L, on(stage, "Near", 1))
    stage.put(L, on(stage, "Old", -20))
    stage.pair_run()
    stage.rescope(EVERYTHING)
    stage.right.vanish("there")
    assert stage.pair_run().problems
    stage.right.appear("there")
    stage.pair_run()
    assert stage.names(R) == ["Near", "Old"] and stage.idle()


# The guard --------------------------------------------------------------------------------------------------------


def test_the_guard_does_not_count_what_rests(tmp_path: Path) -> None:
    stage = Window(tmp_path)
    for number in range(60):
        stage.put(L, on(stage, f"Old {number:02}", -5))
    for number in range(8):
        stage.put(L, on(stage, f"New {number}", 28))
    stage.pair_run()
    stage.pass_days(30)
    for number in range(6):
        stage.remove(R, f"New {number}")
    report = stage.pair_run()
    assert "6 of 8" in report.stopped and len(stage.names(L)) == 68


def test_a_side_whose_items_in_the_window_are_all_gone_counts_as_emptied(tmp_path: Path) -> None:
    stage = Window(tmp_path)
    for number in range(20):
        stage.put(L, on(stage, f"Old {number:02}", -5))
    for number in range(5):
        stage.put(L, on(stage, f"New {number}", 28))
    stage.pair_run()
    stage.pass_days(30)
    for number in range(5):
        stage.remove(R, f"New {number}")
    assert "none of the 5 items" in stage.pair_run().stopped


# A store's own scope ----------------------------------------------------------------------------------------------


def own(item: Any) -> bool:
    return getattr(item, "location", "") != "out"


def away(tmp_path: Path) -> Window:
    stage = Window.begun(tmp_path, scope=EVERYTHING, right_traits=Traits(scope=own))
    stage.edit(R, "Party", lambda i: replace(i, location="out"))
    stage.pair_run()
    assert stage.state() == "dormant"
    return stage


def test_an_edit_is_not_carried_to_what_the_store_has_out_of_its_scope(tmp_path: Path) -> None:
    stage = away(tmp_path)
    stage.edit(L, "Party", lambda i: replace(i, description="with cake"))
    for _ in range(2):
        assert stage.pair_run().work == 0
    stage.edit(R, "Party", lambda i: replace(i, location="in"))
    stage.pair_run()
    for side in Side:
        found: Any = stage.item(side, "Party")
        assert (found.location, found.description) == ("in", "with cake")
    assert stage.idle()


def test_what_the_store_purges_out_of_its_scope_is_not_deleted_here(tmp_path: Path) -> None:
    stage = away(tmp_path)
    stage.remove(R, "Party")
    stage.edit(L, "Party", lambda i: replace(i, description="with cake"))
    for _ in range(3):
        report = stage.pair_run()
        assert (report.work, report.conflicts) == (0, 0)
    assert "Party" in stage.names(L)


def test_what_was_deleted_here_comes_back_with_what_the_store_has_in_its_scope_again(tmp_path: Path) -> None:
    stage = away(tmp_path)
    stage.remove(L, "Party")
    assert stage.pair_run().work == 0 and "Party" in stage.names(R)
    stage.edit(R, "Party", lambda i: replace(i, location="in"))
    stage.pair_run()
    assert "Party" in stage.names(L) and stage.idle()


def test_a_lost_token_does_not_hide_that_the_store_lists_it_again(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path, scope=EVERYTHING)
    stage.right.traits = Traits(scope=lambda i: getattr(i, "summary", "") != "Party")
    stage.right.shelf("there").log.append(stage.href(R, "Party"))  # its window moved on; the item is as it was
    stage.pair_run()
    stage.edit(L, "Party", lambda i: replace(i, description="with cake"))
    assert stage.pair_run().work == 0 and stage.state() == "dormant"
    stage.right.traits = Traits()
    stage.right.forget_tokens("there")
    stage.pair_run()
    found: Any = stage.item(R, "Party")
    assert found.description == "with cake" and stage.idle()


# Series, tasks ----------------------------------------------------------------------------------------------------


def test_a_series_without_an_end_never_leaves(tmp_path: Path) -> None:
    stage = Window(tmp_path)
    stage.put(L, replace(on(stage, "Weekly", -999), rules=("FREQ=WEEKLY",)))
    stage.pair_run()
    stage.pass_days(999)
    stage.remove(L, "Weekly")
    stage.put(L, on(stage, "Other", 0))
    stage.pair_run()
    assert "Weekly" not in stage.names(R)


def test_a_task_without_a_date_is_always_in(tmp_path: Path) -> None:
    from instep.core.model import Moment, Task

    stage = Window(tmp_path, kind=Kind.TASK)
    stage.put(L, Task(uid="a", summary="Some day"))
    stage.put(L, Task(uid="b", summary="Long ago", due=Moment(stage.time.date() - timedelta(days=99))))
    stage.pair_run()
    assert stage.names(R) == ["Some day"] and stage.idle()


def test_a_new_pair_without_a_scope_is_as_it_was(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path, scope=EVERYTHING)
    stage.pass_days(999)
    stage.remove(L, "Party")
    stage.pair_run()
    assert "Party" not in stage.names(R)
    with stage.db.reading() as tx:
        assert link_table.dormant(tx, stage.pair.id) == []
    assert isinstance(stage.item(R, "Item 0"), Event)
