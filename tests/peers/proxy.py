"""A loopback proxy between Instep and a real server: it counts, answers in the server's place, and ends the client.

What it does to requests is a function of the test: ``before`` may answer itself, ``after`` may change an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from lxml import etree

from peers.servers import Peer
from peers.standin import Asked, Say

D = "{DAV:}"
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection"})
_METHODS = ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PROPFIND", "PROPPATCH", "REPORT", "MKCOL", "MKCALENDAR", "MOVE")

Before = Callable[[Asked], Say | None]
After = Callable[[Asked, Say], Say]


@dataclass
class Strike:
    """At the ``at``-th request (of ``method``, or any), run ``blow`` before or after the server has had it."""

    at: int
    after: bool
    method: str = ""
    armed: threading.Event = field(default_factory=threading.Event)
    struck: threading.Event = field(default_factory=threading.Event)
    _blow: Callable[[], None] | None = None
    _seen: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def aim(self, blow: Callable[[], None]) -> None:
        """Say what happens; requests wait until this is known."""
        self._blow = blow
        self.armed.set()

    def counts(self, asked: Asked) -> bool:
        """True for the one request that is meant."""
        with self._lock:
            self._seen += not self.method or asked.method == self.method
            if self._seen != self.at or self.struck.is_set():
                return False
            self.struck.set()
            return True

    def fall(self) -> None:
        """Do it."""
        self.armed.wait(60)
        if self._blow:
            self._blow()


class Proxy:
    """A running proxy; change ``before``, ``after`` and ``strike`` at any time."""

    def __init__(self, peer: Peer, port: int) -> None:
        self.server = peer
        self.peer = replace(peer, url=f"http://127.0.0.1:{port}/")
        self.asked: list[Asked] = []
        self.strike: Strike | None = None
        self.heal()

    def heal(self) -> None:
        """Pass everything through from now on."""
        self.before: Before = lambda asked: None
        self.after: After = lambda asked, say: say
        self.strike = None

    def count(self, *methods: str) -> int:
        """How many requests there were, of these methods or of all."""
        return sum(not methods or asked.method in methods for asked in self.asked)

    def answer(self, asked: Asked) -> Say:
        """Answer one request: by the test's word, or by the server's."""
        self.asked.append(asked)
        strike = self.strike
        meant = strike is not None and strike.counts(asked)
        if strike is not None and meant and not strike.after:
            strike.fall()
            return Say(drop=True)
        say = self.before(asked) or self._forward(asked)
        if strike is not None and meant:
            strike.fall()
        return self.after(asked, say)

    def _forward(self, asked: Asked) -> Say:
        where = urlsplit(self.server.url)
        link = HTTPConnection(where.hostname or "", where.port or 80, timeout=120)
        try:
            link.request(
                asked.method,
                asked.path,
                asked.body,
                {**asked.headers, "connection": "close", "accept-encoding": "identity"},
            )
            got: HTTPResponse = link.getresponse()
            body = got.read()
            heads = tuple((k, v) for k, v in got.getheaders() if k.lower() not in _HOP)
            return Say(got.status, body, heads)
        except OSError:
            return Say(drop=True)
        finally:
            link.close()


@contextmanager
def between(peer: Peer) -> Iterator[Proxy]:
    """Stand between Instep and ``peer`` while the context lasts; Instep is given ``Proxy.peer``."""

    class Talk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 120

        def talk(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            heads = {k.lower(): v for k, v in self.headers.items() if k.lower() not in _HOP}
            say = proxy.answer(Asked(self.command, self.path, heads, body))
            if say.drop:
                self.close_connection = True
                return
            data = say.body.encode() if isinstance(say.body, str) else say.body
            lines = [f"HTTP/1.1 {say.status} Status", *(f"{k}: {v}" for k, v in say.headers)]
            if say.status != 204:
                lines.append(f"Content-Length: {len(data)}")
            head = "\r\n".join([*lines, "", ""]).encode("latin-1")
            self.wfile.write(head + (b"" if self.command == "HEAD" or say.status == 204 else data[: say.cut]))
            self.close_connection = self.close_connection or say.cut is not None

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True  # the client was ended, as the test wanted

        def log_message(self, format: str, *args: object) -> None:
            return None

    for method in _METHODS:
        setattr(Talk, f"do_{method}", Talk.talk)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    proxy = Proxy(peer, server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def is_sync(asked: Asked) -> bool:
    """A sync-collection report."""
    return asked.method == "REPORT" and b"sync-collection" in asked.body


def has_token(asked: Asked) -> bool:
    """A sync-collection report that gives a token."""
    if not is_sync(asked):
        return False
    return bool((etree.fromstring(asked.body).findtext(f"{D}sync-token") or "").strip())


def is_listing(asked: Asked) -> bool:
    """A request whose answer names the members of a collection."""
    return is_sync(asked) or (asked.method == "PROPFIND" and asked.headers.get("depth") == "1")


def no_sync(asked: Asked) -> Say | None:
    """A server that knows no sync-collection."""
    return Say(501) if is_sync(asked) else None


def token_unknown(asked: Asked) -> Say | None:
    """A server that has forgotten every token, and says so as it should (RFC 6578 3.2)."""
    body = '<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>'
    return Say(403, body, (("Content-Type", "application/xml"),)) if has_token(asked) else None


def lacking(keep: Callable[[int, str], bool]) -> After:
    """Hide members of every listing: ``keep`` is asked with each one's number and path."""

    def cut(asked: Asked, say: Say) -> Say:
        if not is_listing(asked) or say.status != 207:
            return say
        data = say.body if isinstance(say.body, bytes) else say.body.encode()
        tree = etree.fromstring(data)
        members = [r for r in tree.findall(f"{D}response") if not (r.findtext(f"{D}href") or "").endswith("/")]
        for number, member in enumerate(members):
            if not keep(number, member.findtext(f"{D}href") or ""):
                tree.remove(member)
        return replace(say, body=etree.tostring(tree, xml_declaration=True, encoding="utf-8"))

    return cut
