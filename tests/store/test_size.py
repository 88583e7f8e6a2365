"""History stays small: a photo once, an edit as what differs, in bytes of the file."""

from __future__ import annotations

import sqlite3
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from instep.codecs import icalendar
from instep.core.model import Binary, Contact, Kind, Side, Typed
from instep.store import blobs, history, pairs
from instep.store.blobs import Staged, flush, stage, stage_document
from instep.store.database import Database
from instep.store.history import HistoryRow, Image, Images
from instep.store.packing import Form, folded, unfolded
from instep.store.pairs import Pair
from instep.store.schema import blob

PHOTO = Random(1).randbytes(100_000)
AT = datetime(2024, 1, 1, tzinfo=UTC)
TEXT = b64encode(PHOTO)
FOLDED = b"\r\n ".join(TEXT[i : i + 75] for i in range(0, len(TEXT), 75))


def contact(number: int) -> Image:
    item = Contact(
        uid="ada-1",
        formatted_name="Ada Lovelace",
        given="Ada",
        family="Lovelace",
        telephones=(Typed("+44 20 7946 0000", frozenset({"home"})),),
        emails=(Typed("ada@example.org", frozenset()),),
        photo=Binary(PHOTO, media_type="image/jpeg"),
        note=f"version {number}",
    )
    head = (
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ada-1\r\nN:Lovelace;Ada;;;\r\nFN:Ada Lovelace\r\nEMAIL:ada@example.org\r\n"
    )
    rest = b"NOTE:version %d\r\nPHOTO;ENCODING=b;TYPE=JPEG:" % number + FOLDED + b"\r\nEND:VCARD\r\n"
    return Image(item, (head + b"TEL;TYPE=home:+44 20 7946 0000\r\n" + rest, "text/vcard"))


def event(number: int) -> Image:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Example//EN",
        "BEGIN:VEVENT",
        "UID:meeting-1",
        "DTSTAMP:20240101T000000Z",
        "DTSTART;TZID=Europe/Berlin:20240101T100000",
        "DTEND;TZID=Europe/Berlin:20240101T110000",
        f"SUMMARY:Meeting {number}",
        "LOCATION:Room 1",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    data = "\r\n".join(lines).encode()
    return Image(icalendar.read(data, "meeting"), (data, "text/calendar"))


def file_size(folder: Path) -> int:
    file = folder / "state.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file.stat().st_size


def edited(folder: Path, image: Callable[[int], Image], times: int) -> tuple[int, int]:
    """Write an item once and edit it so many times; the bytes that the first version took, and all the edits."""
    db = Database.open(folder / "state.db")
    with db.transaction() as tx:
        pair = pairs.add(tx, Pair(0, "work", Kind.CONTACT, "here", "there"))
    empty = file_size(folder)
    row = HistoryRow(0, 1, pair.id, 1, AT, Side.RIGHT, "update", "/dav/ada.vcf", "Ada Lovelace", "ada-1")
    with db.transaction() as tx:
        history.add(tx, [(replace(row, op="create"), Images(None, image(0)))])
    first = file_size(folder)
    for number in range(1, times + 1):
        with db.transaction() as tx:
            both = Images(image(number - 1), image(number))
            history.add(tx, [(replace(row, run_id=number), both)])
    with db.reading() as tx:
        newest = history.rows(tx, limit=1)[0]
        assert history.images(tx, [newest.id])[newest.id] == Images(image(times - 1), image(times))
    db.close()
    return first - empty, file_size(folder) - first


@pytest.mark.parametrize("times", [300, pytest.param(10_000, marks=pytest.mark.trial)])
def test_an_edit_of_a_contact_with_a_photo_takes_less_than_900_bytes_and_its_photo_is_there_once(
    tmp_path: Path, times: int
) -> None:
    first, edits = edited(tmp_path, contact, times)
    assert first < 110_000
    assert edits < 900 * times


@pytest.mark.parametrize("times", [300, pytest.param(10_000, marks=pytest.mark.trial)])
def test_an_edit_of_a_small_appointment_takes_less_than_750_bytes(tmp_path: Path, times: int) -> None:
    _, edits = edited(tmp_path, event, times)
    assert edits < 750 * times


def test_a_version_that_is_like_another_is_stored_as_what_differs_and_never_on_a_difference(db: Database) -> None:
    texts = [Random(4).randbytes(400).hex().encode() + b"%d" % n for n in range(30)]
    with db.transaction() as tx:
        like = None
        for text in texts:
            staged = Staged()
            like = stage_document(staged, text, like=like)
            flush(tx, staged)
        rows = tx.connection.execute(select(blob.c.form, blob.c.base)).all()
        assert sorted(form for form, _ in rows) == [Form.ZLIB] + [Form.DELTA] * 29
        assert {base for form, base in rows if form == Form.DELTA} == {blobs.key_of(texts[0])}
        keys = list(tx.connection.execute(select(blob.c.id)).scalars())
        assert sorted(blobs.get(tx, key) for key in keys) == sorted(texts)


def test_a_version_far_from_its_base_becomes_a_base_itself(db: Database) -> None:
    dice = Random(3)
    one, other = dice.randbytes(3000), dice.randbytes(3000)
    with db.transaction() as tx:
        for text, like in ((one, None), (other, one), (other + b".", other)):
            staged = Staged()
            stage(staged, text, like=None if like is None else blobs.key_of(like))
            flush(tx, staged)
        bases = dict(tx.connection.execute(select(blob.c.id, blob.c.base)).all())
    expected = {one: None, other: None, other + b".": blobs.key_of(other)}
    assert bases == {blobs.key_of(text): base for text, base in expected.items()}


def test_the_base_of_a_version_that_is_kept_stays(db: Database) -> None:
    with db.transaction() as tx:
        pair = pairs.add(tx, Pair(0, "work", Kind.CONTACT, "here", "there"))
        row = HistoryRow(0, 1, pair.id, 1, AT, Side.RIGHT, "update", "/a", "Ada")
        history.add(tx, [(row, Images(contact(0), contact(1)))])
        history.add(tx, [(row, Images(contact(1), contact(2)))])
        history.add(tx, [(row, Images(None, None))])
        tx.connection.execute(history.history.delete().where(history.history.c.id == 1))
        blobs.sweep(tx)
        assert history.images(tx, [2])[2] == Images(contact(1), contact(2))
        tx.connection.execute(history.history.delete().where(history.history.c.id == 2))
        blobs.sweep(tx)
        assert tx.connection.execute(select(blob.c.id)).all() == []


@given(
    st.binary(min_size=30, max_size=400),
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from([b"\r\n ", b"\n ", b"\r\n\t", b"\r\n", b"\n  "]),
)
def test_folded_base64_is_that_very_run_again(raw: bytes, first: int, rest: int, fold: bytes) -> None:
    text = b64encode(raw)
    run = fold.join([text[:first], *(text[at : at + rest] for at in range(first, len(text), rest))])
    said = unfolded(run)
    assert said is not None and said[0] == raw and folded(*said) == run


@given(st.binary(max_size=200))
def test_what_is_no_such_run_is_left_as_it_is(run: bytes) -> None:
    said = unfolded(run)
    assert said is None or folded(*said) == run
