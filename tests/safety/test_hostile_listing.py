"""A server's list of members is not believed further than its own folder, and not read without end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from instep.connectors.base import Delete, Delta, Entry, Failed, Fetched, Presence, Snapshot, TokenInvalid, Unreadable
from instep.core.model import Kind
from instep.errors import InstepError, ItemRefused
from peers.dav_sessions import Session, applied, card, fetched, with_server
from peers.odd_dav import CARD, OddDav, Quirks
from peers.standin import Asked, Say


def holding() -> OddDav:
    """An address book of three."""
    odd = OddDav(Quirks(sync=False))
    for number in range(3):
        odd.put(f"{CARD}{number}.vcf", card(f"u{number}"))
    return odd


STRANGE = [
    "/dav/bob/card/private.vcf",
    f"{CARD}../../bob/card/private.vcf",
    f"{CARD}%2e%2e/%2e%2e/bob/card/private.vcf",
    f"{CARD}sub/inner.vcf",
    "/etc/passwd",
]


def naming(odd: OddDav, strange: list[str]) -> Callable[[Asked], Say]:
    """Answer as the server does, and name these members too in every listing."""

    def answers(asked: Asked) -> Say:
        say = odd.answers(asked)
        if say.status == 207 and asked.headers.get("depth") == "1" and isinstance(say.body, str):
            more = "".join(
                f'<D:response xmlns:D="DAV:"><D:href>{href}</D:href><D:propstat><D:prop><D:getetag>"1"</D:getetag>'
                "</D:prop></D:propstat></D:response>"
                for href in strange
            )
            return Say(207, say.body.replace("</D:multistatus>", f"{more}</D:multistatus>"), say.headers)
        return say

    return answers


def test_a_member_outside_the_collection_is_named_and_never_touched() -> None:
    odd = holding()
    listed = naming(odd, STRANGE)

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        found = await replica.changes(None)
        assert isinstance(found, Snapshot)
        session.forget()
        results = await fetched(replica, [entry.href for entry in found.entries])
        assert sum(isinstance(result, Fetched) for result in results.values()) == 3
        for href in STRANGE:
            result = results[href]
            assert (
                isinstance(result, Unreadable)
                and "outside the folder" in str(result.error)
                and href in str(result.error)
            )
        assert set((await replica.confirm(STRANGE)).values()) == {Presence.UNKNOWN}
        told = await applied(replica, *(Delete(n, href, '"1"') for n, href in enumerate(STRANGE)))
        assert all(isinstance(one, Failed) and isinstance(one.error, ItemRefused) for one in told.values())
        asked = [a.path + a.body.decode() for a in session.server.asked]
        assert not [text for text in asked if any(word in text for word in ("bob", "passwd", "inner", "..", "%2e"))]

    with_server(odd, work, listed)


@pytest.mark.parametrize("around", ["/dav/anna/", "/dav/anna", "/dav/", "/", CARD.rstrip("/")])
def test_a_listing_that_names_the_folders_around_it_is_no_matter(around: str) -> None:
    odd = holding()

    async def work(session: Session) -> None:
        found = await (await session.replica(CARD, Kind.CONTACT)).changes(None)
        assert isinstance(found, Snapshot)
        assert {entry.href for entry in found.entries} == {f"{CARD}{n}.vcf" for n in range(3)}

    with_server(odd, work, naming(odd, [around]))


def paging(token: Callable[[int], str], members: Callable[[int], str]) -> Callable[[Asked], Say]:
    """Answer every sync report with a page after which there is always another."""
    count = 0

    def answers(asked: Asked) -> Say:
        nonlocal count
        if asked.method != "REPORT":
            return Say(404) if asked.method != "PROPFIND" else Say(405)
        count += 1
        status = "<D:status>HTTP/1.1 507 X</D:status>"
        return Say(
            207,
            f'<D:multistatus xmlns:D="DAV:">{members(count)}<D:response><D:href>{CARD}</D:href>{status}</D:response>'
            f"<D:sync-token>{token(count)}</D:sync-token></D:multistatus>",
        )

    return answers


def member(number: int) -> str:
    return (
        f"<D:response><D:href>{CARD}{number}.vcf</D:href><D:propstat><D:prop><D:getetag>1</D:getetag></D:prop>"
        "</D:propstat></D:response>"
    )


PAGES = [
    ("in a circle of two", lambda n: f"t{n % 2}", member, 4),
    ("with new tokens and nothing new", lambda n: f"t{n}", lambda n: member(1), 3),
    ("with new tokens and new members", lambda n: f"t{n}", member, 1001),
]


@pytest.mark.parametrize(("situation", "token", "members", "most"), PAGES, ids=[row[0] for row in PAGES])
def test_pages_without_end_come_to_an_end(
    situation: str, token: Callable[[int], str], members: Callable[[int], str], most: int
) -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        with pytest.raises(InstepError):
            await replica.changes(None)
        assert session.requests("REPORT") <= most
        later = await (await session.replica(CARD, Kind.CONTACT)).changes("sync:t0")
        assert isinstance(later, TokenInvalid)

    with_server(OddDav(), work, paging(token, members))


def test_etags_that_move_by_themselves_cost_a_reading_and_no_write() -> None:
    odd = holding()

    def answers(asked: Asked) -> Say:
        odd.clock += 1
        for path, (_, data) in list(odd.members.items()):
            odd.members[path] = (odd.clock, data)
        return odd.answers(asked)

    async def work(session: Session) -> None:
        for _ in range(3):
            replica = await session.replica(CARD, Kind.CONTACT)
            found = await replica.changes(None)
            assert isinstance(found, Snapshot | Delta)
            entries = found.entries if isinstance(found, Snapshot) else found.changed
            assert all(isinstance(entry, Entry) for entry in entries)
            results = await fetched(replica, [entry.href for entry in entries])
            assert all(isinstance(result, Fetched) for result in results.values())
        assert session.requests("PUT", "DELETE") == 0

    with_server(odd, work, answers)


def test_an_address_that_no_request_can_carry_is_a_matter_of_its_item() -> None:
    odd = holding()
    odd.quirks = Quirks(sync=False, query=False, largest_multiget=1)

    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        wanted = [f"{CARD}0.vcf", f"{CARD}a b\\c^d|e`.vcf", f"{CARD}1.vcf", CARD + "x" * 70_000]
        results = await fetched(replica, wanted)
        assert [isinstance(results[href], Fetched) for href in (wanted[0], wanted[2])] == [True, True]
        assert isinstance(results[wanted[3]], Unreadable)

    with_server(odd, work)
