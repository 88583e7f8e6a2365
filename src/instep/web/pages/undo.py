"""Undoing a run, and bringing one version of an item back: shown first, then done as it was shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.connectors.base import Connector
from instep.core.guard import Stop
from instep.core.model import Kind
from instep.engine.byhand import HandReport
from instep.engine.events import Face, GuardAnswer
from instep.engine.restoring import restore
from instep.engine.undoing import Wanted, account_of_run, undo
from instep.engine.versions import called
from instep.errors import ConfigError
from instep.service.running import connected, require_place
from instep.web.hand import HandLive
from instep.web.jobs import Job
from instep.web.pages.jobs import job_of
from instep.web.pages.preview import begin, watching
from instep.web.paging import path_number
from instep.web.render import see_other
from instep.web.security import form_of, said
from instep.web.site import Site, site_of

Act = Callable[[Connector, Connector, Wanted], Awaitable[HandReport]]


def account_named(site: Site, name: str) -> Account:
    """The account that a part of the history belongs to; ``ConfigError`` when it is not set up any more."""
    try:
        return site.here.account(name)
    except ConfigError as error:
        raise ConfigError(
            f"This belongs to the account {name!r}, which is not set up any more.",
            "Add the account again under that name, with the same folders.",
        ) from error


def by_hand(
    site: Site,
    account: Account,
    live: HandLive,
    marks: frozenset[str] = frozenset(),
    sending: frozenset[str] = frozenset(),
    *,
    go: bool = False,
) -> Job:
    """Begin an undo or a restore: to look at it, or to do what a look showed.

    ``marks`` are those of what a person saw, ``sending`` of that for which guests may be mailed; ``go``: what the
    guard would stop is meant so.
    """
    act = _act(site, live)

    async def guard(name: str, kind: Kind, stop: Stop) -> GuardAnswer:
        return GuardAnswer.GO if go else GuardAnswer.STOP

    async def work(job: Job) -> None:
        watch = watching(job, live.passing)
        wanted = Wanted(
            dry_run=live.dry,
            yes=not live.dry,
            sending=sending,
            approved=None if live.dry else marks | sending,
            own_addresses=account.own_addresses,
            face=Face(emit=watch.emit, guard=guard, stopped=watch.stopped),
        )
        await require_place(site.here, account)
        async with connected(site.here.anew(), account) as (desktop, server):
            report = await act(desktop, server, wanted)
        live.take(report)
        job.failure = report.failure

    what = f"Undo of run {live.run}" if live.run else f"Version {live.version} brought back"
    title = "Looking what would be written" if live.dry else what
    done = f"{what}: preview" if live.dry else what
    sort = "undo look" if live.dry else "undo"
    return begin(site, Job(sort, account.name, title, "_hand.html", live, done), work)


def _act(site: Site, live: HandLive) -> Act:
    db = site.here.db
    if live.run:
        return lambda desktop, server, wanted: undo(db, live.run, desktop, server, wanted)
    known = called(db, live.item)
    if known is None:
        raise HTTPException(404, "The history holds no such item any more.")
    return lambda desktop, server, wanted: restore(db, known, live.version, desktop, server, wanted)


def undo_run(request: Request) -> Response:
    """Show what undoing a run would write."""
    site, run = site_of(request), path_number(request, "run")
    account = account_named(site, account_of_run(site.here.db, run))
    return see_other(f"/jobs/{by_hand(site, account, HandLive(True, run=run)).id}")


def restore_version(request: Request) -> Response:
    """Show what bringing a version back would write."""
    site, version = site_of(request), said(request, "version")
    known = called(site.here.db, request.path_params["item"])
    if known is None or not version.isdecimal() or len(version) > 9:
        raise HTTPException(404, "The history holds no such version.")
    account = account_named(site, known.account)
    live = HandLive(True, item=known.number, version=int(version), name=known.name)
    return see_other(f"/jobs/{by_hand(site, account, live).id}")


def do(request: Request) -> Response:
    """Do what the page of a look shows, with what the form says beside it."""
    site, shown = site_of(request), job_of(request)
    seen = shown.live
    if not isinstance(seen, HandLive) or not seen.dry or seen.report is None:
        raise HTTPException(404, "There is nothing that could be done.")
    offered = frozenset(item.mark for item in seen.mailing)
    sending = offered & {str(mark) for mark in form_of(request).getlist("send")}
    go = said(request, "on_guard") == "go"
    live = HandLive(False, run=seen.run, item=seen.item, version=seen.version, name=seen.name)
    job = by_hand(site, account_named(site, shown.account), live, seen.marks, sending, go=go)
    return see_other(f"/jobs/{job.id}")


ROUTES = [
    Route("/history/{run:int}/undo", undo_run, methods=["POST"]),
    Route("/items/{item}/restore", restore_version, methods=["POST"]),
    Route("/jobs/{job}/do", do, methods=["POST"]),
]
