"""What ``instep folders`` shows: per kind, which folders are paired, which are not, and which are gone; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instep.accounts.folders import Folders
from instep.connectors.base import CollectionInfo
from instep.core.model import Kind
from instep.store.pairs import Pair


@dataclass(frozen=True, slots=True)
class Row:
    """One line for one kind: a pair, or a folder of one side that is in none.

    ``left`` or ``right`` is ``None`` where there is no folder; in a pair that means that it is gone (the pair has its
    name). ``taken_by`` is the other account that uses the desktop's folder, empty for none.
    """

    kind: Kind
    left: CollectionInfo | None
    right: CollectionInfo | None
    pair: Pair | None = None
    taken_by: str = ""

    @property
    def gone(self) -> bool:
        """Whether a folder of the pair is not there any more."""
        return self.pair is not None and (self.left is None or self.right is None)


def overview(folders: Folders, pairs: Sequence[Pair]) -> tuple[Row, ...]:
    """Return the rows of all kinds: pairs first, then the desktop's other folders, then the server's.

    Kinds that are switched off are shown only where they have a pair.
    """
    return tuple(row for kind in Kind for row in _of_kind(kind, folders, [p for p in pairs if p.kind is kind]))


def _of_kind(kind: Kind, folders: Folders, pairs: list[Pair]) -> list[Row]:
    lefts = {info.id: info for info in folders.desktop}
    rights = {info.id: info for info in folders.server}
    taken = folders.taken
    rows = [Row(kind, lefts.get(p.left), rights.get(p.right), p, taken.get(p.left, "")) for p in pairs]
    if kind not in folders.account.wanted:
        return rows
    used = {id for pair in pairs for id in (pair.left, pair.right)}
    free_left = [info for info in folders.desktop if kind in info.kinds and info.id not in used]
    free_right = [info for info in folders.server if kind in info.kinds and info.id not in used]
    rows += [Row(kind, info, None, taken_by=taken.get(info.id, "")) for info in free_left]
    return rows + [Row(kind, None, info) for info in free_right]
