"""A sign-in with a person at hand: the password once, a code once more, and nothing shown of either."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.server_type import ServerType
from instep.errors import LoginRefused, SignInNeeded
from instep.protocols.smartermail.profile import Profile
from instep.service.installation import Installation
from instep.service.signing_in import SigningIn, sign_in_anew
from instep.testing.smartermail import ANNA, Server, Standing, TwoStep, World, serve, totp

PASSWORD = "correct horse"


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(World.demo()) as found:
        found.world.people[ANNA].two_step = TwoStep.APP
        yield found


@pytest.fixture
def signing(server: Server, tmp_path: Path) -> SigningIn:
    account = Account("ann", url=server.url, email=ANNA, insecure_http=True, server=ServerType.SMARTERMAIL)
    return sign_in_anew(Installation(Home(tmp_path / "home")), account, Profile(server.url))


def code(server: Server) -> str:
    return totp(server.world.people[ANNA].secret, server.world.clock.now())


def ways(server: Server) -> list[tuple[str, bool]]:
    return [(login.way, login.worked) for login in server.world.records.logins]


def test_code_completes_the_sign_in_and_leaves_a_session(server: Server, signing: SigningIn) -> None:
    assert not asyncio.run(signing.begin(Secret(PASSWORD)))
    assert (signing.asks, signing.by_mail, signing.two_step, signing.complete) == (True, False, True, None)
    assert asyncio.run(signing.answer(code(server)))
    assert not signing.asks
    assert signing.complete is not None and signing.complete.session.refresh_token
    assert PASSWORD not in repr(signing) and signing.complete.session.refresh_token not in repr(signing)


@pytest.mark.parametrize("how", ["new", "old"])
def test_wrong_code_is_asked_for_once_more_at_new_and_old_builds(server: Server, signing: SigningIn, how: str) -> None:
    server.world.switches = replace(server.world.switches, two_step=how)
    asyncio.run(signing.begin(Secret(PASSWORD)))
    assert not asyncio.run(signing.answer("000000"))
    assert asyncio.run(signing.answer(code(server)))
    assert ("password", False) not in ways(server)


def test_second_wrong_code_ends_it_and_the_server_sees_no_third(server: Server, signing: SigningIn) -> None:
    asyncio.run(signing.begin(Secret(PASSWORD)))
    assert not asyncio.run(signing.answer("000000"))
    with pytest.raises(LoginRefused, match="wrong 2 times"):
        asyncio.run(signing.answer("000001"))
    with pytest.raises(SignInNeeded, match="is over"):
        asyncio.run(signing.answer(code(server)))
    assert [worked for way, worked in ways(server) if way == "code"] == [False, False]


def test_code_after_ten_minutes_is_not_shown_to_the_server(server: Server, signing: SigningIn) -> None:
    now = [0.0]
    signing.clock = lambda: now[0]
    asyncio.run(signing.begin(Secret(PASSWORD)))
    now[0] = 601.0
    assert not signing.asks
    with pytest.raises(SignInNeeded):
        asyncio.run(signing.answer(code(server)))
    assert "code" not in {way for way, _ in ways(server)}


def test_code_by_mail_says_where_it_is(server: Server, signing: SigningIn) -> None:
    server.world.people[ANNA].two_step = TwoStep.EMAIL
    asyncio.run(signing.begin(Secret(PASSWORD)))
    assert signing.by_mail
    assert asyncio.run(signing.answer(server.world.people[ANNA].mailed_code))


@pytest.mark.parametrize(
    ("standing", "error"),
    [
        (Standing.CHANGE_PASSWORD, SignInNeeded),
        (Standing.PASSWORD_EXPIRED, SignInNeeded),
        (Standing.DISABLED, LoginRefused),
        (Standing.LOCKED, LoginRefused),
    ],
)
def test_login_that_a_person_must_mend_first_leaves_no_session(
    server: Server, signing: SigningIn, standing: Standing, error: type[LoginRefused]
) -> None:
    server.world.people[ANNA].standing = standing
    with pytest.raises(error):
        asyncio.run(signing.begin(Secret(PASSWORD)))
    assert (signing.asks, signing.complete) == (False, None)
