"""The server's clock, which a test moves instead of waiting."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    """Goes with the computer's clock, ``ahead`` seconds before it, unless it was stopped."""

    ahead: float = 0.0
    stopped: float | None = None

    def now(self) -> float:
        """Seconds since 1970."""
        return (time.time() if self.stopped is None else self.stopped) + self.ahead

    def stop(self, at: str | None = None) -> None:
        """Stand still from now on, at a time such as ``2026-03-02T10:00:00Z`` if one is named."""
        if at is not None:
            self.ahead = 0.0
            self.stopped = datetime.fromisoformat(at).timestamp()
        elif self.stopped is None:
            self.stopped = time.time()

    def move(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Let so much time pass at once."""
        self.ahead += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days).total_seconds()

    def text(self, later: float = 0) -> str:
        """The time in ``later`` seconds, as the server writes it in JSON."""
        return f"{datetime.fromtimestamp(self.now() + later, UTC):%Y-%m-%dT%H:%M:%SZ}"
