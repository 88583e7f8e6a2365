"""Test: one step after the other, as each is known; also with what was typed and is not stored yet. Writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account
from instep.accounts.connect import desktop_is_there
from instep.accounts.means import Means
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase
from instep.accounts.trial import Outcome, Step, trial
from instep.errors import InstepError
from instep.web.jobs import Job
from instep.web.pages.settings_form import Draft
from instep.web.render import see_other
from instep.web.site import Site, site_of
from instep.web.topics import topic_of_step

_WORDS = {
    "desktop": "Desktop",
    "password": "Password",
    "server": "Server",
    "address": "Address of the server",
    "encrypted connection": "Encrypted connection",
    "login": "Login",
    "product": "Product of the server",
    "invitations": "Invitations",
    "dav": "CalDAV and CardDAV",
    "rest": "The web mail’s own interface",
}
_TONES = {Outcome.OK: "good", Outcome.NOTE: "asks", Outcome.FAILED: "bad", Outcome.NOT_KNOWN: "unknown"}
_FIELDS = {"password": "password", "login": "password", "address": "url", "product": "url", "desktop": "desktop"}


@dataclass
class TrialLive:
    """A test as pages show it. ``draft`` names what was typed, empty for an account as it is stored; ``later``: the
    desktop's folder is still to be made."""

    account: Account
    id: str
    draft: str
    new: bool
    later: bool = False
    steps: list[Step] = field(default_factory=list)

    @property
    def expected(self) -> list[str]:
        """The names of the steps that are still to come, as far as they can be foreseen."""
        looked = not self.later and not any(step.name == "desktop" for step in self.failed)
        names = ["desktop", *(f"desktop: {kind}" for kind in self.account.wanted if looked)]
        names += ["address", "encrypted connection", "login", "product"]
        names += [f"server: {kind}" for kind in self.account.wanted]
        # What was passed over does not come any more.
        last = max((names.index(step.name) for step in self.steps if step.name in names), default=-1)
        return names[last + 1 :]

    @property
    def failed(self) -> list[Step]:
        """The steps that failed."""
        return [step for step in self.steps if step.outcome is Outcome.FAILED]

    @property
    def field(self) -> str:
        """The field of the settings where the first failure is most likely put right; may be empty."""
        return next((_FIELDS[step.name] for step in self.failed if step.name in _FIELDS), "")

    def words(self, name: str) -> str:
        """Say what a step tries."""
        side, colon, kind = name.partition(": ")
        if side == "protocol":
            return f"Protocol of {kind}"
        return f"{kind.capitalize()} on the {side}" if colon else _WORDS.get(name, name.capitalize())

    def topic(self, step: Step) -> str:
        """The address of the help for a step."""
        return topic_of_step(step).address

    def tone(self, step: Step) -> str:
        """Say how much a step's outcome wants a person, as classes of the style sheet."""
        return _TONES[step.outcome]


def begin_trial(
    site: Site,
    account: Account,
    secret: Callable[[], Secret],
    draft: Draft | None,
    *,
    new: bool,
    means: Means | None = None,
    refused: InstepError | None = None,
) -> str:
    """Begin a test; returns the address of the page that shows it.

    ``means`` are those of a sign-in just made; ``refused`` is why one just ended, and then no other is tried.
    """
    id = "" if new else site.id_of(draft.editing if draft else account.name)
    later = new and not desktop_is_there(account)
    live = TrialLive(account, id, site.drafts.put(draft) if draft else "", new, later)

    known = means or site.here.anew().means(account)

    async def work(job: Job) -> None:
        await _until_stopped(job, trial(account, secret, means=known, refused=refused, new=new), live)

    job = Job("test", "", f"Test of {account.name}", "test.html", live)
    return f"/jobs/{site.jobs.start(job, work).id}"


async def _until_stopped(job: Job, steps: AsyncIterator[Step], live: TrialLive) -> None:
    async def take() -> None:
        async for step in steps:
            live.steps.append(step)
            job.tell()

    with job.watched() as changed:
        taking = asyncio.ensure_future(take())
        while not taking.done():
            changed.clear()
            if job.stopping:
                taking.cancel()
            told = asyncio.ensure_future(changed.wait())
            await asyncio.wait({taking, told}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
        if taking.cancelled():
            with suppress(asyncio.CancelledError):
                await taking
        else:
            taking.result()


def test(request: Request) -> Response:
    """Test an account as it is stored."""
    site = site_of(request)
    account = site.account_of(request)
    if site.asks_for(account) is not Passphrase.NONE:
        return see_other(f"/unlock?next=/accounts/{site.id_of(account.name)}/settings")
    return see_other(begin_trial(site, account, partial(site.here.anew().secrets.get, account), None, new=False))


ROUTES = [Route("/accounts/{account}/test", test, methods=["POST"])]
