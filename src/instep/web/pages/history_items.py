"""Items in the history: found by name, and one with all its versions, any two of them side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.core.diff import diff
from instep.engine.versions import Known, Version, called, find, versions
from instep.web.columns import lines_of
from instep.web.dates import style_of
from instep.web.paging import Page, asked_number, page_of
from instep.web.render import Clock, page
from instep.web.security import said
from instep.web.site import site_of

_LOOKED = 400  # newest writes of a name that a search looks at
_FOUND = 80  # items that it shows
VERSIONS = 30  # on one page
_FIELDS = 10  # fields that are named of one version
_DID = {
    "create": "made by Instep",
    "update": "changed by Instep",
    "delete": "deleted by Instep",
    "found": "written by you or another program",
}


def search(request: Request) -> Response:
    """Show the items of a name. Asked by a form, as names of people belong into no address."""
    site, text = site_of(request), said(request, "name")[:200]
    items = find(site.here.db, text, limit=_LOOKED) if text else []
    more = len(items) > _FOUND or sum(len(item.rows) for item in items) >= _LOOKED
    return page(request, "history_found.html", text=text, items=items[:_FOUND], more=more)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version as the list shows it."""

    version: Version
    did: str
    fields: str


def show_item(request: Request) -> Response:
    """Show an item's versions, and two of them side by side: the last change, or those that the query names."""
    site, number = site_of(request), request.path_params["item"]
    known = called(site.here.db, number) if len(number) <= 16 else None
    if known is None:
        raise HTTPException(404, "The history holds no such item (any more).")
    all_ = versions(site.here.db, known)
    part = page_of(all_[::-1], asked_number(request, "page", 1), VERSIONS)
    one, other = _chosen(all_, asked_number(request, "a"), asked_number(request, "b"))
    return page(
        request,
        "item.html",
        known=known,
        names=_names(known),
        part=Page([_line(version) for version in part.shown], part.number, part.pages, part.total),
        one=one,
        other=other,
        lines=lines_of(
            diff(one.item if one else None, other.item, style_of(Clock(request))),
            f"in version {one.number}" if one else "",
            f"in version {other.number}",
        )
        if other
        else [],
    )


def _names(known: Known) -> list[str]:
    """What it was called before, newest first."""
    found = dict.fromkeys(row.name for row in reversed(known.rows) if row.name and row.name != known.name)
    return list(found)[:5]


def _line(version: Version) -> VersionLine:
    labels = [row.label for row in version.changes]
    more = f" and {len(labels) - _FIELDS} more" if len(labels) > _FIELDS else ""
    return VersionLine(version, _DID[version.action], ", ".join(labels[:_FIELDS]) + more)


def _chosen(all_: Sequence[Version], a: int, b: int) -> tuple[Version | None, Version | None]:
    """The two versions to be compared, the older first; the last two of one side where nothing is said."""
    there = {version.number: version for version in all_ if version.item is not None}
    if a in there and b in there and a != b:
        return there[min(a, b)], there[max(a, b)]
    if not there:
        return None, None
    newest = there[max(there)]
    older = [v for v in there.values() if v.number < newest.number]
    same_side = [v for v in older if v.side is newest.side]
    before = same_side or older
    return (before[-1] if before else None), newest


ROUTES = [Route("/history/find", search, methods=["POST"]), Route("/items/{item}", show_item)]
