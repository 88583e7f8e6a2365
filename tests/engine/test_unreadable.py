"""What cannot be read is said in every run, and looked at again: in each run, or each day where only a newer Instep or
another version of the item could help."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.stage import THERE, Stage
from engine.test_run import person
from instep.connectors.base import Fetched, FetchResult, Unreadable
from instep.connectors.memory import MemoryConnector, MemoryReplica, Traits
from instep.core.model import Side
from instep.engine.report import PairReport
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.errors import ItemUnreadable

L, R = Side.LEFT, Side.RIGHT
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def on(stage: Stage, day: int) -> PairReport:
    left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
    clock = lambda: NOON + timedelta(days=day)  # noqa: E731
    return asyncio.run(synchronize(stage.db, "me", left, right, Options(yes=True), clock=clock)).pairs[0]


def closed_eyes(patch: pytest.MonkeyPatch, stage: Stage, *, document: bool) -> list[str]:
    """Anna cannot be read on the server, though nothing there changes; gives the list of what is tried."""
    fetch, tried = MemoryReplica.fetch, list[str]()

    async def blind(self: MemoryReplica, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        async for result in fetch(self, hrefs):
            if self._store is stage.right and isinstance(result, Fetched) and result.item.uid == "uid-Anna Berg":
                tried.append(result.href)
                error = ItemUnreadable("It cannot be read.")
                yield Unreadable(result.href, result.etag, error, result.document if document else None)
            else:
                yield result

    patch.setattr(MemoryReplica, "fetch", blind)
    return tried


@pytest.mark.parametrize("linked", [True, False], ids=["known", "new"])
@pytest.mark.parametrize("tokens", [True, False])
@pytest.mark.parametrize("document", [True, False], ids=["not understood", "not given"])
def test_an_item_is_looked_at_again_though_its_etag_stays(
    tmp_path: Path, linked: bool, tokens: bool, document: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, right_traits=Traits(tokens=tokens))
    stage.put(R, person("Anna Berg"))
    stage.put(R, person("Bert Clay"))
    if linked:
        on(stage, 0)
        stage.edit(R, "Anna Berg", lambda i: person("Anna Berg", note="n"))
    with monkeypatch.context() as patch:
        tried = closed_eyes(patch, stage, document=document)
        for day in (0, 0, 0, 1, 1):
            report = on(stage, day)
            assert len(report.problems) == 1 and "It cannot be read." in report.problems[0].message
        if document and tokens:
            assert len(tried) == 2, "once a day"
    assert stage.right.items(THERE), "nothing was taken for gone"
    assert not on(stage, 2 if document else 1).problems
    assert stage.names(L) == ["Anna Berg", "Bert Clay"]
    assert on(stage, 2).work == 0
