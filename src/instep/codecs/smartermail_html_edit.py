"""A change of plain text applied to the HTML that it was read from, and new HTML for a plain text."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from instep.codecs.smartermail_html import render, tidy, to_plain

_LONGEST: Final = 500_000
_MOST_LINES: Final = 1_500

Place = tuple[int, int] | None
Change = tuple[int, int, str, bool]
"""Begin and end in the old text, the new text, and whether it must stand in one run of the markup."""


def edited(html: str, old_plain: str, new_plain: str) -> str | None:
    """Give the same markup with the words and lines of a change in it; ``None`` where they cannot be told apart.

    ``old_plain`` is what ``to_plain`` gives of ``html``. The result's plain text is ``new_plain``, up to white space at
    line ends.
    """
    if len(html) > _LONGEST or len(new_plain) > _LONGEST:
        return None
    old, places = _laid_out(html)
    new = tidy(new_plain)
    if old != tidy(old_plain):
        return None
    pieces: list[tuple[int, int, str]] = []
    for change in _changes(old, new):
        found = _in_markup(old, places, change)
        if found is None:
            return None
        pieces += found
    written = _replaced(html, pieces)
    return written if written is not None and to_plain(written) == new else None


def from_plain(text: str) -> str:
    """Give HTML that says a plain text, one block for each line; ``to_plain`` gives the text back."""
    return "".join(f"<div>{_escaped(line, whole=True) or '<br>'}</div>" for line in tidy(text).split("\n"))


def _laid_out(html: str) -> tuple[str, list[Place]]:
    """The tidy text, and for each of its characters the place in the markup."""
    rendering = render(html)
    raw, places = rendering.text(), rendering.places()
    kept: list[int] = []
    at = 0
    for line in raw.split("\n"):
        kept += range(at, at + len(line.rstrip()))
        at += len(line) + 1
        kept.append(at - 1)
    kept = [i for i in kept if i < len(raw)]
    text = "".join(raw[i] for i in kept)
    first = len(text) - len(text.lstrip("\n"))
    last = len(text.rstrip("\n"))
    return text[first:last], [places[i] for i in kept[first:last]]


def _changes(old: str, new: str) -> Iterator[Change]:
    """The differences as places in the old text and what stands there in the new one, line by line."""
    before, after = old.split("\n"), new.split("\n")
    starts = [0]
    for line in before:
        starts.append(starts[-1] + len(line) + 1)
    if len(before) > _MOST_LINES or len(after) > _MOST_LINES:
        yield _trimmed(old, 0, len(old), new, one_run=True)
        return
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        match what:
            case "equal":
                continue
            case "replace" if b - a == d - c:
                for at, text in zip(range(a, b), after[c:d]):
                    yield _trimmed(old, starts[at], starts[at] + len(before[at]), text)
            case "replace":
                yield _trimmed(old, starts[a], starts[b] - 1, "\n".join(after[c:d]), one_run=True)
            case "delete":
                gone = (starts[a], starts[b]) if b < len(before) else (max(starts[a] - 1, 0), len(old))
                yield (*gone, "", False)
            case _:
                lines = "\n".join(after[c:d])
                yield (starts[a] - 1, starts[a] - 1, "\n" + lines, False) if a else (0, 0, lines + "\n", False)


def _trimmed(old: str, begin: int, end: int, text: str, one_run: bool = False) -> Change:
    """A change without what both texts begin and end with."""
    head = 0
    while begin + head < end and head < len(text) and old[begin + head] == text[head]:
        head += 1
    tail = 0
    while end - tail > begin + head and len(text) - tail > head and old[end - 1 - tail] == text[-1 - tail]:
        tail += 1
    return begin + head, end - tail, text[head : len(text) - tail], one_run


def _in_markup(old: str, places: list[Place], change: Change) -> list[tuple[int, int, str]] | None:
    begin, end, text, one_run = change
    spans = [place for place in places[begin:end] if place is not None]
    if one_run and (len(spans) < end - begin or any(a[1] != b[0] for a, b in pairwise(spans))):
        return None
    if spans:
        first, *rest = spans
        return [(*first, _escaped(text)), *((*span, "") for span in rest)]
    if not text:
        return []
    before = places[begin - 1] if begin and old[begin - 1] != "\n" else None
    after = places[end] if end < len(places) else None
    if before is not None:
        return [(before[1], before[1], _escaped(text))]
    return [(after[0], after[0], _escaped(text))] if after is not None else None


def _escaped(text: str, whole: bool = False) -> str:
    """Plain text as HTML; white space that would fall together stays. ``whole``: it is a line of its own."""
    out = entities.escape(text, quote=False).replace("\t", "&#9;").replace("\n", "<br>")
    out = re.sub(r"(?<= ) ", "&nbsp;", out)
    return re.sub(r"^ ", "&nbsp;", out) if whole else out


def _replaced(html: str, pieces: list[tuple[int, int, str]]) -> str | None:
    out: list[str] = []
    at = 0
    for begin, end, text in sorted(pieces, key=lambda piece: piece[:2]):
        if begin < at:
            return None
        out += (html[at:begin], text)
        at = end
    return "".join([*out, html[at:]])
