"""What is in a file: one item or several, and how each is read, changed and taken out without touching the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instep.connectors.base import Document
from instep.connectors.files.names import suffix_of
from instep.core.model import Contact, Item, Note, name_of
from instep.errors import CodecError, ItemRefused

if TYPE_CHECKING:
    from instep.codecs.contentline import Component, Line
    from instep.codecs.contentline import Document as ContentLines
    from instep.codecs.icalendar_series import Group

# The codecs are imported when they are used: a run without changes reads no file.

MEDIA_TYPES = {
    ".vcf": "text/vcard",
    ".ics": "text/calendar",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
}
_BEGIN = {
    ".vcf": re.compile(rb"^[ \t\xef\xbb\xbf]*BEGIN:VCARD", re.IGNORECASE | re.MULTILINE),
    ".ics": re.compile(rb"^[ \t]*BEGIN:(?:VEVENT|VTODO|VJOURNAL)", re.IGNORECASE | re.MULTILINE),
}
_MOST_REPEATED = 64 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """One item's part of a file: its place (from 0), the key in its href, and its bytes as a document of its own.

    ``broken`` says why it cannot be read, where splitting the file told that already.
    """

    index: int
    key: str
    data: bytes
    broken: CodecError | None = None


def may_hold_several(raw: bytes, name: str) -> bool:
    """Whether a look at the file does not exclude that it holds more than one item; costs no parsing."""
    begin = _BEGIN.get(suffix_of(name))
    if begin is None:
        return False
    found = begin.finditer(raw)
    return next(found, None) is not None and next(found, None) is not None


def split(raw: bytes, name: str) -> tuple[Piece, ...]:
    """The pieces of a file in their order; a file that holds one item, or none that can be told apart, is one piece."""
    if not may_hold_several(raw, name):
        return (Piece(0, "", raw),)
    try:
        pieces = _cards(raw, name) if suffix_of(name) == ".vcf" else _components(raw, name)
    except CodecError as error:
        return (Piece(0, "", raw, error),)
    return pieces if len(pieces) > 1 else (Piece(0, "", raw),)


def after_update(pieces: tuple[Piece, ...], data: bytes, name: str, index: int) -> tuple[Piece, ...]:
    """The pieces of a file whose piece ``index`` alone was written, without reading the others again."""
    old = pieces[index]
    if len(pieces) == 1:
        return (Piece(0, "", data),)
    try:
        alone = _piece_at(data, name, index)
        if read(alone, name).uid == old.key:
            return (*pieces[:index], Piece(index, old.key, alone), *pieces[index + 1 :])
    except CodecError:
        pass  # reading all of it tells what is wrong with which
    return split(data, name)


def _piece_at(raw: bytes, name: str, index: int) -> bytes:
    if suffix_of(name) == ".ics":
        from instep.codecs import icalendar

        return icalendar.extract(raw, index)
    from instep.codecs.vcard_read import components_of

    document, components = components_of(raw, name)
    return b"".join(line.raw for line in document.lines[components[index].start : components[index].end])


def _cards(raw: bytes, name: str) -> tuple[Piece, ...]:
    from instep.codecs import vcard
    from instep.codecs.vcard_read import components_of

    contents = vcard.read_all(raw, name)
    document, components = components_of(raw, name)
    slices = (b"".join(line.raw for line in document.lines[c.start : c.end]) for c in components)
    uids = [content.uid if isinstance(content, Contact) else "" for content in contents]
    return _keyed(tuple(zip(uids, contents, slices)))


def _components(raw: bytes, name: str) -> tuple[Piece, ...]:
    from instep.codecs import icalendar
    from instep.codecs.contentline import parse
    from instep.codecs.icalendar_series import groups_of

    parts = icalendar.read_all(raw, name)
    document = parse(raw, name)
    alone = _Alone(document)
    slices = (alone.document_of(group) for group in groups_of(document))
    return _keyed(tuple((part.uid, part.item, data) for part, data in zip(parts, slices, strict=True)))


class _Alone:
    """Takes the items of one calendar file out as documents of their own, in time that grows with the file alone."""

    def __init__(self, document: ContentLines) -> None:
        # Each item's document repeats what stands around it; a file may be made so that this fills the memory.
        self._left = _MOST_REPEATED + 20 * len(document.raw)
        self._lines = document.lines
        self._roots = document.roots
        self._frames: dict[int, tuple[tuple[range, ...], tuple[Component, ...]]] = {}

    def document_of(self, group: Group) -> bytes:
        """The calendar around the item, the time zones that it uses, and the item.

        Raises ``CodecError`` when the file repeats so much around its items that they would not fit in memory.
        """
        from instep.codecs.zones import tzid_of

        wanted = [range(c.start, c.end) for c in group.components]
        frame, zones = self._frame(group.calendar)
        named = {value for part in wanted for line in self._zoned(part) for value in line.param_values("TZID")}
        wanted += [range(zone.start, zone.end) for zone in zones if tzid_of(zone) in named]
        ranges = sorted([*frame, *wanted], key=lambda part: part.start)
        data = b"".join(self._lines[i].raw for part in ranges for i in part)
        self._left -= len(data)
        if self._left < 0:
            raise CodecError("has too much around its many items to be taken apart", "Keep one item per file here.")
        return data

    def _zoned(self, part: range) -> Iterator[Line]:
        return (self._lines[i] for i in part if b"TZID" in self._lines[i].raw.upper())

    def _frame(self, calendar: Component | None) -> tuple[tuple[range, ...], tuple[Component, ...]]:
        at = -1 if calendar is None else calendar.start
        if at not in self._frames:
            inside = self._roots if calendar is None else calendar.children
            zones = tuple(component for component in inside if component.name == "VTIMEZONE")
            self._frames[at] = (_own_lines(calendar) if calendar is not None else (), zones)
        return self._frames[at]


def _own_lines(calendar: Component) -> tuple[range, ...]:
    edges = [calendar.start, *(edge for child in calendar.children for edge in (child.start, child.end)), calendar.end]
    return tuple(range(start, end) for start, end in zip(edges[::2], edges[1::2]) if start < end)


def _keyed(found: tuple[tuple[str, Item | CodecError, bytes], ...]) -> tuple[Piece, ...]:
    """Give every piece a key that an edit of another piece does not change: its uid, else its name."""
    uids = Counter(uid for uid, _, _ in found)
    names: Counter[str] = Counter()
    pieces: list[Piece] = []
    for index, (uid, content, data) in enumerate(found):
        broken = content if isinstance(content, CodecError) else None
        if uid and uids[uid] == 1:
            key = uid
        else:
            stem = "~unreadable" if isinstance(content, CodecError) else f"~{name_of(content)}"
            names[stem] += 1
            key = stem if names[stem] == 1 else f"{stem} {names[stem]}"
        pieces.append(Piece(index, key, data, broken))
    return tuple(pieces)


def has_key(piece: Piece, key: str, name: str) -> bool:
    """Whether the only piece of a file had this key when there were more."""
    try:
        item = read(piece.data, name)
    except CodecError:
        return False
    return key in (item.uid, f"~{name_of(item)}")


def read(data: bytes, name: str) -> Item:
    """The item in the bytes of a piece; ``CodecError`` when they cannot be read."""
    match suffix_of(name):
        case ".vcf":
            from instep.codecs import vcard

            return vcard.read(data, name)
        case ".ics":
            from instep.codecs import icalendar

            return icalendar.read(data, name)
        case _:
            from instep.codecs import notes

            return notes.read(data, name, _is_markdown(name))


def write(item: Item, name: str, onto: bytes | None, index: int = 0) -> bytes:
    """The bytes of a file in which the piece ``index`` is ``item`` now; ``onto`` is the file as it was, if any.

    Raises ``CodecError`` when ``onto`` cannot be read, ``ItemRefused`` when the file's format does not hold the kind.
    """
    match suffix_of(name), item:
        case ".vcf", Contact():
            from instep.codecs import vcard

            return vcard.write(item, onto, index)
        case ".ics", item if not isinstance(item, Contact):
            from instep.codecs import icalendar

            return icalendar.write(item, onto, index)
        case ((".md" | ".markdown" | ".txt"), Note()):
            from instep.codecs import notes

            return notes.write(item, onto, _is_markdown(name))
    raise ItemRefused(f'A file like "{name}" cannot hold this kind of item.')


def write_new(item: Item, name: str, like: Document | None) -> bytes:
    """The bytes of a new file, on the base of the other side's document where that has the same format."""
    if like is not None and like.media_type.partition(";")[0].strip().lower() == MEDIA_TYPES[suffix_of(name)]:
        try:
            return write(item, name, like.data)
        except CodecError:
            pass  # what cannot be read cannot be a base; the item itself is whole
    return write(item, name, None)


def without(raw: bytes, name: str, index: int) -> bytes:
    """The bytes of a file of several items without one of them."""
    if suffix_of(name) == ".vcf":
        from instep.codecs import vcard

        return vcard.remove(raw, index)
    from instep.codecs import icalendar

    return icalendar.remove(raw, index)


def _is_markdown(name: str) -> bool:
    return suffix_of(name) != ".txt"
