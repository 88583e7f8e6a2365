"""The body of an answer, unpacked piece by piece and never beyond a bound (RFC 9110 8.4)."""

from __future__ import annotations

import zlib
from typing import Final

_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
_IDENTITY: Final = frozenset({"", "identity"})
_GZIP: Final = frozenset({"gzip", "x-gzip", "deflate"})


class TooMuch(Exception):
    """The body is larger than the bound."""


class Garbled(Exception):
    """The body is not packed as its head says, or breaks off."""


class Body:
    """Collects a body in its ``Content-Encoding`` (gzip, deflate or none); ``most`` bounds the unpacked bytes.

    A library that unpacks whole pieces can be made to fill the memory by a few kilobytes. ``add`` raises ``TooMuch`` as
    soon as the bound is passed; ``Garbled`` for what cannot be unpacked, or is packed several times over or in a way
    that was not asked for.
    """

    def __init__(self, coding: str, most: int) -> None:
        coding = coding.strip().lower()
        if coding not in _IDENTITY | _GZIP:
            raise Garbled(coding)
        self._unpack = zlib.decompressobj(_GZIP_OR_ZLIB) if coding in _GZIP else None
        self._may_be_bare = coding == "deflate"
        self._begun, self._held = False, b""
        self._parts: list[bytes] = []
        self._left = most

    def add(self, data: bytes) -> None:
        """Take the next bytes as they came over the network."""
        if self._unpack is None:
            self._keep(data)
        elif not self._unpack.eof:
            # The first two bytes tell the format, so they are looked at together.
            data, self._held = self._held + data, b""
            if self._begun or len(data) > 1:
                self._begun = True
                self._keep(self._unpacked(data))
                self._may_be_bare = False
            else:
                self._held = data

    def whole(self) -> bytes:
        """Return the body; raises ``Garbled`` when its end is missing."""
        if self._held or (self._unpack is not None and self._begun and not self._unpack.eof):
            raise Garbled("cut off")
        return b"".join(self._parts)

    def _unpacked(self, data: bytes) -> bytes:
        assert self._unpack is not None
        try:
            # One byte over the bound is enough to know that there is more.
            return self._unpack.decompress(data, self._left + 1)
        except zlib.error:
            if not self._may_be_bare:
                raise Garbled("damaged") from None
        # "deflate" is meant to be zlib's format, but some servers send it bare.
        self._may_be_bare, self._unpack = False, zlib.decompressobj(-zlib.MAX_WBITS)
        return self._unpacked(data)

    def _keep(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise TooMuch
        self._parts.append(data)
