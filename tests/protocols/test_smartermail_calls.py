"""What is sent in a call, and what each kind of bad answer becomes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Coroutine
from typing import Any

import pytest

from instep.errors import (
    InsecureRefused,
    InstepError,
    ItemRefused,
    NotSmarterMail,
    Transient,
)
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.session import MemoryKeeper
from peers.smartermail_sessions import USER, said, signed_in
from peers.standin import Say

REFRESH = "auth/refresh-token"
SIGN_IN = "auth/authenticate-user"


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def test_path_parts_are_encoded_one_by_one() -> None:
    device = signed_in()
    paths: list[str] = []
    device.server.content = lambda asked: paths.append(asked.path) or said()  # type: ignore[func-returns-value]

    async def work() -> None:
        async with device.client() as rest:
            await rest.call("GET", "notes/notes", "a/b?c#d", "@example.com", "ü %2F", reads=True)
            for bad in ("..", ".", "", "\ud800"):
                with pytest.raises(ItemRefused):
                    await rest.call("GET", "notes/notes", bad, reads=True)

    run(work())
    assert paths == ["/api/v1/notes/notes/a%2Fb%3Fc%23d/%40example.com/%C3%BC%20%252F"]


HOSTILE = [
    ("a page", Say(200, "<html>Sign in</html>"), NotSmarterMail),
    ("JSON that breaks off", Say(200, '{"a": [1, 2'), Transient),
    ("nested without end", Say(200, "[" * 100_000), Transient),
    ("nested too deeply for others", Say(200, "[" * 200 + "]" * 200), Transient),
    ("a number without end", Say(200, "[" + "9" * 10_000 + "]"), Transient),
    ("no UTF-8", Say(200, b'{"a": "\xff\xfe"}'), Transient),
    ("over the bound", Say(200, '"' + "x" * 3_000_000 + '"'), Transient),
    ("refused as success:false", said(success=False, message="SOMETHING_WRONG"), ItemRefused),
    ("refused as 400", said(400, message="secret@example.com is bad"), ItemRefused),
    ("sent out of the server", Say(302, headers=(("Location", "http://localhost:1/"),)), NotSmarterMail),
    ("in a circle", Say(302, headers=(("Location", "/api/v1/notes/sources"),)), NotSmarterMail),
    ("ill", Say(500), Transient),
]


@pytest.mark.parametrize(("situation", "say", "error"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_hostile_answer_is_an_error_of_ours(
    situation: str, say: Say, error: type[InstepError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    device = signed_in(attempts=1, largest_answer=2 * 1024 * 1024)
    device.server.content = lambda asked: say

    async def work() -> None:
        async with device.client() as rest:
            with pytest.raises(error) as caught:
                await rest.call("GET", "notes/sources", reads=True)
            assert type(caught.value) is error
            assert "secret" not in str(caught.value)

    run(work())
    assert "access-1" not in caplog.text
    assert "refresh-" not in caplog.text.replace("refresh-token", "")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}])
def test_body_that_is_no_json_is_not_sent(value: Any) -> None:
    device = signed_in()

    async def work() -> None:
        async with device.client() as rest:
            with pytest.raises(ItemRefused):
                await rest.call("POST", "notes/note-put", body={"x": value}, reads=False)

    run(work())
    assert not device.server.calls


@pytest.mark.parametrize(
    ("reads", "requests"), [(True, 2), (False, 1)], ids=["a list is asked for again", "a write is never repeated"]
)
def test_broken_connection(reads: bool, requests: int) -> None:
    device = signed_in()
    breaks = [Say(drop=True)]
    device.server.content = lambda asked: breaks.pop() if breaks else said(success=True)

    async def work() -> None:
        async with device.client() as rest:
            await rest.signed_in()
            if reads:
                await rest.call("POST", "tasks/tasks-all", body={}, reads=True)
            else:
                with pytest.raises(Transient):
                    await rest.call("POST", "tasks/save", body=[], reads=False)

    run(work())
    assert sum(device.server.calls.values()) == 1 + requests


def test_plain_http_needs_the_consent() -> None:
    with pytest.raises(InsecureRefused):
        RestClient(HttpClient(HttpSettings()), "http://mail.example.com", USER, MemoryKeeper())


def test_sent_json_is_ascii_and_compact() -> None:
    device = signed_in()
    bodies: list[bytes] = []
    device.server.content = lambda asked: bodies.append(asked.body) or said()  # type: ignore[func-returns-value]

    async def work() -> None:
        async with device.client() as rest:
            await rest.call("POST", "notes/note-put", body={"Text": "ü\ud800", "n": None}, reads=False)

    run(work())
    assert json.loads(bodies[0]) == {"Text": "ü\ud800", "n": None}
