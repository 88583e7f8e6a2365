"""Finding collections: kinds, rights, defaults, creation, hosts and domains that may have the password."""

from __future__ import annotations

import asyncio

import pytest

from instep.connectors.dav import DavConnector
from instep.core.model import Kind
from instep.errors import (
    CollectionVanished,
    ConfigError,
    InsecureRefused,
    LoginRefused,
    NotADavServer,
    ReadOnly,
    Unreachable,
)
from instep.protocols.http import HttpClient, HttpSettings
from instep.protocols.webdav.places import Service, addresses, services
from peers.dav_sessions import Session, connector, with_server
from peers.odd_dav import CAL, CARD, OddDav, Quirks
from peers.standin import Asked, Say, serving

CALENDAR_KINDS = [
    ("all three", ("VEVENT", "VTODO", "VJOURNAL"), {Kind.EVENT, Kind.TASK, Kind.NOTE}),
    ("no journals, so no notes", ("VEVENT", "VTODO"), {Kind.EVENT, Kind.TASK}),
    ("lower case", ("vtodo",), {Kind.TASK}),
    ("not said: what calendars always held, never journals", None, {Kind.EVENT, Kind.TASK}),
    ("only what nobody keeps", ("VFREEBUSY",), set()),
]


@pytest.mark.parametrize(("situation", "components", "kinds"), CALENDAR_KINDS, ids=[row[0] for row in CALENDAR_KINDS])
def test_kinds_of_a_calendar(situation: str, components: tuple[str, ...] | None, kinds: set[Kind]) -> None:
    async def work(session: Session) -> None:
        found = {info.id: info.kinds for info in await session.run().collections()}
        assert found.pop(session.server.url + CARD) == {Kind.CONTACT}
        assert found == ({session.server.url + CAL: kinds} if kinds else {})

    with_server(OddDav(Quirks(components=components)), work)


@pytest.mark.parametrize("writable", [True, False, None])
def test_rights_are_told_as_the_server_tells_them(writable: bool | None) -> None:
    async def work(session: Session) -> None:
        assert {info.writable for info in await session.run().collections()} == {writable}

    with_server(OddDav(Quirks(writable=writable)), work)


def test_several_dav_headers_count_as_one() -> None:
    async def work(session: Session) -> None:
        found = await session.run().probe()
        assert found.schedules
        assert found.tokens
        assert found.creates_collections
        assert found.kinds == set(Kind)
        assert session.requests("PUT", "DELETE", "MKCOL", "MKCALENDAR", "PROPPATCH") == 0

    with_server(OddDav(Quirks(schedules=True)), work)


def test_open_costs_nothing() -> None:
    async def work(session: Session) -> None:
        replica = await session.replica(CARD, Kind.CONTACT)
        assert replica.info.name == "card"
        assert session.requests() == 0

    with_server(OddDav(), work)


def test_open_of_what_the_server_no_longer_has_is_told() -> None:
    async def work(session: Session) -> None:
        run = session.run()
        await run.collections()
        with pytest.raises(CollectionVanished):
            await session.replica("/dav/anna/gone/", Kind.CONTACT, run)

    with_server(OddDav(), work)


def test_server_that_makes_no_folders_says_read_only() -> None:
    async def work(session: Session) -> None:
        with pytest.raises(ReadOnly):
            await session.run().create_collection("New", frozenset({Kind.EVENT}))
        with pytest.raises(ConfigError):
            await session.run().create_collection("New", frozenset({Kind.EVENT, Kind.CONTACT}))

    with_server(OddDav(), work)


NO_DAV = [
    ("a web server", lambda asked: Say(200, "<html><body>Welcome</body></html>")),
    ("one that knows only GET", lambda asked: Say(405)),
    ("one that finds nothing", lambda asked: Say(404)),
    ("WebDAV without calendars", lambda asked: Say(207, '<D:multistatus xmlns:D="DAV:"/>')),
    ("one that redirects in a circle", lambda asked: Say(301, headers=(("Location", "/"),))),
]


@pytest.mark.parametrize(("situation", "answers"), NO_DAV, ids=[row[0] for row in NO_DAV])
def test_no_dav_server(situation: str, answers: object) -> None:
    async def work() -> None:
        async with serving(answers) as server:  # type: ignore[arg-type]
            run = connector(server.url, "anna", "secret")
            with pytest.raises(NotADavServer) as caught:
                await run.collections()
            assert "127.0.0.1" in str(caught.value)
            assert len(server.asked) <= 20
            await run.close()

    asyncio.run(work())


def test_bare_url_follows_its_well_known_address() -> None:
    odd = OddDav()

    def answers(asked: Asked) -> Say:
        if asked.path == "/.well-known/caldav":
            return Say(301, headers=(("Location", "/dav/"),))
        return Say(405) if asked.path == "/" else odd.answers(asked)

    async def work() -> None:
        async with serving(answers) as server:
            run = connector(server.url, "anna", "secret")
            assert {info.id.removeprefix(server.url) for info in await run.collections()} == {CAL, CARD}
            assert len(server.asked) == 4
            await run.close()

    asyncio.run(work())


def test_host_without_scheme_means_https_and_falls_back_only_with_consent() -> None:
    async def work() -> None:
        async with serving(OddDav().answers) as server:
            host = server.url.removeprefix("http://")
            run = connector(host, "anna", "secret")
            assert len(await run.collections()) == 2
            await run.close()
            client = HttpClient(HttpSettings("anna", "secret", timeout=5.0))
            strict = DavConnector(client, host)
            with pytest.raises(Unreachable):
                await strict.collections()
            insecure = DavConnector(client, server.url)
            with pytest.raises(InsecureRefused):
                await insecure.collections()
            await strict.close()

    asyncio.run(work())


def test_collection_on_another_server_gets_no_password() -> None:
    async def work() -> None:
        async with serving(lambda asked: Say(401), host="localhost") as stranger:
            run = connector("http://127.0.0.1:1/", "anna", "secret")
            replica = await run.open(stranger.url + CARD, Kind.CONTACT)
            with pytest.raises(LoginRefused):
                await replica.changes(None)
            assert stranger.passwords() == 0
            await run.close()

    asyncio.run(work())


TYPED = [
    ("https://dav.example.org/x", False, ["https://dav.example.org/x"]),
    ("https://anna:secret@dav.example.org/x", False, ["https://dav.example.org/x"]),
    ("dav.example.org", False, ["https://dav.example.org/"]),
    (" dav.example.org:8443/path ", False, ["https://dav.example.org:8443/path"]),
    ("localhost:5232", True, ["https://localhost:5232/", "http://localhost:5232/"]),
]


@pytest.mark.parametrize(("typed", "insecure", "expected"), TYPED)
def test_addresses(typed: str, insecure: bool, expected: list[str]) -> None:
    assert addresses(typed, insecure) == expected


@pytest.mark.parametrize("typed", ["", "two words", "ftp://example.org", "https://", "a@b@c"])
def test_unusable_addresses(typed: str) -> None:
    with pytest.raises(ConfigError):
        addresses(typed, False)


CALDAV, CARDDAV = "_caldavs._tcp.example.org", "_carddavs._tcp.example.org"
ANNOUNCED = [
    ("nothing", {}, []),
    ("a host in the domain", {CALDAV: Service("dav.Example.org.", 443)}, ["https://dav.example.org/"]),
    ("port and path", {CALDAV: Service("example.org", 8443, "/cal")}, ["https://example.org:8443/cal"]),
    (
        "two services",
        {CALDAV: Service("c.example.org", 443), CARDDAV: Service("a.example.org", 443)},
        ["https://c.example.org/", "https://a.example.org/"],
    ),
]


@pytest.mark.parametrize(("situation", "records", "expected"), ANNOUNCED, ids=[row[0] for row in ANNOUNCED])
def test_services_of_a_domain(situation: str, records: dict[str, Service], expected: list[str]) -> None:
    async def resolver(name: str) -> Service | None:
        return records.get(name)

    assert asyncio.run(services("example.org", resolver)) == expected


@pytest.mark.parametrize("host", ["dav.hoster.net", "notexample.org", "example.org.evil.net"])
def test_service_outside_the_domain_is_named_but_not_believed(host: str) -> None:
    async def resolver(name: str) -> Service | None:
        return Service(host, 443)

    with pytest.raises(ConfigError, match=host):
        asyncio.run(services("example.org", resolver))


def test_email_domain_leads_to_the_announced_server() -> None:
    async def work() -> None:
        asked: list[str] = []

        async def resolver(name: str) -> Service | None:
            asked.append(name)
            return None

        client = HttpClient(HttpSettings("anna", "secret", timeout=2.0))
        run = DavConnector(client, "", "anna@no-such-host.invalid", resolver=resolver)
        assert run.name == "no-such-host.invalid"
        with pytest.raises(Unreachable):
            await run.collections()
        assert asked == ["_caldavs._tcp.no-such-host.invalid", "_carddavs._tcp.no-such-host.invalid"]
        await run.close()

    asyncio.run(work())
