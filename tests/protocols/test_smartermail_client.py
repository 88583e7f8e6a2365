"""The signed-in client: one sign-in for any number of calls, kept before it is used, and never a second wrong one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from instep.connectors.smartermail.rest import RestServer
from instep.core.model import Kind
from instep.errors import (
    LoginRefused,
    LoginsPaused,
    NotSmarterMail,
    SignInNeeded,
    StoreFull,
    Transient,
)
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.session import MemoryKeeper, Session
from instep.protocols.smartermail.sign_in import TwoStep
from peers.smartermail_sessions import CODE, PASSWORD, USER, Device, Sessions, said, signed_in
from peers.standin import Asked, Say, serving

REFRESH = "auth/refresh-token"
SIGN_IN = "auth/authenticate-user"


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_twenty_calls_at_once_share_one_refresh() -> None:
    device = signed_in(concurrency=8)

    async def work() -> None:
        async with device.client() as rest:
            answers = await asyncio.gather(*(rest.call("GET", "notes/notes", str(n), reads=True) for n in range(20)))
            assert len(answers) == 20
            assert device.server.calls[REFRESH] == 1
            device.server.access = "another"
            await asyncio.gather(*(rest.call("GET", "notes/notes", str(n), reads=True) for n in range(20)))
            assert device.server.calls[REFRESH] == 2

    run(work())
    assert device.keeper.session == Session("device-1", "refresh-2")


def test_token_is_kept_before_it_is_used() -> None:
    device = signed_in()
    kept: list[str] = []

    def content(asked: Asked) -> Say:
        assert device.keeper.session is not None
        kept.append(device.keeper.session.refresh_token)
        return said(success=True)

    device.server.content = content

    async def work() -> None:
        async with device.client() as rest:
            await rest.call("GET", "notes/sources", reads=True)

    run(work())
    assert kept == ["refresh-1"]


def test_token_is_not_used_up_where_the_next_one_cannot_be_kept() -> None:
    device = signed_in()

    class Full(MemoryKeeper):
        full = True

        async def keep(self, session: Session) -> None:
            if self.full:
                raise StoreFull("The disk is full.")
            await super().keep(session)

    keeper = device.keeper = Full(Session("device-1", "refresh-0"))

    async def work() -> None:
        async with device.client() as rest:
            with pytest.raises(StoreFull):
                await rest.call("GET", "notes/sources", reads=True)
            assert device.server.calls[REFRESH] == 0
            keeper.full = False
            await rest.call("GET", "notes/sources", reads=True)

    run(work())
    assert device.server.calls[SIGN_IN] == 0 and keeper.session == Session("device-1", "refresh-1")


def test_token_is_kept_even_when_the_call_is_given_up() -> None:
    device = signed_in()
    asked_for, may_answer = asyncio.Event(), asyncio.Event()

    class Slow(MemoryKeeper):
        async def keep(self, session: Session) -> None:
            if session.refresh_token != "refresh-0":
                asked_for.set()
                await may_answer.wait()
            await super().keep(session)

    device.keeper = Slow(Session("device-1", "refresh-0"))

    async def work() -> None:
        async with device.client() as rest:
            call = asyncio.ensure_future(rest.call("GET", "notes/sources", reads=True))
            await asked_for.wait()
            call.cancel()
            may_answer.set()
            await rest.call("GET", "notes/sources", reads=True)

    run(work())
    assert device.keeper.session == Session("device-1", "refresh-1")
    assert device.server.calls[REFRESH] == 1


def test_refresh_on_its_way_is_waited_for_when_a_person_ends_the_run() -> None:
    device = signed_in()
    asked_for, may_answer = asyncio.Event(), asyncio.Event()

    class Slow(HttpClient):
        async def request(self, *words: Any, **more: Any) -> Any:
            asked_for.set()
            answer = await super().request(*words, **more)
            await may_answer.wait()
            return answer

    async def work(url: str) -> None:
        http = Slow(device.settings)
        server = RestServer(RestClient(http, url, USER, device.keeper, clock=device.clock))
        try:
            await server.sources(Kind.NOTE)
        finally:
            asyncio.get_running_loop().call_soon(may_answer.set)
            await server.close()

    async def ended() -> None:
        async with serving(device.server) as running:
            run = asyncio.ensure_future(work(running.url))
            await asked_for.wait()
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            # What still goes on when the program ends is not waited for.
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    run(ended())
    assert device.keeper.session == Session("device-1", "refresh-1")


def test_access_token_is_renewed_a_minute_before_its_end() -> None:
    device = signed_in()

    async def work() -> None:
        async with device.client() as rest:
            for minutes, refreshes in ((0, 1), (13, 1), (14, 2), (27, 2), (28, 3)):
                device.clock.now = datetime(2026, 5, 5, 10, tzinfo=UTC) + timedelta(minutes=minutes)
                await rest.call("GET", "notes/sources", reads=True)
                assert device.server.calls[REFRESH] == refreshes
            assert device.server.calls["notes/sources"] == 5

    run(work())


def test_token_that_ends_mid_run_is_renewed_once_and_a_write_is_done_once() -> None:
    device = signed_in()
    done: list[bytes] = []
    device.server.content = lambda asked: done.append(asked.body) or said(success=True)  # type: ignore[func-returns-value]

    async def work() -> None:
        async with device.client() as rest:
            await rest.signed_in()
            device.server.access = "ended"
            await rest.call("POST", "tasks/save", body=[{"subject": "x"}], reads=False)

    run(work())
    assert done == [b'[{"subject":"x"}]']


def test_fresh_token_that_is_refused_ends_the_sign_in_for_good() -> None:
    device = signed_in()
    device.server.instead = lambda asked: Say(401) if "notes" in asked.path else None

    async def work() -> None:
        async with device.client() as rest:
            for _ in range(3):
                with pytest.raises(SignInNeeded):
                    await rest.call("GET", "notes/sources", reads=True)
            assert device.server.calls["notes/sources"] == 2
            assert device.server.calls[REFRESH] == 2

    run(work())


def test_dead_session_without_a_password_needs_a_person_and_is_shown_once() -> None:
    device = Device(Sessions(), Session("device-1", "dead"))

    async def work() -> None:
        async with device.client() as rest:
            results = await asyncio.gather(
                *(rest.call("GET", "notes/sources", reads=True) for _ in range(5)), return_exceptions=True
            )
            assert all(type(result) is SignInNeeded for result in results)
        async with device.client() as rest:
            with pytest.raises(SignInNeeded):
                await rest.signed_in()

    run(work())
    assert device.server.calls == {REFRESH: 1}
    assert device.keeper.session == Session("device-1")


def test_dead_session_with_a_password_signs_in_once_as_the_same_device() -> None:
    device = Device(Sessions(), Session("device-1", "dead"), PASSWORD)

    async def work() -> None:
        async with device.client() as rest:
            await rest.call("GET", "notes/sources", reads=True)

    run(work())
    assert device.server.shown == [PASSWORD]
    assert device.keeper.session == Session("device-1", "refresh-1")


def test_wrong_password_is_shown_once_for_all_calls() -> None:
    device = Device(Sessions(), None, "wrong")

    async def work() -> None:
        async with device.client() as rest:
            for _ in range(3):
                results = await asyncio.gather(
                    *(rest.call("GET", "notes/sources", reads=True) for _ in range(5)), return_exceptions=True
                )
                assert all(type(result) is LoginRefused for result in results)

    run(work())
    assert device.server.shown == ["wrong"]
    assert device.server.calls == {SIGN_IN: 1}


def test_password_where_a_code_is_asked_for_needs_a_person() -> None:
    device = Device(Sessions(two_step=True), None, PASSWORD)

    async def work() -> None:
        async with device.client() as rest:
            for _ in range(2):
                with pytest.raises(SignInNeeded, match="code"):
                    await rest.signed_in()

    run(work())
    assert device.server.calls == {SIGN_IN: 1}


@pytest.mark.parametrize("ill", [Say(500), Say(503), Say(429), Say(502, "<html>"), Say(404, "<html>gone")])
def test_refresh_that_fails_at_the_server_keeps_the_session(ill: Say) -> None:
    device = signed_in(attempts=1)
    device.server.instead = lambda asked: ill if REFRESH in asked.path else None

    async def work() -> None:
        async with device.client() as rest:
            with pytest.raises((Transient, NotSmarterMail)):
                await rest.signed_in()
            assert device.keeper.session == Session("device-1", "refresh-0")
            device.server.instead = lambda asked: None
            await rest.signed_in()

    run(work())
    assert device.server.calls == {REFRESH: 2}


def test_new_device_has_an_id_of_its_own() -> None:
    ids = set()
    for _ in range(2):
        device = Device(Sessions(), None, PASSWORD)

        async def work(device: Device = device) -> None:
            async with device.client() as rest:
                await rest.signed_in()

        run(work())
        assert device.keeper.session is not None
        ids.add(device.keeper.session.client_id)
    assert len(ids) == 2
    assert all(len(id) == 32 for id in ids)


def test_sign_in_by_hand_with_a_code() -> None:
    device = Device(Sessions(two_step=True))

    async def work() -> None:
        async with device.client() as rest:
            step = await rest.begin(PASSWORD)
            assert isinstance(step, TwoStep)
            assert not await rest.finish(step, "000000")
            step = await rest.begin(PASSWORD)
            assert await rest.finish(step, CODE)
            await rest.call("GET", "notes/sources", reads=True)

    run(work())
    assert device.server.calls[SIGN_IN] == 2
    assert device.keeper.session is not None
    assert device.keeper.session.refresh_token == "refresh-1"


def test_sign_in_by_hand_mends_a_client_that_had_ended() -> None:
    device = Device(Sessions(), None, "wrong")

    async def work() -> None:
        async with device.client() as rest:
            with pytest.raises(LoginRefused):
                await rest.signed_in()
            assert await rest.begin(PASSWORD) is None
            await rest.call("GET", "notes/sources", reads=True)

    run(work())


def test_sign_in_that_is_not_completed_leaves_the_session() -> None:
    device = signed_in()
    device.server.two_step = True

    async def work() -> None:
        async with device.client() as rest:
            step = await rest.begin(PASSWORD)
            assert isinstance(step, TwoStep)
            await rest.call("GET", "notes/sources", reads=True)

    run(work())
    assert device.keeper.session == Session("device-1", "refresh-1")


def test_sign_out_forgets_the_token_and_keeps_the_id() -> None:
    device = signed_in()

    async def work() -> None:
        async with device.client() as rest:
            await rest.sign_out()

    run(work())
    assert device.keeper.session == Session("device-1")
    assert device.server.refresh == ""


def test_two_clients_of_one_device_refresh_one_after_the_other() -> None:
    device = signed_in()

    async def work() -> None:
        async with device.client() as first, HttpClient(device.settings) as http:
            second = RestClient(http, first.base, USER, device.keeper, clock=device.clock)
            await asyncio.gather(first.signed_in(), second.signed_in())
            # The second's refresh ended the first one's access token; both still get on.
            await asyncio.gather(*(rest.call("GET", "notes/sources", reads=True) for rest in (first, second)))

    run(work())
    assert SIGN_IN not in device.server.calls


def test_paused_host_gets_nothing() -> None:
    device = signed_in()

    class Paused:
        @asynccontextmanager
        async def attempt(self, host: str) -> Any:
            raise LoginsPaused("Paused.")
            yield

        def refused(self, host: str) -> None:
            pass

    async def work() -> None:
        async with device.client(gate=Paused()) as rest:
            with pytest.raises(LoginsPaused):
                await rest.call("GET", "notes/sources", reads=True)

    run(work())
    assert not device.server.calls
