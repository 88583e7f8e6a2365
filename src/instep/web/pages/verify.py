"""Verify: both sides of an account read whole and compared now, every difference explained; nothing is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.engine.verify import Difference, Explanation, PairVerdict, VerifyReport, verify
from instep.service.running import connected, require_place
from instep.web.columns import lines_of
from instep.web.jobs import Job
from instep.web.pages.preview import begin, watching
from instep.web.paging import Page, asked_number, page_of
from instep.web.progress import Passing
from instep.web.render import see_other
from instep.web.side_by_side import Line
from instep.web.site import Site, site_of

PAGE = 12  # differences that one page shows
_ROWS = 8  # fields that are shown of one
_FILL = 960  # characters of values that are
WORDS = {
    Explanation.REAL: ("should not be", "Nothing explains this. Synchronize; if it stays, it is a defect of Instep."),
    Explanation.CONFLICT: ("a conflict", "It waits for your decision."),
    Explanation.UNREADABLE: ("unreadable", "One side cannot be read. It is left alone until it can be."),
    Explanation.PENDING: ("not carried yet", "The next synchronization carries it, or asks you."),
}
"""How each explanation is called, and what it means; in the order in which they matter."""


@dataclass
class VerifyLive:
    """A comparison while it goes on, and its verdict."""

    passing: Passing = field(default_factory=Passing)
    report: VerifyReport | None = None

    def differences(self, request: Request) -> Page[Shown]:
        """A page of what differs: what should not be first."""
        order = list(WORDS)
        found = [d for p in (self.report.pairs if self.report else ()) for d in p.differences]
        found.sort(key=lambda d: order.index(d.explanation))
        part = page_of(found, asked_number(request, "page", 1), PAGE)
        return Page([_shown(d) for d in part.shown], part.number, part.pages, part.total)

    @property
    def verdicts(self) -> list[tuple[PairVerdict, list[str]]]:
        """What was found for each pair, and the same in words."""
        return [(verdict, _verdict(verdict)) for verdict in (self.report.pairs if self.report else ())]

    @property
    def sums(self) -> list[tuple[str, int, str]]:
        """How many differences of each sort there are: its name, the number, what it means."""
        counts = Counter(d.explanation for p in (self.report.pairs if self.report else ()) for d in p.differences)
        return [(name, counts[why], means) for why, (name, means) in WORDS.items() if counts[why]]


@dataclass(frozen=True, slots=True)
class Shown:
    """One difference as its page shows it; ``more`` counts the fields that are not shown."""

    kind: str
    name: str
    why: str
    tone: str
    detail: str
    lines: list[Line]
    more: int


def _shown(found: Difference) -> Shown:
    tone = {Explanation.PENDING: "quiet", Explanation.CONFLICT: "asks"}.get(found.explanation, "bad")
    # What cannot be read names its place itself; it is said once.
    name = "" if found.name in found.detail else found.name
    lines = lines_of(found.rows[:_ROWS], "on the desktop", "on the server", _FILL)
    return Shown(
        found.kind.value, name, WORDS[found.explanation][0], tone, found.detail, lines, len(found.rows[_ROWS:])
    )


def _verdict(verdict: PairVerdict) -> list[str]:
    found = len(verdict.differences)
    lines = ["all the same" if not found else f"{found} {'differs' if found == 1 else 'differ'}"]
    if verdict.held:
        lines.append(f"{verdict.held} with something that one side cannot hold; the other keeps it")
    if verdict.declined:
        lines.append(f"{verdict.declined} on one side only, since an undo took the copy back")
    if verdict.outside:
        lines.append(f"{verdict.outside} outside of the days or categories of this folder, left alone")
    for side, number in verdict.staying.items():
        if number:
            lines.append(f"{number} held on the {side.value}, which cannot go over as the account is set")
    return lines


def compare(site: Site, account: Account) -> Job:
    """Begin to compare both sides of an account."""
    live = VerifyLive()

    async def work(job: Job) -> None:
        here = site.here.anew()
        await require_place(here, account)
        async with connected(here, account) as (desktop, server):
            face, kinds = watching(job, live.passing), frozenset(account.wanted)
            live.report = await verify(here.db, account.name, desktop, server, face, account.own_addresses, kinds)
        job.failure = live.report.failure

    return begin(site, Job("verify", account.name, "Comparing both sides", "_verify.html", live, "Verify"), work)


def start(request: Request) -> Response:
    """Compare both sides of one account."""
    site = site_of(request)
    return see_other(f"/jobs/{compare(site, site.account_of(request)).id}")


ROUTES = [Route("/accounts/{account}/verify", start, methods=["POST"])]
