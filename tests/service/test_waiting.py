"""What a person is told, and that it is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.stage import Stage
from instep.core.model import Contact, Item, Side
from instep.engine.report import Report, kind_of_failure
from instep.errors import ConfigError, InstepError, LoginRefused, SecretUnavailable, StateDamaged, Unreachable
from instep.service.waiting import Told, Waiting, sentence


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """An account with ten people on both sides, in step."""
    stage = Stage(tmp_path)
    for number in range(10):
        stage.put(Side.LEFT, Contact(formatted_name=f"Person {number}"))
    stage.pair_run()
    yield stage
    stage.db.close()


def clash(stage: Stage, *names: str) -> None:
    """Both sides change the same field of these people."""
    for name in names:
        stage.edit(Side.LEFT, name, lambda item: _titled(item, "Chief"))
        stage.edit(Side.RIGHT, name, lambda item: _titled(item, "Boss"))


def _titled(item: Item, title: str) -> Item:
    assert isinstance(item, Contact)
    return replace(item, job_title=title)


def told(stage: Stage) -> Told:
    told = Told()
    told.begin(stage.db, ["me"])
    return told


def failed(error: InstepError | None) -> Report:
    away = isinstance(error, Unreachable | LoginRefused)
    return Report(1, "me", failure="It failed.", failure_kind=kind_of_failure(error), unreachable=away)


def test_run_in_step_is_no_news(stage: Stage) -> None:
    assert told(stage).news(stage.db, stage.run()) == ""


def test_conflict_is_told_once(stage: Stage) -> None:
    known = told(stage)
    clash(stage, "Person 1")
    assert known.news(stage.db, stage.run()) == "me: a conflict waits for your decision."
    assert known.news(stage.db, stage.run()) == ""


def test_only_the_conflicts_that_are_new_are_counted(stage: Stage) -> None:
    known = told(stage)
    clash(stage, "Person 1")
    known.news(stage.db, stage.run())
    clash(stage, "Person 2", "Person 3")
    assert known.news(stage.db, stage.run()) == "me: 2 conflicts wait for your decision."


def test_what_waited_before_the_program_began_is_no_news(stage: Stage) -> None:
    clash(stage, "Person 1")
    stage.run()
    assert told(stage).news(stage.db, stage.run()) == ""


def test_what_a_person_saw_on_the_screen_is_no_news_afterwards(stage: Stage) -> None:
    known = told(stage)
    clash(stage, "Person 1")
    assert known.news(stage.db, stage.run(), quiet=True) == ""
    assert known.news(stage.db, stage.run()) == ""


def test_guard_stop_is_told_once_and_again_after_it_was_answered(stage: Stage) -> None:
    known = told(stage)
    for number in range(6):
        stage.remove(Side.LEFT, f"Person {number}")
    says = "me: a guard stopped something and waits for your answer."
    assert known.news(stage.db, stage.run()) == says
    stage.remove(Side.LEFT, "Person 6")
    assert known.news(stage.db, stage.run()) == ""
    assert known.news(stage.db, Report(2, "me")) == ""
    assert known.news(stage.db, stage.run()) == says


def test_guard_stop_that_the_last_program_told_is_no_news(stage: Stage) -> None:
    for number in range(6):
        stage.remove(Side.LEFT, f"Person {number}")
    stage.run()
    known = told(stage)
    assert known.news(stage.db, stage.run()) == ""
    assert known.news(stage.db, stage.run()) == ""


FAILURES: list[tuple[str, InstepError | None, str]] = [
    ("the network is away", Unreachable("x"), ""),
    ("a refused password", LoginRefused("x"), "me: the server refused the password."),
    ("a locked key store", SecretUnavailable("x"), "me: the password cannot be read."),
    ("settings that are wrong", ConfigError("x"), "me: the settings need a correction."),
    ("a damaged state", StateDamaged("x"), ""),
    ("a defect", None, ""),
]


@pytest.mark.parametrize(("name", "error", "says"), FAILURES, ids=[row[0] for row in FAILURES])
def test_failure_that_a_person_can_mend_is_told_once(
    stage: Stage, name: str, error: InstepError | None, says: str
) -> None:
    known = told(stage)
    assert known.news(stage.db, failed(error)) == says
    assert known.news(stage.db, failed(error)) == ""


def test_password_refused_again_after_the_network_was_away_is_no_news(stage: Stage) -> None:
    known = told(stage)
    known.news(stage.db, failed(LoginRefused("x")))
    known.news(stage.db, failed(Unreachable("x")))
    assert known.news(stage.db, failed(LoginRefused("x"))) == ""


def test_guard_stop_still_there_after_the_network_was_away_is_no_news(stage: Stage) -> None:
    known = told(stage)
    for number in range(6):
        stage.remove(Side.LEFT, f"Person {number}")
    known.news(stage.db, stage.run())
    known.news(stage.db, failed(Unreachable("x")))
    assert known.news(stage.db, stage.run()) == ""


def test_several_things_are_one_sentence() -> None:
    after = Waiting(frozenset({1, 2}), frozenset({7}), "")
    assert sentence("Work", Waiting(), after) == (
        "Work: 2 conflicts wait for your decision; a guard stopped something and waits for your answer."
    )
