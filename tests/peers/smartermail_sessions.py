"""A tiny server of SmarterMail sessions for tests: rotating refresh tokens, and nothing but what a test puts in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from instep.protocols.exchange import HttpSettings
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.session import MemoryKeeper, Session
from peers.standin import Asked, Say, serving

USER, PASSWORD, CODE = "anna@example.com", "correct horse", "123456"


def said(status: int = 200, **content: Any) -> Say:
    """Answer with an object."""
    return Say(status, json.dumps(content))


@dataclass
class Sessions:
    """``calls`` counts by path; ``access`` and ``refresh`` are the tokens that are good now."""

    two_step: bool = False
    step: str = ""
    access: str = ""
    refresh: str = ""
    issued: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)
    content: Callable[[Asked], Say] = lambda asked: said(success=True, path=asked.path)
    instead: Callable[[Asked], Say | None] = lambda asked: None

    def __call__(self, asked: Asked) -> Say:
        """Answer a request."""
        name = asked.path.removeprefix("/api/v1/")
        self.calls[name] += 1
        other = self.instead(asked)
        if other is not None:
            return other
        body = json.loads(asked.body) if asked.body else {}
        bearer = asked.headers.get("authorization", "").removeprefix("Bearer ")
        match name:
            case "auth/authenticate-user":
                self.shown.append(body["password"])
                if body["password"] != PASSWORD:
                    return said(401, success=False, message="USERNAME_OR_PASSWORD_INCORRECT")
                if self.two_step:
                    self.step = f"step-{self.calls[name]}"
                    return said(message=f"TWO_FACTOR_REQUIRED|rfc6238|{USER}", accessToken=self.step, success=True)
                return self._issue()
            case "auth/authenticate-two-factor-code":
                good = bearer == self.step and body["twoFactorCode"] == CODE
                self.step = ""
                return self._issue() if good else said(401, success=False, message="INVALID_TWO_FACTOR_CODE")
            case "auth/refresh-token":
                good = body["token"] == self.refresh
                self.refresh = ""
                return self._issue() if good else said(401, success=False, message="INVALID_REFRESH_TOKEN")
            case "auth/logout-user":
                self.access = self.refresh = ""
                return said(success=True)
        return self.content(asked) if bearer and bearer == self.access else Say(401)

    def _issue(self) -> Say:
        self.issued += 1
        self.access, self.refresh = f"access-{self.issued}", f"refresh-{self.issued}"
        return Say(
            200,
            json.dumps(
                {
                    "success": True,
                    "accessToken": self.access,
                    "refreshToken": self.refresh,
                    "accessTokenExpiration": "2026-05-05T10:15:00Z",
                }
            ),
            (("Date", "Tue, 05 May 2026 10:00:00 GMT"),),
        )


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 5, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Device:
    """A server and a client of it that share nothing but the wire."""

    def __init__(self, server: Sessions, session: Session | None = None, password: str = "", **settings: Any) -> None:
        self.server = server
        self.keeper = MemoryKeeper(session)
        self.clock = Clock()
        self.password = password
        self.settings = HttpSettings(allow_insecure=True, **settings)

    @asynccontextmanager
    async def client(self, **options: Any) -> Any:
        async with serving(self.server) as running, HttpClient(self.settings, sleep=_at_once) as http:
            yield RestClient(http, running.url, USER, self.keeper, self.password, clock=self.clock, **options)


async def _at_once(seconds: float) -> None:
    pass


def signed_in(**settings: Any) -> Device:
    server = Sessions(refresh="refresh-0")
    return Device(server, Session("device-1", "refresh-0"), **settings)
