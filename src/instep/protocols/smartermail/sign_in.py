"""Signing in over REST: name and password, the code of two-step login, and the next token from the last one.

Every function shows its secret exactly once. What the server's own message says beyond its code is never shown: it
holds the person's address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from instep.errors import InstepError, LoginRefused, NotADavServer, NotSmarterMail, SignInNeeded, Transient
from instep.protocols.backoff import told_to_wait
from instep.protocols.http import HttpClient
from instep.protocols.logins import LoginGate
from instep.protocols.origins import origin_of
from instep.protocols.smartermail.replies import Reply, reply_of, turned_away

_JSON = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
_ILL = frozenset({429, *range(500, 600)})
_TWO_STEP = "TWO_FACTOR_REQUIRED"


class Method(StrEnum):
    """Where the code of two-step login comes from."""

    APP = "app"
    EMAIL = "e-mail"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A completed sign-in. ``seconds`` is how long the access token is good by the server's own clock, and
    ``refresh_seconds`` the refresh token, ``None`` where it does not say; ``email`` the mailbox's address as the server
    writes it, or empty."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    seconds: float | None = None
    email: str = ""
    refresh_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class TwoStep:
    """The password was right, and a code is asked for. ``token`` is good for one answer within ten minutes; empty at
    older builds, which take the password once more together with the code."""

    method: Method = Method.APP
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Desk:
    """Where to sign in, and as which device: ``base`` as in ``Found``, ``user`` the full e-mail address."""

    http: HttpClient
    base: str
    user: str
    client_id: str
    gate: LoginGate

    @property
    def host(self) -> str:
        """The server's name, for people and for the gate."""
        return origin_of(self.base).host


async def sign_in(desk: Desk, password: str) -> Tokens | TwoStep:
    """Show name and password once.

    Raises ``LoginRefused`` (wrong, unknown, disabled or locked: final), ``SignInNeeded`` (a person has to do something
    in the web mail first), ``LoginsPaused`` (by the gate, or the server turns this computer away), ``Transient`` (5xx,
    429, a broken connection), ``NotSmarterMail`` and what ``HttpClient.request`` raises.
    """
    return await _with_password(desk, {"username": desk.user, "password": password})


async def answer(desk: Desk, step: TwoStep, code: str, password: str = "") -> Tokens | None:
    """Show the code of two-step login once; ``None`` when it was wrong, and the step is used up then.

    ``password`` is needed only where the step has no token. Raises as ``sign_in`` does.
    """
    digits = code.replace(" ", "").replace("-", "")
    if not step.token:
        result = await _with_password(
            desk, {"username": desk.user, "password": password, "twoFactorCode": digits}, with_code=True
        )
        return result if isinstance(result, Tokens) else None
    async with desk.gate.attempt(desk.host):
        body = {"twoFactorCode": digits, "clientId": desk.client_id}
        reply = await _post(desk, "authenticate-two-factor-code", body, step.token)
        tokens = _tokens(reply)
        if tokens is not None:
            return tokens
        if not (reply.status == 401 or isinstance(reply.json, dict)):
            raise _no_sign_in(desk, reply)
        desk.gate.refused(desk.host)
        if "DISABLED" in reply.code or "LOCKED" in reply.code:
            raise _refused(desk, reply)
        return None


async def refresh(desk: Desk, token: str) -> Tokens | None:
    """Turn a refresh token into the next pair; ``None`` when it is dead. It is used up in any case but ``Transient``.

    Raises ``Transient`` (5xx, 429; or a broken connection, after which the token may be used up), ``LoginsPaused``,
    ``NotSmarterMail`` and what ``HttpClient.request`` raises.
    """
    async with desk.gate.attempt(desk.host):
        reply = await _post(desk, "refresh-token", {"token": token, "clientId": desk.client_id})
    tokens = _tokens(reply)
    if tokens is None and not (reply.status == 401 or isinstance(reply.json, dict)):
        raise _no_sign_in(desk, reply)
    return tokens


async def sign_out(desk: Desk, access: str) -> None:
    """End this device's sign-in on the server. Raises as ``refresh`` does; an ended one is no error."""
    await _post(desk, "logout-user", {}, access)


async def _with_password(desk: Desk, body: Mapping[str, str], *, with_code: bool = False) -> Tokens | TwoStep:
    async with desk.gate.attempt(desk.host):
        reply = await _post(desk, "authenticate-user", {**body, "clientId": desk.client_id})
        step = _two_step(desk, reply)
        if step is not None:
            if with_code:
                desk.gate.refused(desk.host)
            return step
        tokens = _tokens(reply)
        if tokens is not None:
            _raise_if_password_old(desk, reply)
            return tokens
        if with_code and "TWO_FACTOR" in reply.code:
            desk.gate.refused(desk.host)
            return TwoStep()
        _raise_if_password_old(desk, reply)
        if not (reply.status == 401 or isinstance(reply.json, dict)):
            raise _no_sign_in(desk, reply)
        desk.gate.refused(desk.host)
        raise _refused(desk, reply)


async def _post(desk: Desk, call: str, body: Mapping[str, str], bearer: str = "") -> Reply:
    try:
        response = await desk.http.request(
            "POST",
            f"{desk.base}/api/v1/auth/{call}",
            headers=_JSON,
            body=json.dumps(body).encode("ascii"),
            bearer=bearer,
            # Judged here at once: a secret is not shown again by itself.
            accept=_ILL,
        )
    except NotADavServer as error:
        raise NotSmarterMail(error.message, error.advice) from None
    if response.status in _ILL:
        raise Transient(
            f"{desk.host} cannot sign anybody in now (error {response.status}).",
            "Try again later.",
            retry_after=told_to_wait(response.headers),
        )
    reply = reply_of(response)
    if reply.blocked:
        desk.gate.refused(desk.host)
        raise turned_away(desk.host)
    return reply


def _lifetime(reply: Reply, name: str = "accessTokenExpiration") -> float | None:
    """Say how long a token is good: its end and the server's clock are comparable in one answer only."""
    end = _moment(reply.told(name))
    try:
        now = parsedate_to_datetime(reply.date)
    except ValueError:
        now = datetime.now(UTC)
    now = now if now.tzinfo else now.replace(tzinfo=UTC)
    return (end - now).total_seconds() if end and end > now else None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _tokens(reply: Reply) -> Tokens | None:
    access, following = reply.told("accessToken"), reply.told("refreshToken")
    if not reply.done or _asks_two_steps(reply) or not (isinstance(access, str) and _sendable(access)):
        return None
    email = reply.told("emailAddress")
    return Tokens(
        access,
        following if isinstance(following, str) else "",
        _lifetime(reply),
        email if isinstance(email, str) else "",
        _lifetime(reply, "refreshTokenExpiration"),
    )


def _sendable(token: str) -> bool:
    return bool(token) and token.isascii() and token.isprintable() and " " not in token


def _asks_two_steps(reply: Reply) -> bool:
    message = reply.told("message")
    return (isinstance(message, str) and message.startswith(_TWO_STEP)) or reply.told("requiresTwoFactorAuth") is True


def _two_step(desk: Desk, reply: Reply) -> TwoStep | None:
    if not _asks_two_steps(reply):
        return None
    message = reply.told("message")
    parts = message.split("|") if isinstance(message, str) else []
    method = parts[1].upper() if len(parts) > 1 else ""
    if "NOT_SETUP" in method:
        raise SignInNeeded(
            f"{desk.host} wants two-step login of {desk.user!r}, which is not set up yet.",
            "Sign in to the web mail once and set it up, then sign in here again.",
        )
    if "APP_PASSWORD" in method:
        raise SignInNeeded(
            f"{desk.host} does not take an application password here; those are for mail programs.",
            "Sign in with the mailbox's own password, and the code if one is asked for.",
        )
    token = reply.told("accessToken")
    usable = reply.status == 200 and isinstance(token, str) and _sendable(token)
    return TwoStep(Method.EMAIL if "MAIL" in method else Method.APP, token if usable else "")


def _raise_if_password_old(desk: Desk, reply: Reply) -> None:
    if reply.told("changePasswordNeeded") is True or reply.told("passwordExpired") is True:
        raise SignInNeeded(
            f"{desk.host} wants a new password for {desk.user!r} before anything else.",
            "Sign in to the web mail, choose a new password there, and store it here.",
        )


def _refused(desk: Desk, reply: Reply) -> LoginRefused:
    said = reply.told("message")
    said = said.upper() if isinstance(said, str) else ""
    match said:
        case _ if "DISABLED" in said:
            return LoginRefused(f"{desk.host} has disabled the login {desk.user!r}.", "Ask the operator to enable it.")
        case _ if "LOCKED" in said:
            return LoginRefused(
                f"{desk.host} has locked the login {desk.user!r} for a while.",
                "Wait, or ask the operator to unlock it.",
            )
        case _ if "USER_NOT_FOUND" in said:
            return LoginRefused(
                f"{desk.host} does not know the mailbox {desk.user!r}.", "Use the full e-mail address of the mailbox."
            )
        case _ if reply.done and not reply.code:
            return LoginRefused(
                f"{desk.host} answered, but signed {desk.user!r} in to nothing and said no reason.",
                "Try the web mail; ask the operator what this mailbox lacks.",
            )
    return LoginRefused(
        f"{desk.host} refused the e-mail address or the password of {desk.user!r}.",
        "Check both in the web mail, then try again with the right ones.",
    )


def _no_sign_in(desk: Desk, reply: Reply) -> InstepError:
    return NotSmarterMail(
        f"{desk.host} answers to a sign-in as SmarterMail never does ({reply.reason()}).",
        "Check the address: it must be the one of the web mail.",
    )
