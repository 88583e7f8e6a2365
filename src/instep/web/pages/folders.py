"""Folders: which go together, for each kind; pairing what was proposed, or others, also new ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.accounts.folders import Folders
from instep.accounts.joining import CONFLICT_RULES, DIRECTIONS, join, taken_folders
from instep.accounts.pairing import Lack, Proposal, make_folders, propose
from instep.accounts.secrets import Passphrase
from instep.connectors.base import Connector
from instep.core.model import Kind
from instep.errors import ConfigError, InstepError, Where
from instep.service.changing import change_pairs, stored_pairs
from instep.service.placing import is_left_behind
from instep.service.running import connected
from instep.service.setup import keep_pairs, look
from instep.store import lease
from instep.store.database import Tx
from instep.web.advice import on_page
from instep.web.jobs import Job
from instep.web.pages.folders_view import is_new, key_of, views
from instep.web.pages.sync import synchronize
from instep.web.render import page, see_other
from instep.web.security import form_of, said
from instep.web.site import Site, site_of

NEW = "(new)"
"""What a choice of folders says for one that is still to be made."""

First = Callable[[Connector, Connector], Awaitable[None]]


def look_at(site: Site, account: Account, first: First | None = None, *, anchor: str = "", sync: bool = False) -> str:
    """Ask both sides for their folders, after doing ``first`` there; returns the address of the page that shows it.

    It leads on to the folders' page, or to the synchronization that begins when ``sync`` is said.
    """
    here = f"/accounts/{site.id_of(account.name)}/folders"

    async def work(job: Job) -> None:
        async with connected(site.here.anew(), account) as (desktop, server):
            if first is not None:
                await first(desktop, server)
            site.folders[account.key] = await look(site.here, account, desktop, server)
        job.then = f"{here}#{anchor}" if anchor else here
        if sync:
            job.then = f"/jobs/{synchronize(site, account).id}"

    title = f"Looking for the folders of {account.name}"
    return f"/jobs/{site.jobs.start(Job('folders', '', title, 'folders_look.html', here), work).id}"


def show(request: Request) -> Response:
    """Show the folders of both sides and how they go together."""
    site = site_of(request)
    account = site.account_of(request)
    found = site.folders.get(account.key)
    if found is None:
        if site.asks_for(account) is not Passphrase.NONE:
            return see_other(f"/unlock?next={request.url.path}")
        return see_other(look_at(site, account))
    return _page(request, account, found)


def again(request: Request) -> Response:
    """Ask both sides anew."""
    site = site_of(request)
    account = site.account_of(request)
    site.folders.pop(account.key, None)
    return see_other(_address(site, account))


def take(request: Request) -> Response:
    """Pair what was proposed, as far as it was chosen; then synchronize, if that was asked for."""
    site = site_of(request)
    account = site.account_of(request)
    found = site.folders.get(account.key)
    if found is None:
        return see_other(_address(site, account))
    chosen = {str(text) for text in form_of(request).getlist("chosen")}
    proposals, lacks = propose(found, stored_pairs(site.here, account))
    wanted = [p for p in _offered(proposals, lacks) if key_of(p) in chosen]
    if not wanted:
        return _page(request, account, found, "Nothing was chosen. Tick at least one line.")
    rule = said(request, "on_conflict")

    async def first(desktop: Connector, server: Connector) -> None:
        with lease.held(site.here.db, account.name, "folders"):
            # Meanwhile another page or account may have taken a folder, or this one have been sent twice.
            now = propose(await look(site.here, account, desktop, server), stored_pairs(site.here, account))
            if not {key_of(p) for p in wanted} <= {key_of(p) for p in _offered(*now)}:
                raise ConfigError(
                    "The folders are not what they were when they were shown.",
                    "Look at them again, and choose anew.",
                    Where(account=account.name),
                )
            made = await make_folders(wanted, account.name, desktop, server)
            ruled = [replace(pair, on_conflict=rule) if rule in CONFLICT_RULES else pair for pair in made]
            keep_pairs(site.here, account, ruled)

    return see_other(look_at(site, account, first, sync=said(request, "do") == "synchronize"))


def _offered(proposals: Sequence[Proposal], lacks: Sequence[Lack]) -> list[Proposal]:
    return [*proposals, *(lack.offer for lack in lacks if lack.offer is not None)]


def pair(request: Request) -> Response:
    """Pair two folders of a person's choice, of which each may be a new one."""
    site = site_of(request)
    account = site.account_of(request)
    found, words = site.folders.get(account.key), said(request, "kind")
    if found is None or words not in frozenset(Kind):
        return see_other(_address(site, account))
    kind = Kind(words)
    left, right = said(request, "desktop"), said(request, "server")
    names = {"desktop": said(request, "desktop_name"), "server": said(request, "server_name")}
    for side, choice in (("desktop", left), ("server", right)):
        if not choice or (choice == NEW and not names[side]):
            fault = f"Choose a folder on the {side}." if not choice else f"Name the new folder on the {side}."
            return _page(request, account, found, fault, kind)
    direction = said(request, "direction")
    share = said(request, "share") == "yes"

    def joined(tx: Tx, folders: Folders, desktop: str, server: str) -> None:
        way = direction if direction in DIRECTIONS else None
        # What another account took since both sides were looked at is its own, too.
        taken = taken_folders(tx, account, site.here.accounts(), [info.id for info in folders.desktop])
        join(tx, replace(folders, taken=taken), kind, desktop, server, direction=way, share=share)

    async def first(desktop: Connector, server: Connector) -> None:
        kinds = frozenset({kind})
        with lease.held(site.here.db, account.name, "folders"):
            there = (await server.create_collection(names["server"], kinds)).id if right == NEW else right
            here = (await desktop.create_collection(names["desktop"], kinds)).id if left == NEW else left
            folders = await look(site.here, account, desktop, server)
            with site.here.db.transaction() as tx:
                joined(tx, folders, here, there)

    if NEW in (left, right):
        return see_other(look_at(site, account, first, anchor=kind.value))
    try:
        change_pairs(site.here, account, lambda tx: joined(tx, found, left, right))
    except InstepError as error:
        return _page(request, account, found, on_page(error), kind)
    return see_other(f"{_address(site, account)}?said=paired#{kind.value}")


def _address(site: Site, account: Account) -> str:
    return f"/accounts/{site.id_of(account.name)}/folders"


def _page(request: Request, account: Account, found: Folders, fault: str = "", kind: Kind | None = None) -> Response:
    site = site_of(request)
    # What the settings say now of the kinds, with what was found before.
    found = replace(found, account=account)
    pairs = stored_pairs(site.here, account)
    shown = views(found, pairs)
    return page(
        request,
        "folders.html",
        account=account,
        id=site.id_of(account.name),
        folders=found,
        kinds=shown,
        proposed=any(view.proposals or view.offer for view in shown),
        pairs=pairs,
        nothing_there=not pairs and not any(view.proposals for view in shown),
        astray=any(row.gone for view in shown for row in view.pairs)
        or any(is_left_behind(account, pair) for pair in pairs),
        fault=fault,
        fault_kind=kind,
        said=request.query_params.get("said", ""),
        new=NEW,
        key_of=key_of,
        is_new=is_new,
    )


ROUTES = [
    Route("/accounts/{account}/folders", show, methods=["GET"]),
    Route("/accounts/{account}/folders/look", again, methods=["POST"]),
    Route("/accounts/{account}/folders/proposed", take, methods=["POST"]),
    Route("/accounts/{account}/folders/pair", pair, methods=["POST"]),
]
