"""Notes as VJOURNAL: which of SUMMARY and DESCRIPTION holds the title, and how that way is kept."""

from __future__ import annotations

from typing import Any

from instep.core.model import Note


def _body(text: str) -> str:
    lines = text.rstrip().split("\n")
    while lines and not lines[0].strip():
        del lines[0]
    return "\n".join(lines)


def title_and_body(summary: str, description: str) -> tuple[str, str]:
    """Give title and body: without a SUMMARY the first line is the title; a title that the text repeats is no body."""
    title, text = " ".join(summary.split("\n")).strip(), _body(description)
    first, _, rest = text.partition("\n")
    if not title:
        return first.strip(), _body(rest)
    return title, _body(rest) if first.strip() == title else text


def note_fields(said: dict[str, Any]) -> dict[str, Any]:
    """Turn ``summary`` and ``description`` into title and body."""
    summary, description = said.pop("summary", ""), said.pop("description", "")
    title, body = title_and_body(summary, description)
    return {**said, "title": title, "body": body}


def summary_and_description(note: Note, summary: str, description: str) -> tuple[str, str]:
    """Give what SUMMARY and DESCRIPTION have to say for ``note``, in the way in which the document said it before."""
    if title_and_body(summary, description) == (note.title, note.body):
        return summary, description
    first, _, rest = _body(description).partition("\n")
    gap = "\n\n" if rest[:1] == "\n" else "\n"
    whole = note.title + (gap + note.body if note.body else "")
    doubled = first.strip() == " ".join(summary.split("\n")).strip()
    if not summary.strip() and description.strip():
        return summary, whole
    if doubled and description.strip():
        return note.title, whole
    if title_and_body(note.title, note.body) == (note.title, note.body):
        return note.title, note.body
    return note.title, whole
