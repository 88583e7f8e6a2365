"""Being let in: a one-time link opens a session, and this program can prove that it is the one that was meant."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from instep.web.render import environment, refused
from instep.web.security import COOKIE_SECONDS
from instep.web.site import site_of


async def open_session(request: Request) -> Response:
    """Open a session for the browser that brings a fresh link."""
    site = site_of(request)
    if site.login is not None:
        return refused(request, 404, "Links open the pages of this computer only.", "Log in with the password instead.")
    if not site.links.spend(request.query_params.get("link", ""), site.clock()):
        return refused(
            request,
            403,
            "This link was used already, or is too old.",
            "Each link opens one browser, once. Make a new one: instep open",
        )
    # A page and no redirect: a browser that follows one from elsewhere would leave the strict cookie out.
    answer = HTMLResponse(environment().get_template("entered.html").render())
    answer.set_cookie(
        site.cookie,
        site.key.new_session(),
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="strict",
        secure=site.origin.startswith("https:"),
    )
    return answer


async def alive(request: Request) -> Response:
    """Prove to another program of this installation that this is the one: sign what it says."""
    return PlainTextResponse(site_of(request).key.sign("alive", request.query_params.get("say", "")[:100]))


ROUTES = [Route("/open", open_session), Route("/alive", alive)]
