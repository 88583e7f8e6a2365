"""How many logins are tried at one mail server, over all accounts and programs of a home.

SmarterMail, and others, block a computer that shows wrong passwords too often, for every account and protocol, the
person's mail program included. So we stop long before that, and nobody may go on, also not by hand: the server counts
those tries just the same.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from instep.accounts.durable import replace_file, sole_writer
from instep.errors import InstepError, LoginsPaused

AT_A_TIME = 4
MOST_REFUSED = 5
WINDOW = 3600.0  # seconds

_PACE = 0.02
_MOST_HOSTS = 200


@dataclass(slots=True)
class _Host:
    """What goes on at one host in this program; ``refused`` are its own refusals, should the file not take them."""

    going_on: int = 0
    refused: list[float] = field(default_factory=list)


_hosts: dict[tuple[Path, str], _Host] = {}
_turn = threading.Lock()


class HomeGate:
    """The gate of one home; any number of them, in any threads and programs, count together.

    ``path`` is a small file that holds host names and times. ``clock`` gives seconds since 1970.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock

    def attempt(self, host: str) -> AbstractAsyncContextManager[None]:
        """Hold one of the places for logins at ``host``, waiting for it if need be.

        Raises ``LoginsPaused`` while that host refused five logins within the last hour.
        """
        return self._attempt(host.lower())

    @asynccontextmanager
    async def _attempt(self, host: str) -> AsyncIterator[None]:
        while not self._entered(host):  # noqa: ASYNC110 - an event belongs to one loop
            await asyncio.sleep(_PACE)
        try:
            yield
        finally:
            with _turn:
                self._host(host).going_on -= 1

    def refused(self, host: str) -> None:
        """Note that the host refused a login; other programs see it at once."""
        host, now = host.lower(), self._clock()
        with _turn:
            mine = self._host(host)
            mine.refused = [*_recent(mine.refused, now), now]
        # Where the file cannot be written, this program at least remembers it.
        with contextlib.suppress(InstepError, OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with sole_writer(self._path):
                known = _read(self._path)
                known[host] = [*known.get(host, []), now]
                kept = {name: times for name, found in known.items() if (times := _recent(found, now))}
                newest = sorted(kept, key=lambda name: kept[name][-1])[-_MOST_HOSTS:]
                replace_file(self._path, json.dumps({name: kept[name] for name in newest}, indent=1).encode() + b"\n")

    def paused_until(self, host: str) -> float | None:
        """Tell until when (seconds since 1970) no login is sent to ``host``; ``None`` when one may be."""
        refused = self._refused(host.lower())
        return refused[-MOST_REFUSED] + WINDOW if len(refused) >= MOST_REFUSED else None

    def _entered(self, host: str) -> bool:
        refused = len(self._refused(host))
        if refused >= MOST_REFUSED:
            raise self._paused(host)
        with _turn:
            mine = self._host(host)
            # Those that go on may all be refused, and even then it must not become more than the host shall see.
            if mine.going_on >= min(AT_A_TIME, MOST_REFUSED - refused):
                return False
            mine.going_on += 1
            return True

    def _refused(self, host: str) -> list[float]:
        now = self._clock()
        with _turn:
            mine = list(self._host(host).refused)
        # The file holds our own too, unless it could not be written.
        return max(_recent(_read(self._path).get(host, []), now), _recent(mine, now), key=len)

    def _host(self, host: str) -> _Host:
        return _hosts.setdefault((self._path, host), _Host())

    def _paused(self, host: str) -> LoginsPaused:
        until = datetime.fromtimestamp(self.paused_until(host) or self._clock()).astimezone()
        return LoginsPaused(
            f"{host} refused {MOST_REFUSED} logins within an hour. Until {until:%H:%M} Instep sends no login there, "
            "for any account: another refused one could make it block this computer.",
            "Check in the web mail which password is right, and correct it here; then wait until that time.",
        )


def _recent(times: list[float], now: float) -> list[float]:
    # A clock that was set back must not stretch an hour into a day.
    return sorted(moment for moment in times if abs(now - moment) < WINDOW)


def _read(path: Path) -> dict[str, list[float]]:
    """What the file holds; a file that is missing or damaged holds nothing."""
    try:
        found: Any = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        host: [float(moment) for moment in times if isinstance(moment, int | float) and not isinstance(moment, bool)]
        for host, times in found.items()
        if isinstance(times, list)
    }
