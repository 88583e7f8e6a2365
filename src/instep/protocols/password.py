"""The password of one account: which servers get it, and that a wrong one is shown once only."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable

from instep.errors import LoginRefused
from instep.protocols.exchange import HttpSettings, Response
from instep.protocols.origins import Origin, shown

Send = Callable[[str], Awaitable[Response]]
"""Sends one request with this ``Authorization``."""


class Password:
    """A Basic login, and what its server said to it."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._trusted: set[Origin] = set()
        # Until the password is known to work, one request at a time carries it: a wrong one must not lock the login.
        self._first = asyncio.Lock()
        self._works = False
        self._refused: LoginRefused | None = None

    def trust(self, origin: Origin) -> None:
        """Let this server have it."""
        self._trusted.add(origin)

    def trusts(self, origin: Origin) -> bool:
        """Tell whether what is secret may be sent to this server."""
        return any(origin.takes_password_of(trusted) for trusted in self._trusted)

    def for_origin(self, origin: Origin) -> str:
        """Give the ``Authorization`` for a server; empty where it gets none."""
        login, password = self._settings.login, self._settings.password
        if not (login or password) or not self.trusts(origin):
            return ""
        return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode("ascii")

    async def shown_by(self, send: Send, url: str, host: str, authorization: str) -> Response:
        """Send a request that carries it. Raises ``LoginRefused`` (401, also an earlier one), ``LoginsPaused``."""
        if self._works:
            return await self._judged(send, url, host, authorization)
        async with self._first:
            if self._works or self._refused:
                return await self._judged(send, url, host, authorization)
            async with self._settings.gate.attempt(host):
                return await self._judged(send, url, host, authorization)

    async def _judged(self, send: Send, url: str, host: str, authorization: str) -> Response:
        if self._refused:
            raise self._refused
        response = await send(authorization)
        if response.status == 401:
            self._refused = self._refusal(url, response)
            self._settings.gate.refused(host)
            raise self._refused
        self._works = self._works or response.ok
        return response

    def _refusal(self, url: str, response: Response) -> LoginRefused:
        return LoginRefused(
            f"{shown(url)} refused the login name or the password of {self._settings.login!r}.",
            "Check both, or set an application password where the server wants one."
            if "basic" in response.headers.get("www-authenticate", "basic").lower()
            else "The server does not offer Basic login, the only one that Instep speaks.",
        )

    def asked_for(self, url: str, origin: Origin) -> LoginRefused:
        """Say why a server that asks for a login got none."""
        if self._settings.login and self._trusted and origin not in self._trusted:
            return LoginRefused(
                f"The server sends us on to {shown(url)}, another server, to which the password is not given.",
                "If that server is yours, use its address for this account.",
            )
        return LoginRefused(f"{shown(url)} asks for a login name and a password.", "Give both for this account.")
