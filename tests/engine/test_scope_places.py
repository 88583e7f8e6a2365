"""RULE 16 between pairs: moves, one desktop folder in two pairs, a kind that is switched off; `verify`; and death."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.scoped import SORTS, Window, on
from engine.stage import HERE, THERE
from engine.test_crash import Killed, mortal
from engine.test_rules_places import Folders
from instep.connectors.memory import MemoryConnector, Traits
from instep.core.model import Contact, Kind, Side
from instep.core.scope import EVERYTHING, Scope
from instep.engine.report import Report
from instep.engine.run import synchronize
from instep.engine.verify import PairVerdict, verify
from instep.engine.work import Options
from instep.store import pairs as pair_table
from instep.store.pairs import Pair

L, R = Side.LEFT, Side.RIGHT
WORK, PRIVATE = Scope(categories=("Work",)), Scope(categories=("Private",))
every_sort = pytest.mark.parametrize("traits", SORTS.values(), ids=SORTS.keys())


def in_category(*names: str) -> Callable[[Any], Any]:
    return lambda i: replace(i, categories=names)


# Moves ------------------------------------------------------------------------------------------------------------


class Scoped(Folders):
    """Two pairs; the second one (attic and cellar) takes only the category Work."""

    def __post_init__(self) -> None:
        super().__post_init__()
        with self.db.transaction() as tx:
            second = pair_table.of_account(tx, "me")[1]
            pair_table.change(tx, replace(second, options={"scope": WORK.to_json()}))


def person(name: str, *categories: str) -> Contact:
    return Contact(uid=f"uid-{name}", formatted_name=name, given=name, categories=categories)


@every_sort
def test_a_move_to_where_it_is_outside_deletes_nothing(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Scoped(tmp_path, **traits)
    for name in ("Anna", "Bert", "Cora"):
        stage.put(L, person(name), name)
    stage.whole()
    item = stage.left.items(HERE)["Anna"]
    stage.left.remove(HERE, "Anna")
    stage.left.put("attic", item, "moved")
    for _ in range(2):
        report = stage.whole()
        assert sum(p.work for p in report.pairs) == 0 and not any(p.conflicts for p in report.pairs)
    assert stage.listing(R, False) == ["Anna", "Bert", "Cora"] and stage.listing(R, True) == []


@every_sort
def test_a_move_back_from_there_is_the_item_that_it_was(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Scoped(tmp_path, **traits)
    for name in ("Anna", "Bert", "Cora"):
        stage.put(L, person(name), name)
    stage.whole()
    item = stage.left.items(HERE)["Anna"]
    stage.left.remove(HERE, "Anna")
    stage.left.put("attic", item, "moved")
    stage.whole()
    stage.left.remove("attic", "moved")
    stage.left.put(HERE, replace(item, note="new"), "back")
    stage.whole()
    assert stage.listing(L, False) == stage.listing(R, False) == ["Anna", "Bert", "Cora"]
    notes = [getattr(i, "note", "") for i in stage.right.items(THERE).values()]
    assert notes.count("new") == 1
    stage.rest()


@every_sort
def test_a_move_to_where_it_is_inside_is_followed(tmp_path: Path, traits: dict[str, Traits]) -> None:
    stage = Scoped(tmp_path, **traits)
    for name in ("Anna", "Bert", "Cora"):
        stage.put(L, person(name, "Work"), name)
    stage.whole()
    item = stage.left.items(HERE)["Anna"]
    stage.left.remove(HERE, "Anna")
    stage.left.put("attic", item, "moved")
    stage.whole()
    assert stage.listing(R, False) == ["Bert", "Cora"] and stage.listing(R, True) == ["Anna"]
    stage.rest()


@every_sort
def test_what_rests_and_moves_to_where_it_is_inside_is_new_there_and_deleted_nowhere(
    tmp_path: Path, traits: dict[str, Traits]
) -> None:
    stage = Scoped(tmp_path, **traits)
    for name in ("Anna", "Bert", "Cora"):
        stage.left.put("attic", person(name, "Work"), name)
    stage.whole()
    for note in ("leaves", "rests"):
        stage.left.edit("attic", "Anna", lambda i, note=note: replace(i, categories=(), note=note))  # type: ignore[misc]
        stage.whole()
    item = stage.left.items("attic")["Anna"]
    stage.left.remove("attic", "Anna")
    stage.left.put(HERE, item, "moved")
    stage.whole()
    assert stage.listing(R, False) == ["Anna"] and stage.listing(R, True) == ["Anna", "Bert", "Cora"]
    stage.rest()


def test_a_deletion_is_carried_though_an_item_outside_is_in_the_other_folder(tmp_path: Path) -> None:
    stage = Scoped(tmp_path)
    for name in ("Anna", "Bert", "Cora"):
        stage.put(L, person(name), name)
    stage.left.put("attic", person("Zoe"))
    stage.whole()
    stage.left.remove(HERE, "Anna")
    stage.whole()
    assert stage.listing(R, False) == ["Bert", "Cora"]
    stage.rest()


# One folder, two pairs --------------------------------------------------------------------------------------------


class Shared(Window):
    """One desktop folder in two accounts' pairs: Work goes to one server folder, Private to another."""

    def __post_init__(self) -> None:
        self.kind, self.scope = Kind.CONTACT, WORK
        super().__post_init__()
        self.right.add_collection("private", {self.kind})
        with self.db.transaction() as tx:
            row = Pair(0, "you", self.kind, HERE, "private", options={"scope": PRIVATE.to_json()})
            pair_table.add(tx, row)

    def both(self) -> list[Report]:
        """A run of either account."""
        options = Options(yes=True)
        return [
            asyncio.run(synchronize(self.db, n, MemoryConnector(self.left), MemoryConnector(self.right), options))
            for n in ("me", "you")
        ]

    def private(self) -> list[str]:
        """What the second server folder holds."""
        return sorted(getattr(i, "formatted_name", "") for i in self.right.items("private").values())

    def rested(self) -> bool:
        """True when another run of both has nothing to do."""
        return sum(p.work + p.linked + p.conflicts for r in self.both() for p in r.pairs) == 0


@pytest.mark.parametrize("tokens", [False, True])
def test_two_pairs_share_a_folder_by_category_and_neither_doubles_nor_deletes(tmp_path: Path, tokens: bool) -> None:
    stage = Shared(tmp_path, left_traits=Traits(tokens=tokens))
    stage.put(L, person("Anna", "Work"))
    stage.put(L, person("Bert", "Private"))
    stage.put(L, person("Cora", "Private", "Work"))
    stage.put(L, person("Dora"))
    stage.both()
    assert stage.names(R) == ["Anna", "Cora"] and stage.private() == ["Bert", "Cora"] and stage.rested()
    stage.put(R, person("Emil", "Work"))
    stage.both()
    assert stage.rested() and stage.names(L) == ["Anna", "Bert", "Cora", "Dora", "Emil"]
    stage.edit(L, "Anna", in_category("Private"))
    stage.both()
    assert stage.rested() and stage.private() == ["Anna", "Bert", "Cora"] and "Anna" in stage.names(R)
    stage.remove(L, "Bert")
    stage.both()
    assert stage.rested() and stage.private() == ["Anna", "Cora"]
    assert stage.names(L) == ["Anna", "Cora", "Dora", "Emil"]


# A kind that is switched off --------------------------------------------------------------------------------------


def test_a_kind_that_is_switched_off_rests_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path, scope=EVERYTHING)
    off = frozenset(Kind) - {stage.kind}
    stage.remove(R, "Party")
    stage.put(L, on(stage, "New", 1))
    report = stage.run(kinds=off)
    assert (report.failure, report.pairs) == ("", [])
    assert "Party" in stage.names(L) and "New" not in stage.names(R)
    stage.pair_run()
    assert "Party" not in stage.names(L) and "New" in stage.names(R) and stage.idle()


# Verify -----------------------------------------------------------------------------------------------------------


def verdict(stage: Window) -> PairVerdict:
    connectors = MemoryConnector(stage.left), MemoryConnector(stage.right)
    report = asyncio.run(verify(stage.db, "me", *connectors))
    return report.pairs[0]


def test_verify_counts_what_is_outside_and_finds_no_difference_in_it(tmp_path: Path) -> None:
    stage = Window.begun(tmp_path)
    stage.edit(L, "Party", stage.moved_to(400))
    stage.put(R, on(stage, "Far", 400))
    stage.pair_run()
    stage.edit(L, "Party", lambda i: replace(i, location="there"))
    stage.pair_run()
    found = verdict(stage)
    assert (found.differences, found.outside, found.compared) == ([], 2, 3)
    stage.remove(R, "Party")
    assert (verdict(stage).differences, verdict(stage).outside) == ([], 2)
    stage.pair_run()
    assert (verdict(stage).differences, verdict(stage).outside) == ([], 2)
    stage.rescope(EVERYTHING)
    assert sorted(d.name for d in verdict(stage).differences) == ["Far", "Party"]


# Death ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [False, True], ids=["before it took effect", "after it took effect"])
@every_sort
def test_killed_at_any_request_of_a_run_with_a_scope_the_next_run_finishes(
    tmp_path: Path, traits: dict[str, Traits], after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1 + after, 90, 2):
        stage = leaving(tmp_path / str(at), traits)
        with monkeypatch.context() as patch:
            mortal(stage, at, after=after, monkeypatch=patch)
            died = False
            try:
                stage.run()
            except Killed:
                died = True
        for _ in range(2):
            report = stage.pair_run()
            assert (report.conflicts, report.stopped, report.problems) == (0, "", []), at
        assert report.work == 0 and stage.idle(), at
        for side in Side:
            names = stage.names(side)
            assert {"Leaves", "Back", "Lost", "New"} <= set(names) and len(names) == len(set(names)), (at, names)
        assert stage.day(L, "Leaves") == stage.day(R, "Leaves") == stage.in_days(400), at
        assert "Far" not in stage.names(L) and "Purged" in stage.names(L) and "Purged" not in stage.names(R), at
        stage.db.close()
        if not died:
            return
    raise AssertionError("the run never came to its end")


def leaving(tmp_path: Path, traits: dict[str, Traits]) -> Window:
    """A run is due in which items leave, come back, were purged, come back though they were purged, and are new."""
    stage = Window.begun(tmp_path, **traits)
    for name in ("Leaves", "Back", "Lost", "Purged"):
        stage.put(L, on(stage, name, 1))
    stage.pair_run()
    for name in ("Back", "Lost", "Purged"):
        stage.edit(L, name, stage.moved_to(-100))
    stage.pair_run()
    stage.remove(R, "Lost")
    stage.edit(R, "Back", lambda i: replace(i, description="d"))
    stage.pair_run()
    stage.edit(L, "Leaves", stage.moved_to(400))
    stage.edit(L, "Back", stage.moved_to(2))
    stage.edit(L, "Lost", stage.moved_to(2))
    stage.remove(R, "Purged")
    stage.put(R, on(stage, "Far", 400))
    stage.put(R, on(stage, "New", 2))
    return stage


# Anything at all --------------------------------------------------------------------------------------------------


@every_sort
@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_no_item_is_doubled_and_what_a_side_loses_outside_stays_on_the_other(
    tmp_path: Path, traits: dict[str, Traits], seed: int
) -> None:
    dice = random.Random(seed)
    stage = Window.begun(tmp_path, **traits)
    safe: set[str] = set()  # what was outside when a side lost it: the other side must keep it
    for number in range(40):
        _something(stage, dice, number, safe)
        if dice.random() < 0.5:
            _no_loss(stage, safe)
    stage.rescope(EVERYTHING)
    for _ in range(4):
        report = stage.pair_run(on_conflict="server")
    assert report.work == 0 and report.conflicts == 0
    assert stage.names(L) == stage.names(R)
    assert len(set(stage.names(L))) == len(stage.names(L))


def _something(stage: Window, dice: random.Random, number: int, safe: set[str]) -> None:
    side = dice.choice(list(Side))
    names = [name for name in stage.names(side) if not name.startswith("Item")]
    name = dice.choice(names) if names else ""
    match dice.randrange(6):
        case 0:
            stage.put(side, on(stage, f"Event {number}", dice.choice((-400, -5, 5, 60, 400))))
        case 1 if name:
            stage.edit(side, name, stage.moved_to(dice.choice((-400, -5, 5, 60, 400))))
            safe.discard(name)
        case 2 if name:
            stage.edit(side, name, lambda i: replace(i, location=f"place {number}"))
        case 3 if name:
            linked = name in stage.names(side.other)
            held = [i for s in Side for i in stage.items(s).values() if getattr(i, "summary", "") == name]
            outside = not any(stage.scope.inside(i, stage.time.date()) for i in held)
            stage.remove(side, name)
            safe |= {name} if linked and outside else set()
            safe -= set() if linked else {name}
        case 4:
            stage.pass_days(dice.randrange(1, 20))
        case 5:
            stage.scope = dice.choice((Scope(30, 30), Scope(5, 70), EVERYTHING))
            stage.rescope(stage.scope)
            safe.clear()  # what a run has not seen while it was outside is an ordinary deletion


def _no_loss(stage: Window, safe: set[str]) -> None:
    report = stage.pair_run()
    assert not report.problems and not report.stopped
    for side in Side:
        assert len(set(stage.names(side))) == len(stage.names(side))
    assert safe <= set(stage.names(L)) | set(stage.names(R))
