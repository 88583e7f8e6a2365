"""HTML as readable plain text, with the place in the markup that each character comes from.

A scanner of its own, since it must be linear for whatever a server holds and know where each character stands;
scripts, styles and comments never become text, and nothing here is ever shown as HTML.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_TAG_NAME: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]{0,40})")
_QUOTE_OR_END: Final = re.compile(r"[>\"']")
_PIECE: Final = re.compile(
    r"([ \t\n\r\f]+)|(&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,31};))"
    r"|((?:[^ \t\n\r\f&]|&(?![#A-Za-z]))+|&)"
)
_HREF: Final = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_HIDDEN: Final = frozenset({"script", "style", "title", "template", "iframe", "noembed", "noframes"})
_BLOCKS: Final = frozenset(
    {
        *("address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li"),
        *("main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    }
)
_MARKUP: Final = re.compile(
    r"<(?:!--|!doctype|/?(?:p|br|div|span|b|i|u|s|em|strong|a|ul|ol|li|table|tbody|tr|td|th|html|body|head|meta|font|h[1-6]"
    r"|blockquote|pre|code|style|script|img|hr|sub|sup|center|o:p)(?:[\s/][^<>]{0,2000})?>)",
    re.IGNORECASE,
)


def looks_like_html(text: str) -> bool:
    """Say whether a text holds markup that a person would hardly have typed."""
    return _MARKUP.search(text) is not None


def has_entities(text: str) -> bool:
    """Say whether a text holds a character written as HTML writes it (``&amp;``)."""
    return any(found[2] for found in _PIECE.finditer(text)) if "&" in text else False


def to_plain(html: str) -> str:
    """Give the readable text: lines as they stand on the page, lists with marks, the address after a link's words.

    A text without any tag keeps its lines; only its entities are resolved.
    """
    return tidy(render(html).text())


def tidy(text: str) -> str:
    """Give a text without white space at line ends and without blank lines around it, as comparison sees it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


class Token(NamedTuple):
    """A piece of HTML: a run of text (no name), or a tag with its name (a closing one begins with ``/``)."""

    start: int
    end: int
    name: str = ""


def tokens(html: str) -> Iterator[Token]:
    """Take HTML apart, without comments, declarations and what is never shown; linear in its length."""
    at = run = 0
    last_end = html.rfind(">")
    while (at := html.find("<", at)) >= 0 and at < last_end:
        name = _TAG_NAME.match(html, at)
        if name is None and not html.startswith(("<!", "<?", "</"), at):
            at += 1
            continue
        if run < at:
            yield Token(run, at)
        if html.startswith("<!--", at):
            close = html.find("-->", at + 4)
            run = at = close + 3 if close >= 0 else len(html)
            continue
        end = _tag_end(html, at)
        run = end
        if name is not None:
            word = name[1].lower()
            closing = html[at + 1] == "/"
            if word in _HIDDEN and not closing:
                run = _after_hidden(html, word, end)
            else:
                yield Token(at, end, f"/{word}" if closing else word)
        at = run
    if run < len(html):
        yield Token(run, len(html))


def _tag_end(html: str, at: int) -> int:
    """The place after a tag; a ``>`` between quotes does not end it."""
    place = at
    while found := _QUOTE_OR_END.search(html, place):
        if found[0] == ">":
            return found.end()
        close = html.find(found[0], found.end())
        if close < 0:
            break
        place = close + 1
    end = html.find(">", at)
    return end + 1 if end >= 0 else len(html)


def _after_hidden(html: str, word: str, at: int) -> int:
    close = re.compile(rf"</{word}[\s/>]", re.IGNORECASE).search(html, at)
    return _tag_end(html, close.start()) if close else len(html)


class Segment(NamedTuple):
    """A run of plain text, and where in the HTML it stands (``start`` -1: it stands nowhere, the page shows it)."""

    text: str
    start: int = -1
    end: int = -1


@dataclass(slots=True)
class Rendering:
    """The plain text of HTML, piece by piece."""

    segments: list[Segment] = field(default_factory=list)

    def text(self) -> str:
        """Give all pieces together."""
        return "".join(segment.text for segment in self.segments)

    def places(self) -> list[tuple[int, int] | None]:
        """Give for each character where in the HTML it stands; ``None`` for what only the page shows."""
        out: list[tuple[int, int] | None] = []
        for s in self.segments:
            if s.start < 0:
                out += [None] * len(s.text)
            elif s.end - s.start == len(s.text):
                out += [(s.start + i, s.start + i + 1) for i in range(len(s.text))]
            else:
                out += [(s.start, s.end)] + [(s.end, s.end)] * (len(s.text) - 1)
        return out


def render(html: str) -> Rendering:
    """Lay HTML out as lines of plain text."""
    found = list(tokens(html))
    page = _Page(html, keeps_space=all(not token.name for token in found))
    for token in found:
        if not token.name:
            page.run(token.start, token.end)
        elif token.name.startswith("/"):
            page.end(token.name[1:])
        else:
            page.begin(token)
    return page.out


class _Page:
    """Where the text stands while it is laid out."""

    def __init__(self, html: str, keeps_space: bool) -> None:
        self.html = html
        self.out = Rendering()
        self.pre = int(keeps_space)
        self.filled = False  # the line has something on it
        self.break_due = False  # a block has ended, the next text begins a line
        self.space: Segment | None = None
        self.mark = ""
        self.lists: list[int | None] = []
        self.link: tuple[str, int] | None = None

    def put(self, segment: Segment) -> None:
        if self.break_due:
            self.out.segments.append(Segment("\n"))
            self.break_due = False
            self.filled = False
        if self.mark:
            self.out.segments.append(Segment(self.mark))
            self.mark = ""
        elif self.space is not None and self.filled:
            self.out.segments.append(self.space)
        self.space = None
        self.out.segments.append(segment)
        self.filled = True

    def new_line(self, segment: Segment) -> None:
        if self.break_due:
            self.out.segments.append(Segment("\n"))
        if self.mark:
            self.out.segments.append(Segment(self.mark))
        self.mark = ""
        self.break_due = self.filled = False
        self.space = None
        self.out.segments.append(segment)

    def block(self) -> None:
        self.space = None
        if self.filled:
            self.break_due = True

    def run(self, start: int, end: int) -> None:
        for piece in _PIECE.finditer(self.html, start, end):
            space, entity, _ = piece.groups()
            if entity:
                self.put(Segment(entities.unescape(entity).replace("\xa0", " "), piece.start(), piece.end()))
            elif not space:
                self.put(Segment(piece[0].replace("\xa0", " "), piece.start(), piece.end()))
            elif self.pre:
                self._kept_space(piece.start(), piece.end())
            elif self.space is None:
                self.space = Segment(" ", piece.start(), piece.end())

    def _kept_space(self, start: int, end: int) -> None:
        at = start
        while at < end:
            width = 2 if self.html.startswith("\r\n", at) else 1
            if self.html[at] in "\r\n":
                self.new_line(Segment("\n", at, at + width))
            else:
                self.put(Segment(self.html[at], at, at + 1))
            at += width

    def begin(self, token: Token) -> None:
        name = token.name
        if name == "br":
            self.new_line(Segment("\n", token.start, token.end))
            return
        if name in ("td", "th"):
            if self.filled and not self.break_due:
                self.put(Segment("\t"))
            return
        if name in _BLOCKS:
            self.block()
        match name:
            case "ul" | "ol":
                self.lists.append(0 if name == "ol" else None)
            case "li":
                self.mark = self._list_mark()
            case "pre":
                self.pre += 1
            case "a":
                self.link = (_address(self.html[token.start : token.end]), len(self.out.segments))

    def end(self, name: str) -> None:
        if name in _BLOCKS:
            self.block()
        match name:
            case "ul" | "ol" if self.lists:
                self.lists.pop()
                self.mark = ""
            case "li":
                self.mark = ""
            case "pre":
                self.pre = max(self.pre - 1, 0)
            case "a" if self.link is not None:
                self._link_end(*self.link)
                self.link = None

    def _list_mark(self) -> str:
        indent = "  " * (len(self.lists) - 1)
        if not self.lists or (count := self.lists[-1]) is None:
            return f"{indent}* "
        self.lists[-1] = count + 1
        return f"{indent}{count + 1}. "

    def _link_end(self, address: str, since: int) -> None:
        words = "".join(segment.text for segment in self.out.segments[since:]).strip()
        shown = address.removeprefix("mailto:").removeprefix("tel:").rstrip("/").casefold()
        said = words.rstrip("/").casefold() in ("", shown, address.rstrip("/").casefold())
        if address and not said and self.filled and not self.break_due:
            self.out.segments.append(Segment(f" <{address}>"))


def _address(tag: str) -> str:
    """The address of a link, empty for one that a person could not use."""
    found = _HREF.search(tag)
    if found is None:
        return ""
    text = "".join(c for c in entities.unescape(found[1] or found[2] or found[3] or "").strip() if c.isprintable())
    return text if re.match(r"(?:https?://|mailto:|tel:)\S", text, re.IGNORECASE) else ""
