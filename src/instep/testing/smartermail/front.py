"""The front door: what is asked of which part, who is turned away, and what goes wrong on purpose."""

from __future__ import annotations

from typing import Final

from instep.testing.smartermail import dav, old_version, pages, rest
from instep.testing.smartermail.exchange import Request, Response, json_response
from instep.testing.smartermail.records import Asked
from instep.testing.smartermail.rest_auth import envelope
from instep.testing.smartermail.world import World

SERVER: Final = "SmarterMail-stand-in"


def handle(world: World, request: Request) -> Response:
    """Answer one request, remember it, and do what was ordered to go wrong. Never raises for what a client sends."""
    with world.lock:
        response = _faulty(world, request)
        status = 0 if response.dropped else response.status
        world.records.requests.append(Asked(request.method, request.path, status))
    server = f"SmarterTools/2.0.{world.old_version} ({SERVER})" if world.old_version else SERVER
    return Response(response.status, response.body, (*response.headers, ("Server", server)), response.dropped)


def _faulty(world: World, request: Request) -> Response:
    match world.faults.next_for(request):
        case None:
            return _answer(world, request)
        case "drop-before":
            return Response(dropped=True)
        case "drop-after":
            _answer(world, request)
            return Response(dropped=True)
        case int(status):
            return json_response(status, envelope(False, status, "Something went wrong on purpose."))


def _answer(world: World, request: Request) -> Response:
    if world.intrusion.blocks(request.address, world.clock.now()):
        if world.switches.blocked == "drop":
            return Response(dropped=True)
        return json_response(403, envelope(False, 403, "IP_BLOCKED"))
    path = request.path
    if path.startswith(("/webdav/", "/.well-known/")) or path == "/webdav":
        return dav.answer(world, request)
    if world.old_version:
        return old_version.answer(world, request)
    if path.startswith(rest.BASE):
        return rest.answer(world, request)
    return pages.answer(world, request)
