"""Rollbacks: a side whose items return together to versions that the history knows, as after restoring a backup.

A person takes back one edit; a backup takes back many (RULES 22).
"""

from __future__ import annotations

from instep.connectors.base import Fetched
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.engine.scoping import awake
from instep.engine.work import Case, PairWork
from instep.store import conflicts as conflict_table
from instep.store import history
from instep.store import runs as run_table
from instep.store.database import Tx
from instep.store.history import HistoryRow, Images

SAMPLE = 200


def rolled_back(work: PairWork, side: Side) -> int:
    """How many items of a side came back as older versions; 0 where most of what changed there is new.

    Looks at the first 200 changed items.
    """
    asked = _asked(work, side)
    moved = [c for c in work.cases.values() if awake(work, c) and _changed(c, side) and not _stands(c, side, asked)]
    changed = moved[:SAMPLE]
    if not changed or (len(changed) == 1 and not work.found[side].lost):
        return 0
    with work.run.db.reading() as tx:
        count = sum(_known(tx, case, side) for case in changed)
    return count if 2 * count >= len(changed) else 0


def older(work: PairWork, side: Side) -> set[int]:
    """The links whose item on a side came back as an older version."""
    asked = _asked(work, side)
    moved = [c for c in work.cases.values() if _changed(c, side) and not _stands(c, side, asked)]
    with work.run.db.reading() as tx:
        return {c.link.id for c in moved if _known(tx, c, side)}


def _asked(work: PairWork, side: Side) -> dict[int, str]:
    """By link the digest of a side's version that an open question shows."""
    with work.run.db.reading() as tx:
        known = conflict_table.digests(tx, work.pair.id)
    return {link: found[0] if side is Side.LEFT else found[1] for link, found in known.items()}


def _stands(case: Case, side: Side, asked: dict[int, str]) -> bool:
    """True when an item is as it was when it was asked about: it differs from its memory by what is undecided, and went
    nowhere since."""
    now = case.now.get(side)
    return isinstance(now, Fetched) and asked.get(case.link.id) == digest(now.item)


def _changed(case: Case, side: Side) -> bool:
    now = case.now.get(side)
    return isinstance(now, Fetched) and digest(now.item) != digest(_seen(case, side))


def _seen(case: Case, side: Side) -> Item:
    return case.memory.left if side is Side.LEFT else case.memory.right


def _known(tx: Tx, case: Case, side: Side) -> bool:
    now = case.now[side]
    assert isinstance(now, Fetched)
    rows = history.rows(tx, link_id=case.link.id, limit=20)
    shown = digest(now.item)
    found = history.images(tx, [row.id for row in rows])
    last = next((row for row in rows if row.side is side), None)
    if last is not None and _undone(tx, last, found[last.id], shown):
        return False
    for images in found.values():
        for image in (images.before, images.after):
            if image is not None and image.item is not None and digest(image.item) == shown:
                return True
    return False


def _undone(tx: Tx, last: HistoryRow, images: Images, shown: str) -> bool:
    """True when a person took the item back to this version by an undo or a restore: that is no backup's doing."""
    after = images.after
    if after is None or after.item is None or digest(after.item) != shown:
        return False
    run = run_table.get(tx, last.run_id)
    return run is not None and bool(run.asked)
