"""Removing an account, and switching it off and on."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts import config
from instep.errors import Busy
from instep.service.changing import stored_pairs
from instep.service.leaving import leave
from instep.web.advice import on_page
from instep.web.render import page, see_other
from instep.web.security import said
from instep.web.site import site_of


def ask(request: Request) -> Response:
    """Say what would go and what would stay."""
    return _page(request, "")


def remove(request: Request) -> Response:
    """Remove the account."""
    site = site_of(request)
    account = site.account_of(request)
    if site.jobs.running(account.name):
        return _page(request, "A synchronization of this account goes on. Wait until it is done, or cancel it first.")
    try:
        warning = leave(site.here, account)
    except Busy as error:
        return _page(request, on_page(error))
    site.folders.pop(account.key, None)
    if warning:
        return page(request, "remove_done.html", name=account.name, warning=warning)
    return see_other("/")


def _page(request: Request, fault: str) -> Response:
    site = site_of(request)
    account = site.account_of(request)
    job = next(iter(site.jobs.running(account.name)), None)
    pairs = stored_pairs(site.here, account)
    return page(request, "remove.html", account=account, id=site.id_of(account.name), pairs=pairs, fault=fault, job=job)


def switch(request: Request) -> Response:
    """Switch an account off or on; what is going on is not ended."""
    site = site_of(request)
    account = site.account_of(request)
    on = said(request, "on") == "yes"
    config.change(site.here.home, replace(account, enabled=on))
    return see_other(f"/accounts/{site.id_of(account.name)}/settings?said={'on' if on else 'off'}")


ROUTES = [
    Route("/accounts/{account}/remove", ask, methods=["GET"]),
    Route("/accounts/{account}/remove", remove, methods=["POST"]),
    Route("/accounts/{account}/switch", switch, methods=["POST"]),
]
