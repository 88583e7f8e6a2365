"""Answers as a face stores them: they belong to what was shown, can be given to many, and be taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.stage import Stage
from engine.test_run import person
from instep.core.model import Side
from instep.engine import conflicts
from instep.engine.conflicts import decide, decide_remaining, put_back, questions
from instep.engine.questions import Choice, Question, Resolution
from instep.errors import ConfigError, PreconditionFailed
from instep.store import conflicts as conflict_table

L, R = Side.LEFT, Side.RIGHT
NAMES = ("Anna Berg", "Bert Stein", "Carl Wald")
SERVER = Resolution(Choice.SERVER)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Three contacts whose notes clash, and one that was deleted here and edited there."""
    stage = Stage(tmp_path)
    for name in (*NAMES, "Dora Tal"):
        stage.put(L, person(name, note="old"))
    stage.pair_run()
    for name in NAMES:
        stage.edit(L, name, lambda i: replace(i, note="l"))
        stage.edit(R, name, lambda i: replace(i, note="r"))
    stage.remove(L, "Dora Tal")
    stage.edit(R, "Dora Tal", lambda i: replace(i, note="r"))
    stage.pair_run()
    return stage


def asked(stage: Stage, name: str = "Anna Berg") -> Question:
    return next(q for q in questions(stage.db) if q.name == name)


@pytest.mark.parametrize("moved", list(Side))
def test_an_answer_to_versions_that_are_not_there_any_more_is_refused(stage: Stage, moved: Side) -> None:
    seen = asked(stage)
    stage.edit(moved, "Anna Berg", lambda i: replace(i, note="moved on"))
    stage.pair_run()
    with pytest.raises(PreconditionFailed) as refused:
        decide(stage.db, seen.id, SERVER, seen.version)
    assert refused.value.where.item == "Anna Berg"
    assert asked(stage).answer is None and asked(stage).version != seen.version
    decide(stage.db, seen.id, SERVER, asked(stage).version)
    assert asked(stage).answer == SERVER


def test_a_run_that_changes_nothing_leaves_the_version_as_it_was(stage: Stage) -> None:
    seen = asked(stage)
    stage.edit(L, "Carl Wald", lambda i: replace(i, note="other"))
    stage.pair_run()
    assert asked(stage).version == seen.version
    decide(stage.db, seen.id, SERVER, seen.version)


def test_an_answer_to_a_conflict_that_is_gone_says_so(stage: Stage) -> None:
    seen = asked(stage)
    decide(stage.db, seen.id, SERVER)
    stage.pair_run()
    with pytest.raises(ConfigError):
        decide(stage.db, seen.id, SERVER, seen.version)


def test_one_answer_for_all_that_remain_reaches_those_it_fits_and_overrides_none(stage: Stage) -> None:
    decide(stage.db, asked(stage, "Bert Stein").id, Resolution(Choice.DESKTOP))
    anna = asked(stage)
    decide(stage.db, anna.id, Resolution(Choice.BOTH))
    given = decide_remaining(stage.db, anna, Resolution(Choice.BOTH))
    answers = {q.name: q.answer.choice if q.answer else None for q in questions(stage.db)}
    assert given == [asked(stage, "Carl Wald").id]
    assert answers == {
        "Anna Berg": Choice.BOTH,
        "Bert Stein": Choice.DESKTOP,
        "Carl Wald": Choice.BOTH,
        "Dora Tal": None,
    }


def test_several_matches_are_never_answered_with_a_candidate_that_was_not_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for name in NAMES[:2]:
        stage.put(L, person(name))
        for company in ("One", "Two"):
            stage.put(R, person(name, company=company))
    stage.pair_run()
    first, second = questions(stage.db)
    assert decide_remaining(stage.db, first, SERVER) == []
    assert decide_remaining(stage.db, first, Resolution(Choice.NEW)) == [second.id]


def test_a_decision_taken_back_leaves_the_answer_that_was_there_before(stage: Stage) -> None:
    number = asked(stage).id
    decide(stage.db, number, Resolution(Choice.DESKTOP))
    before = decide(stage.db, number, SERVER)
    assert put_back(stage.db, {number: before.answer}, {number: before.version}) == [number]
    assert asked(stage).answer == Resolution(Choice.DESKTOP)
    assert put_back(stage.db, {number: None}) == [number]
    stage.pair_run()
    assert asked(stage).answer is None


def test_an_older_answer_does_not_come_back_to_versions_that_were_not_shown(stage: Stage) -> None:
    seen = asked(stage)
    decide(stage.db, seen.id, Resolution(Choice.DESKTOP))
    before = decide(stage.db, seen.id, SERVER)
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="moved on"))
    stage.pair_run()
    decide(stage.db, seen.id, SERVER)
    assert put_back(stage.db, {seen.id: before.answer}, {seen.id: before.version}) == [seen.id]
    assert asked(stage).answer is None


def test_one_answer_for_all_never_deletes_or_joins_where_it_only_kept_a_version(stage: Stage) -> None:
    stage.remove(R, "Bert Stein")
    stage.put(L, person("Eva Tal", company="One"))
    stage.put(R, person("Eva Tal", company="Two"))
    stage.pair_run()
    by_reason = {q.name: q.reason for q in questions(stage.db)}
    assert by_reason["Bert Stein"] == by_reason["Dora Tal"] == "edit-delete"
    anna, bert = asked(stage), asked(stage, "Bert Stein")
    assert decide_remaining(stage.db, anna, SERVER) == [asked(stage, "Carl Wald").id, asked(stage, "Eva Tal").id]
    # Dora was deleted on the other side: there the server's version stays, here it is that nothing stays.
    assert decide_remaining(stage.db, bert, SERVER) == []


def test_a_decision_that_was_carried_out_cannot_be_taken_back(stage: Stage) -> None:
    anna, bert = asked(stage), asked(stage, "Bert Stein")
    decide(stage.db, anna.id, SERVER)
    stage.pair_run()
    assert put_back(stage.db, {anna.id: None, bert.id: None}) == [bert.id]


def test_a_candidate_is_kept_whole(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    for company in ("One", "Two"):
        stage.put(R, person("Anna Berg", company=company))
    stage.pair_run()
    [question] = questions(stage.db)
    assert {c.item.company for c in question.candidates if c.item is not None} == {"One", "Two"}  # type: ignore[union-attr]
    assert all(row.field for c in question.candidates for row in c.rows)


def test_heads_come_by_account_and_kind_and_can_be_gone_through(stage: Stage) -> None:
    decide(stage.db, asked(stage, "Bert Stein").id, SERVER)
    with stage.db.reading() as tx:
        heads = conflict_table.heads(tx)
        first = heads[0]
        behind = conflict_table.heads(tx, after=(first.account, first.kind, first.id), answered=False, limit=1)
        assert [h.name for h in heads if h.resolution is not None] == ["Bert Stein"]
        assert conflict_table.tally(tx) == {("me", first.kind): (4, 1)}
        assert [h.id for h in behind] == [next(h.id for h in heads[1:] if h.resolution is None)]
        assert conflict_table.heads(tx, "nobody") == []
    assert sorted(h.id for h in heads) == sorted(q.id for q in conflicts.questions(stage.db))
