"""The connector contract: what a store says of mail, and what it is given so that nobody is mailed (RULES 25)."""

from __future__ import annotations

from dataclasses import replace

from instep.codecs.scheduling import guests_are_quiet, organizer_is_quiet
from instep.connectors.base import Fetched, Scheduling, Update
from instep.core.model import Attendee, Event, Kind, Task
from instep.testing.builders import item
from instep.testing.contract_terms import Store, applicable, check, created, expect, fetched, opened, written

CALENDAR = "text/calendar"


@check
async def whether_the_store_mails_is_told_always_the_same(store: Store) -> None:
    """At most one request for the first answer, none for the second."""
    replica = await opened(store)
    before = store.connector.traffic[0]
    told = await replica.scheduling()
    expect(isinstance(told, Scheduling), "the store says whether it mails", told)
    expect(store.connector.traffic[0] - before <= 1, "the answer costs at most one request")
    asked = store.connector.traffic[0]
    expect(await replica.scheduling() is told, "the second answer is the first")
    expect(store.connector.traffic[0] == asked, "the second answer costs nothing")
    if store.kind is Kind.EVENT:
        probed = (await store.connector.probe()).schedules
        expect(not probed or told is not Scheduling.NONE, "what probe found is said here too", told)


@check
async def in_whose_name_it_mails_is_told_in_lower_case(store: Store) -> None:
    """And the second answer costs nothing."""
    replica = await opened(store)
    told = await replica.owners()
    expect(all(address == address.casefold() for address in told), "addresses are in lower case", told)
    asked = store.connector.traffic[0]
    expect(await replica.owners() == told, "the second answer is the first")
    expect(store.connector.traffic[0] == asked, "the second answer costs nothing")


@check
async def what_is_created_where_guests_are_mailed_is_quiet_and_stays_so(store: Store) -> None:
    """Also for who comes in later."""
    applicable(store.kind in (Kind.EVENT, Kind.TASK), "only appointments and tasks have guests")
    replica = await opened(store)
    applicable(await replica.scheduling() is Scheduling.MARKED, "the store mails nobody")
    new = item(store.kind, 1)
    assert isinstance(new, Event | Task)
    meeting = replace(new, organizer=Attendee("me@example.org"), attendees=(Attendee("ann@example.org"),))
    got = await created(replica, meeting)
    _expect_quiet(got)
    more = replace(meeting, attendees=(*meeting.attendees, Attendee("bob@example.org")))
    await written(replica, Update(2, got.href, got.etag, got.document, more))
    _expect_quiet(await fetched(replica, got.href))


def _expect_quiet(got: Fetched) -> None:
    data = got.document.data
    applicable(got.document.media_type == CALENDAR, "the documents have another way to say it")
    expect(guests_are_quiet(data) and organizer_is_quiet(data), "everybody is marked", data)
