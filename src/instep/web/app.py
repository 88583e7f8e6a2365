"""The application: all pages behind the gate."""

from __future__ import annotations

from contextlib import suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from instep.errors import InstepError
from instep.web.advice import on_page
from instep.web.pages import (
    conflict_dialog,
    conflict_parts,
    conflicts,
    doctor,
    entrance,
    folders,
    folders_pair,
    help,
    history,
    history_items,
    home,
    importing,
    jobs,
    login,
    preview,
    settings,
    settings_move,
    settings_remove,
    settings_sign_in,
    settings_unlock,
    sync,
    trial,
    undo,
    verify,
)
from instep.web.render import STATIC, page, refused
from instep.web.security import HEADERS, Gate
from instep.web.site import Site
from instep.web.topics import DEFECT, topic_of


def routes() -> list[BaseRoute]:
    """Return the routes of all pages."""
    return [
        *entrance.ROUTES,
        *login.ROUTES,
        *home.ROUTES,
        *settings_sign_in.ROUTES,
        *settings.ROUTES,
        *settings_remove.ROUTES,
        *settings_unlock.ROUTES,
        *trial.ROUTES,
        *settings_move.ROUTES,
        *folders.ROUTES,
        *folders_pair.ROUTES,
        *importing.ROUTES,
        *sync.ROUTES,
        *preview.ROUTES,
        *verify.ROUTES,
        *history.ROUTES,
        *history_items.ROUTES,
        *undo.ROUTES,
        *jobs.ROUTES,
        *conflicts.ROUTES,
        *conflict_dialog.ROUTES,
        *conflict_parts.ROUTES,
        *help.ROUTES,
        *doctor.ROUTES,
        Mount("/static", StaticFiles(directory=STATIC), name="static"),
    ]


def create_app(site: Site) -> Starlette:
    """Return the application that serves a site's pages."""
    app = Starlette(
        routes=routes(),
        middleware=[Middleware(Gate, site=site)],
        exception_handlers={HTTPException: _not_found, InstepError: _failed, Exception: _defect},
    )
    app.state.site = site
    return app


async def _not_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if not getattr(request.state, "token", ""):
        return refused(request, error.status_code, "There is no such page.", "")
    message = "There is no such page." if error.status_code == 404 and error.detail == "Not Found" else error.detail
    return page(request, "error.html", error.status_code, title="Not here", message=message, advice="")


async def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, InstepError)
    topic = topic_of(error).address
    return page(request, "error.html", 409, title="That did not work", message=on_page(error), advice="", topic=topic)


async def _defect(request: Request, error: Exception) -> Response:
    answer = Response("A defect of Instep. Nothing is lost.", 500, media_type="text/plain")
    with suppress(Exception):
        answer = page(
            request,
            "error.html",
            500,
            title="A defect of Instep",
            message=f"{type(error).__name__}. Nothing is lost.",
            advice="Please report it.",
            topic=DEFECT.address,
        )
    # What is answered to a defect does not come through the gate any more.
    answer.headers.update({**HEADERS, "cache-control": "no-store"})
    return answer
