"""Which program serves this installation now: it writes that down, and is believed only when it proves who it is."""

from __future__ import annotations

import hmac
import http.client
import json
import secrets
import ssl
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from instep.accounts.durable import replace_file
from instep.accounts.home import Home
from instep.errors import ConfigError
from instep.web.key import Key
from instep.web.login import Login, stored

_PATIENCE = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class Presence:
    """Where a program serves an installation: what browsers call it, the address and port it listens at, with TLS or
    not; and its number as a process."""

    origin: str
    address: str
    port: int
    tls: bool = False
    pid: int = 0


def announce(home: Home, presence: Presence) -> None:
    """Write down where this program serves. Raises ``ConfigError`` and ``StoreFull``."""
    replace_file(home.web_place, json.dumps(asdict(presence)).encode("ascii"))


def withdraw(home: Home, presence: Presence) -> None:
    """Take that back, if no other program has written itself down since."""
    with suppress(OSError):
        if _read(home.web_place) == presence:
            home.web_place.unlink()


def found(home: Home) -> Presence | None:
    """Return where the installation is served now; ``None`` when nobody who has its key answers there."""
    presence = _read(home.web_place)
    return presence if presence and _answers(home, presence) else None


def _read(file: Path) -> Presence | None:
    try:
        values = json.loads(file.read_text("ascii"))
        presence = Presence(**values)
    except (OSError, ValueError, TypeError):
        return None
    typed = {"origin": str, "address": str, "port": int, "tls": bool, "pid": int}
    return presence if all(isinstance(getattr(presence, name), sort) for name, sort in typed.items()) else None


def _answers(home: Home, presence: Presence) -> bool:
    say = secrets.token_hex(16)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(presence.address, presence.address)
    named = presence.origin.partition("://")[2]
    if presence.tls:
        context = ssl.create_default_context()
        # Who answers proves itself by the key of the installation, not by a certificate.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        asked: http.client.HTTPConnection = http.client.HTTPSConnection(
            host, presence.port, timeout=_PATIENCE, context=context
        )
    else:
        asked = http.client.HTTPConnection(host, presence.port, timeout=_PATIENCE)
    try:
        asked.request("GET", f"/alive?say={say}", headers={"Host": named})
        answer = asked.getresponse().read(200).decode("ascii", "replace")
        return any(hmac.compare_digest(answer.encode(), key.sign("alive", say).encode()) for key in _keys(home))
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        asked.close()


def _keys(home: Home) -> list[Key]:
    key = Key.of(home)
    try:
        return [key, Login(stored(home), lambda: 0.0).key(key)]
    except ConfigError:
        return [key]
