"""A small DAV server that can misbehave in every way that the field has shown; one calendar and one address book."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from peers.standin import Asked, Say

CAL, CARD = "/dav/anna/cal/", "/dav/anna/card/"
_NS = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:A="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/"'


@dataclass(frozen=True, slots=True)
class Quirks:
    """What is wrong with the server; the default is a good one."""

    ignores_preconditions: bool = False
    sync: bool = True
    ctag: bool = True
    etags: bool = True
    etag_in_put: bool = True
    rewrites: bool = False
    unknown_token: str = "403"  # a status, or "everything", or "nothing"
    page: int = 0  # members in one sync answer, 0: all
    largest_multiget: int = 0  # 0: any
    cuts_multiget_silently: bool = False
    unparsable_multiget: bool = False
    query: bool = True
    propfind: bool = True
    absolute_hrefs: bool = False
    encodes_hrefs: bool = False
    components: tuple[str, ...] | None = ("VEVENT", "VTODO", "VJOURNAL")
    writable: bool | None = True
    schedules: bool = False
    hidden: frozenset[str] = frozenset()  # members missing from every listing
    refuses: tuple[tuple[str, Say], ...] = ()  # method -> answer


@dataclass
class OddDav:
    """The server's state; ``answers`` is given to ``serving``."""

    quirks: Quirks = Quirks()
    members: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    collections: set[str] = field(default_factory=lambda: {CAL, CARD})
    log: list[tuple[int, str, str]] = field(default_factory=list)
    clock: int = 0
    epoch: int = 0
    meanwhile: Callable[[Asked], None] | None = None

    def be(self, **quirks: object) -> None:
        """Behave otherwise from now on."""
        self.quirks = replace(self.quirks, **quirks)  # type: ignore[arg-type]

    def put(self, path: str, data: bytes) -> None:
        """A person or another program writes."""
        self.clock += 1
        self.members[path] = (self.clock, data.replace(b"X-NOISE", b"X-MORE") if self.quirks.rewrites else data)
        self.log.append((self.clock, path, "changed"))

    def remove(self, path: str) -> None:
        """A person or another program deletes."""
        self.clock += 1
        del self.members[path]
        self.log.append((self.clock, path, "gone"))

    def etag(self, path: str) -> str:
        """The current etag."""
        return f'"v{self.members[path][0]}"'

    def answers(self, asked: Asked) -> Say:
        """Answer one request."""
        if self.meanwhile:
            self.meanwhile(asked)
        for method, say in self.quirks.refuses:
            if method == asked.method:
                return say
        path = unquote(asked.path.partition("?")[0])
        match asked.method:
            case "OPTIONS":
                words = "1, access-control, calendar-access, addressbook"
                return Say(
                    200,
                    headers=(
                        ("DAV", words),
                        ("DAV", "calendar-auto-schedule" if self.quirks.schedules else "extended-mkcol"),
                        ("Allow", "OPTIONS, MKCALENDAR"),
                    ),
                )
            case "PROPFIND" if self.quirks.propfind:
                return self._propfind(path, asked)
            case "REPORT":
                return self._report(path, asked)
            case "GET":
                if path not in self.members:
                    return Say(404)
                return Say(200, self.members[path][1], (("ETag", self.etag(path)),) if self.quirks.etags else ())
            case "PUT":
                return self._put(path, asked)
            case "DELETE":
                if path not in self.members:
                    return Say(404)
                if self._precondition_fails(path, asked):
                    return Say(412)
                self.remove(path)
                return Say(204)
        return Say(405)

    def _precondition_fails(self, path: str, asked: Asked) -> bool:
        if self.quirks.ignores_preconditions:
            return False
        if asked.headers.get("if-none-match") == "*" and path in self.members:
            return True
        wanted = asked.headers.get("if-match")
        return wanted is not None and (path not in self.members or wanted != self.etag(path))

    def _put(self, path: str, asked: Asked) -> Say:
        if not any(path.startswith(collection) for collection in self.collections):
            return Say(409)
        if self._precondition_fails(path, asked):
            return Say(412)
        new = path not in self.members
        self.put(path, asked.body)
        told = (("ETag", self.etag(path)),) if self.quirks.etag_in_put and self.quirks.etags else ()
        return Say(201 if new else 204, headers=told)

    def _propfind(self, path: str, asked: Asked) -> Say:
        if path in ("/", "/dav/", "/.well-known/caldav", "/.well-known/carddav"):
            prop = "<D:current-user-principal><D:href>/dav/anna/me</D:href></D:current-user-principal>"
            return self._multistatus(self._response("/dav/", prop))
        if path == "/dav/anna/me":
            homes = "<C:calendar-home-set><D:href>/dav/anna/</D:href></C:calendar-home-set>"
            homes += "<A:addressbook-home-set><D:href>/dav/anna/</D:href></A:addressbook-home-set>"
            return self._multistatus(self._response(path, homes))
        if path == "/dav/anna/":
            inside = "".join(self._collection(c) for c in sorted(self.collections))
            return self._multistatus(self._response(path, "<D:resourcetype><D:collection/></D:resourcetype>") + inside)
        if path not in self.collections:
            return Say(404)
        listed = "".join(self._entry(p) for p in self._listed(path)) if asked.headers.get("depth") == "1" else ""
        return self._multistatus(self._collection(path) + listed)

    def _collection(self, path: str) -> str:
        quirks = self.quirks
        prop = (
            f"<D:resourcetype><D:collection/>{'<C:calendar/>' if path == CAL else '<A:addressbook/>'}</D:resourcetype>"
        )
        if quirks.components is not None and path == CAL:
            comps = "".join(f'<C:comp name="{c}"/>' for c in quirks.components)
            prop += f"<C:supported-calendar-component-set>{comps}</C:supported-calendar-component-set>"
        if quirks.writable is not None:
            right = "<D:privilege><D:write/></D:privilege>" if quirks.writable else ""
            prop += "<D:current-user-privilege-set><D:privilege><D:read/></D:privilege>"
            prop += f"{right}</D:current-user-privilege-set>"
        if quirks.ctag:
            prop += f"<S:getctag>c{self.clock}</S:getctag>"
        return self._response(path, prop)

    def _report(self, path: str, asked: Asked) -> Say:
        body = asked.body.decode()
        if path not in self.collections:
            return Say(404)
        if "sync-collection" in body:
            return self._sync(path, body)
        if "-query" in body:
            return self._multistatus("".join(map(self._full, self._listed(path)))) if self.quirks.query else Say(403)
        hrefs = [unquote(href) for href in re.findall(r"<D:href>([^<]*)</D:href>", body)]
        most = self.quirks.largest_multiget
        if self.quirks.unparsable_multiget:
            return Say(207, f"<D:multistatus {_NS}><D:response>")
        if most and len(hrefs) > most:
            if not self.quirks.cuts_multiget_silently:
                return Say(400, "too many")
            hrefs = hrefs[:most]
        one = self._full if "-data" in body else self._entry
        found = [one(h) if h in self.members else self._response(h, "", 404) for h in hrefs]
        return self._multistatus("".join(found))

    def _sync(self, path: str, body: str) -> Say:
        match = re.search(r"sync-token>([^<]*)<", body)
        token = match[1] if match else ""
        if not self.quirks.sync:
            return Say(415)
        known = re.fullmatch(rf"t(\d+)(?:e{self.epoch})" if self.epoch else r"t(\d+)", token)
        last: dict[str, str] = {}
        if token == "" or (not known and self.quirks.unknown_token == "everything"):
            last = dict.fromkeys(self._listed(path), "changed")
        elif not known and self.quirks.unknown_token == "nothing":
            last = {}
        elif not known:
            return Say(int(self.quirks.unknown_token), f"<D:error {_NS}><D:valid-sync-token/></D:error>")
        else:
            since = int(known[1])
            last = {p: what for when, p, what in self.log if when > since and p.startswith(path)}
            last = {p: what for p, what in last.items() if p not in self.quirks.hidden}
        state, more = self.clock, ""
        if self.quirks.page and len(last) > self.quirks.page:
            when = {p: at for at, p, _ in self.log}
            last = {p: last[p] for p in sorted(last, key=lambda p: when[p])[: self.quirks.page]}
            state, more = max(when[p] for p in last), self._response(path, "", 507)
        inside = "".join(self._entry(p) if w == "changed" else self._response(p, "", 404) for p, w in last.items())
        return self._multistatus(
            f"{inside}{more}<D:sync-token>t{state}{f'e{self.epoch}' if self.epoch else ''}</D:sync-token>"
        )

    def _listed(self, path: str) -> list[str]:
        return [p for p in sorted(self.members) if p.startswith(path) and p not in self.quirks.hidden]

    def _entry(self, path: str, more: str = "") -> str:
        etag = f"<D:getetag>{escape(self.etag(path))}</D:getetag>" if self.quirks.etags else ""
        return self._response(path, etag + more)

    def _full(self, path: str) -> str:
        name = "C:calendar-data" if path.startswith(CAL) else "A:address-data"
        return self._entry(path, f"<{name}>{escape(self.members[path][1].decode())}</{name}>")

    def _response(self, path: str, prop: str, status: int = 200) -> str:
        href = quote(path, safe="/") if self.quirks.encodes_hrefs else path
        if self.quirks.absolute_hrefs:
            href = "http://inner.example:8080" + href
        stat = f"<D:status>HTTP/1.1 {status} X</D:status>"
        inside = f"<D:propstat><D:prop>{prop}</D:prop>{stat}</D:propstat>" if status == 200 else stat
        return f"<D:response><D:href>{escape(href)}</D:href>{inside}</D:response>"

    def _multistatus(self, inside: str) -> Say:
        head = (("Content-Type", "application/xml; charset=utf-8"),)
        return Say(207, f'<?xml version="1.0"?><D:multistatus {_NS}>{inside}</D:multistatus>', head)
