"""The documents of the memory store: items as JSON, or any native format that a test wants it to hold."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from instep.core import model
from instep.core.model import Item
from instep.errors import CodecError

_TYPES: dict[str, type[Any]] = {
    cls.__name__: cls
    for cls in (
        model.Contact,
        model.Event,
        model.Task,
        model.Note,
        model.Moment,
        model.Typed,
        model.Address,
        model.Binary,
        model.Extra,
        model.Member,
        model.Attendee,
        model.Alarm,
        model.Override,
    )
}


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
    return json.dumps(_plain(item), ensure_ascii=False, sort_keys=True).encode()


def read_json(raw: bytes) -> Item:
    """Read what ``write_json`` wrote; ``CodecError`` for everything else."""
    try:
        item = _value(json.loads(raw))
    except (ValueError, KeyError, TypeError) as error:
        raise CodecError(f"This is not a document of the memory store ({error}).") from error
    if not isinstance(item, model.Contact | model.Event | model.Task | model.Note):
        raise CodecError("This document of the memory store holds no item.")
    return item


JSON = Form("application/json", read_json, write_json)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case bytes():
            return {"bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case tuple():
            return [_plain(part) for part in value]
        case frozenset():
            return {"set": sorted(value)}
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"{type(value).__name__} is no part of an item")
    told = {f.name: _plain(getattr(value, f.name)) for f in fields(value) if getattr(value, f.name) != _default(f)}
    return {"type": type(value).__name__, **told}


def _default(field: Any) -> Any:
    return MISSING if field.default is MISSING else field.default


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(_value(part) for part in plain)
    if not isinstance(plain, dict):
        return plain
    if "type" in plain:
        return _TYPES[plain["type"]](**{name: _value(part) for name, part in plain.items() if name != "type"})
    ((tag, content),) = plain.items()
    match tag:
        case "bytes":
            return base64.b64decode(content, validate=True)
        case "datetime":
            return datetime.fromisoformat(content)
        case "date":
            return date.fromisoformat(content)
        case "set":
            return frozenset(content)
        case _:
            raise KeyError(tag)
