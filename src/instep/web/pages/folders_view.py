"""What the folders' page shows of one kind: its pairs, what could be paired, and the choices for another pair; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from instep.accounts.folders import Folders
from instep.accounts.overview import Row, overview
from instep.accounts.pairing import Lack, NewFolder, Proposal, propose
from instep.connectors.base import CollectionInfo
from instep.core.model import Kind
from instep.store.pairs import Pair


@dataclass(frozen=True, slots=True)
class KindView:
    """One kind's part of the page. ``rests``: it is switched off; ``left`` and ``right`` are folders in no pair."""

    kind: Kind
    rests: bool
    pairs: tuple[Row, ...]
    left: tuple[Row, ...]
    right: tuple[Row, ...]
    proposals: tuple[Proposal, ...]
    lack: Lack | None

    @property
    def offer(self) -> Proposal | None:
        """The pair that making the lacking folder on the server would give."""
        return self.lack.offer if self.lack else None


def views(folders: Folders, pairs: Sequence[Pair]) -> list[KindView]:
    """Return what to show of each kind that is wanted or has a pair."""
    rows = overview(folders, pairs)
    proposals, lacks = propose(folders, pairs)
    found = []
    for kind in Kind:
        mine = [row for row in rows if row.kind is kind]
        rests = kind not in folders.account.wanted
        if rests and not mine:
            continue
        found.append(
            KindView(
                kind,
                rests,
                tuple(row for row in mine if row.pair),
                tuple(row for row in mine if not row.pair and row.left),
                tuple(row for row in mine if not row.pair and row.right),
                tuple(p for p in proposals if p.kind is kind),
                next((lack for lack in lacks if lack.kind is kind), None),
            )
        )
    return found


def key_of(proposal: Proposal) -> str:
    """Return the name under which a form says that a proposal was chosen; it holds for as long as the folders do."""
    both = (proposal.left, proposal.right)
    sides = [side.id if isinstance(side, CollectionInfo) else f"\n{side.name}" for side in both]
    return hashlib.sha256("\0".join((proposal.kind.value, *sides)).encode("utf-8", "replace")).hexdigest()[:20]


def is_new(folder: CollectionInfo | NewFolder) -> bool:
    """Tell whether a folder is still to be made."""
    return isinstance(folder, NewFolder)
