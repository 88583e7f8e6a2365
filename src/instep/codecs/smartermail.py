"""The lenses between SmarterMail's REST objects and the model: one JSON object is one document.

A document is the JSON object exactly as the server gave it, as compact UTF-8 JSON. Keys come in camelCase or
PascalCase; unknown ones stay. The two laws hold: ``write(read(raw), onto=raw) == raw`` byte for byte, and
``read(write(item, onto=raw)) == item`` up to ``limits``, while every key that the change does not concern stays.
"""

from __future__ import annotations

from instep.codecs.smartermail_dialect import UNKNOWN, Dialect
from instep.core.limits import Limits
from instep.core.model import Item, Kind

MEDIA_TYPES = {kind: f"application/vnd.smartermail.{kind.value}+json" for kind in Kind}
"""The media types under which the documents are kept in history."""


def read(kind: Kind, raw: bytes, name: str = "", dialect: Dialect = UNKNOWN) -> Item:
    """Read an item; ``name`` is for messages. Raises ``CodecError`` when it cannot be read without guessing."""
    raise NotImplementedError


def write(item: Item, onto: bytes | None = None, dialect: Dialect = UNKNOWN) -> bytes:
    """Write an item as a new object (without an id), or onto one that the server gave, where only the keys of what
    differs change. Raises ``CodecError`` for what this server is not known to take (a series, for example)."""
    raise NotImplementedError


def limits(dialect: Dialect = UNKNOWN) -> Limits:
    """Tell what a server of this dialect cannot hold."""
    raise NotImplementedError


def digest(kind: Kind, raw: bytes) -> str:
    """Give the version of an object: equal where no person changed anything that the web mail shows (key order, case
    of keys, empty against missing, and volatile keys make no difference), else different."""
    raise NotImplementedError
