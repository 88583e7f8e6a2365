"""The help: the documentation with its tree, searched as one types or by a form."""

from __future__ import annotations

import gzip
import json
import re
from functools import lru_cache

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from instep.service.doctor_parts import Part, parts
from instep.web.help_book import Page, book, root
from instep.web.help_search import index, search
from instep.web.help_text import html_of
from instep.web.render import STATIC, page
from instep.web.security import said

_FEW = 3
_HTMX = "https://htmx.org"


def first(request: Request) -> Response:
    """Show what there is."""
    return _show(request, book().first)


def topic(request: Request) -> Response:
    """Show a page."""
    found = book().find(request.path_params["name"].removesuffix("/"))
    if found is None:
        raise HTTPException(404, "There is no such page in the help.")
    return _show(request, found)


def _show(request: Request, found: Page) -> Response:
    whole = book()
    before, after = whole.around(found)
    head, end, rest = html_of(found).partition("</h1>")
    contents = [heading for heading in found.headings if heading.level in (2, 3)]
    return page(
        request,
        "help.html",
        book=whole,
        topic=found,
        section=whole.section_of(found),
        head=Markup(head + end),
        rest=Markup(rest),
        contents=contents if len(contents) > _FEW else [],
        before=before,
        after=after,
        parts=sorted((*parts(), *vendored()), key=lambda part: part.name.lower()) if found.name == "about" else [],
        query="",
    )


def find(request: Request) -> Response:
    """Search by a form; what is looked for stays out of addresses."""
    query = said(request, "query")[:200]
    return page(request, "help_found.html", book=book(), topic=None, query=query, hits=search(query))


def searched(request: Request) -> Response:
    """Give the index that the page's script searches."""
    headers = {"cache-control": "private, max-age=86400", "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(_packed(), media_type="application/json", headers=headers)
    return Response(_index(), media_type="application/json", headers=headers)


@lru_cache(maxsize=1)
def _index() -> bytes:
    return json.dumps(index(), ensure_ascii=False, separators=(",", ":")).encode()


@lru_cache(maxsize=1)
def _packed() -> bytes:
    return gzip.compress(_index(), 9, mtime=0)


@lru_cache(maxsize=1)
def vendored() -> tuple[Part, ...]:
    """What lies among the static files, and is no installed part."""
    version = re.search(r'version:"([0-9.]+)"', (STATIC / "htmx.min.js").read_text(encoding="utf-8"))
    told = version[1] if version else ""
    return Part("htmx", told, "0BSD", _HTMX), Part("htmx, server-sent events", f"for htmx {told[:1]}", "0BSD", _HTMX)


def picture(request: Request) -> Response:
    """Give a picture that a page shows."""
    known = {file.name: file for file in (root() / "docs" / "pictures").glob("*.png")}
    if (file := known.get(request.path_params["file"])) is None:
        raise HTTPException(404, "There is no such picture in the help.")
    return FileResponse(file, media_type="image/png", headers={"cache-control": "private, max-age=3600"})


ROUTES = [
    Route("/help", first),
    Route("/help/index.json", searched),
    Route("/help/search", find, methods=["POST"]),
    Route("/help/pictures/{file}", picture),
    Route("/help/{name:path}", topic),
]
