"""What a DAV server says of mail, what that costs, and what it is given (RFC 6638)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instep.codecs import icalendar
from instep.connectors.base import Create, Delete, Document, Fetched, Scheduling, Update, Written
from instep.connectors.dav.documents import for_create, for_update
from instep.core.model import Attendee, Event, Kind
from peers.dav_sessions import Session, applied, fetched, ics, with_server
from peers.mailing_dav import OWNER, Letter, MailingDav
from peers.odd_dav import CAL, CARD, OddDav, Quirks
from peers.standin import Say

CAROL = "carol@far.test"
MEETING = ics("m1").replace(
    b"SUMMARY:Talk\r\n",
    f"SUMMARY:Talk\r\nORGANIZER:mailto:{OWNER}\r\nATTENDEE:mailto:{CAROL}\r\n".encode(),
)
HREF = f"{CAL}m1.ics"
ANNOUNCED = [
    ("it announces that it schedules", Quirks(schedules=True), Scheduling.MARKED),
    ("it announces a calendar and no more", Quirks(), Scheduling.NONE),
    ("it does not answer", Quirks(refuses=(("OPTIONS", Say(drop=True)),)), Scheduling.MARKED),
    ("it is broken", Quirks(refuses=(("OPTIONS", Say(500)),)), Scheduling.MARKED),
    ("it will not answer that", Quirks(refuses=(("OPTIONS", Say(405)),)), Scheduling.MARKED),
    ("it refuses the login there", Quirks(refuses=(("OPTIONS", Say(401)),)), Scheduling.MARKED),
    ("a proxy took the header away", Quirks(refuses=(("OPTIONS", Say(200)),)), Scheduling.MARKED),
]


@pytest.mark.parametrize(("situation", "quirks", "told"), ANNOUNCED, ids=[r[0] for r in ANNOUNCED])
def test_rule_25_server_that_does_not_say_counts_as_one_that_mails(
    situation: str, quirks: Quirks, told: Scheduling
) -> None:
    async def work(session: Session) -> None:
        run = session.run()
        events, tasks = [await session.replica(CAL, kind, run) for kind in (Kind.EVENT, Kind.TASK)]
        assert await events.scheduling() is told
        asked = session.requests()
        assert await tasks.scheduling() is await events.scheduling() is told
        assert session.requests() == asked

    with_server(OddDav(quirks), work)


def test_rule_25_address_book_mails_nobody_and_is_not_asked() -> None:
    async def work(session: Session) -> None:
        assert await (await session.replica(CARD, Kind.CONTACT)).scheduling() is Scheduling.NONE
        assert session.requests() == 0

    with_server(OddDav(Quirks(schedules=True)), work)


def test_rule_25_owner_is_known_by_the_addresses_that_the_server_tells() -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CAL, Kind.EVENT)
        assert await replica.owners() == {OWNER}
        asked = session.requests()
        assert await replica.owners() == {OWNER} and session.requests() == asked == 2

    with_server(MailingDav(), work)


@pytest.mark.parametrize("answer", [Say(403), Say(500), Say(200, "no XML"), Say(drop=True)])
def test_rule_25_owner_that_cannot_be_had_is_nobody(answer: Say) -> None:
    async def work(session: Session) -> None:
        assert await (await session.replica(CAL, Kind.EVENT)).owners() == frozenset()

    with_server(OddDav(Quirks(refuses=(("PROPFIND", answer),))), work)


NEW = [
    ("as most programs write it", MEETING),
    ("the server is asked to act", MEETING.replace(b"ATTENDEE:", b"ATTENDEE;SCHEDULE-AGENT=SERVER:")),
    ("and to send", MEETING.replace(b"ATTENDEE:", b"ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST:")),
]


@pytest.mark.parametrize(("situation", "raw"), NEW, ids=[r[0] for r in NEW])
@pytest.mark.parametrize("quirks", [Quirks(schedules=True), Quirks(refuses=(("OPTIONS", Say(500)),))])
def test_rule_25_new_meeting_is_quiet_whatever_its_file_says(situation: str, raw: bytes, quirks: Quirks) -> None:
    server = MailingDav(quirks)

    async def work(session: Session) -> None:
        replica = await session.replica(CAL, Kind.EVENT)
        write = Create(1, HREF, icalendar.read(raw), Document(raw, "text/calendar"))
        assert isinstance((await applied(replica, write))[1], Written)

    with_server(server, work)
    assert server.letters == [] and server.members[HREF][1].count(b"SCHEDULE-AGENT=CLIENT") == 2
    assert b"FORCE" not in server.members[HREF][1]


def test_rule_25_guests_of_an_exception_alone_are_marked_too() -> None:
    series = icalendar.read(MEETING)
    assert isinstance(series, Event) and series.start is not None
    from instep.core.model import Override

    once = Override(series.start, replace(series, uid=""))
    bare = replace(series, organizer=None, attendees=(), rules=("FREQ=WEEKLY",), exceptions=(once,))
    assert for_create(bare, None, schedules=True).count(b"SCHEDULE-AGENT=CLIENT") == 2


@pytest.mark.parametrize("mark", [b"", b";SCHEDULE-AGENT=CLIENT", b";SCHEDULE-AGENT=NONE", b";SCHEDULE-AGENT=SERVER"])
def test_rule_25_update_leaves_every_mark_byte_for_byte(mark: bytes) -> None:
    raw = MEETING.replace(b"ATTENDEE:", b"ATTENDEE" + mark + b":").replace(b"ORGANIZER:", b"ORGANIZER" + mark + b":")
    item = icalendar.read(raw)
    assert isinstance(item, Event)
    changed = replace(item, summary="Other", attendees=(*item.attendees, Attendee("eve@x.test")))
    written = for_update(changed, Document(raw, "text/calendar"))
    assert set(raw.replace(b"Talk", b"Other").splitlines()) <= set(written.splitlines())
    quiet = mark.endswith((b"CLIENT", b"NONE"))
    assert (b"ATTENDEE;SCHEDULE-AGENT=CLIENT:mailto:eve@x.test" in written) is quiet


def test_rule_25_stand_in_sends_what_rfc_6638_says() -> None:
    """Without this the tests with the stand-in would prove nothing."""
    server = MailingDav()
    server.put(HREF, MEETING)

    async def work(session: Session) -> None:
        replica = await session.replica(CAL, Kind.EVENT)
        was = (await fetched(replica, [HREF]))[HREF]
        assert isinstance(was, Fetched) and isinstance(was.item, Event)
        changed = replace(was.item, summary="Other")
        done = (await applied(replica, Update(1, HREF, was.etag, was.document, changed)))[1]
        assert isinstance(done, Written) and server.letters == [Letter("REQUEST", CAROL)]
        await applied(replica, Delete(2, HREF, done.etag))
        assert server.letters[1:] == [Letter("CANCEL", CAROL)]

    with_server(server, work)


@pytest.mark.parametrize("silently", [True, False])
def test_rule_25_copy_of_an_invitation_is_deleted_without_a_word(silently: bool) -> None:
    server = MailingDav()
    server.put(HREF, MEETING.replace(OWNER.encode(), b"boss@far.test").replace(CAROL.encode(), OWNER.encode()))

    async def work(session: Session) -> None:
        replica = await session.replica(CAL, Kind.EVENT)
        if silently:
            await applied(replica, Delete(1, HREF, None))
        else:
            await session.run()._client.request("DELETE", session.server.url + HREF)

    with_server(server, work)
    assert server.members == {} and server.letters == ([] if silently else [Letter("REPLY", "boss@far.test")])
