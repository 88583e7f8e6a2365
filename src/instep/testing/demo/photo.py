"""Small real pictures, made in code: one coloured square per person."""

from __future__ import annotations

import struct
import zlib

_SIZE = 24


def picture(number: int) -> bytes:
    """Return a PNG of 24 by 24 pixels, another one for each number (ISO/IEC 15948)."""
    ground = (40 + number * 37 % 180, 60 + number * 71 % 160, 80 + number * 29 % 140)
    face = (250, 224 - number * 13 % 60, 190 - number * 7 % 60)
    rows = b"".join(
        b"\0" + bytes(c for x in range(_SIZE) for c in (face if _inside(x, y) else ground)) for y in range(_SIZE)
    )
    header = struct.pack(">IIBBBBB", _SIZE, _SIZE, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def _inside(x: int, y: int) -> bool:
    head = (x - 12) ** 2 + (y - 9) ** 2 <= 25
    return head or (y > 14 and (x - 12) ** 2 + (y - 24) ** 2 <= 81)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
