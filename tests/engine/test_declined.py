"""Items whose copy was taken back (RULES 24): what every run afterwards makes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.hands import last_run, noted, outcomes, undone
from engine.stage import HERE, THERE, Stage
from engine.test_random import STORES
from engine.test_run import person
from engine.test_undo import EXACT, NO_ETAGS
from instep.connectors.memory import MemoryConnector, Traits
from instep.core.model import Kind, Side
from instep.engine.verify import Explanation, VerifyReport, verify
from instep.store import links as link_table

L, R = Side.LEFT, Side.RIGHT
ALL_STORES = [*(pytest.param(*traits, id=f"stores {n}") for n, traits in enumerate(STORES)), NO_ETAGS, EXACT]


def declined(stage: Stage) -> int:
    with stage.db.reading() as tx:
        return len(link_table.declined(tx, stage.pair.id))


def taken_back(tmp_path: Path, left: Traits, right: Traits) -> Stage:
    """Cora is on the server alone, since her copy on the desktop was taken back; six others are on both sides."""
    stage = Stage(tmp_path, left_traits=left, right_traits=right)
    for number in range(6):
        stage.put(L, person(f"Item {number}"))
    stage.pair_run()
    stage.put(R, person("Cora Dean", note="c"))
    stage.pair_run()
    undone(stage)
    stage.pair_run()
    assert declined(stage) == 1
    return stage


@dataclass(frozen=True)
class Story:
    says: str
    happens: Callable[[Stage], object]
    desktop: bool  # Cora is on the desktop in the end
    server: bool
    left: int  # declined links in the end


def moved(stage: Stage) -> None:
    item = stage.item(R, "Cora Dean")
    stage.remove(R, "Cora Dean")
    stage.put(R, item, "elsewhere")


STORIES = (
    Story("nothing happens", lambda s: None, False, True, 1),
    Story("the store gives it a new version", lambda s: s.right.touch(THERE, s.href(R, "Cora Dean")), False, True, 1),
    Story("the store forgets its tokens", lambda s: s.right.forget_tokens(THERE), False, True, 1),
    Story("others are edited", lambda s: s.edit(R, "Item 1", noted("x")), False, True, 1),
    Story("it is edited", lambda s: s.edit(R, "Cora Dean", noted("x")), True, True, 0),
    Story("it is deleted", lambda s: s.remove(R, "Cora Dean"), False, False, 0),
    Story("it gets another address", moved, False, True, 1),
    Story(
        "the copy is made again by hand",
        lambda s: s.put(L, person("Cora Dean", note="c"), "by hand"),
        True,
        True,
        0,
    ),
    Story(
        "the copy is made again by hand, and differs",
        lambda s: s.put(L, person("Cora Dean", company="New"), "by hand"),
        True,
        True,
        0,
    ),
    Story("another item comes to the desktop", lambda s: s.put(L, person("Else"), "else"), False, True, 1),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.says)
@pytest.mark.parametrize(("left", "right"), ALL_STORES)
def test_it_is_carried_only_when_it_changed_or_is_asked_for(
    tmp_path: Path, left: Traits, right: Traits, story: Story
) -> None:
    stage = taken_back(tmp_path, left, right)
    story.happens(stage)
    for _ in range(3):
        report = stage.pair_run()
        assert not report.problems and not report.conflicts and not report.stopped
        assert report.desktop_actions.delete == report.server_actions.delete == 0
    assert ("Cora Dean" in stage.names(L), "Cora Dean" in stage.names(R)) == (story.desktop, story.server)
    assert declined(stage) == story.left
    assert len(set(stage.names(L))) == len(stage.names(L)) and len(set(stage.names(R))) == len(stage.names(R))
    assert stage.idle()


def checked(stage: Stage) -> VerifyReport:
    left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
    return asyncio.run(verify(stage.db, "me", left, right))


def test_verify_counts_it_and_says_when_it_will_be_carried(tmp_path: Path) -> None:
    stage = taken_back(tmp_path, Traits(tokens=False), Traits())
    report = checked(stage)
    assert report.clean and report.pairs[0].declined == 1 and report.pairs[0].compared == 6
    stage.edit(R, "Cora Dean", noted("x"))
    [difference] = checked(stage).pairs[0].differences
    assert (difference.name, difference.explanation) == ("Cora Dean", Explanation.PENDING)


def test_the_guard_counts_only_items_that_are_on_both_sides(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(20):
        stage.put(R, person(f"Taken {number}"))
    stage.pair_run()
    undone(stage)
    for number in range(8):
        stage.put(L, person(f"Own {number}"))
    stage.pair_run()
    for number in range(5):
        stage.remove(L, f"Own {number}")
    assert "5 of 8 items would be deleted" in stage.pair_run().stopped


def test_several_updates_turned_back_are_no_rollback_of_the_server(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(12):
        stage.put(L, person(f"Item {number}", note="old"))
    stage.pair_run()
    for number in range(5):
        stage.edit(L, f"Item {number}", noted("new"))
    stage.pair_run()
    undone(stage)
    report = stage.pair_run()
    assert not report.stopped and report.desktop_actions.update == 5
    for number in range(5):
        stage.right.edit(THERE, stage.href(R, f"Item {number}"), noted("new"))
    assert "went back to older versions" in stage.pair_run().stopped  # that was nobody's undo


def test_an_item_that_moved_since_is_undone_where_it_is(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="a"))
    stage.pair_run()
    stage.edit(R, "Anna Berg", noted("new"))
    stage.pair_run()
    run = last_run(stage)
    item = stage.item(L, "Anna Berg")
    stage.remove(L, "Anna Berg")
    stage.put(L, item, "renamed")
    stage.pair_run()
    assert outcomes(undone(stage, run)) == [("desktop", "update", "Anna Berg", "done")]
    assert stage.items(L)["renamed"] == replace(item, note="a")
    assert stage.pair_run().server_actions.update == 1
    assert stage.idle()


def test_both_copies_of_keep_both_are_taken_back_together(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="a"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", noted("left"))
    stage.edit(R, "Anna Berg", noted("right"))
    stage.pair_run()
    from instep.engine import conflicts
    from instep.engine.questions import Choice, Resolution

    [asked] = conflicts.questions(stage.db)
    conflicts.decide(stage.db, asked.id, Resolution(Choice.BOTH))
    stage.pair_run()
    assert len(stage.names(L)) == len(stage.names(R)) == 2
    report = undone(stage)
    assert {i.outcome.value for i in report.intents} == {"done"}, report
    assert len(stage.names(L)) == len(stage.names(R)) == 1 and declined(stage) == 0
    assert stage.pair_run().conflicts == 0 and stage.idle()


@pytest.mark.parametrize("direction", ["to-desktop", "to-server"])
def test_a_one_way_pair_does_not_write_again_what_was_undone(tmp_path: Path, direction: str) -> None:
    stage = Stage(tmp_path, direction=direction)
    source = R if direction == "to-desktop" else L
    stage.put(source, person("Anna Berg", note="a"))
    stage.put(source, person("Bert Clay", note="b"))
    stage.pair_run()
    stage.put(source, person("Cora Dean"))
    stage.edit(source, "Anna Berg", noted("new"))
    stage.remove(source, "Bert Clay")
    stage.pair_run()
    assert {i.outcome.value for i in undone(stage).intents} == {"done"}
    for _ in range(2):
        report = stage.pair_run()
        assert report.work == 0 and not report.problems, report
    assert stage.names(source.other) == ["Anna Berg", "Bert Clay"]
    assert stage.item(source.other, "Anna Berg") == person("Anna Berg", note="a")


@pytest.mark.parametrize("kind", [Kind.EVENT, Kind.TASK, Kind.NOTE])
def test_every_kind_can_be_undone(tmp_path: Path, kind: Kind) -> None:
    from instep.core.model import CLASS_OF

    stage = Stage(tmp_path, kind=kind)
    item = CLASS_OF[kind](uid="u", **{"title" if kind is Kind.NOTE else "summary": "One"})
    stage.left.put(HERE, item, "a")
    stage.pair_run()
    assert {i.outcome.value for i in undone(stage).intents} == {"done"}
    assert stage.items(R) == {} and stage.idle()


def test_a_run_that_a_guard_stops_forgets_no_undo(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for n in range(8):
        stage.put(R, person(f"Anna Berg{n}"), f"a{n}")
    stage.pair_run()
    undone(stage, texts=["Berg0", "Berg1"])
    there = dict(stage.items(R))
    for href in there:
        stage.right.remove(THERE, href)
    assert stage.pair_run().stopped
    for href, item in there.items():
        stage.right.put(THERE, item, href)
    stage.pair_run()
    assert len(stage.names(L)) == 6 and len(stage.names(R)) == 8
