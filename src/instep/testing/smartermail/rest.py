"""REST under ``/api/v1``: finding the route, the bearer, and the envelope of answers and refusals."""

from __future__ import annotations

from typing import Any, Final

from instep.testing.smartermail import (
    rest_auth,
    rest_contacts,
    rest_events,
    rest_folders,
    rest_notes,
    rest_settings,
    rest_tasks,
)
from instep.testing.smartermail.call import Call, Route
from instep.testing.smartermail.exchange import Json, Refusal, Request, Response, json_response
from instep.testing.smartermail.rest_auth import envelope
from instep.testing.smartermail.sessions import Session, Use
from instep.testing.smartermail.world import World

BASE: Final = "/api/v1/"
ROUTES: Final[tuple[Route, ...]] = (
    *rest_auth.ROUTES,
    *rest_folders.ROUTES,
    *rest_contacts.ROUTES,
    *rest_events.ROUTES,
    *rest_tasks.ROUTES,
    *rest_notes.ROUTES,
    *rest_settings.ROUTES,
)
_NOBODY: Final = Session("", "", 0.0)


def answer(world: World, request: Request) -> Response:
    """Answer a call of REST."""
    try:
        route, params = _routed(request)
        session = _NOBODY if route.open else _session(world, request)
        found = route.answer(Call(world, request, params, session))
    except Refusal as refusal:
        if refusal.soft and world.switches.refusals == "200":
            return _shown(world, request, envelope(False, refusal.status, refusal.message))
        return json_response(refusal.status, envelope(False, refusal.status, refusal.message))
    return found if isinstance(found, Response) else _shown(world, request, found)


def _routed(request: Request) -> tuple[Route, dict[str, str]]:
    path = request.path.removeprefix(BASE)
    if request.method == "GET":
        path = path.removesuffix("/")
    segments = path.split("/")
    found = [(route, params) for route in ROUTES if (params := route.matches(segments)) is not None]
    for route, params in found:
        if route.verb == request.method:
            return route, params
    if found:
        raise Refusal(405, f"The requested resource does not support http method '{request.method}'.")
    raise Refusal(404, "No HTTP resource was found that matches the request URI.")


def _session(world: World, request: Request) -> Session:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = world.sessions.opened(token.strip(), world.clock.now()) if scheme.lower() == "bearer" else None
    if found is None or found.use is Use.STEP or found.email not in world.people:
        raise Refusal(401, "Authorization has been denied for this request.")
    if found.use is Use.NOTHING:
        raise Refusal(403, "PASSWORD_CHANGE_REQUIRED")
    return found


def _shown(world: World, request: Request, content: Any) -> Response:
    if isinstance(content, dict) and "success" not in content:
        content = {**content, **envelope()}
    if world.switches.keys == "pascal" and not request.path.startswith(BASE + "auth/"):
        content = _pascal(content)
    return json_response(200, content)


def _pascal(content: Any) -> Any:
    match content:
        case dict():
            changed: Json = {name[:1].upper() + name[1:]: _pascal(value) for name, value in content.items()}
            return changed
        case list():
            return [_pascal(value) for value in content]
        case _:
            return content
