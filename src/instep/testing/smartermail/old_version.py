"""The pages by which a server of the time before REST is known (facts 1.2 and 5.2)."""

from __future__ import annotations

from instep.testing.smartermail.exchange import Request, Response
from instep.testing.smartermail.world import World

_HTML = (("Content-Type", "text/html; charset=utf-8"),)


def answer(world: World, request: Request) -> Response:
    """Answer what such a server has: its login pages, and ``/sync/`` that speaks to SyncML clients alone."""
    path = request.path.lower()
    if request.method not in ("GET", "HEAD"):
        return Response(405 if path in ("/login.aspx", "/mobile/login.aspx") else 404)
    match path:
        case "/":
            return Response(302, headers=(("Location", "/Login.aspx"),))
        case "/login.aspx" | "/mobile/login.aspx":
            text = (
                "<!DOCTYPE html><title>Login - SmarterMail (stand-in)</title>"
                "<p>A stand-in for a SmarterMail server, for tests.</p>"
                f"<div>SmarterMail Enterprise {world.old_version}</div>"
            )
            return Response(200, text.encode(), _HTML)
        case "/sync/":
            return Response(200, b"Unsupported protocol.", (("Content-Type", "text/plain"),))
        case _:
            return Response(404, b"Not found", _HTML)
