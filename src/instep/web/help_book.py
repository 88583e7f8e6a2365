"""The documentation as the pages of the help: found beside the program, with the tree that docs/index.md draws."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import instep
from instep.errors import ConfigError

FIRST = "docs/index.md"
_OUTSIDE = {"CHANGELOG.md": "release-notes", "SECURITY.md": "reporting"}
_ENTRY = re.compile(r"- \[([^\]]+)\]\(([^)#\s]+)\)(?:: (.+))?")
_HEADING = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page: how deep it is (1 to 6), its words, and the anchor that leads to it."""

    level: int
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page: ``name`` is its address below ``/help/``, ``file`` where it lies below the root (``docs/about.md``);
    ``title`` and ``about`` are what the tree says of it, ``text`` is its Markdown."""

    name: str
    file: str
    title: str
    about: str
    text: str

    @property
    def address(self) -> str:
        """Where it is."""
        return f"/help/{self.name}" if self.name else "/help"

    @property
    def headings(self) -> tuple[Heading, ...]:
        """Its headings in order, each with an anchor of its own."""
        return headings_of(self.text)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the tree: its words and its pages."""

    words: str
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """The whole help: the first page and the tree."""

    first: Page
    sections: tuple[Section, ...]

    @property
    def pages(self) -> tuple[Page, ...]:
        """All pages of the tree in order, without the first."""
        return tuple(page for section in self.sections for page in section.pages)

    def find(self, name: str) -> Page | None:
        """The page of that name; ``None`` when there is none."""
        return next((page for page in self.pages if page.name == name), None)

    def page(self, name: str) -> Page:
        """The page of that name, which must be there."""
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def at(self, file: str) -> Page | None:
        """The page that lies at ``file`` below the root; ``None`` when none does."""
        return next((page for page in (self.first, *self.pages) if page.file == file), None)

    def section_of(self, page: Page) -> Section | None:
        """The part of the tree that a page belongs to; ``None`` for the first page."""
        return next((section for section in self.sections if page in section.pages), None)

    def around(self, page: Page) -> tuple[Page | None, Page | None]:
        """The pages before and after one in the tree."""
        pages = [*self.pages, None]
        at = pages.index(page) if page in pages else -1
        return (pages[at - 1] if at > 0 else None), pages[at + 1]


def anchor_of(words: str) -> str:
    """The anchor of a heading, as the places where Markdown is shown make it."""
    return re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")


@lru_cache(maxsize=256)
def headings_of(text: str) -> tuple[Heading, ...]:
    """The headings of a Markdown text; a second of the same words gets a number."""
    used: dict[str, int] = {}
    found = []
    for marks, words in _HEADING.findall(_FENCE.sub("", text)):
        anchor = anchor_of(words)
        number = used[anchor] = used.get(anchor, -1) + 1
        found.append(Heading(len(marks), words.replace("`", ""), f"{anchor}-{number}" if number else anchor))
    return tuple(found)


def root() -> Path:
    """The folder that holds ``docs``: inside of the package when it was installed, else the checkout's.

    Raises ``ConfigError`` when there is none.
    """
    package = Path(instep.__file__).parent
    for folder in (package / "help", package.parent.parent):
        if (folder / FIRST).is_file():
            return folder
    raise ConfigError("The help is missing from this installation.", "Install Instep anew from its wheel.")


@lru_cache(maxsize=1)
def book() -> Book:
    """Read the whole help, once. Raises ``ConfigError`` when it is missing."""
    top = root()
    text = (top / FIRST).read_text(encoding="utf-8")
    head, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    first = Page("", FIRST, "Help", "", head)
    return Book(first, tuple(Section(part.partition("\n")[0].strip(), tuple(_pages(top, part))) for part in parts))


def _pages(top: Path, part: str) -> Iterator[Page]:
    for title, link, about in _ENTRY.findall(part):
        file = posixpath.normpath(posixpath.join("docs", link))
        if (top / file).is_file():
            name = _OUTSIDE.get(file, file.removeprefix("docs/").removesuffix(".md"))
            yield Page(name, file, title, about, (top / file).read_text(encoding="utf-8"))
