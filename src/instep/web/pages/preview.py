"""Preview: what a synchronization would do, item by item, before anything is written; and doing exactly that."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.accounts.pairing import propose
from instep.engine.events import Face, RunEvent
from instep.engine.planfile import PlanFile, covered, plan_of, refusals, require_here
from instep.service.installation import Installation
from instep.service.running import Wishes, connected, run_account
from instep.service.setup import known_pairs, look, paired_sentence
from instep.web.jobs import Job, Work, of_sort
from instep.web.pages.jobs import job_of
from instep.web.planned import AppliedLive, PreviewLive
from instep.web.progress import Passing
from instep.web.render import see_other
from instep.web.security import said
from instep.web.site import Site, site_of


def watching(job: Job, passing: Passing) -> Face:
    """Return a face that only shows what passes, and lets a person stop it."""

    def emit(event: RunEvent) -> None:
        passing.take(event)
        job.tell()

    return Face(emit=emit, stopped=lambda: job.stopping)


def begin(site: Site, job: Job, work: Work) -> Job:
    """Begin a piece of work, or give the one of the same sort that already goes on for the account. Raises ``Busy``."""
    return of_sort(site.jobs.start(job, work), job.what)


def preview(site: Site, account: Account) -> Job:
    """Begin a look at what a synchronization of an account would do."""
    live = PreviewLive()

    async def work(job: Job) -> None:
        here = site.here.anew()
        if not await known_pairs(here, account):
            live.unpaired = True
            await _offer(here, account, live)
            return
        report = await run_account(here, account, Wishes(dry_run=True), watching(job, live.passing))
        job.failure = report.failure
        if not report.failure:
            live.plan = plan_of(here.db, report, None)

    return begin(site, Job("preview", account.name, "Looking ahead", "_preview.html", live, "Preview"), work)


async def _offer(here: Installation, account: Account, live: PreviewLive) -> None:
    """Say what would be paired, and pair nothing."""
    async with connected(here, account) as (desktop, server):
        proposals, lacks = propose(await look(here, account, desktop, server))
    live.offered = [paired_sentence(proposal) for proposal in proposals]
    live.lacks = [lack.message for lack in lacks]


def carry_out(site: Site, account: Account, plan: PlanFile, *, foreseen: bool) -> Job:
    """Begin to do what a plan says, and nothing else; ``foreseen``: also what it says that the guard would stop."""
    live = AppliedLive(plan)
    marks = frozenset(item.fingerprint for _, item in plan.items)
    stops = covered(plan) if foreseen else frozenset()
    wishes = Wishes(on_conflict=plan.on_conflict, on_guard="stop", yes=True, approved=marks, foreseen=stops)

    async def work(job: Job) -> None:
        here = site.here.anew()
        live.report = await run_account(here, account, wishes, watching(job, live.passing))
        job.failure = live.report.failure
        live.refused = refusals(here.db, plan, live.report)

    title = "Carrying out what you saw"
    return begin(site, Job("apply", account.name, title, "_applied.html", live, "The preview carried out"), work)


def start(request: Request) -> Response:
    """Look ahead for one account."""
    site = site_of(request)
    return see_other(f"/jobs/{preview(site, site.account_of(request)).id}")


def apply(request: Request) -> Response:
    """Carry out the plan that a preview's page shows."""
    site, shown = site_of(request), job_of(request)
    if not isinstance(shown.live, PreviewLive) or shown.live.plan is None:
        raise HTTPException(404, "There is no plan that could be carried out.")
    account = site.here.account(shown.account)
    require_here(site.here.db, shown.live.plan, account.name)
    job = carry_out(site, account, shown.live.plan, foreseen=said(request, "foreseen") == "yes")
    return see_other(f"/jobs/{job.id}")


ROUTES = [
    Route("/accounts/{account}/preview", start, methods=["POST"]),
    Route("/jobs/{job}/apply", apply, methods=["POST"]),
]
