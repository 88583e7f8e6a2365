"""Appointments, tasks and notes as iCalendar (RFC 5545, RFC 7986): read as a lens, written back line by line.

Two laws hold for every document that can be read: writing an item back unchanged gives the same bytes, and writing a
changed item changes the lines of that change alone.
"""

from __future__ import annotations

from instep.codecs.contentline import parse
from instep.codecs.icalendar_compose import new_document, write_onto
from instep.codecs.icalendar_file import append, extract, remove
from instep.codecs.icalendar_series import Group, Part, groups_of, open_document, parts_of, read_series, zones_of
from instep.core.model import Event, Note, Task
from instep.errors import CodecError, Where

__all__ = ["Part", "append", "extract", "read", "read_all", "remove", "write"]


def read(raw: bytes, where: str = "") -> Event | Task | Note:
    """Read a document of one logical item (a series with all its exceptions is one).

    ``where`` is the name of the file for messages. Raises ``CodecError`` with line and reason when the document holds
    none or several, is cut off, or has a date of its schedule that is none.
    """
    document = open_document(raw, where)
    groups = groups_of(document)
    if len(groups) > 1:
        second = document.lines[groups[1].components[0].start].number
        reason = f"holds {len(groups)} items where one is expected"
        raise CodecError(reason, "Keep one item per file here.", Where(item=where), second)
    return read_series(document, groups[0], zones_of(document, groups[0]), where).item


def read_all(raw: bytes, where: str = "") -> tuple[Part, ...]:
    """Read all logical items of a document in order; what is wrong with one does not hide the others.

    Components without a UID are items of their own. Raises ``CodecError`` when the document holds no item at all.
    """
    return parts_of(open_document(raw, where), where)


def write(item: Event | Task | Note, onto: bytes | None = None, index: int = 0) -> bytes:
    """Write ``item`` as a document of its own, or into the place of item ``index`` of the document ``onto``.

    Of ``onto`` every line that the change does not concern stays byte for byte the same; what a document says that an
    item cannot hold stays too. Raises ``CodecError`` when ``onto`` has no such item, or one of another kind, or one
    that cannot be read, or when ``item`` has new exceptions but no uid by which they could be found again.
    """
    if onto is None:
        return new_document(item)
    document = parse(onto)
    return write_onto(item, document, _group_at(groups_of(document), index))


def _group_at(groups: tuple[Group, ...], index: int) -> Group:
    if not 0 <= index < len(groups):
        raise CodecError(f"the document holds {len(groups)} items, so there is no item {index}", "Read it again.")
    return groups[index]
