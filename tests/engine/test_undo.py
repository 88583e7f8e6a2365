"""Undo of a run (RULES 24): what is written back, what is refused, and what the next runs make of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.hands import last_run, noted, outcomes, undone
from engine.stage import HERE, THERE, Stage
from engine.test_random import STORES
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.model import Contact, Side, Typed
from instep.engine.events import Face
from instep.engine.report import Status

L, R = Side.LEFT, Side.RIGHT
KINDS_OF_STORES = [pytest.param(*traits, id=f"stores {n}") for n, traits in enumerate(STORES)]
NO_ETAGS = pytest.param(Traits(tokens=False, etags=False), Traits(tokens=False, etags=False), id="no etags at all")
EXACT = pytest.param(Traits(), Traits(), id="tokens on both sides")
ALL_STORES = [*KINDS_OF_STORES, NO_ETAGS, EXACT]


def note(stage: Stage, side: Side, name: str) -> str:
    item = stage.item(side, name)
    assert isinstance(item, Contact)
    return item.note


def started(tmp_path: Path, left: Traits, right: Traits) -> Stage:
    stage = Stage(tmp_path, left_traits=left, right_traits=right)
    stage.put(L, person("Anna Berg", note="a"))
    stage.put(R, person("Bert Clay", note="b"))
    stage.pair_run()
    stage.pair_run()
    return stage


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
@pytest.mark.parametrize("side", list(Side))
def test_an_update_is_turned_back_and_the_next_run_carries_that(
    tmp_path: Path, left: Traits, right: Traits, side: Side
) -> None:
    stage = started(tmp_path, left, right)
    stage.edit(side, "Anna Berg", noted("new"))
    assert stage.pair_run().actions(side.other).update == 1
    report = undone(stage)
    assert outcomes(report) == [(side.other.value, "update", "Anna Berg", "done")]
    assert note(stage, side.other, "Anna Berg") == "a" and note(stage, side, "Anna Berg") == "new"
    after = stage.pair_run()
    assert after.actions(side).update == 1 and after.work == 1 and not after.stopped
    assert note(stage, side, "Anna Berg") == "a"
    assert stage.idle()


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
@pytest.mark.parametrize("side", list(Side))
def test_a_deleted_item_is_made_again_and_the_next_run_carries_it_back(
    tmp_path: Path, left: Traits, right: Traits, side: Side
) -> None:
    stage = started(tmp_path, left, right)
    stage.remove(side, "Anna Berg")
    assert stage.pair_run().actions(side.other).delete == 1
    run = last_run(stage)
    assert outcomes(undone(stage, run)) == [(side.other.value, "create", "Anna Berg", "done")]
    assert outcomes(undone(stage, run)) == [(side.other.value, "create", "Anna Berg", "already")]
    after = stage.pair_run()
    assert after.actions(side).create == 1 and after.work == 1
    assert stage.names(L) == stage.names(R) == ["Anna Berg", "Bert Clay"]
    assert note(stage, side, "Anna Berg") == "a"
    assert stage.idle()
    assert outcomes(undone(stage, run)) == [(side.other.value, "create", "Anna Berg", "already")]


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
@pytest.mark.parametrize("side", list(Side))
def test_a_copy_is_taken_back_and_its_origin_stays_without_being_carried_again(
    tmp_path: Path, left: Traits, right: Traits, side: Side
) -> None:
    stage = started(tmp_path, left, right)
    stage.put(side, person("Cora Dean", note="c"))
    assert stage.pair_run().actions(side.other).create == 1
    assert outcomes(undone(stage)) == [(side.other.value, "delete", "Cora Dean", "done")]
    for _ in range(3):
        assert stage.idle()
    assert "Cora Dean" in stage.names(side) and "Cora Dean" not in stage.names(side.other)
    stage.edit(side, "Cora Dean", noted("changed"))
    assert stage.pair_run().actions(side.other).create == 1
    assert note(stage, side.other, "Cora Dean") == "changed"
    assert stage.idle() and stage.names(L) == stage.names(R)


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
def test_undo_of_an_undo_neither_doubles_nor_asks(tmp_path: Path, left: Traits, right: Traits) -> None:
    stage = started(tmp_path, left, right)
    stage.put(R, person("Cora Dean", note="c"))
    # what a store rewrites or cannot hold is no difference to ask about
    stage.put(L, person("Dora Eck", company="Eck & Co", telephones=(Typed("1-2"), Typed("3-4"), Typed("5-6"))))
    stage.edit(R, "Anna Berg", noted("new"))
    stage.remove(R, "Bert Clay")
    stage.pair_run()
    first = undone(stage)
    assert [i.outcome.value for i in first.intents] == ["done"] * 4
    second = undone(stage, first.run)
    assert outcomes(second) == [
        ("desktop", "create", "Cora Dean", "done"),
        ("desktop", "delete", "Bert Clay", "done"),
        ("desktop", "update", "Anna Berg", "done"),
        ("server", "create", "Dora Eck", "done"),
    ]
    report = stage.pair_run()
    assert report.work == 0 and report.conflicts == 0 and report.linked == 0, report
    assert stage.names(L) == stage.names(R) == ["Anna Berg", "Cora Dean", "Dora Eck"]
    assert note(stage, L, "Anna Berg") == note(stage, R, "Anna Berg") == "new"
    assert stage.idle()


@pytest.mark.parametrize(("left", "right"), ALL_STORES)
def test_a_first_download_undone_stays_undone_and_deletes_nothing_on_the_server(
    tmp_path: Path, left: Traits, right: Traits
) -> None:
    stage = Stage(tmp_path, left_traits=left, right_traits=right)
    for number in range(100):
        stage.put(R, person(f"Item {number}"))
    assert stage.pair_run().desktop_actions.create == 100
    report = undone(stage)
    assert report.status is Status.IN_STEP and stage.names(L) == []
    for _ in range(3):
        after = stage.pair_run()
        assert after.work == 0 and not after.stopped and not after.problems
    assert len(stage.names(R)) == 100
    stage.edit(R, "Item 7", noted("x"))
    after = stage.pair_run()
    assert (after.desktop_actions.create, after.work) == (1, 1)
    assert stage.names(L) == ["Item 7"] and len(stage.names(R)) == 100
    assert stage.idle()


def test_a_mass_of_deletions_by_an_undo_is_guarded_when_it_is_shown_and_not_summed_later(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(60):
        stage.put(R, person(f"Item {number}"))
    stage.put(L, person("Own"))
    stage.pair_run()
    run = last_run(stage)
    shown = undone(stage, run, dry_run=True)
    assert shown.run == 0 and [i.outcome.value for i in shown.intents] == ["planned"] * 61
    stopped = undone(stage, run, face=Face())
    assert stopped.status is Status.HALTED and len(stopped.stopped) == 1
    assert len(stage.names(L)) == 61
    assert [i.outcome.value for i in stopped.intents if i.side is L] == ["planned"] * 60
    undone(stage, run, ["Item"])
    stage.put(L, person("Next"))
    stage.pair_run()
    stage.remove(R, "Next")
    assert stage.pair_run().desktop_actions.delete == 1


@dataclass(frozen=True)
class Since:
    says: str
    run: Callable[[Stage], object]
    since: Callable[[Stage], object]
    outcome: str
    reason: str


SINCE = (
    Since(
        "an updated item that a person changed again",
        lambda s: s.edit(R, "Anna Berg", noted("new")),
        lambda s: s.edit(L, "Anna Berg", noted("mine")),
        "refused",
        "has changed since",
    ),
    Since(
        "an updated item that a person removed",
        lambda s: s.edit(R, "Anna Berg", noted("new")),
        lambda s: s.remove(L, "Anna Berg"),
        "refused",
        "not there any more",
    ),
    Since(
        "an updated item that a person turned back by hand",
        lambda s: s.edit(R, "Anna Berg", noted("new")),
        lambda s: s.edit(L, "Anna Berg", noted("a")),
        "already",
        "",
    ),
    Since(
        "a copy that a person changed",
        lambda s: s.put(R, person("Cora Dean")),
        lambda s: s.edit(L, "Cora Dean", noted("mine")),
        "refused",
        "has changed since",
    ),
    Since(
        "a copy that a person removed",
        lambda s: s.put(R, person("Cora Dean")),
        lambda s: s.remove(L, "Cora Dean"),
        "already",
        "",
    ),
    Since(
        "a deleted item that a person made again as it was",
        lambda s: s.remove(R, "Anna Berg"),
        lambda s: s.put(L, person("Anna Berg", note="a"), "elsewhere"),
        "already",
        "",
    ),
    Since(
        "a deleted item of which a person made another version",
        lambda s: s.remove(R, "Anna Berg"),
        lambda s: s.put(L, person("Anna Berg", note="mine"), "elsewhere"),
        "refused",
        "Another version",
    ),
    Since(
        "an updated item that cannot be read any more",
        lambda s: s.edit(R, "Anna Berg", noted("new")),
        lambda s: s.left.damage(HERE, s.href(L, "Anna Berg")),
        "refused",
        "cannot be read",
    ),
    Since(
        "a folder that takes no writes any more",
        lambda s: s.edit(R, "Anna Berg", noted("new")),
        lambda s: s.left.lock(HERE),
        "refused",
        "takes no writes",
    ),
    Since(
        "a folder that is not there",
        lambda s: s.edit(R, "Anna Berg", noted("new")),
        lambda s: s.right.vanish(THERE),
        "refused",
        "is not there",
    ),
)


@pytest.mark.parametrize("case", SINCE, ids=lambda case: case.says)
def test_what_changed_since_is_refused_by_name_and_left_alone(tmp_path: Path, case: Since) -> None:
    stage = started(tmp_path, Traits(tokens=False), Traits())
    case.run(stage)
    stage.pair_run()
    run = last_run(stage)
    case.since(stage)
    before = stage.items(L)
    report = undone(stage, run)
    assert [i.outcome.value for i in report.intents] == [case.outcome]
    assert case.reason in report.intents[0].reason
    assert stage.items(L) == before


def test_a_copy_removed_by_hand_before_the_undo_leaves_its_origin(tmp_path: Path) -> None:
    stage = started(tmp_path, Traits(tokens=False), Traits())
    stage.put(R, person("Cora Dean"))
    stage.pair_run()
    stage.remove(L, "Cora Dean")
    undone(stage)
    assert stage.idle() and "Cora Dean" in stage.names(R)
