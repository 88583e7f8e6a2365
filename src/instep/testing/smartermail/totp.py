"""One-time codes of authenticator apps (RFC 6238 over RFC 4226)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Final

STEP: Final = 30
_HASHES: Final = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


def totp(secret: str | bytes, at: float, digits: int = 6, algorithm: str = "SHA1") -> str:
    """Give the code of ``secret`` (Base32, or the bytes themselves) at a time in seconds since 1970."""
    key = secret if isinstance(secret, bytes) else _decoded(secret)
    counter = int(at // STEP).to_bytes(8, "big")
    mac = hmac.new(key, counter, _HASHES[algorithm]).digest()
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, at: float) -> int | None:
    """Give the time step to which ``code`` belongs, one step early or late allowed; None when it is none of them."""
    for step in (int(at // STEP) + shift for shift in (0, -1, 1)):
        if step >= 0 and hmac.compare_digest(totp(secret, step * STEP), code.strip()):
            return step
    return None


def _decoded(secret: str) -> bytes:
    text = "".join(secret.split()).upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))
