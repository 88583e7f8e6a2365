"""Another address, login or desktop folder for an account with pairs: looked at first, shown, then stored at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.accounts.connect import connect, make_desktop
from instep.accounts.enrolment import SignIn
from instep.accounts.means import Means
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase
from instep.errors import InstepError
from instep.service.changing import change_account, stored_pairs
from instep.service.placing import is_left_behind
from instep.service.readdressing import Move, look_there, pairs_anew, plan_move, same_desktop
from instep.store.pairs import Pair
from instep.web.advice import on_page
from instep.web.jobs import Job
from instep.web.pages.settings_form import Draft, typed_of
from instep.web.render import page, see_other
from instep.web.security import said
from instep.web.site import Site, site_of


@dataclass
class MoveLive:
    """A change of address on its way; ``secret`` gives the password with which it was looked there."""

    before: Account
    after: Account
    draft: Draft
    draft_id: str
    secret: Callable[[], Secret] = field(repr=False)
    password: Secret | None = field(default=None, repr=False)
    sign_in: SignIn | None = field(default=None, repr=False)
    move: Move = field(default_factory=Move)
    once: threading.Lock = field(default_factory=threading.Lock)


def begin_move(
    site: Site,
    before: Account,
    after: Account,
    secret: Callable[[], Secret],
    draft: Draft,
    password: Secret | None = None,
    sign_in: SignIn | None = None,
    means: Means | None = None,
) -> str:
    """Look at the new place, and store the change where nobody needs to be asked; returns the page that shows it.

    ``password`` and ``sign_in`` are kept with the change; ``means`` are those of a sign-in that is not kept yet.
    """
    live = MoveLive(before, after, draft, site.drafts.put(draft), secret, password, sign_in)

    async def work(job: Job) -> None:
        folders = await look_there(site.here, before, after, secret(), means)
        pairs = stored_pairs(site.here, before)
        over = before.is_smartermail and after.is_smartermail and before.url == after.url
        same = same_desktop(before, after) and not any(is_left_behind(after, pair) for pair in pairs)
        live.move = plan_move(folders, pairs, same_desktop=same, same_server=over)
        if not live.move.asks:
            stored = _store(site, live, [])
            job.then = f"/accounts/{site.id_of(stored.name)}/settings?said=saved"

    job = Job("move", "", f"Looking at the new place of {before.name}", "settings_move.html", live)
    job.done_title = f"Another place for {before.name}"
    return f"/jobs/{site.jobs.start(job, work).id}"


def find_again(request: Request) -> Response:
    """Look for the folders of an account anew where its settings, changed by another hand, lead to now."""
    site = site_of(request)
    account = site.account_of(request)
    if site.asks_for(account) is not Passphrase.NONE:
        return see_other(f"/unlock?next=/accounts/{site.id_of(account.name)}/folders")
    secret = partial(site.here.anew().secrets.get, account)
    return see_other(begin_move(site, account, account, secret, Draft(typed_of(account), editing=account.name)))


def confirm(request: Request) -> Response:
    """Store the change that was looked at and shown."""
    site = site_of(request)
    before = site.account_of(request)
    job = site.jobs.get(said(request, "job"))
    if job is None or job.running or not isinstance(job.live, MoveLive) or job.live.before != before:
        # Changed meanwhile, or started anew since: look once more.
        return see_other(f"/accounts/{site.id_of(before.name)}/settings")
    live = job.live
    move = live.move
    known = {p.id for p in (*move.kept, *(one.pair for one in move.anew), *(one.pair for one in move.lost))}
    if known != {pair.id for pair in stored_pairs(site.here, before)} or not live.once.acquire(blocking=False):
        # Another page changed the pairs, or this one was sent twice, which would begin them twice.
        return see_other(f"/accounts/{site.id_of(before.name)}/folders")
    try:
        stored = _store(site, live, asyncio.run(_made(live)))
    except InstepError as error:
        live.once.release()
        return page(request, "error.html", 409, title="That did not work", message=on_page(error), advice="")
    return see_other(f"/accounts/{site.id_of(stored.name)}/settings?said=moved")


async def _made(live: MoveLive) -> list[Pair]:
    make_desktop(live.after)
    desktop, server = connect(live.after, Secret(""))
    try:
        # The server's folders are there; only the desktop's may have to be made, which needs no password.
        return await pairs_anew(live.move, live.before, desktop, server)
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)


def _store(site: Site, live: MoveLive, new: list[Pair]) -> Account:
    gone = [anew.pair for anew in live.move.anew] + [lost.pair for lost in live.move.lost]
    rule = live.draft.typed.on_conflict
    stored = change_account(
        site.here, live.before, live.after, live.password, sign_in=live.sign_in, gone=gone, new=new, on_conflict=rule
    )
    # The job is remembered for long; what was typed in secret is not needed any more.
    live.draft, live.secret = replace(live.draft, password=None, app_password=None, found=None), lambda: Secret("")
    live.password = live.sign_in = None
    site.folders.pop(live.before.key, None)
    site.drafts.drop(live.draft_id)
    return stored


ROUTES = [
    Route("/accounts/{account}/move", confirm, methods=["POST"]),
    Route("/accounts/{account}/move/look", find_again, methods=["POST"]),
]
