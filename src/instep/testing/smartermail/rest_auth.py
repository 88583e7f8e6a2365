"""Signing in over REST (facts 3.1)."""

from __future__ import annotations

from instep.testing.smartermail.call import Call, Route
from instep.testing.smartermail.exchange import Json, Refusal, Response, json_response
from instep.testing.smartermail.login import Verdict, code_fits, judged, send_code, signed_in
from instep.testing.smartermail.people import Person, Standing, TwoStep
from instep.testing.smartermail.sessions import Use
from instep.testing.smartermail.shapes import key


def envelope(success: bool = True, code: int = 200, message: str = "") -> Json:
    """What every answer carries."""
    return {"success": success, "resultCode": code, "message": message, "debugInfo": None}


def _login(call: Call, person: Person | None, **more: object) -> Json:
    """The answer of a login with nothing in it, or with what ``more`` says."""
    world = call.world
    tokens = world.sessions
    full: Json = {
        "emailAddress": person.email if person else None,
        "username": person.local if person else None,
        "accessToken": "",
        "refreshToken": "",
        "accessTokenExpiration": world.clock.text(tokens.access_life),
        "refreshTokenExpiration": world.clock.text(tokens.refresh_life),
        "isAdmin": False,
        "isDomainAdmin": False,
        "isImpersonating": False,
        "changePasswordNeeded": False,
        "passwordExpired": False,
        "displayWelcomeWizard": False,
        "isLicensed": True,
        "autoLoginToken": None,
        "autoLoginUrl": None,
        "canViewPasswords": False,
        "localeId": "en",
    }
    return {**full, **envelope(), **more}


def _authenticate(call: Call) -> object:
    body = call.content_object()
    name, password = str(key(body, "username") or ""), str(key(body, "password") or "")
    client, code = str(key(body, "clientId") or ""), str(key(body, "twoFactorCode") or "")
    verdict = judged(call.world, name, password, call.request.address, "password")
    if isinstance(verdict, Verdict):
        if verdict is Verdict.APP_PASSWORD:
            return _second_step(call, call.world.people[name.lower()], "APP_PASSWORD", "")
        return _refused(call, verdict.value)
    if stopped := _standing(call, verdict, client):
        return stopped
    if verdict.two_step is TwoStep.NONE or password in verdict.app_passwords.values():
        return _opened(call, verdict, client)
    if code:
        if not code_fits(call.world, verdict, code, call.request.address):
            return _refused(call, "INVALID_TWO_FACTOR_CODE")
        return _opened(call, verdict, client)
    return _ask_for_code(call, verdict, client)


def _ask_for_code(call: Call, person: Person, client: str) -> object:
    method = person.two_step.value.replace("email", call.switches.two_step_email)
    if person.two_step is TwoStep.EMAIL:
        send_code(call.world, person)
    token = "" if call.switches.two_step == "old" else call.world.sessions.step(person.email, client, call.now)
    return _second_step(call, person, method, token)


def _second_step(call: Call, person: Person, method: str, token: str) -> object:
    address = person.recovery if method.startswith(call.switches.two_step_email) else person.email
    message = f"TWO_FACTOR_REQUIRED|{method}|{address}"
    if call.switches.two_step == "old":
        return json_response(401, {**envelope(False, 401, message), "requiresTwoFactorAuth": True})
    life = call.world.sessions.step_life
    times = {"accessTokenExpiration": call.world.clock.text(life), "refreshTokenExpiration": None}
    return _login(call, person, accessToken=token, message=message, **times)


def _standing(call: Call, person: Person, client: str) -> object | None:
    """The answer to a right password that opens nothing, None if nothing stands in the way."""
    match person.standing:
        case Standing.FINE:
            return None
        case Standing.CHANGE_PASSWORD:
            if call.switches.password_change == "none":
                return _login(call, person, changePasswordNeeded=True)
            token, _ = call.world.sessions.sign_in(person.email, client, call.now, Use.NOTHING)
            return _login(call, person, changePasswordNeeded=True, accessToken=token)
        case Standing.PASSWORD_EXPIRED:
            return _login(call, person, passwordExpired=True, changePasswordNeeded=True)
        case Standing.DISABLED:
            return _refused(call, "USER_DISABLED")
        case Standing.DOMAIN_DISABLED:
            return _refused(call, "DOMAIN_DISABLED")
        case Standing.LOCKED:
            return _refused(call, "USER_LOCKED")


def _refused(call: Call, message: str) -> Response:
    status = int(call.switches.refused_login)
    return json_response(status, envelope(False, max(status, 400), message))


def _opened(call: Call, person: Person, client: str) -> Json:
    access, refresh = call.world.sessions.sign_in(person.email, client, call.now)
    return _login(call, person, accessToken=access, refreshToken=refresh)


def _two_factor(call: Call) -> object:
    if call.switches.two_step == "old":
        raise Refusal(404, "No HTTP resource was found.")
    body = call.content_object()
    client, code = str(key(body, "clientId") or ""), str(key(body, "twoFactorCode") or "")
    scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
    step = call.world.sessions.opened(token.strip(), call.now) if scheme.lower() == "bearer" else None
    if step is None or step.use is not Use.STEP or step.client != client:
        return _refused(call, "INVALID_TWO_FACTOR_CODE")
    person = call.world.people[step.email]
    if not code_fits(call.world, person, code, call.request.address):
        return _refused(call, "INVALID_TWO_FACTOR_CODE")
    return _opened(call, person, client)


def _refresh(call: Call) -> object:
    body = call.content_object()
    client = str(key(body, "clientId") or "")
    found = call.world.sessions.renewed(str(key(body, "token") or ""), client, call.now)
    person = call.world.people.get(found.email) if found else None
    fine = person is not None and person.standing is Standing.FINE
    signed_in(call.world, "refresh", found.email if found else "", fine, call.request.address)
    if person is None or not fine:
        status = 401 if call.switches.refused_login == "200" else int(call.switches.refused_login)
        return json_response(status, envelope(False, status, "INVALID_REFRESH_TOKEN"))
    return _opened(call, person, client)


def _logout(call: Call) -> Json:
    call.world.sessions.end(call.session.email, call.session.client)
    return envelope()


def _login_token(call: Call) -> Json:
    token = call.world.sessions.link(call.session.email, call.now)
    url = f"/interface/standin/login?token={token}"
    return {"autoLoginToken": token, "autoLoginUrl": url, **envelope()}


ROUTES = (
    Route("POST", "auth/authenticate-user", _authenticate, open=True),
    Route("POST", "auth/authenticate-two-factor-code", _two_factor, open=True),
    Route("POST", "auth/refresh-token", _refresh, open=True),
    Route("POST", "auth/logout-user", _logout),
    Route("POST", "auth/retrieve-login-token", _login_token),
)
