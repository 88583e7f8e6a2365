"""A backup program copies the database's files one after the other while a run writes: the copy is a state that was."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from instep.core.model import Contact, Kind
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store.database import Database
from instep.store.links import Link
from instep.store.pairs import Pair


def written(db: Database, pair: Pair, first: int) -> None:
    """Two hundred links with a note of their own each, in one transaction."""
    rows = []
    for n in range(first, first + 200):
        # Nothing that could be compressed: the log shall grow.
        item = Contact(uid=f"u{n}", formatted_name=f"Anna {n}", note=random.Random(n).randbytes(6000).hex())
        rows.append(Link(0, pair.id, "linked", f"l{n}", "1", f"r{n}", "1", left_seen=item, right_seen=item))
    with db.transaction() as tx:
        link_table.save(tx, rows)


@pytest.mark.parametrize("between", [0, 1, 5], ids=["at once", "a commit between", "five commits between"])
def test_a_copy_of_the_files_opens_with_all_that_was_there_before(tmp_path: Path, between: int) -> None:
    db = Database.open(tmp_path / "state.db")
    with db.transaction() as tx:
        pair = pair_table.add(tx, Pair(0, "me", Kind.CONTACT, "here", "there"))
    for batch in range(5):
        written(db, pair, 200 * batch)
    number = 1000
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        shutil.copy(tmp_path / name, copy / name)
        for _ in range(between):
            written(db, pair, number)
            number += 200
    db.close()
    again = Database.open(copy / "state.db")
    with again.reading() as tx:
        there = [head.left_href for head in link_table.heads(tx, pair.id)]
        loaded = link_table.load(tx, range(1, len(there) + 1))
    assert len(there) == (1000 if between == 0 else 1000 + 200 * between)
    assert all(link.left_seen is not None for link in loaded.values())
    again.close()
    with sqlite3.connect(copy / "state.db") as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()
