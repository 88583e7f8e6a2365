"""What stays of a sign-in, and who keeps it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in device: the random id it signs in with, and the refresh token that gives the next access token.

    A refresh token is good for one use: it is replaced by each refresh (facts 3.1). ``refresh_token`` empty: only the
    id is known, and the next sign-in uses it again.
    """

    client_id: str
    refresh_token: str = field(default="", repr=False)


class SessionKeeper(Protocol):
    """Keeps the session of one account where secrets are kept; methods may take a while, so they are awaited."""

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Be the only one, in all processes of this computer, that refreshes or replaces the session."""

    async def load(self) -> Session | None:
        """Give the session as it is now; ``None`` when there is none. Raises ``SecretUnavailable``."""

    async def keep(self, session: Session) -> None:
        """Put a session in the place of the older one, durably. Raises ``SecretUnavailable``."""


class MemoryKeeper:
    """Keeps a session as long as the program runs; for a test of an account that is not stored yet."""

    def __init__(self, session: Session | None = None) -> None:
        import asyncio

        self.session = session
        self._lock = asyncio.Lock()

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Be the only one in this program."""
        return self._lock

    async def load(self) -> Session | None:
        """Give what is kept."""
        return self.session

    async def keep(self, session: Session) -> None:
        """Keep it in memory."""
        self.session = session
