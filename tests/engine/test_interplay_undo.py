"""Stories in which an undo or a restore meets a move between two folders."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.hands import last_run, outcomes, undone
from engine.stage import HERE, THERE
from engine.test_crash import EVERY, Killed, mortal
from engine.test_found_by_simulation import dying_after, said
from engine.test_interplay import moved
from engine.test_rules_places import Folders
from engine.test_run import person
from instep.connectors.base import Create
from instep.connectors.memory import MemoryConnector
from instep.core.model import Side
from instep.engine.restoring import restore
from instep.engine.undoing import Wanted
from instep.engine.versions import find, versions

L, R = Side.LEFT, Side.RIGHT
Patch = pytest.MonkeyPatch


def edited_and_moved(tmp_path: Path) -> tuple[Folders, int]:
    """A run carried an edit of Anna to the server; she was moved since. Gives the number of that run."""
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg", note="old"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.whole()
    stage.edit(L, "Anna Berg", said(note="new"))
    stage.whole()
    run = last_run(stage)
    moved(stage, L, "a")
    stage.whole()
    assert stage.listing(R, True) == ["Anna Berg"]
    return stage, run


def in_step(stage: Folders, note: str) -> None:
    """Anna is once on each side, in the second folder, with this note."""
    for _ in range(2):
        stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == (["Bert Clay"], ["Anna Berg"])
        [found] = stage.store(side).items(stage.shelf(side, True)).values()
        assert getattr(found, "note", "") == note
    stage.rest()


def test_an_edit_of_what_moved_to_another_folder_since_is_undone_there(tmp_path: Path) -> None:
    stage, run = edited_and_moved(tmp_path)
    assert outcomes(undone(stage, run)) == [("server", "update", "Anna Berg", "done")]
    in_step(stage, "old")


def test_a_creation_of_what_moved_to_another_folder_since_is_taken_back_there(tmp_path: Path) -> None:
    stage, run = edited_and_moved(tmp_path)
    [made] = [i for i in undone(stage, run - 1, ["Anna"]).intents if i.side is R]
    assert made.outcome.value == "refused"  # it was edited since
    undone(stage, run)
    stage.whole()
    assert ("server", "delete", "Anna Berg", "done") in outcomes(undone(stage, run - 1, ["Anna"]))
    for _ in range(2):
        stage.whole()
    assert stage.listing(L, True) == ["Anna Berg"] and stage.listing(R, True) == []
    assert stage.right.items(THERE).keys() == {"uid-Bert Clay"}


def test_an_older_version_of_what_moved_to_another_folder_is_restored_there(tmp_path: Path) -> None:
    stage, _ = edited_and_moved(tmp_path)
    known = next(k for k in find(stage.db, "Anna Berg") if len(k.rows) > 1)
    [first, *_] = [v for v in versions(stage.db, known) if v.side is R and getattr(v.item, "note", "") == "old"]
    left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
    report = asyncio.run(restore(stage.db, known, first.number, left, right, Wanted(yes=True)))
    assert outcomes(report) == [("server", "update", "Anna Berg", "done")]
    in_step(stage, "old")


# The move itself --------------------------------------------------------------------------------------------------


def moved_in_step(tmp_path: Path) -> Folders:
    """Anna was moved on the desktop, and a run followed that on the server; Bert stayed."""
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.whole()
    moved(stage, L, "a")
    stage.whole()
    assert stage.listing(R, False) == ["Bert Clay"] and stage.listing(R, True) == ["Anna Berg"]
    return stage


def test_undoing_a_move_moves_it_back_and_doubles_nothing(tmp_path: Path) -> None:
    stage = moved_in_step(tmp_path)
    assert {i.outcome.value for i in undone(stage).intents} == {"done"}
    for _ in range(2):
        stage.whole()
    for side in Side:
        assert stage.listing(side, False) == ["Anna Berg", "Bert Clay"] and stage.listing(side, True) == []
    stage.rest()


def test_undoing_a_move_of_what_changed_since_is_refused_whole(tmp_path: Path) -> None:
    stage = moved_in_step(tmp_path)
    run = last_run(stage)
    [href] = stage.right.items("cellar")
    stage.right.edit("cellar", href, said(note="n"))
    assert {i.outcome.value for i in undone(stage, run).intents} == {"refused"}
    stage.whole()
    for side in Side:
        assert stage.listing(side, False) == ["Bert Clay"] and stage.listing(side, True) == ["Anna Berg"]
    stage.rest()


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
def test_an_undo_of_a_move_that_died_can_be_done_again_and_doubles_nothing(
    tmp_path: Path, monkeypatch: Patch, after: bool
) -> None:
    for at in range(1, 40, EVERY):
        stage = moved_in_step(tmp_path / str(at))
        run, died = last_run(stage), False
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            try:
                undone(stage, run)
            except Killed:
                died = True
        undone(stage, run)
        for _ in range(2):
            stage.whole()
        for side in Side:
            assert stage.listing(side, False) == ["Anna Berg", "Bert Clay"] and stage.listing(side, True) == [], at
        stage.rest()
        stage.db.close()
        if not died:
            return
    raise AssertionError("the undo never came to its end")


def test_undoing_an_interrupted_move_deletes_nothing(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    stage.put(L, person("Bert Clay"), "b")
    stage.whole()
    moved(stage, L, "a")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dying_after(patch, Create)
        stage.whole()
    assert outcomes(undone(stage)) == [("server", "delete", "Anna Berg", "done")]
    for _ in range(2):
        stage.whole()
    assert stage.listing(L, False) == ["Bert Clay"] and stage.listing(L, True) == ["Anna Berg"]
    assert stage.listing(R, False) == ["Anna Berg", "Bert Clay"] and stage.listing(R, True) == []
    stage.rest()


def test_undoing_a_move_of_what_was_moved_back_since_takes_nothing_away(tmp_path: Path) -> None:
    stage = moved_in_step(tmp_path)
    run = last_run(stage)
    item = stage.left.items("attic")["a2"]
    stage.left.remove("attic", "a2")
    stage.left.put(HERE, item, "a3")
    stage.whole()
    assert {i.outcome.value for i in undone(stage, run).intents} == {"already"}
    stage.whole()
    for side in Side:
        assert stage.listing(side, False) == ["Anna Berg", "Bert Clay"] and stage.listing(side, True) == []
    stage.rest()
