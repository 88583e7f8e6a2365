"""The guard: which plans wait for a person's word (RULES 22). Pure: counts in, stops out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from instep.core.model import Side

MASS_DELETION = 50
SHARE_DELETION = (5, 0.25)
EMPTIED = 5
SHARE_EDIT = (20, 0.50)
MOST_NAMES = 1000


class StopReason(StrEnum):
    """Why a plan was stopped."""

    EMPTIED = "emptied"  # a side that held items holds none
    MASS_DELETION = "mass deletion"
    MASS_EDIT = "mass edit"
    ROLLBACK = "rollback"  # a side returned to versions older than what we have seen
    NATURE = "nature"  # a collection is not what it was (other kinds, read-only, another address)
    FIRST_SYNC = "first sync"  # nobody confirmed the first synchronization


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop: on ``side`` this would happen to ``count`` of ``total`` items; ``names`` are some of them. ``recent`` of
    the ``count`` deletions were carried out in the last 24 hours already. ``mark`` stands for the pair and the items
    that it is about: a later stop with the same mark is this one.
    """

    reason: StopReason
    side: Side
    count: int
    total: int
    names: tuple[str, ...] = ()
    recent: int = 0
    mark: str = ""

    def sentence(self) -> str:
        """What would happen, for a person."""
        where, source = self.side.value, self.side.other.value
        match self.reason:
            case StopReason.EMPTIED:
                return (
                    f"The {source} holds none of the {self.total} items any more; all would be deleted on the {where}."
                )
            case StopReason.MASS_DELETION:
                now, left = self.count - self.recent, self.total - self.recent
                more = f", after {self.recent} in the last 24 hours" if self.recent else ""
                return f"{now} of {left} items would be deleted on the {where}{more}."
            case StopReason.MASS_EDIT:
                return f"{self.count} of {self.total} items would be changed on the {where}."
            case StopReason.ROLLBACK:
                return (
                    f"{self.count} items on the {source} went back to older versions, as after restoring a backup; "
                    f"the {where} would follow."
                )
            case StopReason.NATURE:
                return f"The folder on the {source} is not the one it was."
            case StopReason.FIRST_SYNC:
                return "The first synchronization waits for a yes."


@dataclass(frozen=True, slots=True)
class Tally:
    """What a plan would do to one side. ``before`` is how many linked items the pair has; ``recent`` how many were
    deleted on this side for this pair in the last 24 hours; ``source_left`` how many linked items the other side still
    holds after what it reported; ``rolled_back`` how many came back there as older versions; ``lost``: its token was no
    longer valid."""

    side: Side
    before: int
    delete: int = 0
    edit: int = 0
    recent: int = 0
    source_left: int = 0
    rolled_back: int = 0
    lost: bool = False
    names: tuple[str, ...] = ()


def judge_all(tally: Tally, *, first: bool = False) -> tuple[Stop, ...]:
    """The stops that the plan for one side deserves, the gravest first.

    Limits: two or more rolled back together, or one after a lost token; a side of 5 or more emptied; else 50 deletions,
    or more than 25 % and at least 5 (both summed with the last 24 hours); more than 50 % and at least 20 edited, never
    in a first sync, and not beside a rollback, whose edits they are.
    """
    names = tally.names[:MOST_NAMES]
    found: list[Stop] = []
    if tally.rolled_back >= (1 if tally.lost else 2):
        found.append(Stop(StopReason.ROLLBACK, tally.side, tally.rolled_back, tally.before, names))
    if (deleted := _deletions(tally, names)) is not None:
        found.append(deleted)
    at_least, share = SHARE_EDIT
    many = tally.edit >= at_least and tally.edit > share * max(tally.before, 1)
    if many and not first and not any(s.reason is StopReason.ROLLBACK for s in found):
        found.append(Stop(StopReason.MASS_EDIT, tally.side, tally.edit, tally.before, names))
    return tuple(found)


def _deletions(tally: Tally, names: tuple[str, ...]) -> Stop | None:
    if not tally.delete:
        return None
    if tally.source_left == 0 and tally.before >= EMPTIED:
        return Stop(StopReason.EMPTIED, tally.side, tally.delete, tally.before, names)
    deletions, total = tally.delete + tally.recent, max(tally.before + tally.recent, 1)
    at_least, share = SHARE_DELETION
    if deletions >= MASS_DELETION or (deletions >= at_least and deletions > share * total):
        return Stop(StopReason.MASS_DELETION, tally.side, deletions, total, names, tally.recent)
    return None


def judge(tally: Tally, *, first: bool = False) -> Stop | None:
    """The gravest stop that the plan for one side deserves, or ``None``."""
    return next(iter(judge_all(tally, first=first)), None)
