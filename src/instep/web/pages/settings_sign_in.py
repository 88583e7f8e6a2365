"""Signing in to SmarterMail: the code of two-step login for settings on their way, and an account signed in again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts.account import Account, PasswordIn
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase
from instep.errors import InstepError, LoginRefused, LoginsPaused
from instep.service.app_password import could_go_over_dav, try_app_password
from instep.service.changing import change_account
from instep.service.signing_in import SigningIn, keep_signed_in, means_of_signing, sign_in_again, try_password
from instep.web.advice import on_page
from instep.web.pages.settings_form import KEPT, Found, place_typed
from instep.web.pages.settings_going_on import Going, finish, with_found
from instep.web.render import page, see_other
from instep.web.security import form_of, said
from instep.web.site import Site, site_of


@dataclass
class Again:
    """A stored account that is being signed in again."""

    account: Account
    signing: SigningIn = field(repr=False)


def ask_code(request: Request) -> Response:
    """Ask for the code of two-step login."""
    return _code_page(request, str(request.query_params.get("sign-in", "")), "")


def take_code(request: Request) -> Response:
    """Show the code to the server, and go on with what the sign-in was for."""
    site, id = site_of(request), said(request, "sign-in")
    signing = _signing(site, id)
    code = _exact(request, "code")
    if signing is None or not signing.asks:
        return _code_page(request, id, "")
    if not any(sign.isdigit() for sign in code):
        return _code_page(request, id, "Give the code: it consists of digits.")
    try:
        if not asyncio.run(signing.answer(code)):
            return _code_page(request, id, "This code was wrong. Give the next one; it is asked for once more.")
        return _with_app_password(request, id, signing)
    except InstepError as error:
        return _code_page(request, id, on_page(error))


def take_app_password(request: Request) -> Response:
    """Try another application password where the one given with the code was refused; empty goes on without one."""
    site, id = site_of(request), said(request, "sign-in")
    signing = _signing(site, id)
    if signing is None or not signing.done:
        return _code_page(request, id, "")
    try:
        return _with_app_password(request, id, signing)
    except InstepError as error:
        return _code_page(request, id, on_page(error))


def _with_app_password(request: Request, id: str, signing: SigningIn) -> Response:
    typed = Secret(_exact(request, "app_password"))
    try:
        if typed:
            asyncio.run(try_app_password(signing.account, typed, means_of_signing(signing)))
    except (LoginRefused, LoginsPaused) as error:
        back = _back(site_of(request), id)
        refused = "settings_app_password.html"
        return page(request, refused, account=signing.account, id=id, back=back, fault=on_page(error))
    return see_other(_signed_in(site_of(request), id, typed))


def _signed_in(site: Site, id: str, app_password: Secret) -> str:
    given = app_password or None
    again = site.drafts.get(id, Again)
    if again is not None:
        site.drafts.drop(id)
        stored = keep_signed_in(site.here, again.account, again.signing, None)
        done = "signed-in"
        if given is not None:
            stored = change_account(site.here, stored, stored, given)
            done = "signed-in-dav" if could_go_over_dav(site.here, stored) else done
        return f"/accounts/{site.id_of(stored.name)}/settings?said={done}"
    going = site.drafts.get(id, Going)
    assert going is not None and going.draft.found is not None
    prepared, draft = going.draft.found.prepared, going.draft
    # The login's password is not needed any more, in no form.
    draft.password, draft.command, draft.typed.way, draft.app_password = None, "", KEPT, given
    draft.found = Found(place_typed(draft), prepared)
    going.account = with_found(site, draft, going.account)
    site.drafts.drop(id)
    return finish(site, going)


def _signing(site: Site, id: str) -> SigningIn | None:
    again = site.drafts.get(id, Again)
    if again is not None:
        return again.signing
    going = site.drafts.get(id, Going)
    return going.draft.found.prepared.signing if going is not None and going.draft.found is not None else None


def _back(site: Site, id: str) -> str:
    again, going = site.drafts.get(id, Again), site.drafts.get(id, Going)
    if again is not None:
        return f"/accounts/{site.id_of(again.account.name)}/sign-in"
    if going is not None and going.before is not None:
        return f"/accounts/{site.id_of(going.before.name)}/settings?draft={going.draft_id}"
    return f"/accounts/new?draft={going.draft_id}" if going is not None else "/"


def _code_page(request: Request, id: str, fault: str) -> Response:
    site = site_of(request)
    signing, going = _signing(site, id), site.drafts.get(id, Going)
    over = signing is None or not signing.asks
    account = signing.account if signing is not None else None
    return page(
        request,
        "settings_code.html",
        account=account,
        signing=signing,
        id=id,
        fault=fault,
        over=over,
        back=_back(site, id),
        found=going.draft.found.prepared.said if going is not None and going.draft.found is not None else [],
    )


def ask(request: Request) -> Response:
    """Ask for the password of an account that is to be signed in again."""
    site = site_of(request)
    account = site.account_of(request)
    if site.asks_for(account) is not Passphrase.NONE:
        return see_other(f"/unlock?next={request.url.path}")
    return _page(request, account, "")


def sign_in(request: Request) -> Response:
    """Show the password to the server once; then store it, or ask for the code."""
    site = site_of(request)
    account = site.account_of(request)
    if site.asks_for(account) is not Passphrase.NONE:
        return see_other(f"/unlock?next={request.url.path}")
    typed = Secret(_exact(request, "password"))
    if not typed and account.password is not PasswordIn.COMMAND:
        return _page(request, account, "The password is missing.")
    try:
        return see_other(asyncio.run(_shown(site, account, typed)))
    except InstepError as error:
        return _page(request, account, on_page(error))


async def _shown(site: Site, account: Account, typed: Secret) -> str:
    here = site.here.anew()
    done = f"/accounts/{site.id_of(account.name)}/settings?said=signed-in"
    password = typed or await asyncio.to_thread(here.secrets.get, account)
    if not account.is_smartermail:
        await try_password(here, account, password)
        if typed:
            change_account(here, account, account, typed)
        return done
    signing = sign_in_again(here, account)
    if await signing.begin(password):
        keep_signed_in(here, account, signing, typed or None)
        return done
    return f"/accounts/code?sign-in={site.drafts.put(Again(account, signing))}"


def _page(request: Request, account: Account, fault: str) -> Response:
    id = site_of(request).id_of(account.name)
    command = account.password is PasswordIn.COMMAND
    return page(request, "settings_sign_in.html", account=account, id=id, fault=fault, command=command)


def _exact(request: Request, name: str) -> str:
    value = form_of(request).get(name, "")
    return value if isinstance(value, str) else ""


ROUTES = [
    Route("/accounts/code", ask_code, methods=["GET"]),
    Route("/accounts/code", take_code, methods=["POST"]),
    Route("/accounts/app-password", take_app_password, methods=["POST"]),
    Route("/accounts/{account}/sign-in", ask, methods=["GET"]),
    Route("/accounts/{account}/sign-in", sign_in, methods=["POST"]),
]
