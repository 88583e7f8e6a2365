"""Accounts: a card each with how it stands, and the last runs at a glance."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from instep.accounts.secrets import Passphrase
from instep.store import runs
from instep.web.recorded import lines_of
from instep.web.render import Clock, page, text
from instep.web.site import site_of
from instep.web.standing import standing, standings

_RUNS = 8


def home(request: Request) -> Response:
    """Show all accounts; a new installation is led to its first."""
    site = site_of(request)
    with site.here.db.reading() as tx:
        last = runs.of_account(tx, limit=_RUNS)
    cards = standings(site, Clock(request))
    locked = any(site.asks_for(card.account) is not Passphrase.NONE for card in cards)
    return page(request, "home.html", cards=cards, runs=lines_of(site, last), locked=locked)


def card(request: Request) -> Response:
    """Give one account's card, which renews itself while something goes on."""
    site = site_of(request)
    card = standing(site, Clock(request), site.account_of(request))
    return HTMLResponse(text(request, "_card.html", card=card))


ROUTES = [Route("/", home), Route("/accounts/{account}/card", card)]
