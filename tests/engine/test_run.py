"""A run from end to end over stores in memory: what the person sees afterwards on both sides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.stage import Stage
from instep.connectors.memory import Traits
from instep.core.model import Contact, Kind, Note, Side, Typed
from instep.engine import conflicts
from instep.engine.questions import Choice, Resolution

L, R = Side.LEFT, Side.RIGHT


def person(name: str, **more: Any) -> Contact:
    given, _, family = name.partition(" ")
    return Contact(uid=f"uid-{name}", formatted_name=name, given=given, family=family, **more)


def test_what_is_new_on_either_side_is_made_on_the_other(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    stage.put(R, person("Bert Clay"))
    report = stage.pair_run()
    assert report.server_actions.create == 1 and report.desktop_actions.create == 1
    assert stage.names(L) == stage.names(R) == ["Anna Berg", "Bert Clay"]
    assert stage.idle()


def test_edits_of_different_fields_merge_by_themselves(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="left"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, company="right"))
    report = stage.pair_run()
    assert report.merged == 1 and report.conflicts == 0
    for side in Side:
        item = stage.item(side, "Anna Berg")
        assert isinstance(item, Contact) and (item.note, item.company) == ("left", "right")
    assert stage.idle()


def conflict(tmp_path: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="left"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="right"))
    assert stage.pair_run().conflicts == 1
    return stage


@pytest.mark.parametrize(("choice", "note"), [(Choice.SERVER, "right"), (Choice.DESKTOP, "left")])
def test_a_decided_conflict_is_carried_out_by_the_next_run(tmp_path: Path, choice: Choice, note: str) -> None:
    stage = conflict(tmp_path)
    question = conflicts.questions(stage.db)[0]
    assert question.fields == ("note",)
    conflicts.decide(stage.db, question.id, Resolution(choice))
    assert stage.pair_run().conflicts == 0
    assert {stage.item(s, "Anna Berg").note for s in Side} == {note}  # type: ignore[union-attr]
    assert stage.idle()


def test_keeping_both_makes_the_desktop_version_an_item_of_its_own(tmp_path: Path) -> None:
    stage = conflict(tmp_path)
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.BOTH))
    assert stage.pair_run().conflicts == 0
    for side in Side:
        notes = sorted(i.note for i in stage.items(side).values())  # type: ignore[union-attr]
        assert notes == ["left", "right"]
        assert len({i.uid for i in stage.items(side).values()}) == 2
    assert stage.idle()


def test_a_conflict_waits_over_many_runs_while_other_fields_go_on(tmp_path: Path) -> None:
    stage = conflict(tmp_path)
    number = conflicts.questions(stage.db)[0].id
    for turn in range(5):
        stage.edit(L, "Anna Berg", lambda i, t=turn: replace(i, company=f"Co {t}"))  # type: ignore[misc]
        stage.edit(R, "Anna Berg", lambda i, t=turn: replace(i, job_title=f"Job {t}"))  # type: ignore[misc]
        report = stage.pair_run()
        assert report.conflicts == 1
        left, right = (stage.item(s, "Anna Berg") for s in Side)
        assert isinstance(left, Contact) and isinstance(right, Contact)
        assert (left.company, right.company) == (f"Co {turn}", f"Co {turn}")
        assert (left.job_title, right.job_title) == (f"Job {turn}", f"Job {turn}")
        assert (left.note, right.note) == ("left", "right")
        assert conflicts.questions(stage.db)[0].id == number


def test_an_answer_to_versions_that_moved_since_is_asked_again(tmp_path: Path) -> None:
    stage = conflict(tmp_path)
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.DESKTOP))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="newest"))
    assert stage.pair_run().conflicts == 1
    assert stage.item(R, "Anna Berg").note == "newest"  # type: ignore[union-attr]


def test_a_deletion_is_repeated_and_an_edit_against_it_is_asked(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for name in ("Anna Berg", "Bert Clay", "Cora Dell", "Dora Ernst"):
        stage.put(L, person(name))
    stage.pair_run()
    stage.remove(L, "Anna Berg")
    stage.remove(R, "Bert Clay")
    stage.remove(R, "Cora Dell")
    stage.edit(L, "Cora Dell", lambda i: replace(i, note="edited"))
    report = stage.pair_run()
    assert (report.server_actions.delete, report.desktop_actions.delete, report.conflicts) == (1, 1, 1)
    assert stage.names(L) == ["Cora Dell", "Dora Ernst"] and stage.names(R) == ["Dora Ernst"]
    assert stage.pair_run().conflicts == 1
    conflicts.decide(stage.db, conflicts.questions(stage.db)[0].id, Resolution(Choice.DESKTOP))
    stage.pair_run()
    assert stage.names(L) == stage.names(R) == ["Cora Dell", "Dora Ernst"]
    assert stage.idle()


def test_lost_state_links_everything_without_a_write_or_a_question(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for n in range(30):
        stage.put(L, person(f"Anna Berg{n}", telephones=(Typed(f"+49 {n}"),)))
    stage.pair_run()
    stage.forget_links()
    report = stage.pair_run()
    assert (report.work, report.conflicts, report.linked) == (0, 0, 30)
    assert stage.idle()


def test_items_without_uid_and_a_renamed_note_are_no_deletion(tmp_path: Path) -> None:
    stage = Stage(tmp_path, kind=Kind.NOTE)
    stage.put(L, Note(title="Shopping", body="milk"), "Shopping.md")
    stage.pair_run()
    item = stage.item(L, "Shopping")
    stage.left.remove("here", "Shopping.md")
    stage.left.put("here", item, "Einkauf.md")
    report = stage.pair_run()
    assert report.work == 0 and stage.names(R) == ["Shopping"]
    assert stage.idle()


def test_a_dry_run_tells_and_writes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    report = stage.pair_run(dry_run=True)
    assert report.server_actions.create == 1 and stage.names(R) == [] and stage.links() == 0


def test_a_first_sync_without_a_yes_writes_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    report = stage.pair_run(yes=False)
    assert report.stopped and stage.names(R) == []


def test_a_side_emptied_stops_its_pair(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for n in range(6):
        stage.put(L, person(f"Anna Berg{n}"))
    stage.pair_run()
    for n in range(6):
        stage.remove(L, f"Anna Berg{n}")
    report = stage.pair_run()
    assert report.stopped and len(stage.names(R)) == 6


@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("etags", [True, False])
@pytest.mark.parametrize("tells", [True, False])
def test_every_sort_of_store_comes_to_rest(tmp_path: Path, tokens: bool, etags: bool, tells: bool) -> None:
    traits = Traits(tokens=tokens, etags=etags, tells_etag=tells, own_hrefs=tells)
    stage = Stage(tmp_path, right_traits=traits)
    stage.put(L, person("Anna Berg"))
    stage.put(R, person("Bert Clay"))
    stage.pair_run()
    assert stage.idle()
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="n"))
    stage.remove(L, "Bert Clay")
    stage.pair_run()
    assert stage.names(R) == ["Anna Berg"] and stage.item(L, "Anna Berg").note == "n"  # type: ignore[union-attr]
    assert stage.idle()
