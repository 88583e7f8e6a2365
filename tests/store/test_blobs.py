"""Blobs: exact, each kept once, long values apart, swept when nobody needs them, never trusted blindly."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from instep.core.model import Binary, Contact, Extra, Side
from instep.errors import StateDamaged
from instep.store import blobs, history, links
from instep.store.blobs import LONG_RUN
from instep.store.database import Database, Tx
from instep.store.history import HistoryRow, Image, Images
from instep.store.links import Link
from instep.store.pairs import Pair
from instep.store.schema import blob, blob_part

PHOTO = Random(1).randbytes(40_000)


def folded(data: bytes, width: int = 75, start: bytes = b" ") -> bytes:
    """Base64 on lines, each but the first begun with ``start``."""
    text = b64encode(data)
    return (b"\r\n" + start).join(text[i : i + width] for i in range(0, len(text), width))


def card(note: int, photo: bytes) -> bytes:
    """A vCard with a photo whose note changes."""
    head = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada Lovelace\r\nNOTE:version %d\r\n" % note
    return head + b"PHOTO;ENCODING=b;TYPE=JPEG:" + photo + b"\r\nTEL;TYPE=HOME:1\r\nEND:VCARD\r\n"


def stored(tx: Tx) -> tuple[int, int]:
    """How many blobs there are, and how many bytes they take."""
    row = tx.connection.execute(select(func.count(), func.coalesce(func.sum(func.length(blob.c.data)), 0))).one()
    return row[0], row[1]


WAYS = {
    "folded": folded(PHOTO),
    "folded by a tab": folded(PHOTO, 60, b"\t"),
    "on one line": b64encode(PHOTO),
    "on lines of its own as in vCard 2.1": folded(PHOTO, 76, b"") + b"\r\n",
    "folded with line feeds only": folded(PHOTO).replace(b"\r", b""),
}


@pytest.mark.parametrize("photo", WAYS.values(), ids=WAYS.keys())
def test_versions_of_a_document_keep_its_photo_once(photo: bytes, db: Database) -> None:
    with db.transaction() as tx:
        ids = [blobs.put_document(tx, card(i, photo)) for i in range(20)]
        assert stored(tx)[1] < 2 * len(PHOTO)
        assert [blobs.get(tx, key) for key in ids] == [card(i, photo) for i in range(20)]


RUN = b"QUJD" * (LONG_RUN // 4)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([RUN, RUN + b"\r\n", b"\r\n ", b":", b"A" * 70]))))
@example([])
@example([RUN])
@example([b" ", RUN])
@example([RUN, b" ", RUN])
@example([RUN, b"\r\n ", RUN, b":"])
def test_any_bytes_come_back_as_they_were_from_both_ways_of_keeping_them(db: Database, parts: list[bytes]) -> None:
    data = b"".join(parts)
    with db.transaction() as tx:
        assert blobs.get(tx, blobs.put_document(tx, data)) == data
        assert blobs.get(tx, blobs.put(tx, data)) == data


def test_the_same_bytes_are_kept_once_and_have_one_id(db: Database) -> None:
    with db.transaction() as tx:
        assert blobs.put(tx, b"x") == blobs.put(tx, b"x") == blobs.put_document(tx, b"x")
        assert stored(tx)[0] == 1


DAMAGE = {
    "a missing blob": (delete(blob), "is missing"),
    "other bytes": (update(blob).values(data=b"other", form=0), "is not what was stored"),
    "bytes that do not unpack": (update(blob).values(data=b"other", form=1), "cannot be unpacked"),
    "pieces that do not join": (update(blob).values(data=b"x\x9cc```\x00\x00\x00\x04\x00\x01", form=2), "damaged"),
}


@pytest.mark.parametrize(("damage", "says"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_blob_is_told_never_given(damage: object, says: str, db: Database) -> None:
    with db.transaction() as tx:
        key = blobs.put_document(tx, card(1, folded(PHOTO)))
        tx.connection.execute(damage)  # type: ignore[call-overload]
    with pytest.raises(StateDamaged, match=says), db.reading() as tx:
        blobs.get(tx, key)


def test_the_sweep_removes_what_no_row_needs_and_nothing_else(db: Database, pair: Pair) -> None:
    long_values = (Extra("X-KEY", RUN.decode()), Extra("X-TEXT", "Word. " * 500))
    contact = Contact(given="Ada", photo=Binary(PHOTO), extra=long_values)
    document = (card(1, folded(PHOTO)), "text/vcard")
    with db.transaction() as tx:
        [kept, gone] = links.save(
            tx,
            [
                Link(0, pair.id, "linked", "a", "1", "b", "2", left_seen=contact, right_document=document),
                Link(0, pair.id, "linked", "c", "1", "d", "2", left_seen=Contact(photo=Binary(PHOTO[:5000]))),
            ],
        )
        blobs.put_document(tx, card(2, folded(PHOTO)))
        before = links.load(tx, [kept])
        assert blobs.sweep(tx) == 1
        links.remove(tx, [gone])
        assert blobs.sweep(tx) == 2
        assert blobs.sweep(tx) == 0
        assert links.load(tx, [kept]) == before
        links.remove(tx, [kept])
        blobs.sweep(tx)
        assert stored(tx) == (0, 0)
        assert tx.connection.execute(select(func.count()).select_from(blob_part)).scalar() == 0


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_10_000_versions_of_a_contact_with_a_photo_stay_small(db: Database, pair: Pair) -> None:
    photo = folded(PHOTO)
    many, at = 10_000, datetime(2024, 1, 1, tzinfo=UTC)

    def image(i: int) -> Image:
        item = Contact(formatted_name="Ada Lovelace", photo=Binary(PHOTO), note=f"version {i}")
        return Image(item, (card(i, photo), "text/vcard"))

    def written(i: int) -> tuple[HistoryRow, Images]:
        row = HistoryRow(0, 1, pair.id, 1, at, Side.RIGHT, "update", "/ada.vcf", "Ada Lovelace")
        return row, Images(None, image(i))

    with db.transaction() as tx:
        history.add(tx, (written(i) for i in range(many)))
        count, size = stored(tx)
        assert count == 2 * many + 2
        assert size < 2 * len(PHOTO) + many * 600
        newest = history.rows(tx, limit=1)[0]
        assert history.images(tx, [newest.id])[newest.id] == Images(None, image(many - 1))
