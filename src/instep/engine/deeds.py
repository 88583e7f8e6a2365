"""Deeds: what a run did to each item of each side as a whole, read from history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from instep.core.model import Kind, Side
from instep.store import history
from instep.store.database import Tx
from instep.store.history import HistoryRow, Image


@dataclass(frozen=True, slots=True)
class Deed:
    """What a run made of one item on one side: from ``before`` to ``after``, ``None`` for nothing.

    ``number`` is that of the link by which history knows the item, ``None`` where it had none.
    """

    pair_id: int
    side: Side
    href: str
    name: str
    kind: Kind | None
    number: int | None
    before: Image | None
    after: Image | None

    @property
    def undoing(self) -> str:
        """What undoing it does: ``create``, ``update`` or ``delete``."""
        if self.before is None:
            return "delete"
        return "create" if self.after is None else "update"


def deeds(tx: Tx, run_id: int, texts: Sequence[str] = ()) -> list[Deed]:
    """The deeds of a run, newest first; with ``texts`` those whose name holds one of them, case apart.

    Several writes to one item of a side are one deed; what came to nothing (made and removed again) is none.
    """
    wanted = [text.casefold() for text in texts]
    written: dict[tuple[int, Side, str], list[HistoryRow]] = {}
    for row in history.rows(tx, run_id=run_id):
        if not wanted or any(text in row.name.casefold() for text in wanted):
            written.setdefault((row.pair_id, row.side, row.href), []).append(row)
    ends = [number for rows in written.values() for number in {rows[0].id, rows[-1].id}]
    images = history.images(tx, ends)
    found = []
    for rows in written.values():
        newest, oldest = rows[0], rows[-1]
        before, after = images[oldest.id].before, images[newest.id].after
        if _says(before) or _says(after):
            number = next((row.link_id for row in rows if row.link_id is not None), None)
            found.append(
                Deed(
                    newest.pair_id,
                    newest.side,
                    newest.href,
                    newest.name,
                    newest.kind,
                    number,
                    before if _says(before) else None,
                    after if _says(after) else None,
                )
            )
    return found


def _says(image: Image | None) -> bool:
    return image is not None and image.item is not None
