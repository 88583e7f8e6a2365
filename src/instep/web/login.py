"""The login for pages that are served to other computers: one password, kept as its scrypt hash."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable

from instep.accounts.durable import replace_file
from instep.accounts.home import Home
from instep.errors import ConfigError
from instep.web.key import Key
from instep.web.throttle import Throttle

LEAST = 10  # characters of a password
_LONGEST = 1024
SESSION_SECONDS = 30 * 24 * 3600
_COST = {"n": 2**15, "r": 8, "p": 1}
_AT_A_TIME = 2  # each takes 32 MB and a tenth of a second


class Login:
    """The password of one installation's pages, and who may try it now."""

    def __init__(self, stored: str, clock: Callable[[], float]) -> None:
        """``stored`` is what ``set_password`` wrote."""
        self._stored = stored
        self._clock = clock
        self.throttle = Throttle()
        self._places = asyncio.Semaphore(_AT_A_TIME)
        self._ended: set[str] = set()

    @classmethod
    def of(cls, home: Home, clock: Callable[[], float]) -> Login:
        """Read the installation's login. Raises ``ConfigError`` when none was set, or what is there is unusable."""
        return cls(stored(home), clock)

    def key(self, base: Key) -> Key:
        """The key of the pages' sessions: another one than on loopback, and another one for each password."""
        return Key(bytes.fromhex(base.sign("login", self._stored)))

    async def lets_in(self, address: str, password: str) -> bool:
        """Try a password; the caller has asked the throttle."""
        self.throttle.begin(address, self._clock())
        async with self._places:
            right = await asyncio.to_thread(is_right, self._stored, password)
        if right:
            self.throttle.was_right(address)
        return right

    def new_session(self, key: Key) -> str:
        """Return the value of a new session's cookie, which holds for thirty days."""
        return key.new_session(f"{int(self._clock())}-")

    def holds(self, session: str) -> bool:
        """Whether a session, whose signature was checked, is neither too old nor ended."""
        begun = session.partition("-")[0]
        if not begun.isascii() or not begun.isdecimal() or session in self._ended:
            return False
        return 0 <= self._clock() - int(begun) <= SESSION_SECONDS

    def end(self, session: str) -> None:
        """End a session, as long as this program runs; a browser forgets it anyway."""
        self._ended.add(session)


def set_password(home: Home, password: str) -> None:
    """Store a password's hash. Raises ``ConfigError`` for one that is too short or too long, and as files do."""
    if not LEAST <= len(password) <= _LONGEST:
        raise ConfigError(f"A password for the pages has {LEAST} to {_LONGEST} characters.", "Choose another one.")
    home.prepare()
    salt = secrets.token_bytes(16)
    values = {"salt": salt.hex(), **_COST, "hash": _hashed(password, salt, _COST).hex()}
    replace_file(home.web_password, json.dumps(values).encode("ascii"))


def stored(home: Home) -> str:
    """Read what ``set_password`` wrote. Raises ``ConfigError`` when there is none, or it cannot be used."""
    advice = "Set one: instep serve --set-password."
    try:
        text = home.web_password.read_text("ascii")
        values = json.loads(text)
        bytes.fromhex(values["salt"]), bytes.fromhex(values["hash"]), [int(values[name]) for name in _COST]
    except FileNotFoundError:
        raise ConfigError("To other computers the pages are served with a login only.", advice) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{home.web_password} cannot be used.", advice) from error
    return text


def is_right(stored: str, password: str) -> bool:
    """Compare a password with a stored hash, in a time that tells nothing; takes a tenth of a second."""
    values = json.loads(stored)
    cost = {name: int(values[name]) for name in _COST}
    found = _hashed(password[: _LONGEST + 1], bytes.fromhex(values["salt"]), cost)
    return hmac.compare_digest(found, bytes.fromhex(values["hash"]))


def _hashed(password: str, salt: bytes, cost: dict[str, int]) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=cost["n"], r=cost["r"], p=cost["p"], maxmem=256 * 1024 * 1024, dklen=32)
