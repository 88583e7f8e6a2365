"""RULES 7 to 10: answers and the versions they belong to, what waits, what is new, what swings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE, Stage
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.model import Side
from instep.engine import conflicts
from instep.engine.questions import Choice, Question, Resolution

L, R = Side.LEFT, Side.RIGHT


def the(stage: Stage, side: Side, name: str = "Anna Berg") -> Any:
    return stage.item(side, name)


def clashing(tmp_path: Path, **more: Any) -> Stage:
    stage = Stage(tmp_path, **more)
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="l"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="r"))
    assert stage.pair_run().conflicts == 1
    return stage


def asked(stage: Stage) -> Question:
    questions = conflicts.questions(stage.db)
    assert len(questions) == 1
    return questions[0]


@pytest.mark.parametrize("moved", list(Side))
def test_rule_07_an_answer_is_asked_again_when_the_clash_moved(tmp_path: Path, moved: Side) -> None:
    stage = clashing(tmp_path)
    conflicts.decide(stage.db, asked(stage).id, Resolution(Choice.SERVER))
    stage.edit(moved, "Anna Berg", lambda i: replace(i, note="moved on"))
    assert stage.pair_run().conflicts == 1
    assert the(stage, moved).note == "moved on" and the(stage, moved.other).note != "moved on"
    conflicts.decide(stage.db, asked(stage).id, Resolution(Choice.SERVER))
    assert stage.pair_run().conflicts == 0
    assert the(stage, L).note == the(stage, R).note and stage.idle()


def test_rule_07_an_answer_is_not_asked_again_when_nothing_clashes_any_more(tmp_path: Path) -> None:
    stage = clashing(tmp_path)
    conflicts.decide(stage.db, asked(stage).id, Resolution(Choice.DESKTOP))
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="r"))
    assert stage.pair_run().conflicts == 0
    assert the(stage, L).note == the(stage, R).note == "r" and stage.idle()


def test_rule_07_an_answer_to_a_deletion_that_was_edited_again_is_asked_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    stage.remove(R, "Anna Berg")
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="one"))
    assert stage.pair_run().conflicts == 1
    conflicts.decide(stage.db, asked(stage).id, Resolution(Choice.SERVER))
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="two"))
    assert stage.pair_run().conflicts == 1 and stage.names(L) == ["Anna Berg"]
    conflicts.decide(stage.db, asked(stage).id, Resolution(Choice.SERVER))
    assert stage.pair_run().conflicts == 0 and stage.names(L) == [] and stage.idle()


def test_rule_08_an_edit_against_a_deletion_writes_nothing_until_decided(tmp_path: Path) -> None:
    for gone in Side:
        stage = Stage(tmp_path / gone.value)
        stage.put(L, person("Anna Berg"))
        stage.pair_run()
        stage.remove(gone, "Anna Berg")
        stage.edit(gone.other, "Anna Berg", lambda i: replace(i, note="edited"))
        for _ in range(3):
            report = stage.pair_run()
            assert (report.work, report.conflicts) == (0, 1)
        assert stage.names(gone) == [] and the(stage, gone.other).note == "edited"


def test_rule_08_an_edit_that_is_taken_back_lets_the_deletion_go_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    stage.remove(R, "Anna Berg")
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="edited"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note=""))
    assert stage.pair_run().conflicts == 0 and stage.names(L) == []


def cluster(tmp_path: Path, left: int, right: int) -> Stage:
    stage = Stage(tmp_path)
    for n in range(left):
        stage.put(L, replace(person("Anna Berg", note=f"left {n}"), uid=f"l{n}"), f"l{n}")
    for n in range(right):
        stage.put(R, replace(person("Anna Berg", note=f"right {n}"), uid=f"r{n}"), f"r{n}")
    return stage


@pytest.mark.parametrize(("left", "right"), [(1, 2), (2, 1), (2, 2), (3, 2), (2, 3), (3, 3)])
def test_rule_08_items_in_an_open_match_question_are_neither_made_nor_deleted(
    tmp_path: Path, left: int, right: int
) -> None:
    stage = cluster(tmp_path, left, right)
    for _ in range(3):
        report = stage.pair_run()
        assert report.work == 0 and report.conflicts >= 1
        assert (len(stage.items(L)), len(stage.items(R))) == (left, right)


def test_rule_08_items_that_cross_in_match_questions_end_no_run(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for n, birthday in enumerate(("", "1990-01-01", "1990-01-01")):
        stage.put(L, replace(person("Anna Berg", note=f"left {n}", birthday=birthday), uid=f"l{n}"), f"l{n}")
    stage.put(R, replace(person("Anna Berg", note="y"), uid="r0"), "r0")
    stage.put(R, replace(person("Anna Berg", note="z", birthday="1980-01-01"), uid="r1"), "r1")
    report = stage.pair_run()
    assert (report.work, report.conflicts) == (0, 2)
    assert stage.pair_run().work == 0


def test_rule_08_a_decided_match_links_and_the_rest_goes_on(tmp_path: Path) -> None:
    stage = cluster(tmp_path, 1, 2)
    stage.pair_run()
    conflicts.decide(stage.db, asked(stage).id, Resolution(Choice.DESKTOP, which=2))
    assert stage.pair_run().conflicts == 0
    assert sorted(i.note for i in stage.items(R).values()) == ["left 0", "right 0"]  # type: ignore[union-attr]
    assert len(stage.items(L)) == 2 and stage.idle()


def test_rule_08_a_candidate_that_is_deleted_meanwhile_ends_the_question(tmp_path: Path) -> None:
    stage = cluster(tmp_path, 1, 2)
    stage.pair_run()
    stage.right.remove(THERE, "r1")
    report = stage.pair_run(on_conflict="server")
    assert report.conflicts == 0
    assert len(stage.items(L)) == len(stage.items(R)) == 1 and stage.idle()


def test_rule_09_new_makes_the_desktop_item_one_of_its_own(tmp_path: Path) -> None:
    stage = cluster(tmp_path, 1, 2)
    stage.pair_run()
    conflicts.decide(stage.db, asked(stage).id, Resolution(Choice.NEW))
    assert stage.pair_run().conflicts == 0
    for side in Side:
        notes = sorted(i.note for i in stage.items(side).values())  # type: ignore[union-attr]
        assert notes == ["left 0", "right 0", "right 1"]
    assert stage.idle()


@pytest.mark.parametrize("choice", [Choice.BOTH])
@pytest.mark.parametrize("traits", [Traits(), Traits(own_hrefs=False), Traits(unique_uids=True), Traits(tokens=False)])
def test_rule_09_keep_both_leaves_the_servers_version_and_makes_a_new_item_of_the_other(
    tmp_path: Path, choice: Choice, traits: Traits
) -> None:
    stage = clashing(tmp_path, right_traits=traits)
    href = stage.href(R, "Anna Berg")
    conflicts.decide(stage.db, asked(stage).id, Resolution(choice))
    assert stage.pair_run().conflicts == 0
    assert stage.items(R)[href].note == "r"  # type: ignore[union-attr]
    for side in Side:
        items = stage.items(side).values()
        assert sorted(i.note for i in items) == ["l", "r"] and len({i.uid for i in items}) == 2  # type: ignore[union-attr]
    assert stage.idle()


def swing(stage: Stage, turns: int) -> list[int]:
    """A program on each side that puts the note into its own form, by turns, and the writes of each run."""
    work = []
    for turn in range(turns):
        side, form = ((R, str.lower), (L, str.upper))[turn % 2]
        stage.edit(side, "Anna Berg", lambda i, f=form: replace(i, note=f(i.note)))  # type: ignore[misc]
        work.append(stage.pair_run().work)
    return work


def test_rule_10_two_stores_that_rewrite_each_others_form_come_to_rest(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="Small"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="SMALL"))
    stage.pair_run()
    work = swing(stage, 12)
    assert work[0] == 1 and not any(work[6:]), work
    assert the(stage, L).note.lower() == the(stage, R).note.lower() == "small"


def test_rule_10_a_swing_is_reported_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="SMALL"))
    stage.pair_run()
    said = []
    for turn in range(12):
        side, form = ((R, str.lower), (L, str.upper))[turn % 2]
        stage.edit(side, "Anna Berg", lambda i, f=form: replace(i, note=f(i.note)))  # type: ignore[misc]
        said += stage.pair_run().notes
    assert len(said) == 1 and "Anna Berg" in said[0] and "Notes" in said[0], said


def test_rule_10_a_new_value_after_a_swing_is_carried(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="SMALL"))
    stage.pair_run()
    swing(stage, 12)
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="something new"))
    stage.pair_run()
    assert the(stage, L).note == "something new"
    stage.edit(L, "Anna Berg", lambda i: replace(i, company="Co"))
    stage.pair_run()
    assert the(stage, R).company == "Co" and stage.idle()


def test_rule_10_a_person_who_turns_one_thing_on_and_off_is_no_swing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="off"))
    stage.pair_run()
    for turn in range(12):
        word = ("on", "off")[turn % 2]
        stage.edit(L, "Anna Berg", lambda i, w=word: replace(i, note=w))  # type: ignore[misc]
        assert stage.pair_run().work == 1
        assert the(stage, R).note == word


def test_rule_10_other_fields_go_on_while_one_swings(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="SMALL"))
    stage.pair_run()
    swing(stage, 12)
    stage.edit(L, "Anna Berg", lambda i: replace(i, note=i.note.upper(), company="Co"))
    stage.pair_run()
    assert the(stage, R).company == "Co"


def test_rule_10_stores_that_rewrite_what_is_written_rest_at_once(tmp_path: Path) -> None:
    stage = Stage(
        tmp_path,
        left_traits=Traits(tokens=False, rewrite=lambda i: replace(i, note=i.note.upper())),  # type: ignore[union-attr, call-arg]
        right_traits=Traits(rewrite=lambda i: replace(i, note=i.note.lower())),  # type: ignore[union-attr, call-arg]
    )
    stage.left.put(HERE, person("Anna Berg", note="One"))
    stage.right.put(THERE, person("Bert Clay", note="Two"))
    stage.pair_run()
    assert stage.idle()
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="Three"))
    stage.pair_run()
    assert the(stage, L).note == "THREE" and stage.idle()
