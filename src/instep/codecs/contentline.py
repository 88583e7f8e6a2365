"""The one reader and writer of content lines: vCard 2.1 to 4.0, vCalendar, iCalendar (RFC 5545 3.1, RFC 6350 3.2).

A ``Document`` keeps every byte of what was read. Its lines are typed only when somebody asks, so a file that is only
compared or passed on costs little more than splitting it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from instep.codecs.linetext import (
    Params,
    decode_qp,
    decode_text,
    encode_text,
    escape_text,
    fold_line,
    join_structured,
    make_line,
    read_params,
    split_structured,
    unescape_text,
)
from instep.errors import CodecError, Where

__all__ = [
    "Component",
    "Document",
    "Line",
    "Params",
    "escape_text",
    "join_structured",
    "make_line",
    "parse",
    "replace",
    "rewrite",
    "split_structured",
    "unescape_text",
]

BOM: Final = b"\xef\xbb\xbf"
_EOL = rb"(?:\r\r\n|\r\n|\r|\n)"
_FOLD: Final = re.compile(_EOL + rb"[ \t]")
_FOLD_KEEPING_SPACE: Final = re.compile(_EOL + rb"(?=[ \t])")
_SOFT_BREAK: Final = re.compile(rb"=[ \t]*" + _EOL)
_LINES_WITH_DOUBLE_CR: Final = re.compile(rb"[^\r\n]*(?:\r\r\n|\r\n|\r|\n)|[^\r\n]+\Z")
_ENCODED: Final = re.compile(rb"QUOTED-PRINTABLE|BASE64|ENCODING=\"?B\b", re.IGNORECASE)
_BASE64_HEAD: Final = re.compile(rb"[;=\"](?:BASE64|B)\"?(?:;|$)", re.IGNORECASE)
_BASE64_LINE: Final = re.compile(rb"[A-Za-z0-9+/=]*[ \t]*[\r\n]*")
_BEGIN_OR_END: Final = re.compile(rb"(?:BEGIN|END)[ \t]*:", re.IGNORECASE)
_OLD_VERSION: Final = re.compile(rb"VERSION:\s*(?:2\.1|1\.0)\s*\Z", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")


class Line:
    """One logical content line, immutable: ``raw`` has its folding and line end, ``number`` counts from 1."""

    __slots__ = ("_old", "_parts", "number", "raw")

    def __init__(self, raw: bytes, number: int, old: bool = False) -> None:
        self.raw: Final = raw
        self.number: Final = number
        self._old: Final = old
        self._parts: tuple[str, str, bytes, bytes, Params | None] | None = None

    def __repr__(self) -> str:
        return f"Line({self.number}: {self.raw[:60]!r})"

    def _typed(self) -> tuple[str, str, bytes, bytes, Params | None]:
        """Group, name, head bytes, value bytes, and the parameters once they were asked for."""
        if self._parts is None:
            self._parts = _take_apart(self.raw, self._old)
        return self._parts

    @property
    def group(self) -> str:
        """What stands before the dot, as written: ``item1`` in ``item1.TEL:…``; empty when there is none."""
        return (self._parts or self._typed())[0]

    @property
    def name(self) -> str:
        """The property name in capitals; empty for a broken line."""
        return (self._parts or self._typed())[1]

    @property
    def head(self) -> bytes:
        """Group, name and parameters as they were written, unfolded: all before the colon."""
        return (self._parts or self._typed())[2]

    @property
    def broken(self) -> bool:
        """True for a line (also a blank one) that has no colon or no name; ``value`` is then all its text."""
        return not self._typed()[1]

    @property
    def params(self) -> Params:
        """Parameters in order: names in capitals, values without quotes and carets (RFC 6868).

        A bare parameter of vCard 2.1 becomes a value of ``ENCODING``, ``VALUE`` or ``TYPE``, whichever it is.
        """
        group, name, head, value, params = self._typed()
        if params is None:
            params = read_params(decode_text(head)) if name and b";" in head else ()
            self._parts = (group, name, head, value, params)
        return params

    def param(self, name: str) -> str | None:
        """Return the first value of the parameter called ``name`` (capitals), or None when it is not there."""
        for key, values in self.params:
            if key == name:
                return values[0] if values else ""
        return None

    def param_values(self, name: str) -> tuple[str, ...]:
        """Return all values of all parameters called ``name`` (capitals), in order."""
        return tuple(value for key, values in self.params if key == name for value in values)

    @property
    def encoding(self) -> str:
        """``QUOTED-PRINTABLE``, ``BASE64``, or empty when the value is written as it is."""
        if b";" not in self.head:
            return ""
        match (self.param("ENCODING") or "").upper():
            case "QUOTED-PRINTABLE":
                return "QUOTED-PRINTABLE"
            case "BASE64" | "B":
                return "BASE64"
            case _:
                return ""

    @property
    def value(self) -> str:
        """The value unfolded and decoded from quoted-printable and its charset; backslashes are left alone.

        Bytes that are not UTF-8 (nor the declared charset) are read as Windows-1252, else as Latin-1. Base64 is
        returned as text without white space.
        """
        parts = self._parts or self._typed()
        data = parts[3]
        if b";" not in parts[2]:
            return decode_text(data)
        match self.encoding:
            case "QUOTED-PRINTABLE":
                return decode_text(decode_qp(data), self.param("CHARSET"))
            case "BASE64":
                return decode_text(b"".join(data.split()))
            case _:
                return decode_text(data, self.param("CHARSET"))


class Component:
    """A BEGIN … END range of a document: ``lines[start]`` is BEGIN, ``end`` is the index after the last line."""

    __slots__ = ("_all", "children", "closed", "end", "name", "start")

    def __init__(
        self, name: str, start: int, end: int, children: tuple[Component, ...], closed: bool, lines: Sequence[Line]
    ) -> None:
        self.name: Final = name
        self.start: Final = start
        self.end: Final = end
        self.children: Final = children
        self.closed: Final = closed
        self._all: Final = lines

    def __repr__(self) -> str:
        return f"Component({self.name}, {self.start}:{self.end}, {len(self.children)} children)"

    @property
    def content_end(self) -> int:
        """The index before which a new last property belongs: that of END, or of the line after when END is missing."""
        return self.end - 1 if self.closed else self.end

    def indexed_lines(self) -> Iterator[tuple[int, Line]]:
        """Yield (index in the document, line) of its own content: no BEGIN, no END, nothing of its children."""
        position = self.start + 1
        for child in self.children:
            for index in range(position, child.start):
                yield index, self._all[index]
            position = child.end
        for index in range(position, self.content_end):
            yield index, self._all[index]

    def lines(self) -> Iterator[Line]:
        """Yield the lines of its own content, in order."""
        return (line for _, line in self.indexed_lines())

    def walk(self) -> Iterator[Component]:
        """Yield the component and everything below it, parents first, however deep."""
        waiting = [self]
        while waiting:
            component = waiting.pop()
            yield component
            waiting.extend(reversed(component.children))


class Document:
    """What was read: all bytes, all lines (their ``raw`` joined is exactly ``raw``), and the tree of components."""

    __slots__ = ("lines", "raw", "roots")

    def __init__(self, raw: bytes, lines: tuple[Line, ...], roots: tuple[Component, ...]) -> None:
        self.raw: Final = raw
        self.lines: Final = lines
        self.roots: Final = roots

    @property
    def eol(self) -> bytes:
        """The line end that most lines of the document have; CRLF when it has none."""
        crlf = self.raw.count(b"\r\n")
        lone_lf, lone_cr = self.raw.count(b"\n") - crlf, self.raw.count(b"\r") - crlf
        if lone_lf > crlf and lone_lf >= lone_cr:
            return b"\n"
        return b"\r" if lone_cr > crlf and not lone_lf else b"\r\n"


def parse(raw: bytes, where: str = "") -> Document:
    """Read any bytes into lines and components without losing one; what makes no sense is kept as a broken line.

    ``where`` is the name of the file for messages. Raises ``CodecError`` only for UTF-16 and UTF-32, which no content
    line format allows. Time and memory grow linearly with ``raw``.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        raise CodecError("the file is written in UTF-16 or UTF-32", "Save it as UTF-8.", Where(item=where), 1)
    lines = tuple(_logical_lines(raw))
    return Document(raw, lines, _components(lines))


def _logical_lines(raw: bytes) -> Iterator[Line]:
    physical = _LINES_WITH_DOUBLE_CR.findall(raw) if b"\r\r\n" in raw else raw.splitlines(keepends=True)
    encoded = _ENCODED.search(raw) is not None
    old, count, index = False, len(physical), 0
    while index < count:
        first, number = physical[index], index + 1
        index += 1
        if first[0] in b"BbVv\xef":
            start = first.removeprefix(BOM)
            if start[:6].upper() == b"BEGIN:":
                old = False if start[6:7] in b"Vv" else old
            elif _OLD_VERSION.match(start):
                old = True
        begin = index
        while index < count and physical[index][0] in b" \t":
            index += 1
        if encoded:
            index = _encoded_end(physical, begin - 1, index)
        yield Line(first if index == begin else b"".join(physical[begin - 1 : index]), number, old)


def _encoded_end(physical: Sequence[bytes], start: int, index: int) -> int:
    """Where a value in quoted-printable or base64 really ends: both may go on in lines that look like no folding."""
    head = b"".join(physical[start:index]) if b":" not in physical[start] else physical[start]
    colon = _value_colon(head)
    if colon < 0:
        return index
    head = _FOLD.sub(b"", head[:colon])
    if b"QUOTED-PRINTABLE" in head.upper():
        while index < len(physical) and physical[index - 1].rstrip().endswith(b"="):
            if _BEGIN_OR_END.match(physical[index]):
                break
            index += 1
    elif _BASE64_HEAD.search(head):
        return _base64_end(physical, index, len(physical[index - 1].strip()) - (colon + 1 if index == start + 1 else 0))
    return index


def _base64_end(physical: Sequence[bytes], index: int, before: int) -> int:
    """Where unindented base64 ends: at a blank line, else where lines stop being long, for a word may look like it.

    ``before`` is the length of the text on the line before ``index``.
    """
    sure, connected = index, True
    while index < len(physical) and _BASE64_LINE.fullmatch(physical[index]):
        text = physical[index].strip()
        index += 1
        if not text:
            return index
        if physical[index - 2].rstrip().endswith(b"="):
            break
        connected = connected and (before == 0 or before >= 32)
        sure, before = index if connected else sure, len(text)
    return sure


def _value_colon(data: bytes) -> int:
    """The index of the colon before the value: the first outside quotes, the very first if a quote is never closed."""
    first = colon = data.find(b":")
    if first < 0 or data.find(b'"', 0, first) < 0:
        return first
    quotes, since = 0, 0
    while colon >= 0:
        quotes += data.count(b'"', since, colon)
        if quotes % 2 == 0:
            return colon
        since, colon = colon, data.find(b":", colon + 1)
    return first


def _take_apart(raw: bytes, old: bool) -> tuple[str, str, bytes, bytes, Params | None]:
    data = raw.removeprefix(BOM)
    if b"\n" in data[:-2] or b"\r" in data[:-2]:
        if b"=" in data and b"QUOTED-PRINTABLE" in data[: _value_colon(data)].upper():
            data = _SOFT_BREAK.sub(b"", data)
        data = (_FOLD_KEEPING_SPACE if old else _FOLD).sub(b"", data)
    data = data.rstrip(b"\r\n")
    colon = _value_colon(data)
    head = data[:colon] if colon >= 0 else b""
    semicolon = head.find(b";")
    group, _, name = decode_text(head if semicolon < 0 else head[:semicolon]).strip().rpartition(".")
    if not _NAME.fullmatch(name):
        return "", "", b"", data, ()
    return group, name.upper(), head, data[colon + 1 :], None


def _components(lines: tuple[Line, ...]) -> tuple[Component, ...]:
    roots: list[Component] = []
    opened: list[tuple[str, int, list[Component]]] = []
    names: Counter[str] = Counter()

    def close(end: int, closed: bool) -> None:
        name, start, children = opened.pop()
        names[name] -= 1
        siblings = opened[-1][2] if opened else roots
        siblings.append(Component(name, start, end, tuple(children), closed, lines))

    for index, line in enumerate(lines):
        if line.raw[0] not in b"BbEe\xef" or line.name not in ("BEGIN", "END"):
            continue
        name = line.value.strip().upper()
        if line.name == "BEGIN":
            opened.append((name, index, []))
            names[name] += 1
        elif names[name]:
            while opened[-1][0] != name:
                close(index, False)
            close(index + 1, True)
    while opened:
        close(len(lines), False)
    return tuple(roots)


def rewrite(line: Line, value: str, eol: bytes = b"\r\n", fold: int = 75, head: bytes | None = None) -> bytes:
    """Write ``line`` again with another ``value`` (escaped where the property needs it) and its own head, or ``head``.

    The value is written in the encoding and charset that the head declares; when the charset cannot hold it, the
    declaration is replaced by UTF-8.
    """
    written = head if head is not None else line.head
    params = dict(read_params(decode_text(written))) if b";" in written else {}
    charset = next(iter(params.get("CHARSET", ())), None)
    quoted = "QUOTED-PRINTABLE" in (text.upper() for text in params.get("ENCODING", ()))
    data, used = encode_text(value, charset, quoted_printable=quoted)
    if charset is not None and used is None:
        written = re.sub(rb"(?i)(;CHARSET=)[^;]*", rb"\1UTF-8", written)
    return fold_line(written + b":" + data, eol, 0 if quoted else fold)


def replace(
    document: Document, changes: Mapping[int, bytes | None], insertions: Mapping[int, bytes] | None = None
) -> bytes:
    """Return the document with lines exchanged, removed (None) or inserted before an index, the rest byte for byte.

    ``insertions`` may name ``len(lines)`` for the end. New bytes bring their own line ends (``Document.eol``).
    """
    added = insertions or {}
    out: list[bytes] = []
    for index, line in enumerate(document.lines):
        if index in added:
            out.append(added[index])
        new = changes.get(index, line.raw)
        if new:
            out.append(new)
    if last := added.get(len(document.lines)):
        if out and not out[-1].endswith((b"\r", b"\n")):
            out.append(document.eol)
        out.append(last)
    if document.raw.startswith(BOM) and (0 in changes or 0 in added):
        return BOM + b"".join(out).replace(BOM, b"", 1)
    return b"".join(out)
