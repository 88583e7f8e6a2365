"""The lens between a text file (Markdown or plain) and ``Note``: the first line is the title, the rest the body.

A text file holds title and body only. A heading mark (``# ``) before the title, front matter (``---`` … ``---``) before
that, the blank lines between, the kind of line end and the encoding belong to the file and stay as they are.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from instep.codecs.linetext import decode_text
from instep.core.fields import same_part
from instep.core.model import Note
from instep.errors import CodecError, Where

__all__ = ["read", "write"]

_LINE: Final = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_HEADING: Final = re.compile(r"#{1,6}(?:[ \t]+|$)")
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# A line is its text and its line end, which is empty for the last one of a file without it.
_Lines = list[tuple[str, str]]


@dataclass(slots=True)
class _File:
    """A text file taken apart; the lines of all parts together are the file."""

    mark: bytes
    encoding: str
    front: _Lines
    prefix: str
    title: _Lines
    gap: _Lines
    body: _Lines
    rest: _Lines


def read(raw: bytes, where: str = "", markdown: bool = True) -> Note:
    """Read a note; a file without any text is a note without title and body.

    ``markdown`` says whether a heading mark is no part of the title. Raises ``CodecError`` for a file that is no text.
    """
    file = _take_apart(raw, where, markdown)
    return Note(title=_title(file), body="\n".join(text for text, _ in file.body).rstrip())


def write(note: Note, onto: bytes | None = None, markdown: bool = True) -> bytes:
    """Write title and body as a new file (UTF-8), or onto the file ``onto``, where only lines that differ are changed.

    Raises ``CodecError`` when ``onto`` is no text.
    """
    if onto is None:
        title = f"# {note.title}" if markdown and note.title else note.title
        gap = "\n" if markdown else ""
        body = f"{gap}{note.body}\n" if note.body else ""
        return f"{title}\n{body}".encode("utf-8", "replace") if title or body else b""
    file = _take_apart(onto, "", markdown)
    eol = next((end for _, end in (*file.title, *file.gap, *file.body) if end), "\n")
    if not same_part(_title(file), note.title):
        end = file.title[0][1] if file.title else eol
        space = " " if file.prefix.endswith("#") and note.title else ""
        file.title = [(file.prefix + space + note.title, end)]
    if not same_part("\n".join(text for text, _ in file.body).rstrip(), note.body):
        _change_body(file, note.body, eol, markdown)
    written = _put_together(file)
    if markdown and not _says(written, note):
        # A title must not look like a heading mark or front matter that is none of it.
        file.title = [(f"# {note.title}".rstrip(), file.title[0][1] if file.title else eol)]
        written = _put_together(file)
    return written


def _says(raw: bytes, note: Note) -> bool:
    held = read(raw)
    return same_part(held.title, note.title) and same_part(held.body, note.body)


def _title(file: _File) -> str:
    return file.title[0][0][len(file.prefix) :].strip() if file.title else ""


def _take_apart(raw: bytes, where: str, markdown: bool) -> _File:
    mark, encoding = next((known for known in _MARKS if raw.startswith(known[0])), (b"", ""))
    data = raw[len(mark) :]
    if not encoding.startswith("utf-16") and b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise CodecError("the file is no text", "Move it out of the notes folder.", Where(item=where), line)
    try:
        text = data.decode(encoding or "utf-8")
        encoding = encoding or "utf-8"
    except UnicodeDecodeError as error:
        if encoding.startswith("utf-16"):
            raise CodecError("the file is damaged UTF-16", "Save it as UTF-8.", Where(item=where)) from error
        text = decode_text(data)
        encoding = "cp1252" if _can(text, "cp1252", data) else "latin-1"
    lines = [(found[1], found[2]) for found in _LINE.finditer(text) if found[0]]
    front = _front_matter(lines) if markdown else 0
    title, below = lines[front : front + 1], lines[front + 1 :]
    heading = _HEADING.match(title[0][0]) if markdown and title else None
    gap = next((at for at, (line, _) in enumerate(below) if line.strip()), len(below))
    end = next((at for at in range(len(below), gap, -1) if below[at - 1][0].strip()), gap)
    prefix = heading[0] if heading else ""
    return _File(mark, encoding, lines[:front], prefix, title, below[:gap], below[gap:end], below[end:])


def _can(text: str, encoding: str, data: bytes) -> bool:
    try:
        return text.encode(encoding) == data
    except UnicodeEncodeError:
        return False


def _front_matter(lines: _Lines) -> int:
    """How many lines of front matter a file begins with, with the blank lines after it."""
    if not lines or lines[0][0].rstrip() != "---":
        return 0
    end = next((at for at in range(1, len(lines)) if lines[at][0].rstrip() == "---"), 0)
    if not end:
        return 0
    return next((at for at in range(end + 1, len(lines)) if lines[at][0].strip()), len(lines))


def _change_body(file: _File, body: str, eol: str, markdown: bool) -> None:
    new = body.split("\n") if body else []
    old = file.body
    head = 0
    while head < min(len(old), len(new)) and old[head][0] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail][0] == new[-1 - tail]:
        tail += 1
    middle = [(text, eol) for text in new[head : len(new) - tail]]
    last_end = old[-1][1] if old else eol
    file.body = old[:head] + middle + old[len(old) - tail :]
    if file.body:
        if not old and not file.title:
            file.title = [("", eol)]
        if not old and not file.gap and markdown:
            file.gap = [("", eol)]
        file.body[-1] = (file.body[-1][0], last_end)


def _put_together(file: _File) -> bytes:
    lines = [*file.front, *file.title, *file.gap, *file.body, *file.rest]
    eol = next((end for _, end in lines if end), "\n")
    text = "".join(line + (end or eol) for line, end in lines[:-1]) + "".join(lines[-1] if lines else ())
    if file.encoding in ("cp1252", "latin-1"):
        # An encoding that was guessed holds only as long as the guess would be the same again.
        try:
            data = text.encode(file.encoding)
        except UnicodeEncodeError:
            data = b""
        return file.mark + (data if data and decode_text(data) == text else text.encode("utf-8", "replace"))
    return file.mark + text.encode(file.encoding, "replace")
