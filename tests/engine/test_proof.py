"""RULES 14 as a table: nothing is deleted here because something is not seen there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from engine.stage import HERE, THERE, Stage
from engine.test_run import person
from instep.connectors.base import Changes, Delta, Entry, FetchResult, Gone, Missing, Page, Presence, Snapshot
from instep.connectors.memory import MemoryReplica, MemoryStore, Traits
from instep.core.model import Side
from instep.engine import conflicts
from instep.errors import CollectionVanished, InstepError, LoginRefused, Transient

L, R = Side.LEFT, Side.RIGHT
SIDES = pytest.mark.parametrize("side", [R, L], ids=["server", "desktop"])
NO_ETAGS = {"etags": False, "tells_etag": False}


@dataclass(frozen=True)
class Row:
    """``hidden``: the listing lacks Anna; ``missing``: fetching her says that there is nothing; ``confirmed``: the
    answer to the question whether she is gone (``None``: the truth), or an error."""

    says: str
    hidden: bool = True
    missing: bool = False
    confirmed: Presence | InstepError | None = None
    lost: bool = False  # the token is lost in the same moment


ROWS = [
    Row("hidden from the listing, but there"),
    Row("hidden, and nothing is given for her", missing=True),
    Row("listed, but nothing is given for her", hidden=False, missing=True),
    Row("hidden, and nobody knows", confirmed=Presence.UNKNOWN),
    Row("hidden, nothing is given, nobody knows", missing=True, confirmed=Presence.UNKNOWN),
    Row("hidden with the token lost", lost=True),
    Row("hidden with the token lost, and nobody knows", lost=True, confirmed=Presence.UNKNOWN),
    Row("the question ends in a busy server", confirmed=Transient("Busy.")),
    Row("the question ends with the folder away", confirmed=CollectionVanished("It is not there.")),
    Row("the question ends in a refused login", confirmed=LoginRefused("No.")),
]


def veil(patch: pytest.MonkeyPatch, store: MemoryStore, href: str, row: Row) -> None:
    """Let the store answer as the row says, of one item."""
    changes, fetch, confirm = MemoryReplica.changes, MemoryReplica.fetch, MemoryReplica.confirm

    async def listing(self: MemoryReplica, since: str | None) -> Changes:
        told = await changes(self, since)
        if self._store is store and row.hidden and isinstance(told, Snapshot):
            return replace(told, entries=tuple(e for e in told.entries if e.href != href))
        return told

    async def fetching(self: MemoryReplica, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        async for result in fetch(self, hrefs):
            veiled = self._store is store and row.missing and result.href == href
            yield Missing(href) if veiled else result

    async def asking(self: MemoryReplica, hrefs: Iterable[str]) -> dict[str, Presence]:
        if self._store is not store or row.confirmed is None:
            return await confirm(self, hrefs)
        if isinstance(row.confirmed, InstepError):
            raise row.confirmed
        return dict.fromkeys(hrefs, row.confirmed)

    patch.setattr(MemoryReplica, "changes", listing)
    patch.setattr(MemoryReplica, "fetch", fetching)
    patch.setattr(MemoryReplica, "confirm", asking)


@SIDES
@pytest.mark.parametrize("edited", [None, "there", "here"])
@pytest.mark.parametrize("etags", [True, False], ids=["etags", "no etags"])
@pytest.mark.parametrize("row", ROWS, ids=[r.says for r in ROWS])
def test_what_is_not_proved_gone_is_not_deleted(
    tmp_path: Path, row: Row, side: Side, edited: str | None, etags: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    more: dict[str, Any] = {} if etags else NO_ETAGS
    traits = Traits(tokens=row.lost, **more)
    stage = Stage(tmp_path, left_traits=traits, right_traits=traits)
    for name in ("Anna Berg", "Bert Clay"):
        stage.put(L, person(name))
    stage.pair_run()
    if edited:
        where = side if edited == "there" else side.other
        stage.edit(where, "Anna Berg", lambda i: replace(i, note="n"))
    with monkeypatch.context() as patch:
        veil(patch, stage.store(side), stage.href(side, "Anna Berg"), row)
        for _ in range(2):
            if row.lost:
                stage.store(side).forget_tokens(HERE if side is L else THERE)
            report = stage.run()
            assert all(p.conflicts == 0 and p.work <= bool(edited) for p in report.pairs)
            assert stage.names(L) == stage.names(R) == ["Anna Berg", "Bert Clay"]
    stage.pair_run()
    assert [i.note for s in Side for i in stage.items(s).values() if i.uid == "uid-Anna Berg"] == (  # type: ignore[union-attr]
        ["n", "n"] if edited else ["", ""]
    )
    assert stage.links() == 2 and stage.idle()


# Tombstones -------------------------------------------------------------------------------------------------------

Told = Callable[[str], tuple[Delta | Page, ...]]
BACK: list[tuple[str, Told]] = [
    ("gone and there in one answer", lambda h: (Delta((Entry(h, None),), (Gone(h),), "t"),)),
    (
        "gone on one page, there on the next",
        lambda h: (Page(Delta((), (Gone(h),), "t"), "2"), Delta((Entry(h, None),), (), "t")),
    ),
]


@SIDES
@pytest.mark.parametrize(("says", "told"), BACK, ids=[b[0] for b in BACK])
def test_a_tombstone_of_what_is_there_again_deletes_nothing(
    tmp_path: Path, side: Side, says: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(tmp_path, left_traits=Traits())
    stage.put(L, person("Anna Berg"))
    stage.pair_run()
    answers = list(told(stage.href(side, "Anna Berg")))
    changes = MemoryReplica.changes

    async def answering(self: MemoryReplica, since: str | None) -> Changes:
        return answers.pop(0) if self._store is stage.store(side) and answers else await changes(self, since)

    monkeypatch.setattr(MemoryReplica, "changes", answering)
    for _ in range(3):
        assert stage.pair_run().work == 0
    assert stage.names(L) == stage.names(R) == ["Anna Berg"]


@SIDES
@pytest.mark.parametrize("tokens", [True, False])
def test_what_was_deleted_and_made_again_between_two_runs_is_an_edit(tmp_path: Path, side: Side, tokens: bool) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens))
    stage.put(L, person("Anna Berg", note="old"))
    stage.pair_run()
    href, item = stage.href(side, "Anna Berg"), stage.item(side, "Anna Berg")
    stage.remove(side, "Anna Berg")
    stage.put(side, replace(item, note="new"), href)  # type: ignore[call-arg]
    report = stage.pair_run()
    assert (report.actions(side.other).update, report.work) == (1, 1) and stage.links() == 1 and stage.idle()


# Items that wait --------------------------------------------------------------------------------------------------


@SIDES
@pytest.mark.parametrize("tokens", [True, False])
def test_an_item_that_waits_for_an_answer_and_vanishes_deletes_nothing(
    tmp_path: Path, side: Side, tokens: bool
) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens))
    stage.put(side, replace(person("Anna Berg"), uid="one"), "one")
    for n in range(2):
        stage.put(side.other, replace(person("Anna Berg", note=f"n{n}"), uid=f"two{n}"), f"two{n}")
    assert stage.pair_run().conflicts == 1 and conflicts.questions(stage.db)[0].reason == "match"
    for _ in range(2):
        assert stage.pair_run().work == 0
    stage.store(side).remove(HERE if side is L else THERE, "one")
    stage.pair_run()
    stage.pair_run()
    assert not conflicts.questions(stage.db), "there is nothing left to ask"
    assert len(stage.items(side)) == len(stage.items(side.other)) == 2 and stage.idle()


@SIDES
@pytest.mark.parametrize("tokens", [True, False])
def test_one_of_two_equal_items_that_goes_takes_only_its_own_copy(tmp_path: Path, side: Side, tokens: bool) -> None:
    stage = Stage(tmp_path, left_traits=Traits(tokens=tokens), right_traits=Traits(tokens=tokens))
    for n in range(3):
        stage.put(L, replace(person("Anna Berg"), uid=""), f"same {n}")
    stage.pair_run()
    assert len(stage.items(R)) == 3
    href = sorted(stage.items(side))[1]
    stage.store(side).remove(HERE if side is L else THERE, href)
    report = stage.pair_run()
    assert (report.actions(side.other).delete, report.work) == (1, 1)
    assert len(stage.items(L)) == len(stage.items(R)) == stage.links() == 2 and stage.idle()
