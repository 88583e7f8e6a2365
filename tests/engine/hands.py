"""A person who takes runs back on a stage."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine.stage import Stage
from instep.connectors.memory import MemoryConnector
from instep.core.guard import Stop
from instep.core.model import Item, Kind
from instep.engine.byhand import HandReport
from instep.engine.events import Face, GuardAnswer
from instep.engine.undoing import Wanted, undo
from instep.store import runs


async def _go(account: str, kind: Kind, stop: Stop) -> GuardAnswer:
    return GuardAnswer.GO


GO = Face(guard=_go)


def last_run(stage: Stage) -> int:
    """The number of the newest run."""
    with stage.db.reading() as tx:
        return runs.of_account(tx, "me", limit=1)[0].id


def undone(stage: Stage, run: int | None = None, texts: Sequence[str] = (), **wanted: Any) -> HandReport:
    """Undo a run (the newest), with a yes to everything unless something else is wanted."""
    chosen = Wanted(**{"yes": True, "face": GO, **wanted})
    left, right = MemoryConnector(stage.left), MemoryConnector(stage.right)
    return asyncio.run(undo(stage.db, run or last_run(stage), left, right, chosen, texts))


def outcomes(report: HandReport) -> list[tuple[str, str, str, str]]:
    """Side, action, name and outcome of each item, sorted."""
    assert not report.failure, report.failure
    return sorted((i.side.value, i.action, i.name, i.outcome.value) for i in report.intents)


def noted(text: str) -> Any:
    """An edit of the note."""

    def change(item: Item) -> Item:
        return replace(item, note=text)

    return change
