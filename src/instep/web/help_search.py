"""Searching the help: an index of its parts, and the parts that fit some words, best first.

The page's script searches the same index by the same rules (static/help.js), so that both ways find the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from instep.web.help_book import Page, book, headings_of

MOST = 20
"""How many parts are shown."""
ALIKE = (
    ("phone", "telephone", "mobile", "smartphone", "device"),
    ("duplicate", "duplicates", "twice", "doubled", "double"),
    ("sync", "synchronize", "synchronization"),
    ("event", "appointment", "meeting"),
    ("todo", "task"),
    ("person", "contact", "people"),
    ("password", "login", "passphrase"),
    ("wrong", "refused", "fails", "failed", "error"),
    ("delete", "deleted", "deletion", "remove", "gone", "lost", "missing"),
    ("mac", "apple", "macos"),
    ("ios", "iphone", "ipad"),
    ("ssl", "tls", "certificate", "https"),
    ("offline", "network", "connection", "reached"),
    ("undo", "back", "restore", "revert"),
    ("exchange", "activesync", "eas"),
    ("automatic", "automatically", "schedule", "scheduled", "background"),
)
"""Words that mean about the same to those who search."""
_EMPTY = "a an and are as at be can do does for from how i in is it me my of on or so that the to what with"
EMPTY = frozenset(_EMPTY.split())
"""Words that say nothing by themselves."""
_WORD = re.compile(r"[^\W_]+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"[`*|#>]|^-{3,}.*$|^\s*- ", re.MULTILINE)
_TITLE, _HEADING, _TEXT, _OTHERS = 8, 6, 2, 1
"""What a word counts by where it is found: in the page's title (for its first part), a heading, the text, or only in
the title of the page that the part is on."""
_ITSELF, _ALIKE = 2, 1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: from one heading to the next; the first has neither heading nor anchor."""

    page: Page
    heading: str
    anchor: str
    text: str

    @property
    def address(self) -> str:
        """Where it is."""
        return f"{self.page.address}#{self.anchor}" if self.anchor else self.page.address


@dataclass(frozen=True, slots=True)
class Hit:
    """A part that fits, and the place in its text around the first word that does."""

    part: Part
    excerpt: Markup


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text in lower case, each once, in order."""
    return tuple(dict.fromkeys(_WORD.findall(text.lower())))


@lru_cache(maxsize=1)
def parts() -> tuple[Part, ...]:
    """All parts of the help, in the order of the tree."""
    return tuple(part for page in book().pages for part in _parts(page))


def _parts(page: Page) -> Iterator[Part]:
    headings = iter(headings_of(page.text))
    held = ""
    for piece in re.split(r"^(?=#{1,6} )", page.text, flags=re.MULTILINE):
        held += piece
        if held.count("\n```") % 2:  # a line with # inside of an example is no heading
            continue
        heading = next(headings, None) if held.startswith("#") else None
        text = plain_text(held.partition("\n")[2] if heading else held)
        if heading is not None and heading.level > 1:
            if text:
                yield Part(page, heading.words, heading.anchor, text)
        elif heading is not None or text:
            yield Part(page, "", "", text)
        held = ""


def plain_text(text: str) -> str:
    """Markdown without its marks, in one line."""
    return " ".join(_MARKS.sub(" ", _LINK.sub(r"\1", text)).replace("\\", " ").split())


def search(query: str) -> list[Hit]:
    """The parts that have every word of a query (or one alike), best first; none for an empty query.

    A word is found by its beginning. Title and heading count more than text.
    """
    terms = terms_of(query)
    if not terms:
        return []
    scored = [(score, -place, part) for place, part in enumerate(parts()) if (score := _score(part, terms))]
    scored.sort(key=lambda found: found[:2], reverse=True)
    return [Hit(part, _excerpt(part.text, terms)) for _, _, part in scored[:MOST]]


def terms_of(query: str) -> tuple[str, ...]:
    """The words of a query that say something; all of them where none does."""
    words = words_of(query[:200])
    return tuple(word for word in words if word not in EMPTY) or words


@lru_cache(maxsize=512)
def _places(part: Part) -> tuple[tuple[tuple[str, ...], int], ...]:
    title = words_of(f"{part.page.title} {part.page.about}")
    return (
        (words_of(part.heading), _HEADING),
        (words_of(part.text), _TEXT),
        (title, _OTHERS if part.heading else _TITLE),
    )


def _score(part: Part, terms: tuple[str, ...]) -> int:
    total = 0
    for term in terms:
        best = 0
        for word, weight in meant(term):
            found = (worth for words, worth in _places(part) if any(known.startswith(word) for known in words))
            best = max(best, weight * sum(found))
        if not best:
            return 0
        total += best
    return total


@lru_cache(maxsize=512)
def meant(term: str) -> tuple[tuple[str, int], ...]:
    """A term, its singular, and what is alike, with how much each counts."""
    one = ((term[:-1], _ITSELF),) if len(term) > 3 and term.endswith("s") else ()
    alike = [word for group in ALIKE if len(term) > 2 and any(w.startswith(term) for w in group) for word in group]
    return ((term, _ITSELF), *one, *((word, _ALIKE) for word in alike))


def _excerpt(text: str, terms: tuple[str, ...], length: int = 180) -> Markup:
    wanted = "|".join(re.escape(word) for term in terms for word, weight in meant(term) if weight > _ALIKE)
    pattern = re.compile(rf"\b(?:{wanted})\w*", re.IGNORECASE)
    first = pattern.search(text)
    start = max(0, text.rfind(" ", 0, max(0, first.start() - 60)) + 1) if first else 0
    piece = text[start : start + length]
    if start + length < len(text):
        piece = f"{piece.rpartition(' ')[0]} …"
    shown, at = Markup("… ") if start else Markup(), 0
    for match in pattern.finditer(piece):
        shown += Markup("{}<mark>{}</mark>").format(piece[at : match.start()], match[0])
        at = match.end()
    return shown + escape(piece[at:])


@lru_cache(maxsize=1)
def index() -> dict[str, Any]:
    """What the page's script searches: the pages, and per part the number of its page, anchor, heading and text."""
    pages = book().pages
    places = {page.name: number for number, page in enumerate(pages)}
    return {
        "alike": [list(group) for group in ALIKE],
        "empty": sorted(EMPTY),
        "pages": [[page.address, page.title, page.about] for page in pages],
        "parts": [[places[part.page.name], part.anchor, part.heading, part.text] for part in parts()],
    }
