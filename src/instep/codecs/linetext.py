"""The text inside content lines: escapes, separators, parameters, charsets, folding (RFC 5545 3.3.11, RFC 6868)."""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Collection, Iterable
from typing import Final

_ESCAPE: Final = re.compile(r"\\([\\;,:\"nN])")
_CARET: Final = re.compile(r"\^([n^'])")
_CARET_MEANING: Final = {"n": "\n", "^": "^", "'": '"'}
_NEEDS_QUOTES: Final = re.compile(r"[:;,]|^\s|\s$")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_ENCODINGS: Final = frozenset({"BASE64", "B", "QUOTED-PRINTABLE", "8BIT", "7BIT"})
_PLACES: Final = frozenset({"INLINE", "URL", "CID", "CONTENT-ID"})
# Codecs of Python that are no charset of any document, or that take quadratic time.
_NOT_A_CHARSET: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf-7"})

Params = tuple[tuple[str, tuple[str, ...]], ...]


def escape_text(text: str) -> str:
    """Escape backslash, semicolon, comma and line ends for a TEXT value; every kind of line end becomes ``\\n``."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return _LINE_END.sub(r"\\n", text) if "\n" in text or "\r" in text else text


def unescape_text(value: str) -> str:
    """Undo ``escape_text``; a backslash before anything that needs no escape is kept as it is."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def split_structured(value: str, sep: str) -> list[str]:
    """Split at each ``sep`` (``;`` or ``,``) that is not escaped; the parts are still escaped."""
    parts = value.split(sep)
    if "\\" not in value:
        return parts
    out: list[str] = []
    pending: list[str] = []
    for part in parts:
        pending.append(part)
        if (len(part) - len(part.rstrip("\\"))) % 2 == 0:
            out.append(sep.join(pending))
            pending = []
    if pending:
        out.append(sep.join(pending))
    return out


def join_structured(parts: Iterable[str], sep: str) -> str:
    """Join parts that are already escaped: the inverse of ``split_structured``."""
    return sep.join(parts)


def split_quoted(text: str, sep: str) -> list[str]:
    """Split at each ``sep`` outside double quotes; a quote that is never closed is a character like any other."""
    parts = text.split(sep)
    if '"' not in text:
        return parts
    out: list[str] = []
    pending: list[str] = []
    odd = False
    for part in parts:
        pending.append(part)
        odd ^= bool(part.count('"') & 1)
        if not odd:
            out.append(sep.join(pending))
            pending = []
    return out + pending


def decode_parameter(text: str) -> str:
    """Return a parameter value without quotes and with its carets decoded (RFC 6868)."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    return _CARET.sub(lambda found: _CARET_MEANING[found[1]], text) if "^" in text else text


def encode_parameter(text: str) -> str:
    """Write a parameter value with carets and quotes where they are needed; control characters are left out."""
    text = _LINE_END.sub("\n", text).replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    text = _CONTROL.sub("", text)
    return f'"{text}"' if _NEEDS_QUOTES.search(text) else text


def _param_name(part: str) -> str:
    name, equals, _ = part.partition("=")
    name = decode_parameter(name).upper()
    if equals:
        return name
    return "ENCODING" if name in _ENCODINGS else "VALUE" if name in _PLACES else "TYPE"


def read_params(head: str) -> Params:
    """Return the parameters of a head (all before the colon); bare ones of vCard 2.1 get the name they stand for."""
    params: list[tuple[str, tuple[str, ...]]] = []
    for part in split_quoted(head, ";")[1:]:
        name, equals, text = part.partition("=")
        if equals and text.isalnum():
            params.append((decode_parameter(name).upper(), (text,)))
        elif equals:
            values = tuple(decode_parameter(value) for value in split_quoted(text, ","))
            params.append((decode_parameter(name).upper(), values))
        elif bare := decode_parameter(part):
            params.append((_param_name(part), (bare,)))
    return tuple(params)


def edit_head(head: bytes, drop: Collection[str], add: Params = ()) -> bytes:
    """Return a head without the parameters called ``drop`` (capitals) and with others added, the rest as written."""
    first, *parts = split_quoted(head.decode("utf-8", "surrogateescape"), ";")
    kept = [first, *(part for part in parts if _param_name(part) not in drop)]
    return (";".join(kept) + write_params(add)).encode("utf-8", "surrogateescape")


def write_params(params: Iterable[tuple[str, Iterable[str]]]) -> str:
    """Write parameters, each with its semicolon before it."""
    return "".join(f";{key}=" + ",".join(encode_parameter(text) for text in values) for key, values in params)


def decode_text(data: bytes, charset: str | None = None) -> str:
    """Decode by the declared charset, else UTF-8, else Windows-1252, else Latin-1; never fails."""
    if charset is not None and (found := known_charset(charset)) is not None:
        try:
            return str(data, found)
        except (UnicodeError, ValueError):
            pass
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return str(data, "cp1252")
    except UnicodeDecodeError:
        return str(data, "latin-1")


def known_charset(name: str) -> str | None:
    """Return Python's name of a text charset, or None when ``name`` is none."""
    try:
        found = codecs.lookup(name.strip())
    except (LookupError, ValueError):
        return None
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name not in _NOT_A_CHARSET else None


def encode_text(value: str, charset: str | None, *, quoted_printable: bool = False) -> tuple[bytes, str | None]:
    """Encode a value for a line; the second result is None when ``charset`` could not hold it and UTF-8 was taken."""
    used = known_charset(charset) if charset is not None else None
    data: bytes | None = None
    if used is not None:
        try:
            data = value.encode(used)
        except UnicodeError:
            used = None
    if data is None:
        data = value.encode("utf-8", "replace")
    return (encode_qp(data) if quoted_printable else _LINE_END_BYTES.sub(rb"\\n", data)), used


_LINE_END_BYTES: Final = re.compile(rb"\r\n|\r|\n")


def decode_qp(data: bytes) -> bytes:
    """Decode quoted-printable without soft line breaks; damaged sequences stay as they are."""
    return binascii.a2b_qp(data)


def encode_qp(data: bytes) -> bytes:
    """Encode as one quoted-printable line without soft breaks; line ends are written as ``=0D=0A``."""
    data = _LINE_END_BYTES.sub(b"\r\n", data)
    return b"".join(bytes((b,)) if 32 <= b < 127 and b != 61 else b"=%02X" % b for b in data)


def fold_line(data: bytes, eol: bytes, fold: int) -> bytes:
    """Fold after ``fold`` octets at most (0: never), never inside a UTF-8 sequence, and end the line."""
    if not fold or len(data) <= fold:
        return data + eol
    out = [data[: (cut := _cut(data, 0, fold))]]
    while cut < len(data):
        end = _cut(data, cut, fold - 1)
        out.append(data[cut:end])
        cut = end
    return (eol + b" ").join(out) + eol


def _cut(data: bytes, start: int, size: int) -> int:
    end = start + size
    if end >= len(data):
        return len(data)
    while end > start and data[end] & 0xC0 == 0x80:
        end -= 1
    return end if end > start else start + size


def make_line(
    name: str,
    value: str,
    params: Iterable[tuple[str, Iterable[str]]] = (),
    group: str = "",
    eol: bytes = b"\r\n",
    fold: int = 75,
) -> bytes:
    """Write one content line in UTF-8, folded at ``fold`` octets (0: not), with its line end.

    ``value`` is written as it is (the caller has escaped it), only line ends become ``\\n``, so a value can never
    start a line of its own; parameter values are quoted and caret-encoded where they need it.
    """
    head = (f"{group}.{name}" if group else name) + write_params(params)
    data, _ = encode_text(f"{head}:{value}", None)
    return fold_line(data, eol, fold)
