"""What all pages of the stand-in's web mail share: their frame, forms that arrive, and who is signed in."""

from __future__ import annotations

from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import parse_qsl

from instep.testing.smartermail.exchange import Request, Response
from instep.testing.smartermail.people import Person
from instep.testing.smartermail.sessions import Session, Use
from instep.testing.smartermail.world import World

BASE: Final = "/interface/standin"
COOKIE: Final = "standin"
HTML: Final = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
)
_STYLE: Final = (
    "body{font-family:sans-serif;max-width:46em;margin:1em auto;padding:0 1em}"
    "label{display:block;margin:.5em 0}input[type=text],input[type=password],textarea{width:100%;box-sizing:border-box}"
    "textarea{height:7em}nav a{margin-right:1em}.said{color:#a00}footer{margin-top:3em;color:#555}"
)


def page(title: str, inside: str, status: int = 200) -> Response:
    """Make a page; ``inside`` is HTML already."""
    text = (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title>"
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{inside}"
        "<footer>Stand-in for SmarterMail, for tests: not the product.</footer></body></html>"
    )
    return Response(status, text.encode(), HTML)


def moved(path: str, cookie: str | None = None) -> Response:
    """Send the browser elsewhere, with a cookie to keep (or an empty one, to forget)."""
    told = [("Location", path)]
    if cookie is not None:
        told.append(("Set-Cookie", f"{COOKIE}={cookie}; Path={BASE}; HttpOnly; SameSite=Strict"))
    return Response(303, headers=tuple(told))


def form_of(request: Request) -> dict[str, str]:
    """What a form says; line ends as ``\\n``."""
    pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def session_of(world: World, request: Request) -> Session | None:
    """The session of a request's cookie."""
    try:
        found = SimpleCookie(request.headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    session = world.sessions.pages.get(found.value) if found else None
    return session if session and session.expires > world.clock.now() else None


def signed_in_as(world: World, request: Request) -> Person | None:
    """Who is signed in to the pages."""
    session = session_of(world, request)
    return world.people.get(session.email) if session and session.use is Use.FULL else None
