"""What a one-way pair leaves as it is on its target: said once, and remembered for a switch to two-way (RULES 23)."""

from __future__ import annotations

from collections.abc import Sequence

from instep.connectors.base import Fetched
from instep.core.model import Side, name_of
from instep.engine.policies import policy_of
from instep.engine.work import PairWork, Step
from instep.store import remarks as remark_table

_NAMED = 3


def note_link(work: PairWork, step: Step, what: str) -> bool:
    """Say about a link what is left at the target; false when that was said before."""
    if step.link is not None and step.link.held.get("noted"):
        return False
    step.noted = True
    target = policy_of(work).direction.source
    where = work.run.side_name(target.other if target is not None else Side.LEFT)
    work.report.notes.append(f"{step.name}: {what} ({where}).")
    return True


def note_additions(work: PairWork, side: Side, items: list[Fetched]) -> None:
    """Leave a target's own items where they are, and say so of those that were not named before."""
    with work.run.db.reading() as tx:
        known = {remark.href for remark in remark_table.by_reason(tx, work.pair.id, "noted", side)}
    for fetched in items:
        work.noted[side][fetched.href] = fetched.etag
        work.settle(side, fetched.href)
    if names := [name_of(f.item) for f in items if f.href not in known]:
        stay = "stays as it is" if len(names) == 1 else "stay as they are"
        work.report.notes.append(f"{named(names)}: only there, and {stay} ({work.run.side_name(side)}).")


def named(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
