"""Bugs planted in the engine on purpose: the simulation catches each, with a story (DESIGN.md section 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from instep.connectors.base import Presence
from instep.core.memory import Memory, Settlement
from instep.core.model import Side
from instep.engine import execute, planning, record, recover, run
from instep.errors import PreconditionFailed
from instep.store import journal as journal_table
from instep.store import pairs as pair_table
from instep.testing.simulate import Outcome, simulate
from instep.testing.simulate.stores import SimReplica

Patch = pytest.MonkeyPatch
ENOUGH = 150


def skip_the_proof(patch: Patch) -> None:
    """What a listing lacks counts as gone; nobody asks."""

    async def confirm(self: SimReplica, hrefs: Any) -> dict[str, Presence]:
        return dict.fromkeys(hrefs, Presence.GONE)

    patch.setattr(SimReplica, "confirm", confirm)


def save_the_token_first(patch: Patch) -> None:
    """The new tokens are saved as soon as they are known."""
    look = run.look

    async def eager(work: Any) -> None:
        await look(work)
        tokens = {side: work.found[side].token for side in Side}
        with work.run.db.transaction() as tx:
            pair_table.set_tokens(tx, work.pair.id, left=tokens[Side.LEFT], right=tokens[Side.RIGHT])

    patch.setattr(run, "look", eager)


def forget_seen(patch: Patch) -> None:
    """What was carried is not remembered."""
    patch.setattr(Settlement, "advance", lambda self, *held: self.memory)


def swap_sides(patch: Patch) -> None:
    """The two memories change places when they are stored."""
    advance = Settlement.advance

    def swapped(self: Settlement, left: Any = None, right: Any = None) -> Memory:
        memory = advance(self, left, right)
        return replace(memory, left=memory.right, right=memory.left)

    patch.setattr(Settlement, "advance", swapped)


def adopt_a_foreign_412(patch: Patch) -> None:
    """An address that is taken counts as our creation."""
    failed = execute._failed

    def adopting(work: Any, step: Any, write: Any, error: Any) -> Any:
        if write.op == "create" and isinstance(error, PreconditionFailed):
            write.done = True
            return None
        return failed(work, step, write, error)

    patch.setattr(execute, "_failed", adopting)


def write_without_a_journal(patch: Patch) -> None:
    """No intent is stored before a write."""
    patch.setattr(journal_table, "write", lambda tx, rows: [0 for _ in rows])


def keep_no_history(patch: Patch) -> None:
    """No before-image is kept after a write."""
    patch.setattr(record.history, "add", lambda tx, rows: None)


def forget_what_is_unsettled(patch: Patch) -> None:
    """The token moves on over reported changes that were not settled."""
    patch.setattr("instep.engine.closing._remarks", lambda work, side: [])


def take_a_move_for_a_deletion(patch: Patch) -> None:
    """Vanished items are not looked for in other folders."""
    patch.setattr(run, "find_moves", lambda works: None)


def delete_in_spite_of_an_edit(patch: Patch) -> None:
    """A deletion is repeated without a look at what changed there."""
    patch.setattr("instep.core.plan.edited", lambda *rest: False)


def take_every_body_for_ours(patch: Patch) -> None:
    """What is read back after a write is remembered as what the store made of it, whoever wrote it."""
    patch.setattr(record, "held_item", lambda write: (write.held.item if write.held else write.item, False))


def believe_in_every_recovered_write(patch: Patch) -> None:
    """After an end every intended update counts as done."""
    happened = recover._happened
    patch.setattr(recover, "_happened", lambda row, *rest: row.op == "update" or happened(row, *rest))


def copy_instead_of_merging(patch: Patch) -> None:
    """An update writes the other side's item over what is there."""

    def whole(now: Any, side: Side, item: Any, changed: tuple[str, ...]) -> Any:
        names = {n: getattr(item, n) for n in changed if n not in {"telephones", "emails", "categories"}}
        return update(now, side, replace(now.item, **names), changed)

    update = planning.update
    patch.setattr(planning, "update", whole)


PLANTED: dict[Callable[[Patch], None], tuple[str, ...]] = {
    skip_the_proof: ("listings",),
    save_the_token_first: ("death",),
    forget_seen: ("lossy",),
    swap_sides: ("everything", "lossy"),
    adopt_a_foreign_412: ("errors",),
    write_without_a_journal: ("death",),
    keep_no_history: ("desktops",),
    forget_what_is_unsettled: ("tokens", "errors", "desktops"),
    take_a_move_for_a_deletion: ("errors",),
    delete_in_spite_of_an_edit: ("tokens",),
    take_every_body_for_ours: ("etags", "desktops"),
    believe_in_every_recovered_write: ("death", "errors"),
    copy_instead_of_merging: ("tokens",),
}


def caught(families: tuple[str, ...]) -> Outcome | None:
    for seed in range(ENOUGH):
        for family in families:
            outcome = simulate(seed, family)
            if outcome.broken:
                return outcome
    return None


@pytest.mark.parametrize("plant", PLANTED, ids=lambda p: p.__name__)
def test_a_planted_bug_is_caught_with_a_story(plant: Callable[[Patch], None], monkeypatch: Patch) -> None:
    plant(monkeypatch)
    outcome = caught(PLANTED[plant])
    assert outcome is not None, f"{plant.__doc__} Nobody noticed."
    assert "BROKEN: " in outcome.story and outcome.replay.startswith("python -m instep.testing.simulate")
