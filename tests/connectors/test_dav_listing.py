"""What changed on a DAV server: the ladder of sync-collection, ctag and etags, and servers that misbehave on it."""

from __future__ import annotations

import pytest

from instep.connectors.base import Changes, Delta, Entry, Gone, Snapshot, TokenInvalid
from instep.core.model import Kind
from instep.errors import CollectionError, CollectionVanished
from peers.dav_sessions import Session, card, ics, with_server
from peers.odd_dav import CAL, CARD, OddDav, Quirks
from peers.standin import Say


def cards(count: int, quirks: Quirks | None = None) -> OddDav:
    odd = OddDav(quirks or Quirks())
    for number in range(count):
        odd.put(f"{CARD}{number}.vcf", card(f"u{number}"))
    return odd


async def since(session: Session, token: str | None) -> Changes:
    """Ask in a run of its own, as the next run does."""
    return await (await session.replica(CARD, Kind.CONTACT)).changes(token)


async def snapshot(session: Session) -> Snapshot:
    found = await since(session, None)
    assert isinstance(found, Snapshot)
    return found


LADDER = [
    ("a server with sync-collection", Quirks(), 1, Delta, 1),
    ("one with a ctag only", Quirks(sync=False), 2, Delta, 1),
    ("one with neither", Quirks(sync=False, ctag=False), 2, None, 0),
    ("one that speaks neither, nor etags", Quirks(sync=False, ctag=False, etags=False), 2, None, 0),
    ("one that pages its answers", Quirks(page=2), 3, Delta, 1),
    ("a firewall that drops PROPFIND", Quirks(propfind=False), 1, Delta, 1),
]


@pytest.mark.parametrize(("situation", "quirks", "first", "later", "cost"), LADDER, ids=[row[0] for row in LADDER])
def test_listing_and_a_run_without_changes(
    situation: str, quirks: Quirks, first: int, later: type | None, cost: int
) -> None:
    async def work(session: Session) -> None:
        found = await snapshot(session)
        assert {entry.href for entry in found.entries} == {f"{CARD}{n}.vcf" for n in range(5)}
        assert all((entry.etag is not None) == quirks.etags for entry in found.entries)
        assert session.requests() == first
        if later is None:
            assert found.token is None
            return
        session.forget()
        assert await since(session, found.token) == Delta((), (), found.token or "")
        assert session.requests() == cost

    with_server(cards(5, quirks), work)


def test_changes_and_tombstones_since_a_token() -> None:
    odd = cards(3)

    async def work(session: Session) -> None:
        before = await snapshot(session)
        odd.put(f"{CARD}0.vcf", card("u0", "Other"))
        odd.put(f"{CARD}new.vcf", card("new"))
        odd.remove(f"{CARD}1.vcf")
        found = await since(session, before.token)
        assert isinstance(found, Delta)
        assert set(found.changed) == {Entry(f"{CARD}0.vcf", '"v4"'), Entry(f"{CARD}new.vcf", '"v5"')}
        assert found.gone == (Gone(f"{CARD}1.vcf"),)
        assert await since(session, found.token) == Delta((), (), found.token)

    with_server(odd, work)


def test_ctag_that_moved_is_answered_with_everything() -> None:
    odd = cards(3, Quirks(sync=False))

    async def work(session: Session) -> None:
        before = await snapshot(session)
        odd.remove(f"{CARD}1.vcf")
        found = await since(session, before.token)
        assert isinstance(found, Snapshot)
        assert {entry.href for entry in found.entries} == {f"{CARD}0.vcf", f"{CARD}2.vcf"}
        assert found.token != before.token

    with_server(odd, work)


FORGETFUL = [("403",), ("409",), ("412",), ("400",), ("nothing",), ("everything",)]


@pytest.mark.parametrize(("answer",), FORGETFUL)
def test_forgotten_token_leads_to_a_full_comparison_and_never_to_silence(answer: str) -> None:
    async def work(session: Session) -> None:
        assert await since(session, "sync:forgotten") == TokenInvalid()
        assert len((await snapshot(session)).entries) == 60

    with_server(cards(60, Quirks(unknown_token=answer)), work)


def test_own_echoes_are_many_without_being_strange() -> None:
    """After our own writes the old token echoes them all, and that is no sign of a forgotten token (RULES 12)."""
    odd = cards(0)

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        before = await replica.changes(None)
        assert isinstance(before, Snapshot)
        for number in range(60):
            odd.put(f"{CARD}{number}.vcf", card(f"u{number}"))
            replica._shelf.wrote(f"{CARD}{number}.vcf", None, there=True)
        found = await replica.changes(before.token)
        assert isinstance(found, Delta)
        assert len(found.changed) == 60

    with_server(odd, work)


@pytest.mark.parametrize("token", [None, "sync:t1", "ctag:c1"])
@pytest.mark.parametrize("sync", [True, False])
def test_vanished_collection_is_never_an_empty_one(token: str | None, sync: bool) -> None:
    odd = cards(3, Quirks(sync=sync))
    odd.collections.discard(CARD)

    async def work(session: Session) -> None:
        if token == "sync:t1" and not sync:
            return
        with pytest.raises(CollectionVanished):
            await since(session, token)

    with_server(odd, work)


def test_collection_that_may_not_be_listed_is_an_error_of_its_own() -> None:
    async def work(session: Session) -> None:
        with pytest.raises(CollectionError, match="403"):
            await since(session, None)

    with_server(OddDav(Quirks(sync=False, refuses=(("PROPFIND", Say(403)),))), work)


@pytest.mark.parametrize("absolute", [True, False])
@pytest.mark.parametrize("encodes", [True, False])
def test_hrefs_are_given_as_the_server_wrote_them(absolute: bool, encodes: bool) -> None:
    odd = OddDav(Quirks(absolute_hrefs=absolute, encodes_hrefs=encodes))
    odd.put(f"{CARD}über uns.vcf", card("u1"))

    async def work(session: Session) -> None:
        expected = f"{CARD}%C3%BCber%20uns.vcf" if encodes else f"{CARD}über uns.vcf"
        found = await snapshot(session)
        assert [entry.href for entry in found.entries] == [expected]

    with_server(odd, work)


def test_three_kinds_of_one_calendar_share_one_listing() -> None:
    odd = OddDav()
    for number, component in enumerate(("VEVENT", "VTODO", "VJOURNAL")):
        odd.put(f"{CAL}{number}.ics", ics(f"u{number}", component))

    async def work(session: Session) -> None:
        run = session.run()
        kinds = (Kind.EVENT, Kind.TASK, Kind.NOTE)
        replicas = [await session.replica(CAL, kind, run) for kind in kinds]
        found = [await replica.changes(None) for replica in replicas]
        assert found[0] == found[1] == found[2]
        assert session.requests() == 1
        assert isinstance(found[0], Snapshot)
        token = found[0].token
        session.forget()
        for replica in replicas:
            await replica.changes(token)
        assert session.requests() == 1
        odd.put(f"{CAL}new.ics", ics("new"))
        again = await replicas[0].changes(token)
        assert isinstance(again, Delta)
        assert len(again.changed) == 1

    with_server(odd, work)


def test_now_and_then_everything_is_listed_though_the_token_is_good() -> None:
    odd = cards(1)

    async def work(session: Session) -> None:
        token: str | None = (await snapshot(session)).token
        answers: list[Changes] = []
        for number in range(40):
            odd.put(f"{CARD}0.vcf", card("u0", f"Name {number}"))
            found = await since(session, token)
            answers.append(found)
            assert isinstance(found, Delta | Snapshot)
            token = found.token
        assert sum(isinstance(answer, Snapshot) for answer in answers) == 1
        assert await since(session, token) == Delta((), (), token or "")

    with_server(odd, work)
