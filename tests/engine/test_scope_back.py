"""RULE 16: what comes back into a pair's scope goes on from its old memory; and a store's own scope."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.scoped import COUNTS, SORTS, Window, on
from instep.connectors.memory import Traits
from instep.core.model import Side
from instep.core.scope import EVERYTHING, Scope

L, R = Side.LEFT, Side.RIGHT
every_sort = pytest.mark.parametrize("traits", SORTS.values(), ids=SORTS.keys())
both_sides = pytest.mark.parametrize("side", list(Side))


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


@every_sort
def test_what_both_sides_lost_while_it_was_outside_is_forgotten_at_the_next_whole_comparison(
    tmp_path: Path, traits: dict[str, Traits]
) -> None:
    stage = Window.begun(tmp_path, **traits)
    stage.pass_days(100)
    for side in Side:
        stage.remove(side, "Party")
        stage.pair_run()
    stage.rescope(EVERYTHING)
    assert stage.pair_run().work == 0 and stage.links() == COUNTS - 1 and stage.idle()


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
