"""What a side holds and the protocol in use cannot carry: it stays there, is said once, counts as there, and goes by
itself once it can."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.stage import THERE, Stage
from engine.test_run import person
from instep.connectors.base import Fetched, FetchResult, Unreadable
from instep.connectors.memory import MemoryConnector, MemoryReplica, Traits
from instep.core.limits import Bar, Limit
from instep.core.model import Contact, Item, Kind, Side, name_of
from instep.engine.verify import verify
from instep.errors import NotCarried, Where
from instep.store import conflicts as conflict_table

L, R = Side.LEFT, Side.RIGHT
GROUPS = Bar("a group does not go there", "Let it go another way.")
BARRED = {Kind.CONTACT: {"is_group": Limit(barred=GROUPS)}}
STORES = pytest.mark.parametrize("tokens", [True, False], ids=["tokens", "listings"])


def team(name: str = "Team") -> Contact:
    return replace(person(name), is_group=True)


def as_group(item: Item) -> Item:
    assert isinstance(item, Contact)
    return replace(item, is_group=True)


def not_carried(patch: pytest.MonkeyPatch, stage: Stage) -> None:
    """Groups of the server are not carried."""
    fetch = MemoryReplica.fetch

    async def blind(self: MemoryReplica, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        async for result in fetch(self, hrefs):
            if self._store is stage.right and isinstance(result, Fetched) and result.item.is_group:  # type: ignore[union-attr]
                where = Where(collection="There", item=name_of(result.item))
                error = NotCarried(GROUPS.why, GROUPS.advice, where)
                yield Unreadable(result.href, result.etag, error, result.document)
            else:
                yield result

    patch.setattr(MemoryReplica, "fetch", blind)


def quiet(stage: Stage, *, desktop: int = 0, server: int = 0) -> None:
    """Two more runs do nothing and say nothing but a number."""
    for _ in range(2):
        report = stage.run()
        (pair,) = report.pairs
        assert report.status == "in-step" and not pair.notes and pair.work == 0 and pair.linked == 0
        assert pair.staying == {L: desktop, R: server}


def verified(stage: Stage) -> tuple[bool, dict[Side, int]]:
    """Whether both sides are the same, and what stays where."""
    report = asyncio.run(verify(stage.db, "me", MemoryConnector(stage.left), MemoryConnector(stage.right)))
    return report.clean, report.pairs[0].staying


@STORES
def test_item_that_is_not_read_stays_on_the_server_and_comes_once_when_it_can(
    tokens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=tokens, limits=BARRED))
    stage.put(R, team())
    stage.put(R, person("Anna Berg"))
    with monkeypatch.context() as patch:
        not_carried(patch, stage)
        (note,) = stage.pair_run().notes
        assert note == "Team: stays as it is (Server). A group does not go there. Let it go another way."
        quiet(stage, server=1)
        assert verified(stage) == (True, {L: 0, R: 1})
        stage.edit(R, "Team", lambda item: replace(item, note="singers"))
        quiet(stage, server=1)
        stage.put(R, team("Band"))
        assert [note.partition(":")[0] for note in stage.pair_run().notes] == ["Band"]
        stage.remove(R, "Band")
        quiet(stage, server=1)
        assert stage.names(L) == ["Anna Berg"]
    assert stage.pair_run().desktop_actions.create == 1
    assert stage.names(L) == ["Anna Berg", "Team"] == stage.names(R)
    quiet(stage)


@STORES
def test_several_of_one_reason_are_one_note(tokens: bool, tmp_path: Path) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=tokens, limits=BARRED))
    for number in range(5):
        stage.put(L, team(f"Team {number}"))
    (note,) = stage.pair_run().notes
    assert note.startswith("Team 0, Team 1, Team 2 and 2 more: stay as they are (Desktop). A group")
    quiet(stage, desktop=5)


@STORES
def test_item_that_is_not_taken_stays_on_the_desktop_until_it_can_go(tokens: bool, tmp_path: Path) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(limits=BARRED))
    stage.put(L, team())
    plan = stage.pair_run(dry_run=True)
    assert (plan.work, len(plan.notes)) == (0, 1)
    assert len(stage.pair_run().notes) == 1
    quiet(stage, desktop=1)
    stage.edit(L, "Team", lambda item: replace(item, note="singers"))
    quiet(stage, desktop=1)
    assert verified(stage) == (True, {L: 1, R: 0})
    assert stage.names(R) == []
    stage.right.traits = replace(stage.right.traits, limits={})
    assert stage.pair_run().server_actions.create == 1
    quiet(stage)


@STORES
def test_item_that_stays_is_no_other_one_of_the_same_name_on_the_other_side(
    tokens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens, limits=BARRED))
    not_carried(monkeypatch, stage)
    stage.put(L, team())
    stage.put(R, team())
    assert len(stage.pair_run().notes) == 2
    quiet(stage, desktop=1, server=1)
    stage.remove(L, "Team")
    quiet(stage, server=1)
    assert stage.names(R) == ["Team"]


@STORES
def test_twin_that_would_have_to_become_what_is_not_taken_is_neither_changed_nor_doubled(
    tokens: bool, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens, limits=BARRED))
    stage.put(L, team())
    stage.put(R, person("Team"))
    stage.pair_run()
    for _ in range(2):
        report = stage.pair_run()
        assert report.work == 0 and not report.problems and not report.notes
    assert not stage.item(R, "Team").is_group and stage.item(L, "Team").is_group  # type: ignore[union-attr]
    assert (stage.names(L), stage.names(R)) == (["Team"], ["Team"])


@STORES
@pytest.mark.parametrize("there", ["as it was", "edited", "deleted"])
def test_linked_item_that_becomes_what_is_not_taken_waits_on_both_sides(
    there: str, tokens: bool, tmp_path: Path
) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens, limits=BARRED))
    stage.put(L, person("Team", note="a"))
    stage.pair_run()
    stage.edit(L, "Team", as_group)
    if there == "edited":
        stage.edit(R, "Team", lambda item: replace(item, note="b"))
    elif there == "deleted":
        stage.remove(R, "Team")
        (pair,) = stage.run(on_conflict="desktop").pairs
        assert pair.work == 0 and not pair.problems
        assert stage.names(L) == ["Team"] and stage.names(R) == []
        return
    report = stage.pair_run()
    assert len(report.notes) == 1 and report.work == 0 and not report.problems
    quiet(stage, desktop=1)
    assert verified(stage) == (True, {L: 1, R: 0})
    stage.right.traits = replace(stage.right.traits, limits={})
    assert stage.pair_run().work == (2 if there == "edited" else 1)
    assert stage.items(L).keys() and stage.item(R, "Team").is_group  # type: ignore[union-attr]
    assert stage.item(L, "Team").note == ("b" if there == "edited" else "a")  # type: ignore[union-attr]
    quiet(stage)


@STORES
def test_linked_item_that_is_not_read_any_more_is_not_deleted_and_not_written_over(
    tokens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=tokens, limits=BARRED))
    stage.put(R, person("Team"))
    stage.pair_run()
    with monkeypatch.context() as patch:
        not_carried(patch, stage)
        stage.edit(R, "Team", as_group)
        (note,) = stage.pair_run().notes
        assert note.startswith("Team: stays as it is (Server)")
        quiet(stage, server=1)
        stage.edit(L, "Team", lambda item: replace(item, note="mine"))
        quiet(stage, server=1)
        assert stage.item(R, "Team").note == ""  # type: ignore[union-attr]
    stage.right.traits = replace(stage.right.traits, limits={})
    assert stage.pair_run().work == 2 and stage.links() == 1
    quiet(stage)


def test_what_a_person_decided_is_carried_out_when_it_can(tmp_path: Path) -> None:
    stage = Stage(tmp_path, right_traits=Traits(limits=BARRED))
    stage.put(L, person("Team", note="a"))
    stage.pair_run()
    stage.edit(L, "Team", lambda item: replace(as_group(item), note="mine"))  # type: ignore[type-var]
    stage.edit(R, "Team", lambda item: replace(item, note="theirs"))
    assert stage.pair_run().conflicts == 1
    with stage.db.transaction() as tx:
        (row,) = conflict_table.of_pair(tx, stage.pair.id)
        conflict_table.set_resolution(tx, row.id, {"choice": "both"})
    for _ in range(2):
        assert stage.pair_run().work == 0
        assert (stage.names(L), stage.names(R)) == (["Team"], ["Team"])
    with stage.db.reading() as tx:
        assert [row.id for row in conflict_table.of_pair(tx, stage.pair.id)] == [row.id]
    assert stage.right.items(THERE)
