"""Signing in, as facts 3.1 say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from instep.testing.smartermail import ANNA, Mail, Server, Standing, Switches, TwoStep, World, serve, totp
from peers.smartermail import PASSWORD, Asking

FIELDS = {
    "emailAddress", "username", "accessToken", "refreshToken", "accessTokenExpiration", "refreshTokenExpiration",
    "isAdmin", "isDomainAdmin", "isImpersonating", "changePasswordNeeded", "passwordExpired", "displayWelcomeWizard",
    "isLicensed", "autoLoginToken", "autoLoginUrl", "canViewPasswords", "localeId", "success", "resultCode", "message",
}  # fmt: skip


@pytest.fixture
def guest(smartermail: Server) -> Iterator[Asking]:
    asking = Asking(smartermail.url)
    yield asking
    asking.connection.close()


def _refreshed(asking: Asking, token: str, client: str = "test") -> tuple[int, str, str]:
    answer = asking.rest("POST", "auth/refresh-token", {"token": token, "clientId": client})
    return answer.status, answer.json.get("accessToken", ""), answer.json.get("refreshToken", "")


def _works(asking: Asking, token: str) -> bool:
    kept, asking.token = asking.token, token
    status = asking.rest("GET", "tasks/sources").status
    asking.token = kept
    return status == 200


def test_a_login_answers_all_that_is_documented(guest: Asking) -> None:
    answer = guest.sign_in()
    assert answer.status == 200 and answer.json.keys() >= FIELDS
    assert answer.json["emailAddress"] == ANNA and answer.json["accessToken"].count(".") == 2


def test_keys_of_a_request_are_found_in_any_case(guest: Asking) -> None:
    said = {"Username": ANNA, "PASSWORD": PASSWORD, "ClientId": "x"}
    assert guest.rest("POST", "auth/authenticate-user", said).json["accessToken"]


REFUSED = [
    ("a wrong password", ANNA, "wrong", "USERNAME_OR_PASSWORD_INCORRECT"),
    ("nobody of that name", "nobody@example.com", PASSWORD, "USER_NOT_FOUND"),
    ("the local part alone", "anna", PASSWORD, "USER_NOT_FOUND"),
]


@pytest.mark.parametrize(("what", "email", "password", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refused_login_says_why_in_a_code(guest: Asking, what: str, email: str, password: str, message: str) -> None:
    answer = guest.sign_in(email, password)
    assert (answer.status, answer.json["success"], answer.json["message"]) == (401, False, message)


@pytest.mark.parametrize("status", ["401", "400", "200"])
def test_a_refused_login_has_the_status_that_the_switch_says(status: str) -> None:
    with serve(World.demo(Switches(refused_login=status))) as server:
        answer = Asking(server.url).sign_in(password="wrong")
    assert answer.status == int(status) and not answer.json["success"]


def test_a_second_login_of_the_same_client_kills_the_first(guest: Asking) -> None:
    first = guest.sign_in(client="one").json
    guest.sign_in(client="two")
    assert _works(guest, first["accessToken"])
    guest.sign_in(client="one")
    assert not _works(guest, first["accessToken"])
    assert _refreshed(guest, first["refreshToken"], "one")[0] == 401


def test_a_refresh_token_rotates_and_dies_at_once(guest: Asking) -> None:
    first = guest.sign_in().json
    status, access, again = _refreshed(guest, first["refreshToken"])
    assert status == 200 and _works(guest, access) and again != first["refreshToken"]
    assert not _works(guest, first["accessToken"])
    assert _refreshed(guest, first["refreshToken"])[0] == 401
    assert _refreshed(guest, again)[0] == 200


def test_a_refresh_token_is_of_no_use_to_another_client(guest: Asking) -> None:
    token = guest.sign_in().json["refreshToken"]
    assert _refreshed(guest, token, "other")[0] == 401
    assert _refreshed(guest, token)[0] == 200


def test_an_access_token_lives_minutes_and_the_refresh_token_longer(smartermail: Server, guest: Asking) -> None:
    token = guest.sign_in().json["refreshToken"]
    smartermail.world.clock.move(minutes=14)
    assert _works(guest, guest.token)
    smartermail.world.clock.move(minutes=2)
    assert not _works(guest, guest.token)
    assert _refreshed(guest, token)[0] == 200


def test_logging_out_ends_the_client_and_no_other(guest: Asking) -> None:
    other = guest.sign_in(client="other").json["accessToken"]
    mine = guest.sign_in().json
    assert guest.rest("POST", "auth/logout-user").json["success"]
    assert not _works(guest, mine["accessToken"]) and _works(guest, other)
    assert _refreshed(guest, mine["refreshToken"])[0] == 401


@pytest.mark.parametrize("token", ["", "no.such.token"])
def test_what_needs_a_login_is_401_without_a_good_one(guest: Asking, token: str) -> None:
    guest.token = token
    assert guest.rest("GET", "contacts/sources").status == 401


def _two_step(server: Server, method: TwoStep = TwoStep.APP) -> None:
    server.world.people[ANNA].two_step = method


def _second(asking: Asking, code: str, client: str = "test") -> tuple[int, dict[str, object]]:
    said = {"twoFactorCode": code, "clientId": client}
    answer = asking.rest("POST", "auth/authenticate-two-factor-code", said)
    return answer.status, answer.json


def _code(server: Server) -> str:
    return totp(server.world.people[ANNA].secret, server.world.clock.now())


def test_two_step_answers_success_that_is_no_login_and_the_code_finishes_it(smartermail: Server, guest: Asking) -> None:
    _two_step(smartermail)
    first = guest.sign_in()
    assert (first.status, first.json["success"], first.json["refreshToken"]) == (200, True, "")
    assert first.json["message"] == f"TWO_FACTOR_REQUIRED|rfc6238|{ANNA}"
    status, said = _second(guest, _code(smartermail))
    assert status == 200 and said["refreshToken"] and _works(guest, str(said["accessToken"]))


def test_a_step_token_is_good_for_one_try(smartermail: Server, guest: Asking) -> None:
    _two_step(smartermail)
    guest.sign_in()
    assert _second(guest, "000000")[1]["message"] == "INVALID_TWO_FACTOR_CODE"
    assert _second(guest, _code(smartermail))[1]["message"] == "INVALID_TWO_FACTOR_CODE"


def test_a_step_token_opens_nothing_else_and_is_used_up_by_trying(smartermail: Server, guest: Asking) -> None:
    _two_step(smartermail)
    step = guest.sign_in().json["accessToken"]
    assert not _works(guest, step)
    assert _second(guest, _code(smartermail))[0] == 401


def test_a_step_token_is_gone_after_ten_minutes(smartermail: Server, guest: Asking) -> None:
    _two_step(smartermail)
    guest.sign_in()
    smartermail.world.clock.move(minutes=11)
    assert _second(guest, _code(smartermail))[0] == 401


def test_a_code_by_mail_goes_to_the_recovery_address_and_opens_once(smartermail: Server, guest: Asking) -> None:
    _two_step(smartermail, TwoStep.EMAIL)
    address = smartermail.world.people[ANNA].recovery
    assert guest.sign_in().json["message"] == f"TWO_FACTOR_REQUIRED|email|{address}"
    assert smartermail.world.records.mails == [Mail("code", address, "Your verification code")]
    code = smartermail.world.people[ANNA].mailed_code
    assert _second(guest, code)[0] == 200
    smartermail.world.people[ANNA].two_step = TwoStep.EMAIL
    guest.sign_in()
    assert _second(guest, code)[0] == 401


@pytest.mark.parametrize("method", [TwoStep.APP_NOT_SETUP, TwoStep.EMAIL_NOT_SETUP])
def test_a_method_that_was_never_set_up_says_so(smartermail: Server, guest: Asking, method: TwoStep) -> None:
    _two_step(smartermail, method)
    assert guest.sign_in().json["message"].split("|")[1] == method.value


def test_an_older_build_answers_401_and_takes_the_code_with_the_password(guest: Asking) -> None:
    with serve(World.demo(Switches(two_step="old"))) as server:
        _two_step(server)
        asking = Asking(server.url)
        first = asking.sign_in()
        assert first.status == 401 and first.json["requiresTwoFactorAuth"] and "accessToken" not in first.json
        assert first.json["message"].startswith("TWO_FACTOR_REQUIRED|rfc6238|")
        assert _second(asking, _code(server))[0] == 404
        said = {"username": ANNA, "password": PASSWORD, "clientId": "x", "twoFactorCode": _code(server)}
        assert asking.rest("POST", "auth/authenticate-user", said).json["accessToken"]


@pytest.mark.parametrize(("switch", "opens"), [("refused", False), ("accepted", True)])
def test_an_application_password_on_rest_is_as_the_switch_says(switch: str, opens: bool) -> None:
    with serve(World.demo(Switches(app_password=switch))) as server:
        _two_step(server)
        server.world.people[ANNA].app_passwords["EAS"] = "sixteen-letters!"
        said = Asking(server.url).sign_in(password="sixteen-letters!").json
    assert bool(said["accessToken"]) is opens
    assert opens or said["message"].startswith("TWO_FACTOR_REQUIRED|APP_PASSWORD")


def test_a_code_opens_a_second_time_only_where_the_switch_lets_it() -> None:
    with serve(World.demo(Switches(code_twice="refused"))) as server:
        _two_step(server)
        server.world.clock.stop("2026-12-01T10:00:00Z")
        asking = Asking(server.url)
        asking.sign_in()
        assert _second(asking, _code(server))[0] == 200
        asking.sign_in()
        assert _second(asking, _code(server))[0] == 401


STANDINGS = [
    (Standing.DISABLED, 401, "DISABLED"),
    (Standing.DOMAIN_DISABLED, 401, "DISABLED"),
    (Standing.LOCKED, 401, "LOCKED"),
]


@pytest.mark.parametrize(("standing", "status", "word"), STANDINGS, ids=[row[0].value for row in STANDINGS])
def test_a_closed_account_is_refused_with_its_reason(
    smartermail: Server, guest: Asking, standing: Standing, status: int, word: str
) -> None:
    smartermail.world.people[ANNA].standing = standing
    answer = guest.sign_in()
    assert answer.status == status and word in answer.json["message"]


def test_a_password_that_must_be_changed_is_success_but_opens_nothing(smartermail: Server, guest: Asking) -> None:
    smartermail.world.people[ANNA].standing = Standing.CHANGE_PASSWORD
    said = guest.sign_in().json
    assert said["success"] and said["changePasswordNeeded"] and not said["refreshToken"]
    assert said["accessToken"] and not _works(guest, said["accessToken"])
    smartermail.world.people[ANNA].standing = Standing.PASSWORD_EXPIRED
    said = guest.sign_in().json
    assert said["passwordExpired"] and not said["accessToken"]


def test_a_disabled_account_cannot_refresh_either(smartermail: Server, guest: Asking) -> None:
    token = guest.sign_in().json["refreshToken"]
    smartermail.world.people[ANNA].standing = Standing.DISABLED
    assert _refreshed(guest, token)[0] == 401


def test_too_many_failures_block_the_address_for_every_protocol_and_for_a_while(
    smartermail: Server, anna: Asking
) -> None:
    world = smartermail.world
    world.intrusion.limit = 3
    guest = Asking(smartermail.url)
    for _ in range(3):
        guest.sign_in(password="wrong")
    assert guest.sign_in().status == 403
    assert anna.rest("GET", "tasks/sources").status == 403
    assert anna.dav("PROPFIND", "/webdav/", Depth="0").status == 403
    assert anna.ask("GET", "/interface/root").status == 403
    world.clock.move(hours=2)
    assert guest.sign_in().status == 200


def test_wrong_codes_and_wrong_dav_passwords_count_as_well(smartermail: Server, guest: Asking) -> None:
    smartermail.world.intrusion.limit = 2
    _two_step(smartermail)
    guest.sign_in()
    _second(guest, "000000")
    assert guest.dav("PROPFIND", "/webdav/", Depth="0").status == 401
    assert guest.ask("GET", "/interface/root").status == 403


def test_no_record_holds_a_secret(smartermail: Server, guest: Asking) -> None:
    said = guest.sign_in().json
    guest.rest("GET", "tasks/sources")
    seen = repr(smartermail.world.records) + repr(smartermail.world.sessions) + repr(smartermail.world.people)
    assert PASSWORD not in seen and said["accessToken"] not in seen and said["refreshToken"] not in seen
