"""How the bytes of a blob are laid down: compressed, in pieces, as a difference, as folded base64. Pure."""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64decode, b64encode
from enum import IntEnum
from hashlib import sha256

KEY = 32
"""How many hexadecimal digits of its SHA-256 name a blob: 128 bits, which nobody can make meet."""
_FULL = 64
_FOLD = re.compile(rb"\r?\n[ \t]*")
_RECIPE = struct.Struct(">IIB")


class Form(IntEnum):
    """How the bytes of a blob are stored."""

    AS_IS = 0
    ZLIB = 1
    PARTS = 2  # zlib of: length and bytes of a piece, SHA-256 of a blob, length and bytes of a piece, …
    DELTA = 3  # zlib with the bytes of the blob's base as its dictionary
    PARTS_DELTA = 4  # the pieces of PARTS, with the base's pieces as the dictionary
    FOLDED = 5  # base64 of another blob on lines: its key, the length of the first line and of the others, what folds


def key_of(data: bytes) -> str:
    """The key of a blob."""
    return sha256(data).hexdigest()[:KEY]


def pieces(data: bytes, cuts: list[tuple[int, int]]) -> bytes:
    """A document with the runs between ``cuts`` taken out, to be put back by ``joined``."""
    out, at = [], 0
    for start, end in cuts:
        out += [_piece(data[at:start]), sha256(data[start:end]).hexdigest().encode("ascii")]
        at = end
    return b"".join([*out, _piece(data[at:])])


def _piece(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def joined(packed: bytes) -> list[bytes | str]:
    """The pieces of a document in order, and the keys of the blobs between them."""
    out: list[bytes | str] = []
    at = 0
    while True:
        (length,) = struct.unpack_from(">I", packed, at)
        out.append(packed[at + 4 : at + 4 + length])
        at += 4 + length
        if at >= len(packed):
            return out
        out.append(packed[at : at + KEY].decode("ascii", "replace"))
        at += _FULL


def laid_down(data: bytes, form: Form) -> tuple[Form, bytes]:
    """Bytes compressed, where that makes them shorter. ``form`` is ``ZLIB`` or ``PARTS``."""
    packed = zlib.compress(data)
    if form is Form.ZLIB and len(packed) >= len(data):
        return Form.AS_IS, data
    return form, packed


def as_delta(data: bytes, form: Form, base: bytes, whole: int) -> tuple[Form, bytes] | None:
    """Bytes as what differs from a base; ``None`` where that is not much shorter than ``whole``."""
    packer = zlib.compressobj(zdict=base)
    packed = packer.compress(data) + packer.flush()
    if 2 * (len(packed) + KEY) > whole:
        return None  # far from its base: whole, it can be the base of those that follow
    return (Form.PARTS_DELTA if form is Form.PARTS else Form.DELTA), packed


def taken_up(form: int, stored: bytes, base: bytes | None) -> bytes:
    """What ``laid_down`` and ``as_delta`` were given. Raises ``zlib.error`` or ``ValueError`` where it is not whole."""
    match form:
        case Form.AS_IS:
            return stored
        case Form.ZLIB | Form.PARTS:
            return zlib.decompress(stored)
        case Form.DELTA | Form.PARTS_DELTA if base is not None:
            unpacker = zlib.decompressobj(zdict=base)
            return unpacker.decompress(stored) + unpacker.flush()
        case _:
            raise ValueError(f"of an unknown form ({form})")


def unfolded(run: bytes) -> tuple[bytes, bytes] | None:
    """What a run of base64 says, and the recipe by which it is that very run again; ``None`` where there is none."""
    fold = _FOLD.search(run)
    between = fold.group() if fold else b""
    lines = run.split(between) if between else [run]
    try:
        raw = b64decode(b"".join(lines), validate=True)
    except ValueError:
        return None
    recipe = _RECIPE.pack(len(lines[0]), len(lines[1]) if len(lines) > 1 else 0, len(between)) + between
    return (raw, recipe) if folded(raw, recipe) == run else None


def folded(raw: bytes, recipe: bytes) -> bytes:
    """The run of base64 that ``unfolded`` was given."""
    first, rest, length = _RECIPE.unpack_from(recipe)
    between = recipe[_RECIPE.size : _RECIPE.size + length]
    text = b64encode(raw)
    if not rest:
        return text
    return between.join([text[:first], *(text[at : at + rest] for at in range(first, len(text), rest))])
