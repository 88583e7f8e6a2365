"""What each answer to a sign-in means, and that no secret is shown twice or told to anybody."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from instep.errors import InstepError, LoginRefused, LoginsPaused, NotSmarterMail, SignInNeeded, Transient
from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.sign_in import Desk, Method, Tokens, TwoStep, answer, refresh, sign_in, sign_out
from peers.standin import Answers, Asked, Say, StandIn, serving

USER, PASSWORD, CODE = "anna@example.com", "correct horse", "123456"
STEP_TOKEN, ACCESS, REFRESH = "step.token", "access.token", "refresh-token"
SECRETS = (PASSWORD, CODE, STEP_TOKEN, ACCESS, REFRESH)
LATER = "2026-05-05T10:15:00Z"
DATE = ("Date", "Tue, 05 May 2026 10:00:00 GMT")


class Gate:
    """Counts what passes it."""

    def __init__(self) -> None:
        self.attempts = 0
        self.refusals = 0

    @asynccontextmanager
    async def attempt(self, host: str) -> AsyncIterator[None]:
        assert host == "127.0.0.1"
        self.attempts += 1
        yield

    def refused(self, host: str) -> None:
        self.refusals += 1


def said(status: int = 200, **content: Any) -> Say:
    return Say(status, json.dumps(content), (DATE,))


def two_step(method: str, status: int = 200, **content: Any) -> Say:
    message = f"TWO_FACTOR_REQUIRED|{method}|{USER}"
    return said(status, success=status == 200, message=message, refreshToken="", **content)


FULL = {"accessToken": ACCESS, "refreshToken": REFRESH, "emailAddress": USER, "accessTokenExpiration": LATER}


async def at_desk(answers: Answers, gate: Gate, work: Any) -> tuple[Any, StandIn]:
    async with serving(answers) as server:
        client = HttpClient(HttpSettings(allow_insecure=True))
        client.trust(server.url)
        async with client:
            return await work(Desk(client, server.url, USER, "device-1", gate)), server


def signing(say: Say, gate: Gate | None = None) -> tuple[Any, StandIn]:
    return asyncio.run(at_desk(lambda asked: say, gate or Gate(), lambda desk: sign_in(desk, PASSWORD)))


OUTCOMES = [
    ("a complete sign-in", said(success=True, **FULL), Tokens(ACCESS, REFRESH, 900.0, USER)),
    (
        "keys in PascalCase",
        said(Success=True, AccessToken=ACCESS, RefreshToken=REFRESH),
        Tokens(ACCESS, REFRESH, None, ""),
    ),
    ("no word on success", said(accessToken=ACCESS, refreshToken=REFRESH), Tokens(ACCESS, REFRESH, None, "")),
    ("an end that is no date", said(**{**FULL, "accessTokenExpiration": "soon"}), Tokens(ACCESS, REFRESH, None, USER)),
    (
        "an end in the past",
        said(**{**FULL, "accessTokenExpiration": "2001-01-01"}),
        Tokens(ACCESS, REFRESH, None, USER),
    ),
    (
        "an end with the server's many digits and no zone",
        said(**{**FULL, "accessTokenExpiration": "2026-05-05T10:01:40.1234567"}),
        Tokens(ACCESS, REFRESH, 100.123456, USER),
    ),
    ("a code from the app", two_step("rfc6238", accessToken=STEP_TOKEN), TwoStep(Method.APP, STEP_TOKEN)),
    ("a code by e-mail", two_step("Email", accessToken=STEP_TOKEN), TwoStep(Method.EMAIL, STEP_TOKEN)),
    ("a code, as older builds ask for it", two_step("rfc6238", 401), TwoStep(Method.APP, "")),
    ("a code, by the flag alone", said(401, requiresTwoFactorAuth=True, success=False), TwoStep(Method.APP, "")),
]


@pytest.mark.parametrize(("situation", "say", "expected"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_answer_is_understood(situation: str, say: Say, expected: Tokens | TwoStep) -> None:
    gate = Gate()
    result, server = signing(say, gate)
    assert result == expected
    assert (gate.attempts, gate.refusals, len(server.asked)) == (1, 0, 1)
    asked = server.asked[0]
    assert asked.path == "/api/v1/auth/authenticate-user"
    assert json.loads(asked.body) == {"username": USER, "password": PASSWORD, "clientId": "device-1"}
    assert "authorization" not in asked.headers


HTML = Say(200, "<html>Sign in to the hotel</html>")
REFUSALS = [
    ("wrong", said(401, success=False, message="USERNAME_OR_PASSWORD_INCORRECT"), LoginRefused, "password", 1),
    ("wrong, as success:false", said(success=False, message="USERNAME_OR_PASSWORD_INCORRECT"), LoginRefused, "", 1),
    ("wrong, in other words", said(400, success=False, message="Invalid login"), LoginRefused, "password", 1),
    ("unknown mailbox", said(401, success=False, message="USER_NOT_FOUND"), LoginRefused, "does not know", 1),
    ("disabled", said(401, success=False, message="USER_DISABLED"), LoginRefused, "disabled", 1),
    ("locked", said(403, success=False, message="ACCOUNT_LOCKED"), LoginRefused, "locked", 1),
    ("blocked without a word", Say(403), LoginsPaused, "turns this computer away", 1),
    ("blocked", said(403, success=False, message="IP_BLOCKED"), LoginsPaused, "turns this computer away", 1),
    ("no body", Say(401), LoginRefused, "refused", 1),
    ("success that is no login", said(success=True), LoginRefused, "no reason", 1),
    ("success with a reason", said(success=True, message="USER_DISABLED"), LoginRefused, "disabled", 1),
    ("a new password is needed", said(**FULL, changePasswordNeeded=True), SignInNeeded, "new password", 0),
    ("an expired password", said(401, success=False, passwordExpired=True), SignInNeeded, "new password", 0),
    ("two-step not set up", two_step("rfc6238_NOT_SETUP"), SignInNeeded, "not set up", 0),
    ("an application password", two_step("APP_PASSWORD"), SignInNeeded, "application password", 0),
    ("the server is ill", Say(500), Transient, "500", 0),
    ("too many requests", Say(429), Transient, "429", 0),
    ("broken off", Say(drop=True), Transient, "broke off", 0),
    ("a page", HTML, NotSmarterMail, "page", 0),
    ("not there", Say(404), NotSmarterMail, "never", 0),
    ("a list", Say(200, "[]"), NotSmarterMail, "never", 0),
    ("no JSON", Say(200, '{"a":'), Transient, "cannot be read", 0),
    ("a token that is none", said(**{**FULL, "accessToken": "two words"}), LoginRefused, "no reason", 1),
]


@pytest.mark.parametrize(("situation", "say", "error", "words", "counted"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_refusal_is_told_apart(
    situation: str, say: Say, error: type[InstepError], words: str, counted: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gate = Gate()
    with pytest.raises(error) as caught:
        signing(say, gate)
    assert type(caught.value) is error
    assert words in str(caught.value)
    assert gate.refusals == counted
    assert caught.value.advice
    for secret in SECRETS:
        assert secret not in str(caught.value) + caplog.text


def test_server_message_is_never_shown() -> None:
    with pytest.raises(LoginRefused) as caught:
        signing(said(400, success=False, message=f"Nobody <script> {USER} here"))
    assert "script" not in str(caught.value)


def stepping(say: Say, step: TwoStep, gate: Gate) -> tuple[Any, list[Asked]]:
    result, server = asyncio.run(at_desk(lambda asked: say, gate, lambda desk: answer(desk, step, "123 456", PASSWORD)))
    return result, server.asked


def test_code_completes_the_sign_in() -> None:
    gate = Gate()
    result, asked = stepping(said(success=True, **FULL), TwoStep(Method.APP, STEP_TOKEN), gate)
    assert isinstance(result, Tokens)
    assert asked[0].headers["authorization"] == f"Bearer {STEP_TOKEN}"
    assert json.loads(asked[0].body) == {"twoFactorCode": CODE, "clientId": "device-1"}
    assert (len(asked), gate.attempts, gate.refusals) == (1, 1, 0)


def test_code_goes_with_the_password_where_the_build_is_old() -> None:
    result, asked = stepping(said(success=True, **FULL), TwoStep(), Gate())
    assert isinstance(result, Tokens)
    assert asked[0].path.endswith("/authenticate-user")
    assert json.loads(asked[0].body)["twoFactorCode"] == CODE


WRONG_CODES = [
    ("a wrong code", said(401, success=False, message="INVALID_TWO_FACTOR_CODE"), TwoStep(Method.APP, STEP_TOKEN)),
    ("as success:false", said(success=False, message="INVALID_TWO_FACTOR_CODE"), TwoStep(Method.APP, STEP_TOKEN)),
    ("at an old build", said(401, success=False, message="INVALID_TWO_FACTOR_CODE"), TwoStep()),
    ("an old build asks again", two_step("rfc6238", 401), TwoStep()),
]


@pytest.mark.parametrize(("situation", "say", "step"), WRONG_CODES, ids=[row[0] for row in WRONG_CODES])
def test_wrong_code_is_counted_and_shown_once(situation: str, say: Say, step: TwoStep) -> None:
    gate = Gate()
    result, asked = stepping(say, step, gate)
    assert (result, len(asked), gate.refusals) == (None, 1, 1)


REFRESHES = [
    ("the next pair", said(success=True, **FULL), Tokens(ACCESS, REFRESH, 900.0, USER)),
    ("dead", said(401, success=False, message="INVALID_REFRESH_TOKEN"), None),
    ("dead, without a body", Say(401), None),
    ("dead, as success:false", said(success=False), None),
    ("dead, as 400", said(400, success=False), None),
]


@pytest.mark.parametrize(("situation", "say", "expected"), REFRESHES, ids=[row[0] for row in REFRESHES])
def test_refresh(situation: str, say: Say, expected: Tokens | None) -> None:
    gate = Gate()
    result, server = asyncio.run(at_desk(lambda asked: say, gate, lambda desk: refresh(desk, "old-token")))
    assert result == expected
    assert json.loads(server.asked[0].body) == {"token": "old-token", "clientId": "device-1"}
    # An ended session is no wrong password.
    assert (gate.attempts, gate.refusals, len(server.asked)) == (1, 0, 1)


@pytest.mark.parametrize(
    ("say", "error"),
    [(Say(503), Transient), (Say(drop=True), Transient), (Say(404), NotSmarterMail), (HTML, NotSmarterMail)],
)
def test_refresh_that_tells_nothing_of_the_token_is_no_dead_one(say: Say, error: type[InstepError]) -> None:
    with pytest.raises(error):
        asyncio.run(at_desk(lambda asked: say, Gate(), lambda desk: refresh(desk, "old-token")))


def test_sign_out_shows_the_access_token() -> None:
    _, server = asyncio.run(at_desk(lambda asked: said(success=True), Gate(), lambda desk: sign_out(desk, ACCESS)))
    assert server.asked[0].headers["authorization"] == f"Bearer {ACCESS}"


def test_password_is_not_sent_on_to_another_server() -> None:
    async def work() -> None:
        async with serving(lambda asked: said(**FULL), host="localhost") as stranger:
            away = Say(307, headers=(("Location", stranger.url + "/api/v1/auth/authenticate-user"),))
            with pytest.raises(NotSmarterMail):
                await at_desk(lambda asked: away, Gate(), lambda desk: sign_in(desk, PASSWORD))
            assert stranger.asked == []

    asyncio.run(work())


def test_no_secret_in_any_repr() -> None:
    shown = repr([Tokens(ACCESS, REFRESH, 1.0, USER), TwoStep(Method.APP, STEP_TOKEN)])
    assert not any(secret in shown for secret in SECRETS)
