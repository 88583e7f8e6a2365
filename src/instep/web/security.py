"""The gate before every page: who may ask, from where, and what a browser may do with the answer.

A request is let in when it is addressed to this program by name (Host), comes from its own pages (Origin,
Sec-Fetch-Site) and, but for what is open to all, belongs to a session; a form must carry the session's token. What a
page may load is said by the strictest Content-Security-Policy that works: nothing inline, nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from instep.web.render import refused, see_other
from instep.web.site import Site

OPEN, OPEN_BELOW = frozenset({"/open", "/alive", "/login"}), "/static/"
"""What needs no session: a link that opens one, whether this program is who it says it is, the login where there is
one, and the pages' looks."""
COOKIE_SECONDS = 400 * 24 * 3600
BODY_LIMIT = 16 * 1024 * 1024
_BODY_SECONDS = 60.0
_SAFE = frozenset({"GET", "HEAD"})
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "same-origin",  # with none at all, browsers send forms with the origin "null"
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Gate:
    """Lets through what may pass; everything else gets a page that says why, and reaches nothing."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                kept = scope["path"].startswith(OPEN_BELOW) and scope["query_string"] and message["status"] == 200
                headers.setdefault("cache-control", "public, max-age=31536000, immutable" if kept else "no-store")
            await send(message)

        request = Request(scope, receive)
        answer = await self._answer(request)
        # A page need not know of HEAD: it is GET, of which the server sends no more than the headers.
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        await (answer or self._app)(inner, receive, guarded)

    async def _answer(self, request: Request) -> Response | None:
        """What is answered instead of the page; ``None`` lets the request through."""
        site, path = self._site, request.scope["path"]
        if request.headers.get("host", "").lower() not in site.hosts:
            return refused(request, 421, "This address is not served here.", "Open the pages with: instep open")
        if request.method not in {"GET", "HEAD", "POST"}:
            return refused(request, 405, "This is not how these pages are asked.", "")
        if request.method == "HEAD" and path == "/open":
            # Programs that look where a link leads must not use it up.
            return refused(request, 405, "This is not how these pages are asked.", "")
        if not path.isprintable():
            return refused(request, 404, "There is no such page.", "")
        if not self._is_own(request):
            return refused(
                request, 403, "Another page tried to use Instep in your name.", "Nothing was done. Go on from here."
            )
        session = request.cookies.get(site.cookie, "")
        known = site.knows(session)
        request.state.token = site.key.form_token(session) if known else ""
        if path in OPEN or path.startswith(OPEN_BELOW):
            return None
        if not known:
            return self._unknown(request)
        if request.method not in _SAFE:
            form = await read_form(request)
            if isinstance(form, Response):
                return form
            if not _same(form.get("token"), request.state.token):
                return refused(
                    request, 403, "This form is not from this session.", "Reload the page and send it again."
                )
            request.state.form = form
        return None

    def _unknown(self, request: Request) -> Response:
        if self._site.login is None:
            return refused(
                request,
                403,
                "This browser has not been let in yet.",
                "Open Instep from its menu entry, or type in a terminal: instep open",
            )
        if request.method in _SAFE:
            return see_other("/login")
        return refused(request, 403, "You are not logged in any more.", "Go back to the first page and log in.")

    def _is_own(self, request: Request) -> bool:
        """Whether the request comes from a page of ours, from the person directly, or is harmless."""
        origin = request.headers.get("origin")
        if origin is not None:
            scheme = urlsplit(self._site.origin).scheme
            if origin.lower() not in {f"{scheme}://{host}" for host in self._site.hosts}:
                return False
        site = request.headers.get("sec-fetch-site", "none")
        if request.method in _SAFE:
            # A link from elsewhere may lead here; what another page embeds may not.
            return site in {"none", "same-origin"} or request.headers.get("sec-fetch-mode") == "navigate"
        return site in {"none", "same-origin"}


async def read_form(request: Request) -> FormData | Response:
    """Read the form that was sent; what is too large, broken or never ends is answered with the page that says so."""
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdecimal()) or len(length) > 9 or int(length) > BODY_LIMIT:
        return refused(request, 413, "That is more than a form can hold.", "")
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            form = await request.form(max_files=4, max_fields=4000, max_part_size=BODY_LIMIT)
    except TimeoutError:
        return refused(request, 408, "The form did not arrive.", "Go back and send it again.")
    except (HTTPException, MultiPartException, UnicodeError, ValueError):
        return refused(request, 400, "That form cannot be read.", "Go back and send it again.")
    if any("\0" in text for field in form.multi_items() for text in field if isinstance(text, str)):
        return refused(request, 400, "That form cannot be read.", "Go back and send it again.")
    return form


def _same(sent: object, token: str) -> bool:
    return (
        isinstance(sent, str) and bool(token) and hmac.compare_digest(sent.encode("utf-8", "replace"), token.encode())
    )


def form_of(request: Request) -> FormData:
    """Return the form that was sent, its token already checked."""
    form: FormData = request.state.form
    return form


def said(request: Request, name: str, default: str = "") -> str:
    """Return one text field of the form, without blanks around it."""
    value = form_of(request).get(name, default)
    return value.strip() if isinstance(value, str) else default
