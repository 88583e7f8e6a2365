"""The secret of one installation's pages: sessions, form tokens and one-time links are made from it and checked by it.

A session is a random name and its signature, so it lasts over restarts without being stored. A link is signed with the
time it was made at; it opens a session once, for a few minutes, and never after a restart of the program it was made
for.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from instep.accounts.durable import replace_file
from instep.accounts.home import Home
from instep.errors import ConfigError

LINK_SECONDS = 300
_BYTES = 32


class Key:
    """The secret, from ``web.key`` in the installation's folder, which only its owner can read."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @classmethod
    def of(cls, home: Home) -> Key:
        """Read the installation's key, and make one the first time. Raises ``ConfigError`` when that cannot be."""
        home.prepare()
        try:
            secret = bytes.fromhex(home.web_key.read_text("ascii"))
            if len(secret) == _BYTES:
                return cls(secret)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise ConfigError(f"{home.web_key} cannot be used: {error}.", "Remove it; a new one is made.") from error
        secret = secrets.token_bytes(_BYTES)
        replace_file(home.web_key, secret.hex().encode("ascii"))
        return cls(secret)

    def sign(self, purpose: str, text: str) -> str:
        """Return what proves that ``text`` was said by this installation for this purpose; hexadecimal."""
        return hmac.new(self._secret, f"{purpose}\n{text}".encode(), sha256).hexdigest()

    def signed(self, purpose: str, text: str, signature: str) -> bool:
        """Tell whether ``signature`` is what ``sign`` gave."""
        return hmac.compare_digest(self.sign(purpose, text).encode(), signature.encode("utf-8", "replace"))

    def new_session(self, begins: str = "") -> str:
        """Return the value of a new session's cookie; ``begins`` is what it begins with, readable and signed."""
        name = begins + secrets.token_urlsafe(24)
        return f"{name}.{self.sign('session', name)}"

    def is_session(self, cookie: str) -> bool:
        """Tell whether a cookie's value is one that ``new_session`` gave."""
        name, _, signature = cookie.partition(".")
        return bool(name) and self.signed("session", name, signature)

    def form_token(self, session: str) -> str:
        """Return what a form of this session carries, so that no other page can send it."""
        return self.sign("form", session)

    def new_link(self, now: float) -> str:
        """Return a one-time link's secret part; ``now`` is the time in seconds since 1970."""
        text = f"{int(now * 1000)}-{secrets.token_urlsafe(16)}"
        return f"{text}.{self.sign('link', text)}"


class Links:
    """Which one-time links still open a session; what one program was told is forgotten with it."""

    def __init__(self, key: Key, started: float) -> None:
        """``started``: links made before this time (seconds since 1970) were for another program."""
        self._key = key
        self._started = started
        self._spent: dict[str, float] = {}

    def spend(self, link: str, now: float) -> bool:
        """Use a link up; tells whether it opens a session."""
        text, _, signature = link.rpartition(".")
        made, dash, _ = text.partition("-")
        if not dash or not made.isascii() or not made.isdigit() or not self._key.signed("link", text, signature):
            return False
        at = int(made) / 1000
        if text in self._spent or at < self._started or not -5 <= now - at <= LINK_SECONDS:
            return False
        self._spent = {old: then for old, then in self._spent.items() if now - then <= 2 * LINK_SECONDS}
        self._spent[text] = at
        return True
