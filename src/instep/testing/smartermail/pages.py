"""The pages of the web mail: its root, which names the build, and a small mail box to change things "on the web"."""

from __future__ import annotations

from typing import Final

from instep.core.model import Kind
from instep.testing.smartermail import page_items, page_login
from instep.testing.smartermail.exchange import Request, Response
from instep.testing.smartermail.page_text import BASE, HTML, moved, signed_in_as
from instep.testing.smartermail.world import World

_KINDS: Final = {kind.value: kind for kind in Kind}


def answer(world: World, request: Request) -> Response:
    """Answer a request to the web mail."""
    path = request.path.rstrip("/")
    match path.lower():
        case "" | "/interface":
            return moved("/interface/root") if request.method in ("GET", "HEAD") else Response(405)
        case "/interface/root":
            return _root(world) if request.method in ("GET", "HEAD") else Response(405)
    if path != BASE and not path.startswith(f"{BASE}/"):
        return Response(404, b"Not found", HTML)
    if request.method not in ("GET", "POST"):
        return Response(405)
    words = path.removeprefix(BASE).strip("/").split("/")
    if words[0] in ("login", "code", "logout"):
        return page_login.answer(world, request, words[0])
    person = signed_in_as(world, request)
    if person is None:
        return moved(f"{BASE}/login")
    if words == [""]:
        return moved(f"{BASE}/{Kind.CONTACT.value}")
    kind = _KINDS.get(words[0])
    return page_items.answer(world, person, kind, words[1:], request) if kind else Response(404, b"Not found", HTML)


def _root(world: World) -> Response:
    text = (
        "<!DOCTYPE html><html lang=en><head><title>SmarterMail (stand-in)</title><script>"
        f"var stProductVersion = '100.0.{world.build}.28512'; var stProductName = 'SmarterMail';"
        "</script></head><body><p>This is a stand-in for SmarterMail, for tests.</p>"
        f"<p><a href='{BASE}'>Open the stand-in's web mail</a></p></body></html>"
    )
    return Response(200, text.encode(), HTML)
