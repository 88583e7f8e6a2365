"""The gate before every page: who may ask, from where, and what a browser may do with the answer.

A request is let in when it is addressed to this program by name (Host), comes from its own pages (Origin,
Sec-Fetch-Site) and, but for what is open to all, belongs to a session; a form must carry the session's token. What a
page may load is said by the strictest Content-Security-Policy that works: nothing inline, nothing from elsewhere.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import FormData, Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from instep.web.render import refused
from instep.web.site import Site

COOKIE = "instep_session"
OPEN = ("/static/", "/open", "/alive")
"""What needs no session: the pages' looks, a link that opens one, and whether this program is who it says it is."""
COOKIE_SECONDS = 400 * 24 * 3600
BODY_LIMIT = 16 * 1024 * 1024
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
                kept = scope["path"].startswith("/static/") and scope["query_string"] and message["status"] == 200
                headers.setdefault("cache-control", "public, max-age=31536000, immutable" if kept else "no-store")
            await send(message)

        request = Request(scope, receive)
        answer = await self._answer(request)
        await (answer or self._app)(scope, receive, guarded)

    async def _answer(self, request: Request) -> Response | None:
        """What is answered instead of the page; ``None`` lets the request through."""
        headers = request.headers
        if headers.get("host", "").lower() not in self._site.hosts:
            return refused(request, 421, "This address is not served here.", "Open the pages with: instep open")
        if request.method not in {"GET", "HEAD", "POST"}:
            return refused(request, 405, "This is not how these pages are asked.", "")
        if not self._is_own(request):
            return refused(
                request, 403, "Another page tried to use Instep in your name.", "Nothing was done. Go on from here."
            )
        session = request.cookies.get(COOKIE, "")
        known = self._site.key.is_session(session)
        request.state.token = self._site.key.form_token(session) if known else ""
        if request.url.path.startswith(OPEN):
            return None
        if not known:
            return refused(
                request,
                403,
                "This browser has not been let in yet.",
                "Open Instep from its menu entry, or type in a terminal: instep open",
            )
        if request.method not in _SAFE:
            return await self._form(request)
        return None

    def _is_own(self, request: Request) -> bool:
        """Whether the request comes from a page of ours, from the person directly, or is harmless."""
        headers: Headers = request.headers
        origin = headers.get("origin")
        if origin is not None:
            parts = urlsplit(origin)
            if parts.scheme != urlsplit(self._site.origin).scheme or parts.netloc.lower() not in self._site.hosts:
                return False
        site = headers.get("sec-fetch-site", "none")
        if request.method in _SAFE:
            # A link from elsewhere may lead here; what another page embeds may not.
            return site in {"none", "same-origin"} or headers.get("sec-fetch-mode") == "navigate"
        return site in {"none", "same-origin"}

    async def _form(self, request: Request) -> Response | None:
        """Read the form and check its token; what is too large or broken is refused."""
        length = request.headers.get("content-length", "")
        if not length.isdigit() or int(length) > BODY_LIMIT:
            return refused(request, 413, "That is more than a form can hold.", "")
        try:
            form = await request.form(max_files=4, max_fields=4000, max_part_size=BODY_LIMIT)
        except (HTTPException, MultiPartException, UnicodeError, ValueError):
            return refused(request, 400, "That form cannot be read.", "Go back and send it again.")
        token = form.get("token")
        if not isinstance(token, str) or not token or not self._same(token, request.state.token):
            return refused(request, 403, "This form is not from this session.", "Reload the page and send it again.")
        request.state.form = form
        return None

    @staticmethod
    def _same(one: str, other: str) -> bool:
        import hmac

        return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())


def form_of(request: Request) -> FormData:
    """Return the form that was sent, its token already checked."""
    form: FormData = request.state.form
    return form


def said(request: Request, name: str, default: str = "") -> str:
    """Return one text field of the form, without blanks around it."""
    value = form_of(request).get(name, default)
    return value.strip() if isinstance(value, str) else default
