"""One pair of folders: its direction, the days and categories that take part, its rule for conflicts; letting it go."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.accounts.joining import CONFLICT_RULES, DIRECTIONS, change, let_go, scope_of
from instep.accounts.scope_choice import ScopeChoice
from instep.core.model import Kind
from instep.core.scope import EVERYTHING, LONGEST
from instep.errors import InstepError, Where
from instep.service.changing import change_pairs, stored_pairs
from instep.store.pairs import Pair
from instep.web.advice import on_page
from instep.web.render import page, see_other
from instep.web.security import said
from instep.web.site import Site, site_of

DATED = (Kind.EVENT, Kind.TASK)


def show(request: Request) -> Response:
    """Show how a pair is kept."""
    site = site_of(request)
    account, pair = _named(request)
    scope = scope_of(pair)
    typed = {
        "direction": pair.direction,
        "on_conflict": pair.on_conflict,
        "past": "" if scope.past is None else str(scope.past),
        "future": "" if scope.future is None else str(scope.future),
        "categories": "\n".join(scope.categories),
    }
    return _page(request, site, account, pair, typed, {})


def save(request: Request) -> Response:
    """Store how a pair is kept from the next synchronization on."""
    site = site_of(request)
    account, pair = _named(request)
    typed = {name: said(request, name) for name in ("direction", "on_conflict", "past", "future", "categories")}
    wrong: dict[str, str] = {}
    past, future = (_days(typed[name], name, wrong) if pair.kind in DATED else None for name in ("past", "future"))
    names = tuple(line.strip() for line in typed["categories"].splitlines() if line.strip())
    if typed["direction"] not in DIRECTIONS or typed["on_conflict"] not in CONFLICT_RULES:
        wrong[""] = "Choose a direction and a rule for conflicts."
    if (shown := said(request, "shown")) and shown != _shown(site, pair):
        wrong[""] = "This was changed since the page was shown. Compare, and save again. Nothing was stored."
    if wrong:
        return _page(request, site, account, pair, typed, wrong)
    try:
        scope = ScopeChoice(past, future, names).applied(EVERYTHING, pair.kind, Where(account=account.name))
        change_pairs(
            site.here,
            account,
            lambda tx: change(
                tx,
                account,
                pair.id,
                direction=typed["direction"],
                on_conflict=typed["on_conflict"],
                scope=scope,
                folders=site.folders.get(account.key),
            ),
        )
    except InstepError as error:
        return _page(request, site, account, pair, typed, {"": on_page(error)})
    return see_other(f"/accounts/{site.id_of(account.name)}/folders?said=changed#{pair.kind.value}")


def part(request: Request) -> Response:
    """Let a pair go; its folders and their items stay on both sides."""
    site = site_of(request)
    account, pair = _named(request)
    change_pairs(site.here, account, lambda tx: let_go(tx, account, pair.id))
    return see_other(f"/accounts/{site.id_of(account.name)}/folders?said=parted#{pair.kind.value}")


def _named(request: Request) -> tuple[Account, Pair]:
    site = site_of(request)
    account = site.account_of(request)
    for pair in stored_pairs(site.here, account):
        if str(pair.id) == request.path_params["pair"]:
            return account, pair
    raise HTTPException(404, "These two folders are not paired any more.")


def _shown(site: Site, pair: Pair) -> str:
    # What runs remember of the pair moves on; it is no other choice.
    choice = {"scope": pair.options["scope"]} if "scope" in pair.options else {}
    same = Pair(pair.id, "", pair.kind, "", "", direction=pair.direction, on_conflict=pair.on_conflict, options=choice)
    return site.form_of(same)


def _days(text: str, name: str, wrong: dict[str, str]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > LONGEST:
        wrong[name] = f"Write a whole number of days, from 0 to {LONGEST}, or leave it empty for all."
        return None
    return int(text)


def _page(
    request: Request, site: Site, account: Account, pair: Pair, typed: dict[str, str], wrong: dict[str, str]
) -> Response:
    return page(
        request,
        "folders_pair.html",
        account=account,
        id=site.id_of(account.name),
        pair=pair,
        typed=typed,
        wrong=wrong,
        dated=pair.kind in DATED,
        shown=_shown(site, pair),
    )


ROUTES = [
    Route("/accounts/{account}/pairs/{pair}", show, methods=["GET"]),
    Route("/accounts/{account}/pairs/{pair}", save, methods=["POST"]),
    Route("/accounts/{account}/pairs/{pair}/part", part, methods=["POST"]),
]
