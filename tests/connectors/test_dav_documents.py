"""What a DAV server is given: one object, no METHOD, and no mail to guests because of us."""

from __future__ import annotations

import pytest

from instep.codecs import icalendar
from instep.connectors.base import Create, Document, Fetched, Foreign, Unreadable, Update, Written
from instep.connectors.dav.documents import for_create, kind_in
from instep.core.model import Event, Kind
from peers.dav_sessions import Session, applied, card, fetched, ics, with_server
from peers.odd_dav import CAL, OddDav, Quirks

MEETING = ics("m1").replace(
    b"SUMMARY:Talk\r\n",
    b"SUMMARY:Talk\r\nORGANIZER:mailto:anna@example.org\r\nATTENDEE;CN=Bert:mailto:bert@example.org\r\n",
)
HREF = f"{CAL}m1.ics"


def meeting() -> Event:
    item = icalendar.read(MEETING)
    assert isinstance(item, Event)
    return item


SCHEDULING = [
    ("a server that schedules", True, MEETING, True),
    ("one that does not", False, MEETING, False),
    ("an appointment without guests", True, ics("m1"), False),
]


@pytest.mark.parametrize(("situation", "schedules", "document", "marked"), SCHEDULING, ids=[r[0] for r in SCHEDULING])
@pytest.mark.parametrize("based", [True, False])
def test_rule_25_new_meeting_makes_nobody_mail(
    situation: str, schedules: bool, document: bytes, marked: bool, based: bool
) -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CAL, Kind.EVENT)
        item = icalendar.read(document)
        like = Document(document, "text/calendar") if based else None
        assert isinstance((await applied(replica, Create(1, HREF, item, like)))[1], Written)
        sent = session.odd.members[HREF][1]
        assert sent.count(b"SCHEDULE-AGENT=CLIENT") == (2 if marked else 0)
        assert icalendar.read(sent) == item

    with_server(OddDav(Quirks(schedules=schedules)), work)


def test_rule_25_existing_meeting_keeps_its_schedule_agent() -> None:
    odd = OddDav(Quirks(schedules=True))
    odd.put(HREF, MEETING)

    async def work(session: Session) -> None:
        replica = await session.replica(CAL, Kind.EVENT)
        was = (await fetched(replica, [HREF]))[HREF]
        assert isinstance(was, Fetched)
        changed = icalendar.read(MEETING.replace(b"Talk", b"Longer talk"))
        assert isinstance((await applied(replica, Update(1, HREF, was.etag, was.document, changed)))[1], Written)
        assert odd.members[HREF][1] == MEETING.replace(b"Talk", b"Longer talk")

    with_server(odd, work)


def test_method_of_a_mailed_invitation_is_not_stored() -> None:
    mailed = MEETING.replace(b"VERSION:2.0\r\n", b"VERSION:2.0\r\nMETHOD:REQUEST\r\n")
    assert for_create(meeting(), Document(mailed, "text/calendar"), schedules=False) == MEETING


def test_one_of_several_objects_in_a_file_is_written_alone() -> None:
    both = MEETING.replace(b"END:VCALENDAR\r\n", b"") + ics("other").partition(b"//EN\r\n")[2]
    sent = for_create(meeting(), Document(both, "text/calendar"), schedules=False)
    assert sent.count(b"BEGIN:VEVENT") == 1
    assert icalendar.read(sent) == meeting()


def test_item_without_uid_gets_one_and_always_the_same() -> None:
    nameless = icalendar.read(ics("").replace(b"UID:\r\n", b""))
    sent = for_create(nameless, None, schedules=False)
    assert sent.count(b"\nUID:instep-") == 1
    again = icalendar.read(for_create(nameless, None, schedules=False))
    assert again.uid == icalendar.read(sent).uid


KINDS = [
    (card("u"), Kind.CONTACT),
    (ics("u"), Kind.EVENT),
    (ics("u", "VTODO"), Kind.TASK),
    (ics("u", "VJOURNAL"), Kind.NOTE),
    (ics("u").lower().replace(b"\r\n", b"\n"), Kind.EVENT),
    (ics("u", "VFREEBUSY"), None),
    (b"", None),
]


@pytest.mark.parametrize(("document", "kind"), KINDS)
def test_kind_in(document: bytes, kind: Kind | None) -> None:
    assert kind_in(document) is kind


def test_what_nobody_keeps_is_foreign_and_garbage_is_a_problem() -> None:
    odd = OddDav()
    odd.put(f"{CAL}busy.ics", ics("u", "VFREEBUSY"))
    odd.put(f"{CAL}task.ics", ics("u2", "VTODO"))
    odd.put(f"{CAL}bad.ics", b"BEGIN:VCALENDAR")

    async def work(session: Session) -> None:
        results = await fetched(await session.replica(CAL, Kind.EVENT), odd.members)
        assert isinstance(results[f"{CAL}bad.ics"], Unreadable)
        assert isinstance(results[f"{CAL}busy.ics"], Foreign)
        assert isinstance(results[f"{CAL}task.ics"], Foreign)

    with_server(odd, work)
