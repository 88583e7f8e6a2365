"""A page of the help as HTML: no HTML from the text, links between pages led to their places, anchors at headings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape

from instep.web.help_book import Book, Page, book

_ELSEWHERE = re.compile(r"https?://")


@lru_cache(maxsize=64)
def html_of(page: Page) -> Markup:
    """A page as HTML; the same text is only made once."""
    parser = _parser()
    tokens = parser.parse(page.text)
    _anchors(tokens, page)
    _links(tokens, page, book())
    return Markup(parser.renderer.render(tokens, parser.options, {}))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("heading_close", _close_heading)
    parser.add_render_rule("table_open", _open_table)
    parser.add_render_rule("table_close", _close_table)
    parser.add_render_rule("th_open", _open_header)
    return parser


def _anchors(tokens: Sequence[Token], page: Page) -> None:
    headings = iter(page.headings)
    last = page.title
    for token in tokens:
        if token.type == "heading_open" and (heading := next(headings, None)) is not None:
            token.attrSet("id", heading.anchor)
            last = heading.words
        elif token.type == "table_open":
            token.meta["heading"] = last


def _links(tokens: Sequence[Token], page: Page, whole: Book) -> None:
    for token in tokens:
        children = token.children or []
        for place, child in enumerate(children):
            if child.type == "image":
                child.attrSet("src", _picture(str(child.attrGet("src") or ""), page))
                child.attrSet("loading", "lazy")
            elif child.type == "link_open":
                to = _place_of(str(child.attrGet("href") or ""), page, whole)
                if to:
                    child.attrSet("href", to)
                else:
                    _unlink(children, place)


def _place_of(href: str, page: Page, whole: Book) -> str:
    """Where a link leads in the help; empty for what is not part of it."""
    if href.startswith("#") or _ELSEWHERE.match(href):
        return href
    path, _, anchor = href.partition("#")
    target = whole.at(posixpath.normpath(posixpath.join(posixpath.dirname(page.file), path)))
    return "" if target is None else target.address + (f"#{anchor}" if anchor else "")


def _picture(src: str, page: Page) -> str:
    """Where a picture of the documentation is served."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page.file), src))
    return f"/help/{path.removeprefix('docs/')}"


def _unlink(children: list[Token], place: int) -> None:
    """Leave the words of a link, without the link."""
    opened = children[place]
    end = next(n for n in range(place, len(children)) if children[n].type == "link_close")
    for token, tag in ((opened, "span"), (children[end], "span")):
        token.tag = tag
    opened.attrs = {}


def _close_heading(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    opened = next(tokens[n] for n in range(at, -1, -1) if tokens[n].type == "heading_open")
    tag = tokens[at].tag
    if tag == "h1" or not opened.attrGet("id"):
        return f"</{tag}>\n"
    # For those who want to give the place away; whoever reads by ear or keys has the list of contents.
    return f' <a class="place" href="#{opened.attrGet("id")}" tabindex="-1" aria-hidden="true">#</a></{tag}>\n'


def _open_table(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    words = escape(tokens[at].meta.get("heading", ""))
    return f'<div class="scroll" tabindex="0" role="group" aria-label="Table: {words}">\n<table>\n'


def _close_table(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return "</table>\n</div>\n"


def _open_header(
    self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]
) -> str:
    return '<th scope="col">' if tokens[at + 1].content else "<td>"
