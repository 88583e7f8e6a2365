"""Stories that the simulation found: each lost, doubled or took back something once."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.meddling import before_look
from engine.stage import HERE, THERE, Stage
from engine.test_crash import Killed
from engine.test_random import everything
from engine.test_rules_places import Folders
from engine.test_run import person
from instep.connectors.base import Create, Delete, Failed, FetchResult, Missing, Outcome, Presence, Update, Write
from instep.connectors.memory import MemoryReplica, MemoryStore, Traits
from instep.core.model import Item, Side, Typed
from instep.errors import Transient

L, R = Side.LEFT, Side.RIGHT
Patch = pytest.MonkeyPatch


def dying_after(patch: Patch, sort: type[Write]) -> None:
    """The process ends when a write of this sort has taken effect, before it hears of it."""
    one = MemoryReplica._one

    async def dying(self: MemoryReplica, write: Write) -> Outcome:
        outcome = await one(self, write)
        if isinstance(write, sort):
            raise Killed
        return outcome

    patch.setattr(MemoryReplica, "_one", dying)


def refusing(patch: Patch, store: MemoryStore, sort: type[Write]) -> None:
    """A store is too busy for writes of this sort."""
    apply = MemoryReplica.apply

    async def busy(self: MemoryReplica, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        rest: list[Write] = []
        async for write in writes:
            if self._store is store and isinstance(write, sort):
                yield Failed(write.key, Transient("Busy."))
            else:
                rest.append(write)

        async def others() -> AsyncIterator[Write]:
            for write in rest:
                yield write

        async for outcome in apply(self, others()):
            yield outcome

    patch.setattr(MemoryReplica, "apply", busy)


def silent(patch: Patch, store: MemoryStore, *hrefs: str) -> None:
    """A store lists these items not, and cannot say whether they are gone."""
    snapshot, confirm = MemoryReplica._snapshot, MemoryReplica.confirm

    def less(self: MemoryReplica, shelf: Any) -> Any:
        whole = snapshot(self, shelf)
        entries = tuple(e for e in whole.entries if self._store is not store or e.href not in hrefs)
        return replace(whole, entries=entries)

    async def doubting(self: MemoryReplica, asked: Any) -> dict[str, Presence]:
        answers = await confirm(self, asked)
        return {h: Presence.UNKNOWN if self._store is store and h in hrefs else p for h, p in answers.items()}

    patch.setattr(MemoryReplica, "_snapshot", less)
    patch.setattr(MemoryReplica, "confirm", doubting)


def said(**values: str) -> Callable[[Item], Item]:
    return lambda item: replace(item, **values)  # type: ignore[arg-type]


def categories(*names: str) -> Callable[[Item], Item]:
    return lambda item: replace(item, categories=names)


def test_what_an_interrupted_write_overwrote_is_in_history_also_when_somebody_wrote_since(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    stage = Stage(tmp_path)
    for side in Side:
        stage.put(side, person("Anna Berg", note="first words"))
    stage.pair_run()
    stage.edit(L, "Anna Berg", said(note="second words"))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dying_after(patch, Update)
        stage.run()
    stage.edit(R, "Anna Berg", said(note="third words"))
    stage.pair_run(on_conflict="server")
    assert "first words" in everything(stage)


def test_an_edit_of_what_an_interrupted_run_made_is_carried(tmp_path: Path, monkeypatch: Patch) -> None:
    def numbers(*values: str) -> tuple[Typed, ...]:
        return tuple(Typed(value, frozenset({"cell"})) for value in values)

    stage = Stage(tmp_path)
    stage.put(R, person("Anna Berg", telephones=numbers("111")))
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dying_after(patch, Create)
        stage.run()
    stage.edit(L, "Anna Berg", lambda item: replace(item, telephones=numbers("222")))  # type: ignore[call-arg]
    stage.pair_run()
    for side in Side:
        assert getattr(stage.item(side, "Anna Berg"), "telephones", ()) == numbers("222")
    assert stage.idle()


def test_a_creation_that_was_moved_before_it_was_recorded_is_not_made_again(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dying_after(patch, Create)
        stage.whole()
    [(href, item)] = stage.right.items(THERE).items()
    stage.right.remove(THERE, href)
    stage.right.put("cellar", item)
    stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == ([], ["Anna Berg"])
    stage.rest()


def test_an_edit_of_the_old_copy_of_an_interrupted_move_reaches_the_new_one(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    stage.whole()
    item = stage.left.items(HERE)["a"]
    stage.left.remove(HERE, "a")
    stage.left.put("attic", item, "a2")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        dying_after(patch, Create)
        stage.whole()
    stage.right.edit(THERE, "uid-Anna Berg", said(company="ACME"))
    report = stage.whole()
    assert not any(p.conflicts for p in report.pairs)
    stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == ([], ["Anna Berg"])
        [found] = stage.store(side).items(stage.shelf(side, True)).values()
        assert getattr(found, "company", "") == "ACME"
    stage.rest()


@pytest.mark.parametrize("tokens", [True, False])
def test_an_item_moved_while_one_folder_was_listed_after_the_other_is_no_deletion(
    tmp_path: Path, monkeypatch: Patch, tokens: bool
) -> None:
    traits = Traits(tokens=tokens)
    stage = Folders(tmp_path, left_traits=traits, right_traits=traits)
    stage.store(L).put("attic", person("Anna Berg"), "a")
    stage.store(L).put("attic", person("Bert Clay"), "b")
    stage.whole()
    deleted: list[str] = []
    one = MemoryReplica._one

    async def watching(self: MemoryReplica, write: Write) -> Outcome:
        if isinstance(write, Delete) and not stage.right.items(THERE):
            deleted.append(write.href)
        return await one(self, write)

    def move() -> None:
        item = stage.left.items("attic")["a"]
        stage.left.remove("attic", "a")
        stage.left.put(HERE, item, "a2")

    monkeypatch.setattr(MemoryReplica, "_one", watching)
    before_look(monkeypatch, stage.left, 2, move)  # "here" was listed, the attic not yet
    stage.whole()
    assert not deleted
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == (["Anna Berg"], ["Bert Clay"])
    stage.rest()


def test_an_item_moved_into_a_folder_that_is_listed_later_is_not_doubled(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    stage.whole()
    stage.edit(R, "Anna Berg", said(note="n"))

    def move() -> None:
        item = stage.left.items(HERE)["a"]
        stage.left.remove(HERE, "a")
        stage.left.put("attic", item, "a2")

    before_look(monkeypatch, stage.left, 2, move)
    stage.whole()
    stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == ([], ["Anna Berg"])
    stage.rest()


def test_a_move_whose_update_failed_is_linked_all_the_same(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Folders(tmp_path)
    stage.put(L, person("Anna Berg"), "a")
    stage.whole()
    stage.right.edit(THERE, "uid-Anna Berg", said(company="ACME"))
    item = stage.left.items(HERE)["a"]
    stage.left.remove(HERE, "a")
    stage.left.put("attic", replace(item, note="n"), "a2")  # type: ignore[call-arg]
    with monkeypatch.context() as patch:
        refusing(patch, stage.left, Update)
        stage.whole()
    stage.whole()
    stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == ([], ["Anna Berg"])
        [found] = stage.store(side).items(stage.shelf(side, True)).values()
        assert (getattr(found, "company", ""), getattr(found, "note", "")) == ("ACME", "n")
    stage.rest()


@pytest.mark.parametrize("late", list(Side))
def test_what_one_of_two_writes_carried_into_a_set_is_not_taken_for_an_edit(
    tmp_path: Path, monkeypatch: Patch, late: Side
) -> None:
    stage = Stage(tmp_path)
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    stage.edit(late, "Anna Berg", categories("mine"))
    stage.edit(late.other, "Anna Berg", categories("yours"))
    with monkeypatch.context() as patch:
        refusing(patch, stage.store(late), Update)
        stage.run()
    # The other side took "mine" over; its owner removes it again before the other way is done.
    stage.edit(late, "Anna Berg", categories())
    stage.run()
    stage.run()
    for side in Side:
        assert getattr(stage.item(side, "Anna Berg"), "categories", None) == ("yours",), side


def test_a_refused_item_is_matched_when_the_one_it_was_refused_for_appears(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=False, unique_uids=True))
    stage.put(L, person("Anna Berg"), "a")
    stage.put(R, person("Anna Berg"), "b")
    with monkeypatch.context() as patch:
        silent(patch, stage.right, "b")
        assert stage.pair_run().problems
    assert stage.pair_run().linked == 1
    assert stage.names(L) == stage.names(R) == ["Anna Berg"]
    assert stage.idle()


def test_a_rename_is_seen_also_when_the_other_side_is_silent(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=False))
    stage.put(L, person("Anna Berg"), "a")
    stage.pair_run()
    stage.edit(R, "Anna Berg", said(note="n"))
    item = stage.left.items(HERE)["a"]
    stage.left.remove(HERE, "a")
    stage.left.put(HERE, item, "a2")
    with monkeypatch.context() as patch:
        silent(patch, stage.right, stage.href(R, "Anna Berg"))
        stage.run()
    stage.pair_run()
    assert stage.names(L) == stage.names(R) == ["Anna Berg"]
    assert getattr(stage.item(L, "Anna Berg"), "note", "") == "n"
    assert stage.idle()


@pytest.mark.parametrize("tokens", [True, False])
def test_a_deletion_is_not_forgotten_while_the_other_side_is_silent(
    tmp_path: Path, monkeypatch: Patch, tokens: bool
) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=False))
    for name in ("Anna Berg", "Bert Clay"):
        stage.put(L, person(name))
    stage.pair_run()
    stage.remove(L, "Anna Berg")
    with monkeypatch.context() as patch:
        silent(patch, stage.right, stage.href(R, "Anna Berg"))
        stage.run()
    assert stage.names(R) == ["Anna Berg", "Bert Clay"]
    stage.pair_run()
    assert stage.names(R) == ["Bert Clay"]
    assert stage.idle()


def test_a_moved_item_that_is_listed_but_not_found_the_first_time_is_not_deleted(
    tmp_path: Path, monkeypatch: Patch
) -> None:
    stage = Folders(tmp_path)
    for name in ("Anna Berg", "Bert Clay"):
        stage.put(L, person(name), name)
    stage.whole()
    item = stage.left.items(HERE)["Anna Berg"]
    stage.left.remove(HERE, "Anna Berg")
    stage.left.put("attic", item, "moved")
    fetch = MemoryReplica.fetch

    async def lagging(self: MemoryReplica, hrefs: Any) -> AsyncIterator[FetchResult]:
        async for result in fetch(self, hrefs):
            yield Missing(result.href) if result.href == "moved" else result

    with monkeypatch.context() as patch:
        patch.setattr(MemoryReplica, "fetch", lagging)
        patch.setattr("instep.engine.run.PASSES", 1)
        stage.whole()
    assert stage.listing(R, False) == ["Anna Berg", "Bert Clay"]
    stage.whole()
    for side in Side:
        assert (stage.listing(side, False), stage.listing(side, True)) == (["Bert Clay"], ["Anna Berg"])
    stage.rest()


def test_what_is_listed_but_not_found_the_first_time_is_not_doubled(tmp_path: Path, monkeypatch: Patch) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=False))
    stage.put(L, person("Anna Berg"), "a")
    stage.put(R, person("Anna Berg"), "b")
    fetch = MemoryReplica.fetch

    async def lagging(self: MemoryReplica, hrefs: Any) -> AsyncIterator[FetchResult]:
        async for result in fetch(self, hrefs):
            yield Missing(result.href) if self._store is stage.right else result

    with monkeypatch.context() as patch:
        patch.setattr(MemoryReplica, "fetch", lagging)
        patch.setattr("instep.engine.run.PASSES", 1)
        stage.run()
    assert stage.names(R) == ["Anna Berg"]
    assert stage.pair_run().linked == 1
    assert stage.idle()
