"""The lenses between SmarterMail's REST objects and the model: one JSON object is one document.

A document is the JSON object exactly as the server gave it, as compact UTF-8 JSON. Keys come in camelCase or
PascalCase; unknown ones stay. The two laws hold: ``write(read(raw), onto=raw) == raw`` byte for byte, and
``read(write(item, onto=raw)) == item`` up to ``limits``, while every key that the change does not concern stays.
"""

from __future__ import annotations

from dataclasses import replace

from instep.codecs.smartermail_contact import read_contact, write_contact
from instep.codecs.smartermail_dialect import UNKNOWN, Dialect, learned
from instep.codecs.smartermail_digest import version
from instep.codecs.smartermail_event import read_event, write_event
from instep.codecs.smartermail_json import Object, Pen, document, parse
from instep.codecs.smartermail_limits import limits_of
from instep.codecs.smartermail_note import read_note, write_note
from instep.codecs.smartermail_objects import has_attendees, id_of, is_delegated, is_group, is_series, title_of
from instep.codecs.smartermail_task import read_task, write_task
from instep.core.limits import Limits
from instep.core.model import Contact, Event, Item, Kind, Note, Task, name_of
from instep.errors import CodecError, Where

__all__ = [
    "MEDIA_TYPES",
    "UNKNOWN",
    "Dialect",
    "digest",
    "has_attendees",
    "id_of",
    "is_delegated",
    "is_group",
    "is_series",
    "learned",
    "limits",
    "read",
    "title_of",
    "write",
]

MEDIA_TYPES = {kind: f"application/vnd.smartermail.{kind.value}+json" for kind in Kind}
"""The media types under which the documents are kept in history."""


def read(kind: Kind, raw: bytes, name: str = "", dialect: Dialect = UNKNOWN) -> Item:
    """Read an item; ``name`` is for messages.

    Raises ``CodecError``, naming the key where one is to blame, when it cannot be read without guessing: no JSON
    object, a value of another type than its key's, a broken date; ``NotCarried`` for a series that is in no proven
    form. A group is read as a contact that says ``is_group`` and its name, nothing else.
    """
    try:
        return _read(kind, parse(document(raw)), dialect)
    except CodecError as error:
        raise _about(error, name) from error


def _read(kind: Kind, object: Object, dialect: Dialect) -> Item:
    match kind:
        case Kind.CONTACT:
            return read_contact(object, dialect)
        case Kind.EVENT:
            return read_event(object, dialect)
        case Kind.TASK:
            return read_task(object, dialect)
        case Kind.NOTE:
            return read_note(object, dialect)


def write(item: Item, onto: bytes | None = None, dialect: Dialect = UNKNOWN) -> bytes:
    """Write an item as a new object (without an id), or onto one that the server gave, where only the keys of what
    differs change.

    What ``limits`` leaves out is not written, guests of an appointment never. Raises ``NotCarried`` for a series and a
    group that this server is not known to take, ``CodecError`` for what else it does not (an appointment without a
    time zone), and as ``read`` does for ``onto``.
    """
    try:
        pen = Pen(parse("{}" if onto is None else document(onto)), fresh=onto is None)
        match item:
            case Contact():
                write_contact(pen, item, dialect)
            case Event():
                write_event(pen, item, dialect)
            case Task():
                write_task(pen, item, dialect)
            case Note():
                write_note(pen, item, dialect)
        return pen.finish().encode("utf-8")
    except CodecError as error:
        raise _about(error, name_of(item)) from error


def _about(error: CodecError, name: str) -> CodecError:
    return replace(error, where=Where(item=name)) if name else error


def limits(dialect: Dialect = UNKNOWN) -> Limits:
    """Tell what a server of this dialect cannot hold."""
    return limits_of(dialect)


def digest(kind: Kind, raw: bytes) -> str:
    """Give the version of an object: equal where no person changed anything that the web mail shows, else different.

    Key order, case of keys, spacing, empty against missing, and the keys of ``smartermail_digest.VOLATILE`` make no
    difference. Raises ``CodecError`` for what is no JSON object.
    """
    return version(kind, raw)
