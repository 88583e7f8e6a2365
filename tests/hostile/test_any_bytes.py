"""Any bytes at all: they are read, or refused with an error of ours, and what is read is written back byte for byte."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hostile.mutation import mutated
from instep.codecs import contentline, icalendar, notes, vcard
from instep.codecs.strict import strict
from instep.connectors.base import Document
from instep.connectors.dav import documents
from instep.connectors.files import formats
from instep.errors import CodecError, NotADavServer, Transient
from instep.protocols.webdav.xml import error_condition, parse_multistatus

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.suffix in (".ics", ".vcf") and path.stat().st_size < 40_000)

_WORDS = st.sampled_from(
    [
        *(b"BEGIN:", b"END:", b"VCARD", b"VCALENDAR", b"VEVENT", b"VTODO", b"VJOURNAL", b"VALARM", b"VTIMEZONE"),
        *(b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n", b"\r\n ", b"\n\t", b":", b";", b",", b'"', b"\\", b"=", b"^n"),
        *(b"UID:", b"DTSTART", b"RRULE:FREQ=DAILY", b"TEL", b"N:", b"FN:", b"PHOTO", b"RECURRENCE-ID:", b"DURATION:P"),
        *(b";TZID=", b";ENCODING=QUOTED-PRINTABLE", b";ENCODING=b", b";CHARSET=utf-16", b";VALUE=DATE", b"item1."),
        *(
            b"20260105T100000Z",
            b"99991231T235959",
            b"\0",
            b"\xff",
            b"\xef\xbb\xbf",
            b"\xed\xa0\x80",
            b"\xe2\x80\xae",
            b"=0D",
        ),
    ]
)
LINES = st.lists(st.one_of(_WORDS, st.binary(max_size=6)), max_size=60).map(b"".join)
BYTES = st.one_of(st.binary(max_size=400), LINES)


def read_as_lines(raw: bytes) -> None:
    document = contentline.parse(raw)
    assert contentline.replace(document, {}) == raw
    for line in document.lines:
        assert isinstance((line.group, line.params, line.value, line.encoding), tuple)
    strict(raw)


def read_as_card(raw: bytes) -> None:
    formats.split(raw, "x.vcf")
    for index, item in enumerate(vcard.read_all(raw)):
        if not isinstance(item, CodecError):
            assert vcard.write(item, raw, index) == raw
            vcard.read(vcard.write(item))


def read_as_calendar(raw: bytes) -> None:
    formats.split(raw, "x.ics")
    for index, part in enumerate(icalendar.read_all(raw)):
        if not isinstance(part.item, CodecError):
            assert icalendar.write(part.item, raw, index) == raw
            icalendar.extract(raw, index)
            icalendar.read_all(icalendar.remove(raw, index) + raw)


def read_as_note(raw: bytes) -> None:
    for markdown in (True, False):
        item = notes.read(raw, "", markdown)
        assert notes.write(item, raw, markdown) == raw


def read_as_servers(raw: bytes) -> None:
    item = documents.read(raw, "x")
    documents.for_create(item, Document(raw, documents.CALENDAR), schedules=True)
    documents.for_create(item, Document(raw, documents.VCARD), schedules=False)


READERS: list[Callable[[bytes], None]] = [read_as_lines, read_as_card, read_as_calendar, read_as_note, read_as_servers]


def tried(raw: bytes) -> None:
    """Every reader may say no, in our words; anything else comes out as the failure that it is."""
    for read in READERS:
        try:
            read(raw)
        except CodecError as error:
            assert str(error)


@settings(max_examples=1000)
@given(BYTES)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    tried(raw)


@settings(max_examples=400)
@given(LINES, LINES)
def test_a_card_or_an_appointment_of_any_lines_is_read_or_refused(lines: bytes, more: bytes) -> None:
    tried(b"BEGIN:VCARD\r\nVERSION:3.0\r\n" + lines + b"\r\nEND:VCARD\r\n" + more)
    head = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260105T100000Z\r\n"
    tried(head + lines + b"\r\nEND:VEVENT\r\n" + more + b"\r\nEND:VCALENDAR\r\n")


@settings(max_examples=200)
@given(BYTES)
def test_any_answer_is_a_multistatus_or_an_error_of_ours(raw: bytes) -> None:
    for body in (raw, b'<D:multistatus xmlns:D="DAV:">' + raw, b"<!DOCTYPE a [" + raw + b"]><a>&x;</a>"):
        try:
            answer = parse_multistatus(body, "https://example.org/dav/")
            assert all(resource.href.startswith("/") for resource in answer.resources)
        except (NotADavServer, Transient) as error:
            assert str(error)
        assert isinstance(error_condition(body, "https://example.org/dav/"), str)


def _mutations(seed: int, count: int) -> None:
    chance = random.Random(seed)
    for _ in range(count):
        path = chance.choice(FILES)
        raw = mutated(path.read_bytes(), chance)
        try:
            tried(raw)
        except Exception as error:
            error.add_note(f"seed {seed}, from {path.name}: {raw[:3000]!r}")
            raise


@pytest.mark.skipif(not FILES, reason="the real files (../shared/corpus) are not here")
def test_damaged_real_files_are_read_or_refused() -> None:
    _mutations(1, 150)


@pytest.mark.trial
@pytest.mark.parametrize("seed", range(2, 22))
@pytest.mark.skipif(not FILES, reason="the real files (../shared/corpus) are not here")
def test_many_damaged_real_files_are_read_or_refused(seed: int) -> None:
    _mutations(seed, 500)
