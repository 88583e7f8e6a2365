"""The marks by which a scheduling server is told to mail nobody: SCHEDULE-AGENT (RFC 6638 7.1).

CLIENT and NONE make a server quiet about the person of the line. It looks at the ATTENDEE lines of an organizer's
object, and at the ORGANIZER line of an attendee's copy, in every component.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from instep.codecs.contentline import Document, Line, parse, replace, rewrite
from instep.codecs.icalendar_values import address_of
from instep.codecs.linetext import edit_head

_AGENT: Final = "SCHEDULE-AGENT"
_FORCE: Final = "SCHEDULE-FORCE-SEND"
_QUIET: Final = frozenset({"CLIENT", "NONE"})
_GUEST: Final = "ATTENDEE"
_HOST: Final = "ORGANIZER"
_SCHEDULED: Final = frozenset({"VEVENT", "VTODO"})


def guests_are_quiet(raw: bytes) -> bool:
    """True when somebody is invited and every one of them is marked, in all components; the organizer's own line among
    the attendees needs no mark. False for what is no calendar."""
    return _guests_quiet(parse(raw))


def organizer_is_quiet(raw: bytes) -> bool:
    """True when there is an organizer and each line that names one is marked. False for what is no calendar."""
    return _all_marked([line for _, line in _people(parse(raw)) if line.name == _HOST])


def quietened(raw: bytes) -> bytes:
    """The document of a new item with every person of its meetings marked; all other lines as they are.

    What asks the server to mail all the same (SCHEDULE-FORCE-SEND, RFC 6638 7.2) is taken out.
    """
    document = parse(raw)
    loud = [i for i, line in _people(document) if not _is_marked(line) or line.param(_FORCE) is not None]
    return _with_marks(document, loud)


def kept_quiet(before: bytes, after: bytes) -> bytes:
    """A changed document in which whoever came in is marked, if all others were; what stood there is not altered.

    So an update of what we created quiet stays quiet, and one that the server schedules stays scheduled.
    """
    old = parse(before)
    names = set()
    if _guests_quiet(old):
        names.add(_GUEST)
    if _all_marked([line for _, line in _people(old) if line.name == _HOST]):
        names.add(_HOST)
    if not names:
        return after
    spared = {address_of(line.value) for _, line in _people(old) if line.name == _GUEST and not _is_marked(line)}
    new = parse(after)
    unmarked = [(i, line) for i, line in _people(new) if line.name in names and not _is_marked(line)]
    return _with_marks(new, [i for i, line in unmarked if line.name == _HOST or address_of(line.value) not in spared])


def _people(document: Document) -> Iterator[tuple[int, Line]]:
    """The lines that name the people of the meetings, with their indexes in the document."""
    for root in document.roots:
        for component in root.children if root.name == "VCALENDAR" else (root,):
            if component.name in _SCHEDULED:
                yield from ((i, line) for i, line in component.indexed_lines() if line.name in (_GUEST, _HOST))


def _guests_quiet(document: Document) -> bool:
    people = [line for _, line in _people(document)]
    hosts = {address_of(line.value) for line in people if line.name == _HOST}
    return _all_marked([line for line in people if line.name == _GUEST and address_of(line.value) not in hosts])


def _all_marked(lines: list[Line]) -> bool:
    return bool(lines) and all(_is_marked(line) for line in lines)


def _is_marked(line: Line) -> bool:
    return (line.param(_AGENT) or "").strip().upper() in _QUIET


def _with_marks(document: Document, indexes: list[int]) -> bytes:
    changes: dict[int, bytes | None] = {}
    for index in indexes:
        line = document.lines[index]
        drop = (_FORCE,) if _is_marked(line) else (_AGENT, _FORCE)
        head = edit_head(line.head, drop, () if _is_marked(line) else ((_AGENT, ("CLIENT",)),))
        changes[index] = rewrite(line, line.value, document.eol, head=head)
    return replace(document, changes) if changes else document.raw
