"""A database of an older version is brought up to date with everything that it holds."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from pathlib import Path
from random import Random

from sqlalchemy import func, select

from instep.core.model import Binary, Contact, Side
from instep.store import blobs, conflicts, history, journal, links, pairs
from instep.store.database import Database
from instep.store.history import Image
from instep.store.packing import KEY
from instep.store.schema import blob

OLD = Path(__file__).parents[1] / "data" / "state_0001.sql"
"""What the first version of the schema wrote: a link, a write, an open journal row and a question."""
PHOTO = Random(1).randbytes(1500)


def document(note: str) -> tuple[bytes, str]:
    text = b64encode(PHOTO)
    lines = b"\r\n ".join(text[i : i + 70] for i in range(0, len(text), 70))
    head = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nNOTE:" + note.encode()
    return head + b"\r\nPHOTO;ENCODING=b:" + lines + b"\r\nEND:VCARD\r\n", "text/vcard"


def item(note: str) -> Contact:
    return Contact(uid="u", formatted_name="Ada", photo=Binary(PHOTO), note=note)


def opened(folder: Path) -> Database:
    with sqlite3.connect(folder / "state.db") as old:
        old.executescript(OLD.read_text())
    old.close()
    return Database.open(folder / "state.db")


def test_everything_in_a_database_of_the_first_version_is_still_there(tmp_path: Path) -> None:
    db = opened(tmp_path)
    with db.reading() as tx:
        [pair] = pairs.of_account(tx, "work")
        [link] = links.load(tx, [h.id for h in links.heads(tx, pair.id)]).values()
        assert (link.left_seen, link.right_seen, link.left_document) == (item("two"), item("two"), document("two"))
        [row] = history.rows(tx, account="work")
        images = history.images(tx, [row.id])[row.id]
        assert images.before == Image(item("one"), document("one"))
        assert images.after == Image(item("two"), document("two"))
        [intent] = journal.open_rows(tx, "work")
        assert (intent.intent, intent.like, intent.side) == (item("three"), document("two"), Side.RIGHT)
        [question] = conflicts.of_account(tx)
        assert (question.left_item, question.right_document) == (item("four"), document("five"))
        assert set(tx.connection.execute(select(func.length(blob.c.id))).scalars()) == {KEY}
    db.close()


def test_what_is_stored_after_the_upgrade_shares_with_what_was_stored_before(tmp_path: Path) -> None:
    db = opened(tmp_path)
    with db.transaction() as tx:
        count = tx.connection.execute(select(func.count()).select_from(blob)).scalar_one()
        key = blobs.put(tx, PHOTO)
        assert blobs.get(tx, key) == PHOTO
        assert tx.connection.execute(select(func.count()).select_from(blob)).scalar_one() == count
        assert blobs.sweep(tx) == 0
    db.close()
