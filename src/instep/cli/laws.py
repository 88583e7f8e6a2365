"""Checking one file: what it holds, which lines make no sense, and whether both lens laws hold on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from instep.codecs import contentline
from instep.core.fields import same_item
from instep.core.model import Contact, Event, Item, Kind, Note, Task, kind_of, name_of
from instep.errors import CodecError, Where

_STAMPS = frozenset({"REV", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"})
_TEXTS = frozenset({".md", ".markdown", ".txt"})
_LARGEST = 64 * 1024 * 1024
_TRIED = 40  # items of one file; each trial reads the whole file several times

Read = Callable[[bytes], Sequence[Item | CodecError]]
Write = Callable[[Item, bytes, int], bytes]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a file; ``line`` counts from 1, 0 is the whole file. A ``remark`` breaks nothing."""

    line: int
    message: str
    remark: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one file. ``tried``: on how many items the laws were; they are ``None`` where that is none."""

    path: str
    kinds: tuple[Kind, ...]
    items: tuple[str, ...]
    findings: tuple[Finding, ...]
    unchanged_is_identical: bool | None
    change_is_local: bool | None
    tried: int = 0

    @property
    def sound(self) -> bool:
        """True when all was read, and both laws hold."""
        broken = any(not finding.remark for finding in self.findings)
        return not broken and self.unchanged_is_identical is not False and self.change_is_local is not False

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of ``instep check --json``."""
        return {
            "path": self.path,
            "kinds": [kind.value for kind in self.kinds],
            "items": list(self.items),
            "problems": [{"line": f.line, "message": f.message} for f in self.findings if not f.remark],
            "remarks": [{"line": f.line, "message": f.message} for f in self.findings if f.remark],
            "unchanged_is_identical": self.unchanged_is_identical,
            "change_is_local": self.change_is_local,
            "tried": self.tried,
            "sound": self.sound,
        }


def check_file(path: Path) -> Checked:
    """Read a file and try both laws on its items (on some, spread over it, where it holds very many).

    What is wrong is in the result; nothing is raised for it.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise CodecError(f"is larger than {_LARGEST // 1024 // 1024} MB", "It is not read.", Where(item=path.name))
        raw = path.read_bytes()
        read, write = _lens(path, raw)
        found = read(raw)
    except OSError as error:
        return _unread(path, f"cannot be read: {error.strerror or error}", 0)
    except CodecError as error:
        return _unread(path, error.message, error.line)
    items = [(index, item) for index, item in enumerate(found) if not isinstance(item, CodecError)]
    findings = [Finding(error.line, error.message) for error in found if isinstance(error, CodecError)]
    if path.suffix.casefold() not in _TEXTS:
        findings += _odd_lines(raw)
    kinds = tuple(kind for kind in Kind if any(kind_of(item) is kind for _, item in items))
    identical: bool | None = None
    local: bool | None = None
    tried = items[:: -(-len(items) // _TRIED)] if items else []
    for index, item in tried:
        for law in (_first_law, _second_law):
            try:
                failure = law(raw, item, index, read, write)
            except CodecError as error:
                failure = f"{name_of(item)}: {error.message}"
            holds = not failure
            if law is _first_law:
                identical = holds and identical is not False
            else:
                local = holds and local is not False
            if failure:
                findings.append(Finding(0, failure))
    names = tuple(name_of(item) for _, item in items)
    return Checked(str(path), kinds, names, tuple(findings), identical, local, len(tried))


def _unread(path: Path, message: str, line: int) -> Checked:
    return Checked(str(path), (), (), (Finding(line, message),), None, None)


def _lens(path: Path, raw: bytes) -> tuple[Read, Write]:
    head = raw[:4096].upper()
    suffix = path.suffix.casefold()
    if suffix in _TEXTS:
        from instep.codecs import notes

        markdown = suffix != ".txt"
        return (
            lambda data: [notes.read(data, path.name, markdown)],
            lambda item, onto, _: notes.write(item, onto, markdown),
        )
    if suffix == ".vcf" or b"BEGIN:VCARD" in head:
        from instep.codecs import vcard

        return (
            lambda data: vcard.read_all(data, path.name),
            lambda item, onto, index: vcard.write(item, onto, index),
        )
    if suffix == ".ics" or b"BEGIN:VCALENDAR" in head:
        from instep.codecs import icalendar

        return (
            lambda data: [part.item for part in icalendar.read_all(data, path.name)],
            lambda item, onto, index: icalendar.write(item, onto, index),
        )
    raise CodecError("is no vCard, iCalendar, Markdown or text file", "", Where(item=path.name))


def _odd_lines(raw: bytes) -> list[Finding]:
    """Lines that make no sense; they stay in the file and do no harm."""
    lines = contentline.parse(raw).lines
    return [
        Finding(line.number, "makes no sense as a line of this format; it is kept as it is", remark=True)
        for line in lines
        if line.broken and line.raw.strip()
    ]


def _first_law(raw: bytes, item: Item, index: int, read: Read, write: Write) -> str:
    return "" if write(item, raw, index) == raw else f"{name_of(item)}: written back unchanged, the file is another"


def _second_law(raw: bytes, item: Item, index: int, read: Read, write: Write) -> str:
    changed, own = _with_a_change(item)
    data = write(changed, raw, index)
    again = read(data)[index]
    if isinstance(again, CodecError) or not same_item(again, changed):
        return f"{name_of(item)}: a changed text does not come back as it was written"
    if own and (line := _foreign_line(raw, data, own | _STAMPS)):
        return f"{name_of(item)}: a changed text touches a line of another field ({line})"
    return ""


def _with_a_change(item: Item) -> tuple[Item, frozenset[str]]:
    """The item with one text changed, and the names of the lines that may change with it (none: not line by line)."""
    match item:
        case Contact():
            return replace(item, job_title=f"{item.job_title} (checked)".strip()), frozenset({"TITLE"})
        case Note():
            # The title may stand in the text's first line as well.
            return replace(item, title=f"{item.title} (checked)".strip()), frozenset({"SUMMARY", "DESCRIPTION"})
        case Event() | Task() if item.headless:
            first, *others = item.exceptions
            changed = replace(first.item, location=f"{first.item.location} (checked)".strip())
            return replace(item, exceptions=(replace(first, item=changed), *others)), frozenset({"LOCATION"})
        case _:
            return replace(item, location=f"{item.location} (checked)".strip()), frozenset({"LOCATION"})


def _foreign_line(before: bytes, after: bytes, own: frozenset[str]) -> str:
    """The name of a line outside ``own`` that is not byte for byte the same in both; empty when there is none."""
    if not before.lstrip(b"\xef\xbb\xbf \r\n")[:6].upper().startswith(b"BEGIN:"):
        return ""
    kept = [_others(data, own) for data in (before, after)]
    pairs = zip(*kept)
    if kept[0] == kept[1]:
        return ""
    return next((a[0] for a, b in pairs if a != b), "a line is missing or new")


def _others(data: bytes, own: frozenset[str]) -> list[tuple[str, bytes]]:
    lines = contentline.parse(data).lines
    return [(line.name, line.raw) for line in lines if line.name not in own]
