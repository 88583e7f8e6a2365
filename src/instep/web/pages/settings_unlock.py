"""The vault's passphrase: asked for where passwords lie in a locked vault, kept in memory until the program ends."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account, PasswordIn
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase
from instep.errors import InstepError
from instep.web.advice import on_page
from instep.web.pages import sync
from instep.web.render import page, see_other
from instep.web.security import form_of, said
from instep.web.site import Site, site_of

SHORTEST = 8


def unlock_with(request: Request, asks: Passphrase) -> str:
    """Open the vault with the passphrase in a form; returns what is wrong with it, or an empty text."""
    first, second = (_exact(request, name) for name in ("passphrase", "passphrase_again"))
    if not first:
        return "Choose a passphrase." if asks is Passphrase.NEW else "The passphrase is missing."
    if asks is Passphrase.NEW:
        if len(first) < SHORTEST:
            return f"Choose a longer one: {SHORTEST} characters at least, better four words or more."
        if first != second:
            return "The two passphrases are not the same."
    try:
        site_of(request).unlock(Secret(first))
    except InstepError as error:
        return on_page(error)
    return ""


def _exact(request: Request, name: str) -> str:
    value = form_of(request).get(name, "")
    return value if isinstance(value, str) else ""


def ask(request: Request) -> Response:
    """Ask for the passphrase."""
    return _page(request, "")


def unlock(request: Request) -> Response:
    """Open the vault, and go on with what needed it: a synchronization, or the page from which one came."""
    site = site_of(request)
    asks = site.asks_for(_in_vault(site))
    if asks is not Passphrase.NONE and (fault := unlock_with(request, asks)):
        return _page(request, fault)
    wanted = said(request, "account")
    if wanted == "all":
        return sync.start_all(request)
    if wanted:
        return see_other(f"/jobs/{sync.synchronize(site, site.account(wanted)).id}")
    return see_other(_local(said(request, "next")))


def _page(request: Request, fault: str) -> Response:
    site = site_of(request)
    asked = request.query_params if request.method == "GET" else form_of(request)
    asks = site.asks_for(_in_vault(site))
    if asks is Passphrase.NONE and request.method == "GET":
        return see_other(_local(str(asked.get("next", ""))))
    return page(
        request,
        "settings_unlock.html",
        asks=asks,
        wrong={"passphrase": fault} if fault else {},
        next=_local(str(asked.get("next", ""))),
        account=str(asked.get("account", ""))[:40],
    )


def _in_vault(site: Site) -> Account:
    kept = [account for account in site.here.accounts() if account.password is PasswordIn.VAULT]
    return next(iter(kept), Account("", password=PasswordIn.VAULT))


def _local(path: str) -> str:
    """A path of these pages and nothing else."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() else "/"


ROUTES = [Route("/unlock", ask, methods=["GET"]), Route("/unlock", unlock, methods=["POST"])]
