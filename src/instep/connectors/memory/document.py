"""The documents of the memory store: items as JSON, or any native format that a test wants it to hold."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass

from instep.core.model import Item, Kind, kind_of
from instep.core.plain import from_plain, to_plain
from instep.errors import CodecError


@dataclass(frozen=True, slots=True)
class Form:
    """How a store writes items down: a lens as the codecs are, with the media type of its documents.

    ``read`` raises ``CodecError`` for what it cannot read; ``write`` gets the document to write onto, or ``None``.
    """

    media_type: str
    read: Callable[[bytes], Item]
    write: Callable[[Item, bytes | None], bytes]


def write_json(item: Item, onto: bytes | None = None) -> bytes:
    """Write an item down whole; ``onto`` is not needed, because JSON documents hold nothing but the item."""
    plain = to_plain(item, lambda data: b64encode(data).decode("ascii"))
    return json.dumps([kind_of(item).value, plain], ensure_ascii=False, sort_keys=True).encode()


def read_json(raw: bytes) -> Item:
    """Read what ``write_json`` wrote; ``CodecError`` for everything else."""
    try:
        kind, plain = json.loads(raw)
        return from_plain(Kind(kind), plain, b64decode)
    except (ValueError, TypeError) as error:
        raise CodecError(f"This is not a document of the memory store ({error}).") from error


JSON = Form("application/json", read_json, write_json)
