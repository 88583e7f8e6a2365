"""JSON objects as text: read with the place of each value, and changed only where something differs.

Keys are found without regard to case, as the server finds them; what is not changed stays byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from instep.errors import CodecError

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_HALF: Final = re.compile("[\ud800-\udfff]")
_LONGEST: Final = 2_000_000
_BIGGEST: Final = 32_000_000
_ADVICE: Final = "Look at the item in the web mail, and save it anew there."


def broken(key: str, reason: str) -> CodecError:
    """Give the error for a key whose value makes no sense."""
    return CodecError(f'the key "{key[:80]}" {reason}', _ADVICE)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise broken(key, "stands there twice")
            seen.add(key)
    return found


def _no_number(word: str) -> Any:
    raise CodecError(f"{word} is no number", _ADVICE)


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number)


@dataclass(frozen=True, slots=True)
class Member:
    """A key as it is written, its value, and where the value stands in the text."""

    key: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object: its whole text, and its members by their key in lower case."""

    text: str
    members: dict[str, Member]
    close: int

    def get(self, *names: str) -> Member | None:
        """Give the first of the keys that holds something, else the first that is there at all."""
        found = [member for name in names if (member := self.members.get(name.lower())) is not None]
        return next((m for m in found if m.value is not None), found[0] if found else None)

    def values(self) -> dict[str, Any]:
        """Give the values by their keys."""
        return {member.key: member.value for member in self.members.values()}

    def styled(self, name: str) -> str:
        """Write a new key as the others are written: in PascalCase where they are, else in camelCase."""
        first = [member.key[:1] for member in self.members.values()]
        pascal = 2 * sum(letter.isupper() for letter in first) > len(first)
        return name[:1].upper() + name[1:] if pascal else name


def document(raw: bytes) -> str:
    """Give the text of a document. Raises ``CodecError`` when it is no UTF-8 or absurdly long."""
    if len(raw) > _BIGGEST:
        raise CodecError(f"the item has {len(raw) // 1_000_000} MB, more than Instep takes", _ADVICE)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CodecError("the item is no UTF-8 text", _ADVICE) from error


def parse(text: str) -> Object:
    """Read a text that is one JSON object; raises ``CodecError`` for any other, naming the key where one is known."""
    at = _SPACE.match(text, 1 if text.startswith("\ufeff") else 0).end()  # type: ignore[union-attr]
    if text[at : at + 1] != "{":
        raise CodecError("the item is no JSON object", _ADVICE)
    members: dict[str, Member] = {}
    at = _skip(text, at + 1)
    key = ""
    if text[at : at + 1] != "}":
        while True:
            if text[at : at + 1] != '"':
                raise _cut(key)
            key, at = _value(text, at, key)
            at = _skip(text, at)
            if text[at : at + 1] != ":":
                raise _cut(key)
            start = _skip(text, at + 1)
            value, end = _value(text, start, key)
            if key.lower() in members:
                raise broken(key, "stands there twice")
            members[key.lower()] = Member(key, value, start, end)
            at = _skip(text, end)
            mark = text[at : at + 1]
            if mark == "}":
                break
            if mark != ",":
                raise _cut(key)
            at = _skip(text, at + 1)
    if _skip(text, at + 1) != len(text):
        raise CodecError("there is something after the item's JSON object", _ADVICE)
    return Object(text, members, at)


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _value(text: str, at: int, key: str) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except CodecError as error:
        raise broken(key, f"cannot be read: {error.message}") if "the key" not in error.message else error from None
    except RecursionError:
        raise broken(key, "is nested too deeply") from None
    except ValueError:
        raise broken(key, "holds no JSON value") from None


def _cut(key: str) -> CodecError:
    return broken(key, "is followed by what is no JSON") if key else CodecError("the item is no JSON object", _ADVICE)


# What a key holds -------------------------------------------------------------------------------------------------


def text_of(object: Object, *names: str, longest: int = _LONGEST) -> str:
    """Give a text, empty where the key is missing or null; line ends are ``\\n``."""
    member = object.get(*names)
    if member is None or member.value is None:
        return ""
    return plain_text(member.key, member.value, longest)


def plain_text(key: str, value: Any, longest: int = _LONGEST) -> str:
    """Give a value as text. Raises ``CodecError`` for what is none, and for an absurdly long one."""
    if not isinstance(value, str):
        raise broken(key, f"holds {_what(value)} where text belongs")
    if len(value) > longest:
        raise broken(key, f"holds {len(value)} characters, more than Instep takes")
    return _HALF.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n"))


def number_of(object: Object, *names: str) -> int | None:
    """Give a whole number, ``None`` where the key is missing or null."""
    member = object.get(*names)
    if member is None or member.value is None:
        return None
    value = member.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise broken(member.key, f"holds {_what(value)} where a whole number belongs")
    return value


def flag_of(object: Object, *names: str) -> bool | None:
    """Give yes or no, ``None`` where the key is missing or null."""
    member = object.get(*names)
    if member is None or member.value is None:
        return None
    if not isinstance(member.value, bool):
        raise broken(member.key, f"holds {_what(member.value)} where true or false belongs")
    return member.value


def object_of(object: Object, *names: str) -> Object | None:
    """Give the object that a key holds, ``None`` where the key is missing or null."""
    member = object.get(*names)
    if member is None or member.value is None:
        return None
    if not isinstance(member.value, dict):
        raise broken(member.key, f"holds {_what(member.value)} where an object belongs")
    return parse(object.text[member.start : member.end])


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: its value and its text."""

    value: Any
    text: str


def list_of(object: Object, *names: str) -> tuple[Entry, ...]:
    """Give the entries of a list, none where the key is missing or null."""
    member = object.get(*names)
    if member is None or member.value is None:
        return ()
    if not isinstance(member.value, list):
        raise broken(member.key, f"holds {_what(member.value)} where a list belongs")
    entries = []
    at = _skip(object.text, member.start + 1)
    for _ in member.value:
        value, end = _value(object.text, at, member.key)
        entries.append(Entry(value, object.text[at:end]))
        at = _skip(object.text, _skip(object.text, end) + 1)
    return tuple(entries)


def _what(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "an object"


# Changing it ------------------------------------------------------------------------------------------------------


def dump(value: Any) -> str:
    """Write a value as compact JSON; halves of characters become a replacement sign."""
    return _HALF.sub("\ufffd", json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class Pen:
    """Collects what changes in an object; ``finish`` gives the changed text. ``fresh``: it is a new one."""

    def __init__(self, object: Object, fresh: bool = False) -> None:
        self.object = object
        self.fresh = fresh
        self._changed: dict[str, str] = {}
        self._added: dict[str, tuple[str, str]] = {}

    def put(self, names: str | Sequence[str], value: Any) -> None:
        """Set a key (the one of several names that is there, else a new one of the first name)."""
        member = self._there(names)
        if member is not None and type(member.value) is type(value) and member.value == value:
            self._changed.pop(member.key, None)
            return
        self.put_text(names, dump(value))

    def put_text(self, names: str | Sequence[str], text: str) -> None:
        """Set a key to a value that is JSON already."""
        member = self._there(names)
        if member is not None:
            self._changed[member.key] = text
            return
        name = names if isinstance(names, str) else names[0]
        self._added[name] = (self.object.styled(name), text)

    def _there(self, names: str | Sequence[str]) -> Member | None:
        return self.object.get(*((names,) if isinstance(names, str) else names))

    def finish(self) -> str:
        """Give the text of the object with all changes; new keys stand at its end."""
        out: list[str] = []
        at, last = 0, 0
        text = self.object.text
        for member in self.object.members.values():
            last = member.end
            if member.key in self._changed:
                out += (text[at : member.start], self._changed[member.key])
                at = member.end
        new = ",".join(f"{dump(key)}:{value}" for key, value in self._added.values())
        if new:
            place = last or self.object.close
            out += (text[at:place], "," if last else "", new)
            at = place
        out.append(text[at:])
        return "".join(out)
