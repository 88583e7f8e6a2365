"""Items as plain JSON-able values and back, exactly; and a digest that is equal where items mean the same."""

from __future__ import annotations

import hashlib
import json
import types
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

from instep.core.fields import Shape, fields_of, is_empty
from instep.core.model import (
    CLASS_OF,
    Address,
    Alarm,
    Attendee,
    Binary,
    Event,
    Extra,
    Item,
    Kind,
    Member,
    Moment,
    Override,
    Task,
    Typed,
    kind_of,
)
from instep.core.moments import instant

Put = Callable[[bytes], str]
Get = Callable[[str], bytes]
_Decode = Callable[[Any, Get], Any]

LONG = 256
"""Bytes from this length on are kept by reference."""


def to_plain(item: Item, put: Put) -> dict[str, Any]:
    """Give the item as JSON-able values, without empty fields; bytes of 256 and more go through ``put``, which gives
    the reference that is kept in their place."""
    return _record(item, put)


def digest(item: Item) -> str:
    """Give a SHA-256 (hex) that is equal for items that are the same by meaning (``fields.same_item``): the order of
    sets, the zone in which an instant is written, ``modified`` and the uid make no difference."""
    text = json.dumps(_meaning(item), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def from_plain(kind: Kind, plain: dict[str, Any], get: Get) -> Item:
    """Give back the very item of ``to_plain``; ``get`` gives the bytes of a reference.

    Raises ``ValueError`` when ``plain`` is not such a value.
    """
    try:
        item: Item = _decoder(CLASS_OF[kind])(plain, get)
    except (TypeError, KeyError, AttributeError) as e:
        raise ValueError(f"not an item in its plain form: {e}") from e
    return item


# To plain -------------------------------------------------------------------------------------------------------


_defaults_of: dict[Any, tuple[tuple[str, Any], ...]] = {}


def _defaults(cls: Any) -> tuple[tuple[str, Any], ...]:
    if cls not in _defaults_of:
        _defaults_of[cls] = tuple((f.name, f.default) for f in fields(cls))
    return _defaults_of[cls]


def _record(value: Any, put: Put) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, default in _defaults(type(value)):
        part = getattr(value, name)
        if part is not default and (default is MISSING or part != default):
            plain[name] = part if type(part) is str else _value(part, put)
    return plain


def _value(value: Any, put: Put) -> Any:
    match value:
        case str() | int() | None:
            return value
        case tuple():
            return [v if type(v) is str else _value(v, put) for v in value]
        case frozenset():
            return sorted(value)
        case date():
            return value.isoformat()
        case Binary():
            return _binary(value, put)
        case Event() | Task():
            return {"kind": kind_of(value).value, **_record(value, put)}
        case _:
            return _record(value, put)


def _binary(value: Binary, put: Put) -> dict[str, Any]:
    plain = _record(Binary(b"", value.uri, value.media_type, value.name), put)
    if len(value.data) >= LONG:
        plain["blob"] = put(value.data)
    elif value.data:
        plain["data"] = b64encode(value.data).decode("ascii")
    return plain


# From plain -----------------------------------------------------------------------------------------------------


def _as_is(value: Any, get: Get) -> Any:
    return value


def _a_date(value: Any, get: Get) -> date:
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)


def _words(value: Any, get: Get) -> frozenset[str]:
    return frozenset(value)


def _a_binary(value: Any, get: Get) -> Binary:
    data = get(value["blob"]) if "blob" in value else b64decode(value.get("data", ""))
    return Binary(data, value.get("uri", ""), value.get("media_type", ""), value.get("name", ""))


def _override_item(value: Any, get: Get) -> Any:
    rest = {k: v for k, v in value.items() if k != "kind"}
    return _decoder(CLASS_OF[Kind(value["kind"])])(rest, get)


def _number_or(decode: _Decode) -> _Decode:
    return lambda value, get: value if isinstance(value, int) else decode(value, get)


def _each(decode: _Decode) -> _Decode:
    if decode is _as_is:
        return lambda value, get: tuple(value)
    return lambda value, get: tuple(decode(v, get) for v in value)


def _one_by_one(decodes: tuple[_Decode, ...]) -> _Decode:
    return lambda value, get: tuple(d(v, get) for d, v in zip(decodes, value, strict=True))


_decoders: dict[Any, _Decode] = {}


def _decoder(annotation: Any) -> _Decode:
    if annotation not in _decoders:
        _decoders[annotation] = _make_decoder(annotation)
    return _decoders[annotation]


def _make_decoder(annotation: Any) -> _Decode:
    if annotation in (str, int, bool):
        return _as_is
    if annotation in (date, datetime):
        return _a_date
    if annotation is Binary:
        return _a_binary
    if is_dataclass(annotation) and isinstance(annotation, type):
        return _record_decoder(annotation)
    args = get_args(annotation)
    origin = get_origin(annotation)
    if origin is frozenset:
        return _words
    if origin is tuple:
        return _each(_decoder(args[0])) if args[-1] is Ellipsis else _one_by_one(tuple(_decoder(a) for a in args))
    if origin in (Union, types.UnionType):
        return _union_decoder(tuple(a for a in args if a is not type(None)))
    raise TypeError(f"no plain form for {annotation!r}")


def _union_decoder(choices: tuple[Any, ...]) -> _Decode:
    if set(choices) == {Event, Task}:
        return _override_item
    if set(choices) == {date, datetime}:
        return _a_date
    if len(choices) == 2 and choices[0] is int:
        return _number_or(_decoder(choices[1]))
    if len(choices) == 1:
        return _decoder(choices[0])
    raise TypeError(f"no plain form for a choice of {choices!r}")


def _record_decoder(cls: type) -> _Decode:
    # Looked up when first used: an event holds exceptions which hold events.
    hints = get_type_hints(cls)
    decodes: dict[str, _Decode] = {}

    def decode(plain: Any, get: Get) -> Any:
        values = {}
        for name, value in plain.items():
            if name not in decodes:
                decodes[name] = _decoder(hints[name])
            values[name] = decodes[name](value, get)
        return cls(**values)

    return decode


# What counts --------------------------------------------------------------------------------------------------------


def _meaning(item: Item) -> list[Any]:
    said: list[Any] = [kind_of(item).value]
    for field in fields_of(item):
        value = getattr(item, field.name)
        if not is_empty(value) and not is_empty(canon := _field_meaning(field.shape, value)):
            said.append((field.name, canon))
    return said


def _field_meaning(shape: Shape, value: Any) -> Any:
    match shape:
        case Shape.WORDS:
            return sorted({_tidy(word).strip().casefold() for word in value})
        case Shape.CHOICE:
            return value.casefold()
        case Shape.MOMENTS | Shape.ELEMENTS:
            return sorted((_part_meaning(v) for v in value), key=json.dumps)
        case Shape.LIST:
            return [_part_meaning(v) for v in value]
        case _:
            return _part_meaning(value)


def _part_meaning(value: Any) -> Any:
    match value:
        case str():
            return _tidy(value)
        case Moment():
            at = instant(value)
            return [value.local.isoformat(), value.zone] if at is None else at.isoformat()
        case Override():
            return [_part_meaning(value.recurrence_id), value.and_future, _meaning(value.item)]
        case Typed() | Address() | Attendee() | Alarm():
            return [_part_meaning(getattr(value, name)) for name, _ in _defaults(type(value))]
        case frozenset() | tuple():
            return sorted(value)
        case Binary():
            return [hashlib.sha256(value.data).hexdigest() if value.data else "", value.uri, value.name]
        case Extra():
            return [value.name, value.value, value.params]
        case Member():
            return [value.address, value.name]
        case _:
            return value


def _tidy(text: str) -> str:
    if text.isascii() and "\n" not in text and "\r" not in text:
        return text.rstrip()
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")
