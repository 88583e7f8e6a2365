"""Items of a DAV server: batches, halving, one query for all, sharing between kinds, and bodies that cannot be read."""

from __future__ import annotations

import pytest

from instep.connectors.base import Fetched, Foreign, Missing, Presence, Snapshot, Unreadable
from instep.connectors.dav.hrefs import key_of
from instep.core.model import Contact, Kind
from instep.errors import CodecError, LoginRefused, Transient
from peers.dav_sessions import Session, card, fetched, ics, with_server
from peers.odd_dav import CAL, CARD, OddDav, Quirks
from peers.standin import Say


def cards(count: int, quirks: Quirks | None = None) -> OddDav:
    odd = OddDav(quirks or Quirks())
    for number in range(count):
        odd.put(f"{CARD}{number}.vcf", card(f"u{number}", f"Name {number}"))
    return odd


def hrefs(*numbers: int) -> list[str]:
    return [f"{CARD}{number}.vcf" for number in numbers]


WAYS = [
    ("few are asked for in one request", Quirks(), 5, False, 1, 1),
    ("many in batches of a hundred", Quirks(), 250, False, 3, 3),
    ("most of a listed collection in one query", Quirks(), 250, True, 1, 1),
    ("in batches again where queries are refused", Quirks(query=False), 250, True, 4, 4),
    ("a limit is found by halving", Quirks(largest_multiget=50), 100, False, 3, 3),
    ("a silent limit too", Quirks(largest_multiget=50, cuts_multiget_silently=True), 100, False, 2, 2),
    ("hrefs that come back in other words", Quirks(absolute_hrefs=True, encodes_hrefs=True), 20, False, 1, 1),
    ("damaged answers lead to single reading", Quirks(unparsable_multiget=True), 2, False, 3, 3),
]


@pytest.mark.parametrize(
    ("situation", "quirks", "count", "listed", "least", "most"), WAYS, ids=[row[0] for row in WAYS]
)
def test_everything_asked_for_is_given_once(
    situation: str, quirks: Quirks, count: int, listed: bool, least: int, most: int
) -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        wanted = hrefs(*range(count))
        if listed:
            found = await replica.changes(None)
            assert isinstance(found, Snapshot)
            wanted = [entry.href for entry in found.entries]
        session.forget()
        results = await fetched(replica, wanted)
        assert all(isinstance(result, Fetched) for result in results.values())
        for href, result in results.items():
            assert isinstance(result, Fetched)
            assert isinstance(result.item, Contact)
            number = href.rpartition("/")[2].removesuffix(".vcf")
            assert result.item.uid == f"u{number}"
            assert result.etag == session.odd.etag(f"{CARD}{number}.vcf")
            assert result.document.data == card(f"u{number}", f"Name {number}")
        assert least <= session.requests() <= most

    with_server(cards(count, quirks), work)


def test_what_is_not_there_is_missing_and_what_cannot_be_read_does_not_stop_the_others() -> None:
    odd = cards(3)
    odd.put(f"{CARD}1.vcf", b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut off")
    odd.put(f"{CARD}2.vcf", b"Not a card at all")

    async def work(session: Session) -> None:
        results = await fetched(await session.replica(CARD, Kind.CONTACT), hrefs(0, 1, 2, 3))
        assert [type(results[href]) for href in hrefs(0, 1, 2, 3)] == [Fetched, Unreadable, Unreadable, Missing]
        cut = results[f"{CARD}1.vcf"]
        assert isinstance(cut, Unreadable)
        assert isinstance(cut.error, CodecError)
        assert cut.document is not None
        assert f"{CARD}1.vcf" in str(cut.error)

    with_server(odd, work)


def test_server_that_gives_one_item_not_is_asked_for_the_others() -> None:
    odd = cards(3, Quirks(unparsable_multiget=True))

    async def work(session: Session) -> None:
        odd.be(refuses=(("GET", Say(403)),))
        results = await fetched(await session.replica(CARD, Kind.CONTACT), hrefs(0, 1))
        assert all(isinstance(result, Unreadable) for result in results.values())

    with_server(odd, work)


def test_server_that_only_fails_is_not_asked_for_ever() -> None:
    odd = cards(200, Quirks(refuses=(("REPORT", Say(500)), ("GET", Say(500)))))

    async def work(session: Session) -> None:
        with pytest.raises(Transient):
            await fetched(await session.replica(CARD, Kind.CONTACT), hrefs(*range(200)))
        assert session.requests() < 30

    with_server(odd, work)


def test_three_kinds_of_one_calendar_share_the_bodies_and_each_sees_its_own() -> None:
    odd = OddDav()
    components = {"VEVENT": Kind.EVENT, "VTODO": Kind.TASK, "VJOURNAL": Kind.NOTE}
    for number in range(30):
        odd.put(f"{CAL}{number}.ics", ics(f"u{number}", list(components)[number % 3]))
    wanted = [f"{CAL}{number}.ics" for number in range(30)]

    async def work(session: Session) -> None:
        run = session.run()
        for place, kind in enumerate(components.values()):
            results = await fetched(await session.replica(CAL, kind, run), wanted)
            own = [href for href, result in results.items() if isinstance(result, Fetched)]
            assert sorted(own) == sorted(wanted[place::3])
            assert sum(isinstance(result, Foreign) for result in results.values()) == 20
            assert session.requests() == 1
        odd.put(wanted[0], ics("u0", summary="Changed"))
        again = await fetched(await session.replica(CAL, Kind.EVENT, run), wanted[:1])
        assert b"Changed" in again[wanted[0]].document.data  # type: ignore[union-attr]

    with_server(odd, work)


def test_body_that_another_kind_left_is_not_given_when_the_listing_knows_a_newer_one() -> None:
    odd = OddDav()
    odd.put(f"{CAL}0.ics", ics("u0"))
    odd.put(f"{CAL}1.ics", ics("u1", "VTODO"))

    async def work(session: Session) -> None:
        run = session.run()
        wanted = [f"{CAL}0.ics", f"{CAL}1.ics"]
        event, task = [await session.replica(CAL, kind, run) for kind in (Kind.EVENT, Kind.TASK)]
        await fetched(event, wanted)
        odd.put(f"{CAL}1.ics", ics("u1", "VTODO", "Newer"))
        await task.changes(None)
        results = await fetched(task, wanted)
        assert b"Newer" in results[wanted[1]].document.data  # type: ignore[union-attr]

    with_server(odd, work)


PRESENCE = [
    ("a deleted item is gone", (), Presence.PRESENT, Presence.GONE),
    ("an error of the server proves nothing", (("GET", Say(500)),), Presence.UNKNOWN, Presence.UNKNOWN),
    ("a refusal proves nothing", (("GET", Say(403)),), Presence.UNKNOWN, Presence.UNKNOWN),
    ("a refused login proves nothing", (("GET", Say(401)),), Presence.UNKNOWN, Presence.UNKNOWN),
    ("a dropped connection proves nothing", (("GET", Say(drop=True)),), Presence.UNKNOWN, Presence.UNKNOWN),
    ("410 is as good as 404, but not for what is still listed", (("GET", Say(410)),), Presence.UNKNOWN, Presence.GONE),
    ("what is listed and not given is not gone", (("GET", Say(404)),), Presence.UNKNOWN, Presence.GONE),
    ("without the collection nothing is proved", (("PROPFIND", Say(404)),), Presence.UNKNOWN, Presence.UNKNOWN),
]


@pytest.mark.parametrize(("situation", "refuses", "there", "gone"), PRESENCE, ids=[row[0] for row in PRESENCE])
def test_rule_14_confirm(situation: str, refuses: tuple[tuple[str, Say], ...], there: Presence, gone: Presence) -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        assert await replica.confirm(hrefs(0, 9)) == {hrefs(0)[0]: there, hrefs(9)[0]: gone}

    with_server(cards(3, Quirks(refuses=refuses)), work)


def test_rule_14_item_missing_from_listing_and_multiget_is_proved_by_reading_it() -> None:
    odd = cards(10, Quirks(hidden=frozenset(hrefs(4)), unparsable_multiget=True))

    async def work(session: Session) -> None:
        found = await (await session.replica(CARD, Kind.CONTACT)).confirm(hrefs(*range(10)))
        assert set(found.values()) == {Presence.PRESENT}

    with_server(odd, work)


def test_rule_14_collection_that_vanishes_meanwhile_proves_nothing() -> None:
    odd = cards(3)

    async def work(session: Session) -> None:
        def vanish(asked: object) -> None:
            if getattr(asked, "method", "") == "GET":
                odd.collections.discard(CARD)
                odd.members.clear()

        odd.meanwhile = vanish
        replica = await session.replica(CARD, Kind.CONTACT)
        assert await replica.confirm(hrefs(0)) == {hrefs(0)[0]: Presence.UNKNOWN}

    with_server(odd, work)


def test_rule_14_behind_a_firewall_without_propfind_absence_is_still_proved() -> None:
    async def work(session: Session) -> None:
        found = await (await session.replica(CARD, Kind.CONTACT)).confirm(hrefs(0, 9))
        assert list(found.values()) == [Presence.PRESENT, Presence.GONE]

    with_server(cards(3, Quirks(propfind=False)), work)


def test_refused_login_ends_a_listing() -> None:
    async def work(session: Session) -> None:
        with pytest.raises(LoginRefused):
            await (await session.replica(CARD, Kind.CONTACT)).changes(None)
        assert session.requests() == 1

    with_server(cards(1, Quirks(refuses=(("REPORT", Say(401)),))), work)


@pytest.mark.parametrize("encodes", [True, False])
@pytest.mark.parametrize("asked", [f"{CARD}ü b@x.vcf", f"{CARD}%C3%BC%20b@x.vcf", f"{CARD}%c3%bc%20b%40x.vcf"])
def test_answer_is_found_however_the_server_encodes_the_href(encodes: bool, asked: str) -> None:
    odd = OddDav(Quirks(encodes_hrefs=encodes))
    odd.put(f"{CARD}ü b@x.vcf", card("u1"))
    odd.put(f"{CARD}other.vcf", card("u2"))

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        assert isinstance((await fetched(replica, [asked, f"{CARD}other.vcf"]))[asked], Fetched)
        assert session.requests() == 1
        assert await replica.confirm([asked]) == {asked: Presence.PRESENT}

    with_server(odd, work)


def test_encoded_slash_is_another_name_than_a_slash() -> None:
    assert key_of("/a%2Fb") == key_of("/a%2fb") != key_of("/a/b")
