"""What leaves for a server is read whole by strict readers, and means what it meant."""

from __future__ import annotations

import pytest
import vobject

from instep.codecs import icalendar, vcard
from instep.codecs.strict import strict
from instep.core.fields import same_item
from instep.core.model import Contact

CARD = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nN:Berg;Anna;;;\r\nFN:Berg, Anna\r\nNICKNAME:Anni,Annchen\r\n"
    b"NOTE:milk, bread; cheese\\, ham\r\nURL:http://x.org/a,b\r\nEMAIL;TYPE=WORK:a@x\r\nX-FOO:a,b\r\n"
    b"item1.TEL;TYPE=CELL:1\\,2\r\nCATEGORIES:A,B\r\nORG:Co;Dep\r\nADR;TYPE=HOME:;;Str. 1,2;City;;;\r\nEND:VCARD\r\n"
)
EVENT = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n"
    b"DTSTART:20260101T090000Z\r\nSUMMARY:a, b; c\r\nDESCRIPTION:x\\, y, z\r\nLOCATION:l, m\r\nX-FOO:a,b;c\r\n"
    b"X-ALT-DESC;FMTTYPE=text/html:<p>a, b</p>\r\nCATEGORIES:A,B\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU\r\nGEO:1;2\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_a_card_with_plain_commas_keeps_its_meaning_and_is_read_whole_by_others() -> None:
    safe = strict(CARD)
    assert same_item(vcard.read(safe), vcard.read(CARD))
    theirs = vcard.read(vobject.readOne(safe.decode()).serialize().encode())
    ours = vcard.read(CARD)
    assert isinstance(theirs, Contact) and theirs.note == ours.note == "milk, bread; cheese, ham"
    assert set(theirs.nicknames) == {"Anni", "Annchen"} and theirs.urls[0].value == "http://x.org/a,b"
    assert {e.value for e in theirs.extra if e.name == "X-FOO"} == {e.value for e in ours.extra if e.name == "X-FOO"}


def test_an_event_with_plain_commas_keeps_its_meaning_and_is_read_whole_by_others() -> None:
    safe = strict(EVENT)
    assert same_item(icalendar.read(safe), icalendar.read(EVENT))
    theirs = icalendar.read(vobject.readOne(safe.decode()).serialize().encode())
    assert same_item(theirs, icalendar.read(EVENT))


@pytest.mark.parametrize("raw", [CARD, EVENT])
def test_what_needs_no_escape_is_left_byte_for_byte(raw: bytes) -> None:
    safe = strict(raw)
    assert strict(safe) is safe
    changed = {line for line in raw.splitlines() if line not in safe.splitlines()}
    assert changed and all(b"," in line for line in changed)


@pytest.mark.parametrize("version", [b"2.1", b"4.0"])
def test_other_versions_are_left_alone(version: bytes) -> None:
    raw = CARD.replace(b"3.0", version)
    assert strict(raw) is raw
