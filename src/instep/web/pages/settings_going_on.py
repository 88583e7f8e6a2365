"""What follows on a form of an account's settings: find the server and sign in, then test it, or store it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from instep.accounts.account import Account, is_unknown
from instep.accounts.config import require_sound
from instep.accounts.connect import make_desktop
from instep.accounts.enrolment import KEPT_IN, SignIn, enrol
from instep.accounts.means import Means
from instep.accounts.secret import Secret
from instep.errors import InsecureRefused, InstepError, SignInNeeded
from instep.protocols.smartermail.profile import Profile
from instep.service.changing import change_account, stored_pairs
from instep.service.readdressing import is_elsewhere
from instep.service.signing_in import begin, look_for_server
from instep.web.jobs import Job
from instep.web.pages.folders import look_at
from instep.web.pages.settings_form import Draft, Found, place_typed
from instep.web.pages.settings_move import begin_move
from instep.web.pages.trial import begin_trial
from instep.web.site import Site

TEST = "test"


@dataclass
class Going:
    """A filled form that goes on: ``account`` is what it describes, ``before`` the account as it is stored (``None``
    for a new one), ``do`` the button, ``secret`` gives the password, ``kept`` the one to keep (``None``: as it is)."""

    draft: Draft
    account: Account
    before: Account | None
    do: str
    secret: Callable[[], Secret] = field(repr=False)
    kept: Callable[[], Secret | None] = field(repr=False)
    draft_id: str = ""
    anchor: str = ""

    @property
    def form(self) -> str:
        """The name of the account whose form it is, empty for a new one."""
        return self.before.name if self.before else ""


def go_on(site: Site, going: Going) -> str:
    """Go on with a form; returns the address of the page that shows it. Raises what storing raises."""
    return _begin_finding(site, going) if _wants_finding(going) else finish(site, going)


def _wants_finding(going: Going) -> bool:
    draft, account, before = going.draft, going.account, going.before
    if draft.found is not None and draft.found.place == place_typed(draft):
        return going.do == TEST and draft.found.prepared.refused is not None
    if account.is_smartermail:
        # A password that was just typed is tried once; without one, the sign-in that is kept goes on.
        return draft.password is not None
    moved = before is None or (before.url, before.email) != (account.url, account.email)
    return is_unknown(account) and (moved or going.do == TEST)


def _begin_finding(site: Site, going: Going) -> str:
    going.draft_id = site.drafts.put(going.draft)

    async def work(job: Job) -> None:
        prepared = await look_for_server(going.account)
        if job.stopping:
            return
        if prepared.unusable is not None:
            raise _on_page(prepared.unusable)
        require_sound(prepared.account)
        await begin(site.here, prepared, going.secret)
        going.draft.found = Found(place_typed(going.draft), prepared)
        going.account = prepared.account
        if job.stopping:
            return
        if prepared.asks:
            job.then = f"/accounts/code?sign-in={site.drafts.put(going)}"
        elif prepared.refused is not None:
            job.then = test_of(site, going)
        else:
            going.account = prepared.stored_as(site.here)
            job.then = finish(site, going)

    job = Job("finding", "", f"Looking for the server of {going.account.name}", "settings_finding.html", going)
    return f"/jobs/{site.jobs.start(job, work).id}"


def _on_page(error: InstepError) -> InstepError:
    if isinstance(error, InsecureRefused):
        return InsecureRefused(error.message, f"{error.advice} under Options.", error.where)
    return error


def finish(site: Site, going: Going) -> str:
    """Test or store what was found and signed in to; returns the address of the page that shows it."""
    return test_of(site, going) if going.do == TEST else _stored(site, going)


def test_of(site: Site, going: Going) -> str:
    """Begin the test of a form."""
    found = going.draft.found
    prepared = found.prepared if found is not None and found.place == place_typed(going.draft) else None
    means: Means | None = prepared.means if prepared is not None else None
    if means is None and going.before is not None and going.account.is_smartermail:
        means = site.here.anew().means(going.before)
    refused = prepared.refused if prepared is not None else None
    secret = going.secret
    if going.account.two_step and prepared is not None:
        secret = _given(going.draft.app_password or Secret(""))
    return begin_trial(site, going.account, secret, going.draft, new=going.before is None, means=means, refused=refused)


def _given(secret: Secret) -> Callable[[], Secret]:
    return lambda: secret


def _stored(site: Site, going: Going) -> str:
    sign_in, password = _to_keep(going)
    if going.before is None:
        make_desktop(going.account)
        profile = _found_profile(going)
        stored = enrol(site.here.home, site.here.secrets, going.account, password, sign_in, profile)
        site.drafts.drop(going.draft_id)
        return look_at(site, stored, anchor=going.anchor)
    before, account = going.before, going.account
    if is_elsewhere(before, account) and stored_pairs(site.here, before):
        secret = _given(password or Secret("")) if account.two_step else going.secret
        return begin_move(site, before, account, secret, going.draft, password, sign_in, _means(site, going))
    if before.desktop != account.desktop:
        make_desktop(account)
    rule = going.draft.typed.on_conflict
    stored = change_account(site.here, before, account, password, sign_in=sign_in, on_conflict=rule)
    site.drafts.drop(going.draft_id)
    site.folders.pop(before.key, None)
    if going.anchor:
        return look_at(site, stored, anchor=going.anchor)
    return f"/accounts/{site.id_of(stored.name)}/settings?said=saved"


def _found_profile(going: Going) -> Profile | None:
    found = going.draft.found
    return found.prepared.profile if found is not None and found.place == place_typed(going.draft) else None


def _means(site: Site, going: Going) -> Means | None:
    """The means by which the new place is looked at: the sign-in just made, where there is one."""
    found = going.draft.found
    if found is None or found.place != place_typed(going.draft):
        return None
    return found.prepared.means


def _to_keep(going: Going) -> tuple[SignIn | None, Secret | None]:
    """The sign-in and the password to keep. Raises ``SignInNeeded`` for a sign-in that still waits for its code."""
    found = going.draft.found
    signing = found.prepared.signing if found is not None and found.place == place_typed(going.draft) else None
    if signing is None:
        return None, going.kept()
    if signing.asks:
        raise SignInNeeded("The code of two-step login is still missing.", "Test the settings again, and give it.")
    sign_in = signing.complete
    if going.account.two_step:
        return sign_in, going.draft.app_password
    return sign_in, going.kept() if going.account.password in KEPT_IN else None


def with_found(site: Site, draft: Draft, account: Account) -> Account:
    """The account that a form describes, with what was found of its server before."""
    if draft.found is None or draft.found.place != place_typed(draft):
        return account
    known = draft.found.prepared.stored_as(site.here)
    server = replace(account, server=known.server, url=known.url)
    if not known.two_step:
        return replace(server, two_step=False)
    return replace(server, two_step=True, password=known.password, password_command="")
