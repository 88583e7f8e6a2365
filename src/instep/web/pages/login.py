"""Log in and log out, where the pages are served to other computers."""

from __future__ import annotations

import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from instep.web.login import SESSION_SECONDS, Login
from instep.web.render import environment, see_other
from instep.web.security import read_form
from instep.web.site import Site, site_of
from instep.web.wording import span

_TICKET = "__Host-instep_login"


async def show(request: Request) -> Response:
    """Show the form; it carries a ticket, so that no other page can send it."""
    site, login = _asked(request)
    if login is None:
        raise HTTPException(404)
    if site.knows(request.cookies.get(site.cookie, "")):
        return see_other("/")
    return _form(request, site, 200, "")


async def enter(request: Request) -> Response:
    """Let a browser in that brings the right password."""
    site, login = _asked(request)
    if login is None:
        raise HTTPException(404)
    form = await read_form(request)
    ticket = request.cookies.get(_TICKET, "")
    if isinstance(form, Response):
        return form
    if not ticket or not site.key.signed("ticket", ticket, str(form.get("token", ""))):
        return _form(request, site, 403, "Please send it once more.")
    address = request.client.host if request.client else ""
    if (wait := login.throttle.wait(address, site.clock())) > 0:
        answer = _form(request, site, 429, f"Too many wrong passwords. Try again in {span(round(wait))}.")
        answer.headers["retry-after"] = str(int(wait) + 1)
        return answer
    if not await login.lets_in(address, str(form.get("password", ""))):
        return _form(request, site, 403, "That was not the password.")
    answer = see_other("/")
    answer.set_cookie(
        site.cookie,
        login.new_session(site.key),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=True,
    )
    answer.delete_cookie(_TICKET, secure=True, httponly=True, samesite="strict")
    return answer


async def leave(request: Request) -> Response:
    """End this browser's session."""
    site, login = _asked(request)
    if login is None:
        raise HTTPException(404)
    login.end(request.cookies.get(site.cookie, ""))
    answer = see_other("/login")
    answer.delete_cookie(site.cookie, secure=True, httponly=True, samesite="strict")
    return answer


def _asked(request: Request) -> tuple[Site, Login | None]:
    site = site_of(request)
    return site, site.login


def _form(request: Request, site: Site, status: int, message: str) -> Response:
    ticket = request.cookies.get(_TICKET, "")
    if not 20 <= len(ticket) <= 100:
        ticket = secrets.token_urlsafe(24)
    text = environment().get_template("login.html").render(message=message, token=site.key.sign("ticket", ticket))
    answer = HTMLResponse(text, status)
    answer.set_cookie(_TICKET, ticket, httponly=True, samesite="strict", secure=True)
    return answer


ROUTES = [
    Route("/login", show),
    Route("/login", enter, methods=["POST"]),
    Route("/logout", leave, methods=["POST"]),
]
