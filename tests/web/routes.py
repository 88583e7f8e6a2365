"""Every route of the pages, with its address filled in: what is promised for all of them is tried on all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from starlette.routing import Mount, Route

from instep.web.app import routes
from instep.web.security import OPEN
from instep.web.site import Site


@dataclass(frozen=True, slots=True)
class Address:
    """One thing that can be asked: a method and a path; ``open`` tells that it needs no session."""

    method: str
    path: str
    open: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def addresses(site: Site, **known: str) -> list[Address]:
    """All that can be asked of a site, parts of addresses taken from ``known`` by their name, else ``1``."""
    values = {"account": site.id_of("Work"), **known}
    found: list[Address] = []
    for route in routes():
        if isinstance(route, Mount):
            found.append(Address("GET", f"{route.path}/instep.css", True))
            continue
        assert isinstance(route, Route), f"a route of a new sort, which this must learn: {route}"
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda part: quote(values.get(part[1], "1")), route.path)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            found.append(Address(method, path, path in OPEN))
    return found
