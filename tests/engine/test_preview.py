"""A preview is what the next run makes of an answer: each is compared with a real run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from engine.stage import Stage
from engine.test_run import person
from instep.connectors.memory import Traits
from instep.core.fields import same_item
from instep.core.limits import ABSENT
from instep.core.model import Contact, Event, Item, Kind, Moment, Override, Side, Typed, name_of
from instep.engine import conflicts
from instep.engine.preview import preview
from instep.engine.questions import Choice, Question, Resolution
from instep.errors import ConfigError

L, R = Side.LEFT, Side.RIGHT


def both_edited(stage: Stage) -> None:
    stage.put(L, person("Anna Berg", note="old", telephones=(Typed("1"), Typed("2"))))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="l", company="L", telephones=(Typed("1"),), spouse="Bob"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="r", company="R", job_title="Boss"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, telephones=(Typed("1"), Typed("2"), Typed("3"))))


def deleted_here(stage: Stage) -> None:
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.remove(L, "Anna Berg")
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="r"))


def deleted_there(stage: Stage) -> None:
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    stage.remove(R, "Anna Berg")
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="l"))


def met_and_different(stage: Stage) -> None:
    stage.put(L, person("Anna Berg", note="l", spouse="Bob", telephones=(Typed("1"),)))
    stage.put(R, person("Anna Berg", note="r", company="R", telephones=(Typed("2"),)))


def several_match(stage: Stage) -> None:
    stage.put(L, person("Anna Berg", note="l"))
    stage.put(R, person("Anna Berg", note="one", company="One"))
    stage.put(R, person("Anna Berg", note="two", company="Two"))


def series_torn(stage: Stage) -> None:
    zone = "Europe/Berlin"
    start, end = (Moment(datetime(2026, 3, 3, h), zone) for h in (9, 10))
    stage.put(L, Event(uid="s", summary="Plan", start=start, end=end, rules=("FREQ=WEEKLY",)))
    stage.pair_run()
    away = Override(start, Event(uid="s", summary="Away", start=start, end=end))
    stage.edit(L, "Plan", lambda i: replace(i, rules=("FREQ=WEEKLY;INTERVAL=2",), location="Hall"))
    stage.edit(R, "Plan", lambda i: replace(i, exceptions=(away,)))


CASES: list[tuple[Callable[[Stage], None], Resolution]] = [
    (both_edited, Resolution(Choice.SERVER)),
    (both_edited, Resolution(Choice.DESKTOP)),
    (both_edited, Resolution(Choice.MERGE, takes={"note": L, "company": R})),
    (both_edited, Resolution(Choice.MERGE, takes={"note": R})),
    (both_edited, Resolution(Choice.BOTH)),
    (both_edited, Resolution(Choice.SKIP)),
    (deleted_here, Resolution(Choice.SERVER)),
    (deleted_here, Resolution(Choice.DESKTOP)),
    (deleted_there, Resolution(Choice.SERVER)),
    (deleted_there, Resolution(Choice.DESKTOP)),
    (met_and_different, Resolution(Choice.SERVER)),
    (met_and_different, Resolution(Choice.DESKTOP)),
    (several_match, Resolution(Choice.SERVER, which=1)),
    (several_match, Resolution(Choice.DESKTOP, which=2)),
    (several_match, Resolution(Choice.MERGE, which=2, takes={"note": L, "company": R})),
    (several_match, Resolution(Choice.NEW)),
    (series_torn, Resolution(Choice.SERVER)),
    (series_torn, Resolution(Choice.DESKTOP)),
]


def _id(value: object) -> str:
    if isinstance(value, Resolution):
        return f"{value.choice} {value.which} {','.join(f'{k} {v}' for k, v in value.takes.items())}".strip()
    return getattr(value, "__name__", "")


@pytest.mark.parametrize(("happened", "answer"), CASES, ids=_id)
def test_a_preview_shows_what_the_next_run_does(
    happened: Callable[[Stage], None], answer: Resolution, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, Kind.EVENT if happened is series_torn else Kind.CONTACT)
    happened(stage)
    stage.pair_run()
    asked = only(stage)

    shown = preview(stage.db, asked.id, answer)
    before = {side: list(stage.items(side).values()) for side in Side}
    conflicts.decide(stage.db, asked.id, answer)
    stage.pair_run()

    untouched = [c.item for c in asked.candidates] if answer.choice is not Choice.SKIP else []
    for side in Side:
        promised = [item for outcome in shown.outcomes if (item := outcome.on(side)) is not None]
        made = list(stage.items(side).values())
        for item in promised:
            assert any(same_item(item, there) for there in made), (side, item, made)
        if not untouched:
            assert len(made) == len(promised), side
    if answer.choice is Choice.SKIP:
        assert {side: list(stage.items(side).values()) for side in Side} == before
    if asked.reason != "match":
        assert set(shown.undecided) == set(only(stage).fields if conflicts.questions(stage.db) else ())


def test_a_preview_knows_what_a_side_cannot_hold(tmp_path: Path) -> None:
    narrow = Traits(tokens=False, limits={Kind.CONTACT: {"job_title": ABSENT}})
    stage = Stage(tmp_path, left_traits=narrow)
    stage.put(R, person("Anna Berg", note="old", job_title="Boss"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", lambda i: replace(i, note="l"))
    stage.edit(R, "Anna Berg", lambda i: replace(i, note="r", job_title="Head"))
    stage.pair_run()
    [outcome] = preview(stage.db, only(stage).id, Resolution(Choice.SERVER)).outcomes
    left, right = outcome.left, outcome.right
    assert isinstance(left, Contact) and isinstance(right, Contact)
    assert (left.note, left.job_title, right.job_title) == ("r", "", "Head")


def only(stage: Stage) -> Question:
    [question] = conflicts.questions(stage.db)
    return question


def test_a_preview_stores_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    both_edited(stage)
    stage.pair_run()
    asked = only(stage)
    preview(stage.db, asked.id, Resolution(Choice.SERVER))
    assert only(stage) == asked and asked.answer is None


def test_a_preview_of_an_answer_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    deleted_here(stage)
    stage.pair_run()
    with pytest.raises(ConfigError):
        preview(stage.db, only(stage).id, Resolution(Choice.BOTH))
    with pytest.raises(ConfigError):
        preview(stage.db, 99, Resolution(Choice.SERVER))


def test_a_copy_says_that_it_is_new(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    both_edited(stage)
    stage.pair_run()
    kept, copy = preview(stage.db, only(stage).id, Resolution(Choice.BOTH)).outcomes
    assert (kept.is_new, copy.is_new) == (False, True)
    assert _note(kept.left) == _note(kept.right) == "r" and _note(copy.left) == _note(copy.right) == "l"


def _note(item: Item | None) -> str:
    assert isinstance(item, Contact) and name_of(item) == "Anna Berg"
    return item.note
