"""Signing in to the stand-in's web mail, in one step or two."""

from __future__ import annotations

from html import escape

from instep.testing.smartermail.exchange import Request, Response
from instep.testing.smartermail.login import Verdict, code_fits, judged, send_code
from instep.testing.smartermail.page_text import BASE, form_of, moved, page, session_of
from instep.testing.smartermail.people import Standing, TwoStep
from instep.testing.smartermail.sessions import Use
from instep.testing.smartermail.world import World


def answer(world: World, request: Request, word: str) -> Response:
    """Answer ``login``, ``code`` or ``logout``."""
    if word == "logout":
        return moved(f"{BASE}/login", "") if request.method == "POST" else Response(405)
    if word == "code":
        return _code(world, request) if request.method == "POST" else _code_form()
    if request.method == "POST":
        return _login(world, request)
    link = world.sessions.links.pop(request.query.get("token", ""), None)
    if link and link.expires > world.clock.now():
        return moved(BASE, world.sessions.page(link.email, world.clock.now()))
    return _login_form()


def _login(world: World, request: Request) -> Response:
    form = form_of(request)
    person = judged(world, form.get("email", ""), form.get("password", ""), request.address, "page")
    if isinstance(person, Verdict):
        return _login_form("The address or the password is not right.", 401)
    if person.standing is not Standing.FINE:
        return _login_form(f"This account is closed: {person.standing.value}.", 403)
    now = world.clock.now()
    if person.two_step in (TwoStep.NONE, TwoStep.APP_NOT_SETUP, TwoStep.EMAIL_NOT_SETUP):
        return moved(BASE, world.sessions.page(person.email, now))
    if person.two_step is TwoStep.EMAIL:
        send_code(world, person)
    return moved(f"{BASE}/code", world.sessions.page(person.email, now, Use.STEP))


def _code(world: World, request: Request) -> Response:
    session = session_of(world, request)
    if session is None or session.use is not Use.STEP:
        return moved(f"{BASE}/login")
    if not code_fits(world, world.people[session.email], form_of(request).get("code", ""), request.address):
        return _code_form("The code is not right.", 401)
    return moved(BASE, world.sessions.page(session.email, world.clock.now()))


def _login_form(said: str = "", status: int = 200) -> Response:
    inside = (
        f"<p class=said>{escape(said)}</p><form method=post action='{BASE}/login'>"
        "<label>E-mail address <input type=text name=email autofocus></label>"
        "<label>Password <input type=password name=password></label><button>Sign in</button></form>"
    )
    return page("Sign in", inside, status)


def _code_form(said: str = "", status: int = 200) -> Response:
    inside = (
        f"<p class=said>{escape(said)}</p><form method=post action='{BASE}/code'>"
        "<label>Verification code <input type=text name=code autocomplete=one-time-code autofocus></label>"
        "<button>Go on</button></form>"
    )
    return page("Two-step login", inside, status)
