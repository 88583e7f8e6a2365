"""RULES 11 to 13 and 18 to 20: tokens and echoes, and a person who writes in the middle of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.meddling import around_writes, before_look
from engine.stage import HERE, THERE, Stage
from engine.test_run import person
from instep.connectors.base import Presence
from instep.connectors.memory import MemoryReplica, Traits
from instep.core.model import Contact, Item, Side
from instep.store import pairs as pair_table
from instep.store import remarks as remark_table

L, R = Side.LEFT, Side.RIGHT
SORTS = {
    "tells its etag": Traits(),
    "tells no etag": Traits(tells_etag=False),
    "tells what it holds": Traits(tells_held=True),
    "no tokens": Traits(tokens=False),
    "no tokens, tells no etag": Traits(tokens=False, tells_etag=False),
    "no etags at all": Traits(etags=False),
    "its own ids, answers late": Traits(own_hrefs=False, answers_late=True),
    "pages": Traits(page=2),
}
every_sort = pytest.mark.parametrize("traits", SORTS.values(), ids=SORTS.keys())


def the(stage: Stage, side: Side, name: str = "Anna Berg") -> Any:
    return stage.item(side, name)


def noted(text: str) -> Any:
    return lambda i: replace(i, note=text)


def at_work(text: str) -> Any:
    return lambda i: replace(i, company=text)


def begun(tmp_path: Path, traits: Traits | None = None, count: int = 3) -> Stage:
    stage = Stage(tmp_path, right_traits=traits or Traits())
    stage.put(L, person("Anna Berg"))
    for n in range(1, count):
        stage.put(L, person(f"Bert Clay{n}"))
    stage.pair_run()
    return stage


def rested(stage: Stage) -> None:
    """At most two more runs until nothing is left to do, and both sides the same."""
    stage.pair_run()
    if not stage.idle():
        assert stage.idle()
    assert stage.names(L) == stage.names(R)
    for name in stage.names(L):
        left, right = the(stage, L, name), the(stage, R, name)
        assert replace(left, uid="") == replace(right, uid="")


# Tokens -----------------------------------------------------------------------------------------------------------


def test_rule_11_a_refused_change_is_kept_open_though_the_token_moves_on(tmp_path: Path) -> None:
    def refuse(item: Item) -> str | None:
        return "too long" if len(getattr(item, "note", "")) > 5 else None

    stage = Stage(tmp_path, left_traits=Traits(refuse=refuse))
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    stage.edit(R, "Anna Berg", noted("far too long"))
    for _ in range(3):
        assert [p.message for p in stage.pair_run().problems]
    stage.edit(R, "Anna Berg", noted("short"))
    assert not stage.pair_run().problems and the(stage, L).note == "short" and stage.idle()


def test_rule_11_a_new_pair_starts_without_a_token_and_a_run_saves_both(tmp_path: Path) -> None:
    stage = Stage(tmp_path, left_traits=Traits())
    assert (stage.pair.left_token, stage.pair.right_token) == (None, None)
    stage.pair_run()
    with stage.db.reading() as tx:
        saved = pair_table.get(tx, stage.pair.id)
    assert saved is not None and saved.left_token and saved.right_token


def test_rule_11_a_run_that_ends_in_the_middle_saves_no_token(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    with stage.db.reading() as tx:
        before = pair_table.get(tx, stage.pair.id)
    stage.edit(R, "Anna Berg", noted("n"))
    stage.left.vanish(HERE)
    stage.run()
    with stage.db.reading() as tx:
        after = pair_table.get(tx, stage.pair.id)
    assert before is not None and after is not None and before.right_token == after.right_token
    stage.left.appear(HERE)
    stage.pair_run()
    assert the(stage, L).note == "n" and stage.idle()


@every_sort
def test_rule_12_our_own_writes_are_not_looked_at_again(tmp_path: Path, traits: Traits) -> None:
    stage = begun(tmp_path, traits)
    stage.edit(L, "Anna Berg", noted("n"))
    stage.pair_run()
    with stage.db.reading() as tx:
        assert not traits.etags or not remark_table.by_href(tx, stage.pair.id, R)
    if traits.tokens and traits.etags:
        before = stage.right.requests
        assert stage.idle()
        assert stage.right.requests - before <= 2


@every_sort
@pytest.mark.parametrize("field", ["note", "company"])
def test_rule_12_an_edit_between_our_write_and_our_last_look_is_carried(
    tmp_path: Path, traits: Traits, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, traits)
    stage.edit(L, "Anna Berg", noted("ours"))
    with monkeypatch.context() as patch:
        change = noted("theirs") if field == "note" else at_work("theirs")
        before_look(patch, stage.right, 2, lambda: stage.edit(R, "Anna Berg", change))
        stage.pair_run()
    if getattr(the(stage, R), field) == "theirs":  # a store without tokens is looked at once only
        rested(stage)
        assert getattr(the(stage, L), field) == "theirs"


def test_rule_12_an_item_made_between_our_write_and_our_last_look_is_carried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Anna Berg", noted("ours"))
    with monkeypatch.context() as patch:
        before_look(patch, stage.right, 2, lambda: stage.put(R, person("Cora Dell")))
        stage.pair_run()
    rested(stage)
    assert "Cora Dell" in stage.names(L)


def test_rule_12_a_deletion_between_our_write_and_our_last_look_is_carried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Anna Berg", noted("ours"))
    with monkeypatch.context() as patch:
        before_look(patch, stage.right, 2, lambda: stage.remove(R, "Bert Clay1"))
        stage.pair_run()
    rested(stage)
    assert "Bert Clay1" not in stage.names(L)


def test_rule_13_a_token_that_is_no_longer_valid_is_no_deletion_and_no_doubling(tmp_path: Path) -> None:
    stage = begun(tmp_path)
    stage.edit(R, "Anna Berg", noted("n"))
    stage.remove(R, "Bert Clay1")
    stage.put(R, person("Cora Dell"))
    stage.right.forget_tokens(THERE)
    report = stage.pair_run()
    assert not report.stopped and report.conflicts == 0
    assert stage.names(L) == ["Anna Berg", "Bert Clay2", "Cora Dell"] and the(stage, L).note == "n"
    assert stage.idle()


@pytest.mark.parametrize("size", [1, 2, 7])
def test_rule_13_pages_are_read_to_their_end(tmp_path: Path, size: int) -> None:
    stage = begun(tmp_path, Traits(page=size), count=9)
    for n in range(1, 9):
        stage.edit(R, f"Bert Clay{n}", noted("n"))
    stage.remove(R, "Anna Berg")
    stage.pair_run()
    assert stage.names(L) == stage.names(R) and len(stage.names(L)) == 8
    assert all(i.note == "n" for i in stage.items(L).values())  # type: ignore[union-attr]
    assert stage.idle()


# In the middle of a run -------------------------------------------------------------------------------------------


@every_sort
@pytest.mark.parametrize("field", ["note", "company"])
def test_rule_19_an_edit_between_our_write_and_the_read_back_is_a_persons(
    tmp_path: Path, traits: Traits, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, traits)
    stage.edit(L, "Anna Berg", noted("ours"))
    with monkeypatch.context() as patch:
        change = noted("theirs") if field == "note" else at_work("theirs")
        around_writes(patch, stage.right, after=lambda: stage.edit(R, "Anna Berg", change))
        stage.pair_run()
    for _ in range(2):
        stage.pair_run()
    assert getattr(the(stage, R), field) == getattr(the(stage, L), field) == "theirs"
    assert stage.idle()


@every_sort
def test_rule_19_an_edit_right_after_we_made_an_item_is_carried(
    tmp_path: Path, traits: Traits, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, traits)
    stage.put(L, person("Cora Dell", note="n"))
    with monkeypatch.context() as patch:
        around_writes(patch, stage.right, after=lambda: stage.edit(R, "Cora Dell", at_work("theirs")))
        stage.pair_run()
    for _ in range(2):
        stage.pair_run()
    assert the(stage, R, "Cora Dell").company == the(stage, L, "Cora Dell").company == "theirs"
    assert stage.idle()


def upper(item: Item) -> Item:
    assert isinstance(item, Contact)
    return replace(item, note=item.note.upper())


@pytest.mark.parametrize("tells", [True, False])
def test_rule_19_rewriting_and_a_persons_edit_in_one_body_are_told_apart(
    tmp_path: Path, tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, Traits(rewrite=upper, tells_etag=tells))
    stage.edit(L, "Anna Berg", noted("ours"))
    with monkeypatch.context() as patch:
        around_writes(patch, stage.right, after=lambda: stage.edit(R, "Anna Berg", at_work("theirs")))
        stage.pair_run()
    stage.pair_run()
    assert (the(stage, L).note, the(stage, L).company) == ("ours", "theirs")
    assert (the(stage, R).note, the(stage, R).company) == ("OURS", "theirs")
    assert stage.idle()


@pytest.mark.parametrize("change", [noted("theirs"), at_work("theirs")], ids=["same field", "other field"])
@pytest.mark.parametrize("tokens", [True, False])
def test_rule_20_an_edit_between_our_look_and_our_write_is_left_for_the_next_run(
    tmp_path: Path, change: Any, tokens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path, Traits(tokens=tokens))
    stage.edit(L, "Anna Berg", noted("ours"))
    with monkeypatch.context() as patch:
        around_writes(patch, stage.right, before=lambda: stage.edit(R, "Anna Berg", change))
        report = stage.pair_run()
    assert not report.problems, "somebody was faster: no problem"
    assert the(stage, R).note != "ours"
    again = stage.pair_run()
    if the(stage, R).company == "theirs":
        assert the(stage, L).company == "theirs" and the(stage, R).note == "ours" and stage.idle()
    else:
        assert again.conflicts == 1


def test_rule_20_a_deletion_is_not_repeated_on_an_item_that_was_edited_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path)
    stage.remove(L, "Anna Berg")
    with monkeypatch.context() as patch:
        around_writes(patch, stage.right, before=lambda: stage.edit(R, "Anna Berg", noted("kept")))
        stage.pair_run()
    assert the(stage, R).note == "kept"
    assert stage.pair_run().conflicts == 1 and the(stage, R).note == "kept"


def test_rule_20_an_item_deleted_between_our_look_and_our_write_is_not_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = begun(tmp_path)
    stage.edit(L, "Anna Berg", noted("ours"))
    with monkeypatch.context() as patch:
        around_writes(patch, stage.right, before=lambda: stage.remove(R, "Anna Berg"))
        stage.pair_run()
    assert "Anna Berg" not in stage.names(R)
    assert stage.pair_run().conflicts == 1, "an edit against a deletion"


def test_rule_14_an_absence_that_nobody_proves_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = begun(tmp_path, Traits(tokens=False))

    async def unknown(self: MemoryReplica, hrefs: Any) -> dict[str, Presence]:
        return dict.fromkeys(hrefs, Presence.UNKNOWN)

    stage.remove(R, "Anna Berg")
    stage.edit(L, "Bert Clay1", noted("n"))
    with monkeypatch.context() as patch:
        patch.setattr(MemoryReplica, "confirm", unknown)
        for _ in range(2):
            assert stage.pair_run().desktop_actions.delete == 0
    assert "Anna Berg" in stage.names(L) and the(stage, R, "Bert Clay1").note == "n"
    assert stage.pair_run().desktop_actions.delete == 1 and stage.idle()
