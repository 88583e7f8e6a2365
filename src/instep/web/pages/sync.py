"""Synchronize and Preview: starting a run, and answering what it asked before it wrote anything."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.accounts.secrets import Passphrase
from instep.core.guard import Stop
from instep.core.model import Kind
from instep.engine.events import Face, FirstSync, GuardAnswer, RunEvent
from instep.service.running import Wishes, run_account
from instep.service.setup import Paired, paired_sentence
from instep.web.jobs import Job, of_sort
from instep.web.progress import SyncLive
from instep.web.render import see_other
from instep.web.security import form_of, said
from instep.web.site import Site, site_of


def synchronize(site: Site, account: Account, wishes: Wishes | None = None) -> Job:
    """Begin a run of an account, or give what already goes on for it."""
    wished = wishes or Wishes()
    live = SyncLive(desktop=account.desktop, server=account.url or account.email)
    live.begin, live.go, live.restore = wished.begin, wished.go, wished.restore

    async def work(job: Job) -> None:
        def emit(event: RunEvent) -> None:
            live.take(event)
            job.tell()

        async def guard(name: str, kind: Kind, stop: Stop) -> GuardAnswer:
            # What was said to another stop, as on a page that is older than this run, is no answer to this one.
            if stop.mark in wished.go:
                return GuardAnswer.GO
            if stop.mark in wished.restore:
                return GuardAnswer.RESTORE
            live.stops.append((kind, stop))
            return GuardAnswer.STOP

        async def first(question: FirstSync) -> bool:
            sure = wished.yes or question.pair in wished.begin
            if not sure:
                live.first.append(question)
            return sure

        def paired(made: Paired) -> None:
            live.paired += [paired_sentence(proposal) for proposal in made.proposals]

        face = Face(emit=emit, guard=guard, confirm_first=first, stopped=lambda: job.stopping)
        live.report = await run_account(site.here.anew(), account, wished, face, paired=paired)
        job.failure = live.report.failure

    return site.jobs.start(Job("sync", account.name, "Synchronizing", "_sync.html", live, "Synchronization"), work)


def start(request: Request) -> Response:
    """Synchronize one account, with the answers that the form brings."""
    site = site_of(request)
    form = form_of(request)
    marks = {name: frozenset(map(str, form.getlist(name))) for name in ("stop", "go", "restore")}
    answer = said(request, "on_guard")
    wishes = Wishes(
        yes=said(request, "yes") == "yes",
        begin=frozenset(int(str(text)) for text in form.getlist("begin") if re.fullmatch("[0-9]{1,9}", str(text))),
        go=marks["go"] | (marks["stop"] if answer == GuardAnswer.GO else frozenset()),
        restore=marks["restore"] | (marks["stop"] if answer == GuardAnswer.RESTORE else frozenset()),
    )
    account = site.account_of(request)
    if site.asks_for(account) is not Passphrase.NONE:
        return see_other(f"/unlock?account={site.id_of(account.name)}")
    return see_other(f"/jobs/{of_sort(synchronize(site, account, wishes), 'sync').id}")


def start_all(request: Request) -> Response:
    """Synchronize all accounts that are switched on; their cards show how far each is."""
    site = site_of(request)
    enabled = [account for account in site.here.accounts() if account.enabled]
    if any(site.asks_for(account) is not Passphrase.NONE for account in enabled):
        return see_other("/unlock?account=all")
    begun = [synchronize(site, account) for account in enabled]
    return see_other(f"/jobs/{begun[0].id}" if len(begun) == 1 else "/")


ROUTES = [
    Route("/accounts/{account}/synchronize", start, methods=["POST"]),
    Route("/synchronize", start_all, methods=["POST"]),
]
