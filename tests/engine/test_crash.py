"""Death at any await: the next run finishes the job, nothing doubled, nothing asked (DESIGN.md promise 2, RULES 18)."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.stage import Stage
from engine.test_run import person
from instep.connectors.base import Outcome, Write
from instep.connectors.memory import MemoryReplica, Traits
from instep.core.model import Contact, Side

L, R = Side.LEFT, Side.RIGHT
EVERY = int(os.environ.get("INSTEP_EVERY", "5"))
"""Death is tried at every second moment; ``make trial`` tries all."""


class Killed(BaseException):
    """The process is gone."""


class Mortal:
    """Counts requests to both stores and dies at the n-th, before or after it took effect."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def mortal(stage: Stage, at: int, *, after: bool, monkeypatch: pytest.MonkeyPatch) -> Mortal:
    life = Mortal(at)
    asked, apply = MemoryReplica._asked, MemoryReplica.apply

    async def dying(self: MemoryReplica) -> object:
        if not after:
            life.step()
        return await asked(self)

    async def writing(self: MemoryReplica, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        async for outcome in apply(self, writes):
            if after:
                life.step()
            yield outcome

    monkeypatch.setattr(MemoryReplica, "_asked", dying)
    monkeypatch.setattr(MemoryReplica, "apply", writing)
    return life


def busy(tmp_path: Path, traits: Traits) -> Stage:
    stage = Stage(tmp_path, right_traits=traits)
    for n in range(4):
        stage.put(L, person(f"Left {n}"))
        stage.put(R, person(f"Right {n}"))
    stage.put(L, person("Both", note="x", company="Co"))
    stage.put(R, person("Both", note="x", job_title="Boss"))
    return stage


def shorten(item: object) -> Contact:
    assert isinstance(item, Contact)
    return replace(item, note=item.note.upper(), company=item.company.strip())


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@pytest.mark.parametrize("traits", [Traits(), Traits(tokens=False), Traits(own_hrefs=False), Traits(rewrite=shorten)])
def test_killed_at_any_request_of_a_first_sync_the_next_run_finishes(
    tmp_path: Path, after: bool, traits: Traits, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 60, EVERY):
        stage = busy(tmp_path / str(at), traits)
        with monkeypatch.context() as patch:
            life = mortal(stage, at, after=after, monkeypatch=patch)
            died = False
            try:
                stage.run()
            except Killed:
                died = True
        report = stage.pair_run()
        assert report.conflicts == 0, at
        assert len(stage.names(L)) == len(stage.names(R)) == 9, (at, stage.names(L), stage.names(R))
        assert stage.names(L) == stage.names(R)
        assert stage.idle(), at
        stage.db.close()
        if not died:
            assert life.left > 0
            return
    raise AssertionError("the first sync never came to its end")


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@pytest.mark.parametrize("traits", [Traits(), Traits(tokens=False), Traits(tells_etag=False)])
def test_killed_at_any_request_of_mixed_changes_the_next_run_finishes(
    tmp_path: Path, after: bool, traits: Traits, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 60, EVERY):
        stage = busy(tmp_path / str(at), traits)
        stage.pair_run()
        stage.edit(L, "Left 0", lambda i: replace(i, note="l"))
        stage.edit(R, "Left 0", lambda i: replace(i, company="r"))
        stage.edit(R, "Right 1", lambda i: replace(i, note="r"))
        stage.remove(L, "Left 2")
        stage.put(R, person("New"))
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            died = False
            try:
                stage.run()
            except Killed:
                died = True
        report = stage.pair_run()
        assert report.conflicts == 0, at
        assert stage.names(L) == stage.names(R), at
        both = [stage.item(side, "Left 0") for side in Side]
        assert all(isinstance(i, Contact) and (i.note, i.company) == ("l", "r") for i in both), at
        assert "Left 2" not in stage.names(R) and "New" in stage.names(L)
        assert stage.idle(), at
        stage.db.close()
        if not died:
            return
    raise AssertionError("the run never came to its end")
