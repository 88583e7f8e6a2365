"""A SmarterMail note and ``Note``: its subject is the title, its text the body.

A text that begins with the subject again (as programs without a subject write it) is read without that line, and keeps
it; a note without a subject has its title in the first line of its text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from instep.codecs.smartermail_body import NOTE, body_of, categories_of, put_body, put_categories
from instep.codecs.smartermail_dialect import Dialect
from instep.codecs.smartermail_json import Object, Pen, text_of
from instep.codecs.smartermail_stamps import modified_of
from instep.core.fields import FIELDS, same, same_part
from instep.core.model import Kind, Note

COLORS: Final = ("white", "yellow", "pink", "green", "blue")
"""The colours of the web mail; white says nothing special."""
_FIELD: Final = {field.name: field for field in FIELDS[Kind.NOTE]}


@dataclass(frozen=True, slots=True)
class _Text:
    """A plain text taken apart: the line that is the title, empty where none is, and the body."""

    head: str
    body: str


def read_note(object: Object, dialect: Dialect) -> Note:
    """Read a note."""
    subject = _one_line(text_of(object, "subject"))
    parts = _parts(subject, body_of(object, NOTE))
    return Note(
        uid=text_of(object, "uid"),
        title=subject or parts.head.strip(),
        body=parts.body,
        categories=categories_of(object),
        color=_color(object),
        modified=modified_of(object, "lastModifiedUTC", "lastModified", "dateModified", "dateCreated"),
    )


def write_note(pen: Pen, new: Note, dialect: Dialect) -> None:
    """Write what differs."""
    old = read_note(pen.object, dialect)
    title, body = _differs("title", old, new), _differs("body", old, new)
    if title or body:
        _put_text(pen, new, title)
    elif pen.fresh:
        pen.put("subject", new.title)
    if _differs("categories", old, new):
        put_categories(pen, new.categories)
    if _differs("color", old, new):
        _put_color(pen, new.color)


def _differs(field: str, old: Note, new: Note) -> bool:
    return not same(_FIELD[field], getattr(old, field), getattr(new, field))


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).strip()


def _parts(subject: str, text: str) -> _Text:
    """Where the body begins in a text."""
    first, _, rest = text.partition("\n")
    if subject and same_part(first.strip(), subject):
        return _Text(first, _bare(rest))
    if subject:
        return _Text("", _bare(text))
    return _Text(first, _bare(rest))


def _bare(text: str) -> str:
    """A body without blank lines before and white space after it."""
    lines = text.rstrip().split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    return "\n".join(lines)


def _put_text(pen: Pen, new: Note, title: bool) -> None:
    """Write title and body where each stands: the title in the subject, in the text's first line, or in both."""
    subject, text = _one_line(text_of(pen.object, "subject")), body_of(pen.object, NOTE)
    parts = _parts(subject, text)
    in_subject = bool(subject) or not text.strip()
    if title and in_subject:
        pen.put("subject", new.title)
        subject = new.title
    begins_with_title = same_part(new.body.partition("\n")[0].strip(), new.title)
    if subject and not parts.head.strip() and not begins_with_title:
        written = new.body
    elif subject or new.title or new.body:
        written = f"{new.title}\n{_gap(text, parts)}{new.body}" if new.body else new.title
    else:
        written = ""
    if written != text:
        put_body(pen, NOTE, written, markup=not written.startswith("\n"))


def _gap(text: str, parts: _Text) -> str:
    """The blank lines between a title in the text and its body."""
    rest = text[len(parts.head) + 1 :] if parts.head.strip() and parts.body else ""
    return rest[: len(rest) - len(rest.lstrip("\n"))]


def _color(object: Object) -> str:
    member = object.get("color")
    word = member.value.strip() if member is not None and isinstance(member.value, str) else ""
    return "" if word.lower() == COLORS[0] else word.lower() if word.lower() in COLORS else word


def _put_color(pen: Pen, color: str) -> None:
    """Write a colour that the web mail has; any other leaves the note's own."""
    member = pen.object.get("color")
    word = color.lower() or COLORS[0]
    if word in COLORS and (member is None or not isinstance(member.value, int)):
        pen.put("color", word)
