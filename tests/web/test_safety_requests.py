"""Requests that no browser sends: each is refused cleanly and reaches nothing."""

from __future__ import annotations

import http.client
import itertools
import socket
from urllib.parse import urlsplit

from instep.web.security import BODY_LIMIT
from web.client import Client, Pages

ODD_PATHS = [
    "/%00", "/static/%00", "/static/../../../../etc/passwd", "/static/..%2f..%2fsite.py", "/static/%2e%2e/site.py",
    "/static/%c0%ae%c0%ae/site.py", "/static/..\\site.py", "/accounts/%00/card", "/accounts/../../etc", "/jobs/%ff%fe",
    "/jobs/%e2%80%ae", "//evil.example/", "/%0d%0aset-cookie:x=1", "/accounts/" + "x" * 8000, "/?a=%00&b=%ff", "/%",
]  # fmt: skip


def test_odd_address_is_answered_calmly(client: Client) -> None:
    session = f"instep_session={client.http.cookies['instep_session']}"
    for path, cookie in itertools.product(ODD_PATHS, ("", session)):
        status, headers, body = raw(client.pages, f"GET {path} HTTP/1.1", cookie)
        assert status in {200, 307, 400, 403, 404, 414}, (path, status)
        assert status == 404 or not any(mark in path.partition("?")[0] for mark in ("%00", "%0d", "%e2%80%ae")), path
        assert "set-cookie" not in headers, path
        assert "evil" not in headers.get("location", ""), path
        assert "root:" not in body and "class Site" not in body, path


def raw(pages: Pages, first: str, cookie: str = "", *more: str, body: bytes = b"") -> tuple[int, dict[str, str], str]:
    """Send a request as it stands, which no client library would."""
    where = urlsplit(pages.origin)
    lines = [
        first,
        f"Host: {where.netloc}",
        "Connection: close",
        *([f"Cookie: {cookie}"] if cookie else []),
        *more,
        "",
        "",
    ]
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as wire:
        wire.sendall("\r\n".join(lines).encode("utf-8") + body)
        answer = http.client.HTTPResponse(wire)
        answer.begin()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, headers, answer.read().decode("utf-8", "replace")


ODD_REQUESTS: list[tuple[str, str, list[str], bytes]] = [
    ("two hosts", "GET / HTTP/1.1", ["Host: evil.example"], b""),
    ("no protocol that we speak", "GET / SPDY/9", [], b""),
    ("a line break inside of a header", "GET / HTTP/1.1", ["X-A: b\rSet-Cookie: c=d"], b""),
    ("a null inside of a header", "GET / HTTP/1.1", ["X-A: b\0c"], b""),
    ("a length that is none", "POST /synchronize HTTP/1.1", ["Content-Length: ²"], b""),
    ("two lengths", "POST /synchronize HTTP/1.1", ["Content-Length: 1", "Content-Length: 2"], b"ab"),
    ("a length and pieces", "POST /synchronize HTTP/1.1",
     ["Content-Length: 3", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    ("no length", "POST /synchronize HTTP/1.1", ["Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    ("more than a form holds", "POST /synchronize HTTP/1.1", [f"Content-Length: {BODY_LIMIT + 1}"], b""),
    ("more than a number holds", "POST /synchronize HTTP/1.1", [f"Content-Length: {'9' * 30}"], b""),
    ("parts without a boundary", "POST /synchronize HTTP/1.1",
     ["Content-Type: multipart/form-data", "Content-Length: 2"], b"ab"),
    ("parts that end nowhere", "POST /synchronize HTTP/1.1",
     ["Content-Type: multipart/form-data; boundary=x", "Content-Length: 47"],
     b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'[:47]),
    ("bytes that are no text", "POST /synchronize HTTP/1.1",
     ["Content-Type: application/x-www-form-urlencoded; charset=utf-8", "Content-Length: 8"], b"token=\xff\xfe"),
    ("JSON", "POST /synchronize HTTP/1.1", ["Content-Type: application/json", "Content-Length: 2"], b"{}"),
    ("a charset that nobody knows", "POST /synchronize HTTP/1.1",
     ['Content-Type: multipart/form-data; boundary="x"; charset=nonsense', "Content-Length: 51"],
     b'--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n--x--\r\n'[:51]),
]  # fmt: skip


def test_odd_request_is_refused_cleanly(client: Client) -> None:
    cookie = f"instep_session={client.http.cookies['instep_session']}"
    for name, first, more, body in ODD_REQUESTS:
        status, headers, _ = raw(client.pages, first, cookie, *more, body=body)
        assert 400 <= status < 500, (name, status)
        assert "set-cookie" not in headers, name
        client.get("/")
