"""Finding and signing in to the stand-in: each standing of a mailbox, two-step login, and intrusion detection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from instep.errors import AccountError, InstepError, LoginRefused, LoginsPaused, SignInNeeded, Transient
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.finding import find
from instep.protocols.smartermail.session import MemoryKeeper
from instep.protocols.smartermail.sign_in import Method, TwoStep
from instep.testing.smartermail import ANNA, Server, Standing, Switches, World, serve, totp
from instep.testing.smartermail import TwoStep as Second

PASSWORD = "correct horse"

Work = Callable[[Server], Awaitable[Any]]


def at(world: World, work: Work) -> Any:
    async def run() -> Any:
        with serve(world) as server:
            return await work(server)

    return asyncio.run(run())


async def _at_once(seconds: float) -> None:
    pass


@asynccontextmanager
async def client(
    server: Server, keeper: MemoryKeeper | None = None, password: str = "", user: str = ANNA
) -> AsyncIterator[RestClient]:
    async with HttpClient(HttpSettings(allow_insecure=True), sleep=_at_once) as http:
        yield RestClient(http, server.url, user, keeper or MemoryKeeper(), password)


def world(second: Second = Second.NONE, standing: Standing = Standing.FINE, **switches: str) -> World:
    made = World.demo(Switches(**switches))
    made.people[ANNA].two_step = second
    made.people[ANNA].standing = standing
    return made


STANDINGS: list[tuple[Standing, type[InstepError], str]] = [
    (Standing.CHANGE_PASSWORD, SignInNeeded, "new password"),
    (Standing.PASSWORD_EXPIRED, SignInNeeded, "new password"),
    (Standing.DISABLED, LoginRefused, "disabled"),
    (Standing.DOMAIN_DISABLED, LoginRefused, "disabled"),
    (Standing.LOCKED, LoginRefused, "locked"),
]


@pytest.mark.parametrize("change", ["limited", "none"])
@pytest.mark.parametrize("status", ["401", "400", "200"])
@pytest.mark.parametrize(("standing", "error", "words"), STANDINGS, ids=[row[0] for row in STANDINGS])
def test_standing_is_told_in_one_attempt(
    standing: Standing, error: type[InstepError], words: str, status: str, change: str
) -> None:
    async def work(server: Server) -> None:
        keeper = MemoryKeeper()
        async with client(server, keeper, PASSWORD) as rest:
            for _ in range(2):
                with pytest.raises(error, match=words):
                    await rest.call("GET", "notes/sources", reads=True)
        assert len(server.world.records.requests) == 1
        assert keeper.session is not None
        assert keeper.session.refresh_token == ""

    at(world(standing=standing, refused_login=status, password_change=change), work)


@pytest.mark.parametrize("status", ["401", "400", "200"])
@pytest.mark.parametrize(("user", "password"), [(ANNA, "wrong"), ("nobody@example.com", PASSWORD)])
def test_wrong_name_or_password_is_shown_once(user: str, password: str, status: str) -> None:
    async def work(server: Server) -> None:
        async with client(server, None, password, user) as rest:
            for _ in range(20):
                with pytest.raises(LoginRefused):
                    await rest.call("GET", "notes/sources", reads=True)
        assert len(server.world.records.requests) == 1

    at(world(refused_login=status), work)


def code_of(server: Server, method: Method) -> str:
    person = server.world.people[ANNA]
    return person.mailed_code if method is Method.EMAIL else totp(person.secret, server.world.clock.now())


@pytest.mark.parametrize("build", ["new", "old"])
@pytest.mark.parametrize("word", ["email", "e-mail"])
@pytest.mark.parametrize(("second", "method"), [(Second.APP, Method.APP), (Second.EMAIL, Method.EMAIL)])
def test_two_step_login_from_the_first_code_to_the_next_weeks(
    second: Second, method: Method, word: str, build: str
) -> None:
    async def work(server: Server) -> None:
        keeper = MemoryKeeper()
        async with client(server, keeper) as rest:
            step = await rest.begin(PASSWORD)
            assert isinstance(step, TwoStep)
            assert step.method is method
            assert not await rest.finish(step, "000000", PASSWORD)
            step = await rest.begin(PASSWORD)
            assert step is not None
            assert await rest.finish(step, code_of(server, method), PASSWORD)
            await rest.call("GET", "notes/sources", reads=True)
        for _ in range(3):
            server.world.clock.move(days=2)
            async with client(server, keeper) as rest:
                await rest.call("GET", "notes/sources", reads=True)
        assert keeper.session is not None
        assert PASSWORD not in str(keeper.session.refresh_token)
        assert sum("authenticate-user" in a.path for a in server.world.records.requests) <= 4

    at(world(second, two_step=build, two_step_email=word), work)


@pytest.mark.parametrize("second", [Second.APP_NOT_SETUP, Second.EMAIL_NOT_SETUP])
@pytest.mark.parametrize("build", ["new", "old"])
def test_two_step_login_that_is_not_set_up_needs_a_person(second: Second, build: str) -> None:
    async def work(server: Server) -> None:
        async with client(server) as rest:
            with pytest.raises(SignInNeeded, match="not set up"):
                await rest.begin(PASSWORD)

    at(world(second, two_step=build), work)


def test_application_password_is_told_from_a_wrong_one() -> None:
    made = world(Second.APP)
    made.people[ANNA].app_passwords["IMAP"] = "abcdefghijklmnop"

    async def work(server: Server) -> None:
        async with client(server) as rest:
            with pytest.raises(SignInNeeded, match="application password"):
                await rest.begin("abcdefghijklmnop")

    at(made, work)


def test_second_device_leaves_the_first_one_signed_in() -> None:
    async def work(server: Server) -> None:
        keepers = [MemoryKeeper(), MemoryKeeper()]
        for keeper in keepers:
            async with client(server, keeper, PASSWORD) as rest:
                await rest.signed_in()
        for keeper in keepers:
            async with client(server, keeper) as rest:
                await rest.call("GET", "notes/sources", reads=True)

    at(world(), work)


def test_new_password_on_the_server_is_no_ground_to_try_the_old_one_again() -> None:
    async def work(server: Server) -> None:
        keeper = MemoryKeeper()
        async with client(server, keeper, PASSWORD) as rest:
            await rest.signed_in()
        server.world.people[ANNA].password = "another"
        server.world.sessions.end(ANNA, keeper.session.client_id if keeper.session else "")
        server.world.records.requests.clear()
        async with client(server, keeper, PASSWORD) as rest:
            results = await asyncio.gather(
                *(rest.call("GET", "notes/sources", reads=True) for _ in range(20)), return_exceptions=True
            )
            assert all(type(result) is LoginRefused for result in results)
        assert [a.path.rsplit("/", 1)[1] for a in server.world.records.requests] == [
            "refresh-token",
            "authenticate-user",
        ]
        assert not server.world.intrusion.until

    at(world(), work)


@pytest.mark.parametrize(("blocked", "error"), [("403", LoginsPaused), ("drop", Transient)])
def test_blocked_computer_keeps_its_session(blocked: str, error: type[InstepError]) -> None:
    async def work(server: Server) -> None:
        keeper = MemoryKeeper()
        async with client(server, keeper, PASSWORD) as rest:
            await rest.signed_in()
            kept = keeper.session
            server.world.intrusion.until["127.0.0.1"] = server.world.clock.now() + 3600
            with pytest.raises(error):
                await rest.call("GET", "notes/sources", reads=True)
        async with client(server, keeper) as rest:
            with pytest.raises(error):
                await rest.signed_in()
            assert keeper.session == kept
            server.world.intrusion.forgive()
            await rest.call("GET", "notes/sources", reads=True)

    at(world(blocked=blocked), work)


def test_sign_out_ends_the_device_on_the_server() -> None:
    async def work(server: Server) -> None:
        keeper = MemoryKeeper()
        async with client(server, keeper, PASSWORD) as rest:
            await rest.sign_out()
        async with client(server, keeper) as rest:
            with pytest.raises(SignInNeeded):
                await rest.signed_in()

    at(world(), work)


@pytest.mark.parametrize("path", ["", "/interface/root", "/interface/root#/email", "/Login.aspx", "/nothing/here"])
def test_stand_in_is_found_from_any_of_its_pages(path: str) -> None:
    async def work(server: Server) -> None:
        async with HttpClient(HttpSettings("anna", "horse", allow_insecure=True)) as http:
            server.world.build = 9500
            found = await find(http, server.url + path, ANNA, allow_insecure=True)
            assert found is not None
            assert (found.base, found.build, found.old) == (server.url, 9500, False)
            server.world.old_version = "15.7.6970"
            found = await find(http, server.url + path, ANNA, allow_insecure=True)
            assert found is not None
            assert (found.base, found.build, found.old) == (server.url, 6970, True)
        assert not server.world.records.logins

    at(world(), work)


@pytest.mark.parametrize("where", ["refresh-token", "authenticate-user"])
@pytest.mark.parametrize("what", [500, 503, "drop-before", "drop-after"])
def test_sign_in_that_breaks_off_is_tried_again_later_and_once(where: str, what: Any) -> None:
    async def work(server: Server) -> None:
        keeper = MemoryKeeper()
        if where == "refresh-token":
            async with client(server, keeper, PASSWORD) as rest:
                await rest.signed_in()
        server.world.records.requests.clear()
        server.fail(where, what)
        async with client(server, keeper, PASSWORD) as rest:
            with pytest.raises((Transient, AccountError)) as caught:
                await rest.signed_in()
            assert not isinstance(caught.value, LoginRefused)
            assert len(server.world.records.requests) == 1
            await rest.call("GET", "notes/sources", reads=True)

    at(world(), work)
