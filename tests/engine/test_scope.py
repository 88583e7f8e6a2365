"""RULE 16: what is outside of a pair's window or categories rests; nothing is deleted, and what comes back goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

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
    for _ in range(3):
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
    assert stage.idle() and stage.idle()
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


@every_sort
def test_an_edit_of_what_rests_is_read_once(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.pair_run()
    usual = asked(stage)
    stage.pass_days(100)
    for place in ("one", "two"):
        stage.edit(R, "Party", lambda i, place=place: replace(i, location=place))  # type: ignore[misc]
        assert stage.pair_run().work == 0 and stage.state() == "dormant"
        assert asked(stage) == usual


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


def test_an_edit_that_leaves_is_carried_though_the_other_side_holds_no_categories(tmp_path: Path) -> None:
    traits = Traits(rewrite=lambda i: replace(i, categories=()))
    stage = Window(tmp_path, kind=Kind.CONTACT, scope=Scope(categories=("Work",)), right_traits=traits)
    stage.put(L, Contact(uid="a", formatted_name="Anna", categories=("Work",)))
    stage.pair_run()
    assert stage.idle() and stage.names(R) == ["Anna"]
    stage.edit(L, "Anna", lambda i: replace(i, categories=("Family",), note="n"))
    stage.pair_run()
    assert getattr(stage.item(R, "Anna"), "note", "") == "n"
    stage.edit(L, "Anna", lambda i: replace(i, note="m"))
    assert stage.pair_run().work == 0 and stage.idle()


def test_a_question_about_what_rests_is_not_asked_any_more_and_comes_back(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path)
    stage.edit(L, "Party", lambda i: replace(i, location="one"))
    stage.edit(R, "Party", lambda i: replace(i, location="two"))
    assert stage.pair_run().conflicts == 1
    stage.pass_days(100)
    assert stage.pair_run().conflicts == 0 and stage.idle()
    stage.rescope(EVERYTHING)
    assert stage.pair_run().conflicts == 1


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


def test_a_purge_of_what_rests_does_not_make_a_side_look_emptied(tmp_path: Path) -> None:
    stage = Window(tmp_path)
    for name, days in [*((f"New {n}", 28) for n in range(8)), *((f"Old {n}", -5) for n in range(7))]:
        stage.put(L, on(stage, name, days))
    stage.pair_run()
    stage.pass_days(30)
    for name in ("New 0", *(f"Old {number}" for number in range(7))):
        stage.remove(R, name)
    report = stage.pair_run()
    assert report.stopped == "" and report.desktop_actions.delete == 1 and len(stage.names(L)) == 14


def test_older_versions_of_what_rests_are_no_restored_backup(tmp_path: Path) -> None:
    stage = Window(tmp_path)
    names = [f"Old {number}" for number in range(4)]
    for name in names:
        stage.put(L, on(stage, name, -5))
    stage.pair_run()
    for place in ("there", ""):
        for name in names:
            stage.edit(L, name, lambda i, place=place: replace(i, location=place))  # type: ignore[misc]
        assert stage.pair_run().stopped == ""
        stage.pass_days(31)


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
