"""The doctor's page: checks with what to do, a closer look with the servers, and the diagnostic bundle."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.trial import Outcome, Step
from instep.service.doctor import Check, examine
from instep.service.doctor_bundle import CONTENTS, LEFT_OUT, bundle
from instep.service.installation import Installation
from instep.web.jobs import Job
from instep.web.render import page, see_other
from instep.web.security import said
from instep.web.site import site_of
from instep.web.topics import topic_of_step

WORDS = {
    Outcome.OK: ("good", "in order"),
    Outcome.NOTE: ("asks", "worth knowing"),
    Outcome.FAILED: ("bad", "failed"),
    Outcome.NOT_KNOWN: ("quiet", "not known"),
}
"""How an outcome looks, and its word."""
FILE = "instep-diagnostics.zip"


@dataclass
class Look:
    """A closer look while it goes on: what was found so far."""

    online: bool
    checks: list[Check] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, check: Check) -> None:
        """Add what was found."""
        with self.lock:
            self.checks.append(check)

    def findings(self) -> Findings:
        """What was found so far."""
        with self.lock:
            return findings_of(self.checks)


@dataclass(frozen=True, slots=True)
class Row:
    """A check as it is shown: its looks, the word for its outcome, the address of its topic (may be empty)."""

    check: Check
    tone: str
    word: str
    topic: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, in groups of rows: this computer (named by an empty text) first, then each account."""

    groups: tuple[tuple[str, tuple[Row, ...]], ...]

    def count(self, tone: str) -> int:
        """How many rows have these looks."""
        return sum(row.tone == tone for _, rows in self.groups for row in rows)


def findings_of(checks: list[Check]) -> Findings:
    """Put checks into the groups in which they are shown."""
    groups: dict[str, list[Row]] = {"": []}
    for check in checks:
        groups.setdefault(check.account, []).append(Row(check, *WORDS[check.outcome], _topic(check)))
    return Findings(tuple((name, tuple(rows)) for name, rows in groups.items()))


def _topic(check: Check) -> str:
    if check.outcome is Outcome.OK or not (check.error or check.outcome is Outcome.FAILED):
        return ""
    return topic_of_step(Step(check.name, check.outcome, error=check.error)).address


async def _found(here: Installation, *, scan: bool) -> list[Check]:
    return [check async for check in examine(here, scan=scan)]


def show(request: Request) -> Response:
    """Show what a quick look finds."""
    checks = asyncio.run(_found(site_of(request).here.anew(), scan=False))
    return page(request, "doctor.html", findings=findings_of(checks), contents=CONTENTS, left_out=LEFT_OUT)


def look(request: Request) -> Response:
    """Begin a closer look: the whole state is read, and the accounts are tested if that is wanted."""
    site, live = site_of(request), Look(said(request, "online") == "yes")

    async def work(job: Job) -> None:
        async for check in examine(site.here.anew(), online=live.online):
            live.take(check)
            job.tell()
            if job.stopping:
                return

    job = Job("doctor", "", "Looking closer", "_doctor.html", live)
    return see_other(f"/jobs/{site.jobs.start(job, work).id}")


def download(request: Request) -> Response:
    """Make a diagnostic bundle and give it as a file."""
    here = site_of(request).here.anew()
    data = bundle(here, asyncio.run(_found(here, scan=True)))
    headers = {"content-disposition": f'attachment; filename="{FILE}"'}
    return Response(data, media_type="application/zip", headers=headers)


ROUTES = [
    Route("/doctor", show),
    Route("/doctor/look", look, methods=["POST"]),
    Route("/doctor/bundle", download, methods=["POST"]),
]
