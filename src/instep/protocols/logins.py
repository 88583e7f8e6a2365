"""How often and how many at a time logins may be tried at one mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol


class LoginGate(Protocol):
    """Stands before each request that shows a password, a code or a refresh token for the first time."""

    def attempt(self, host: str) -> AbstractAsyncContextManager[None]:
        """Hold one of the few places for logins at ``host`` (a host name, lower case), waiting for it if need be.

        Raises ``LoginsPaused`` while that host is paused.
        """

    def refused(self, host: str) -> None:
        """Note that the host refused a login (a wrong password or code; not an ended session)."""


class OpenGate:
    """Lets everything pass; for a single try by hand and for tests."""

    @asynccontextmanager
    async def attempt(self, host: str) -> AsyncIterator[None]:
        """Pass at once."""
        yield

    def refused(self, host: str) -> None:
        """Forget it."""
