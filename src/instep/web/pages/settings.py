"""Account Settings: a new account, and the settings of one that is there; Test, Next and Save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.connect import make_desktop
from instep.accounts.enrolment import enrol
from instep.accounts.joining import CONFLICT_RULES
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase
from instep.core.model import Kind
from instep.errors import ConfigError, InstepError
from instep.service.changing import change_account, stored_pairs
from instep.service.readdressing import is_elsewhere
from instep.web.advice import on_page
from instep.web.pages.folders import look_at
from instep.web.pages.settings_form import KEPT, Draft, Typed, account_from, typed_in, typed_of
from instep.web.pages.settings_move import begin_move
from instep.web.pages.settings_unlock import unlock_with
from instep.web.pages.trial import begin_trial
from instep.web.render import page, see_other
from instep.web.security import form_of, said
from instep.web.site import Site, site_of


def new(request: Request) -> Response:
    """Show the form of a new account, empty or as it was filled in before a test."""
    draft = site_of(request).drafts.get(request.query_params.get("draft", ""), Draft)
    return _form(request, draft or Draft(Typed()), draft_id=request.query_params.get("draft", "") if draft else "")


def duplicate(request: Request) -> Response:
    """Show the form of a new account that is like another one, with another name and another desktop folder."""
    site = site_of(request)
    account = site.account_of(request)
    names = {other.key for other in site.here.accounts()}
    name = next(n for n in (f"{account.name[:58]} {i}" for i in range(2, 9999)) if Account(n).key not in names)
    typed = replace(typed_of(account), name=name, desktop="", on_conflict="")
    return _form(request, Draft(typed, like=account.name))


def create(request: Request) -> Response:
    """Take the form of a new account: test it, or store it and go on to its folders."""
    site = site_of(request)
    draft, known = _posted(request, None)
    like = _stored(site, draft.like)
    account, wrong = account_from(draft, like, site.here.secrets.place())
    account = replace(account, enabled=True)
    if account.key in {other.key for other in site.here.accounts()}:
        wrong["name"] = "There is an account of that name already. Choose another name."
    if account.password in (PasswordIn.KEYRING, PasswordIn.VAULT) and not draft.password and not _keeps(like):
        wrong["password"] = "The password is missing."
    wrong |= _unlocked(request, account)
    if wrong:
        return _form(request, draft, wrong, known)
    if said(request, "do") == "test":
        return see_other(begin_trial(site, account, _secret(site, draft, account, like), draft, new=True))
    try:
        make_desktop(account)
        secret = None
        if account.password in (PasswordIn.KEYRING, PasswordIn.VAULT):
            secret = draft.password or (site.here.secrets.get(like) if like else None)
        stored = enrol(site.here.home, site.here.secrets, account, secret)
    except InstepError as error:
        return _form(request, draft, {"": on_page(error)}, known)
    site.drafts.drop(known)
    return see_other(look_at(site, stored, anchor=_anchor(request)))


def edit(request: Request) -> Response:
    """Show an account's settings, as stored or as they were filled in before a test."""
    site = site_of(request)
    account = site.account_of(request)
    known = request.query_params.get("draft", "")
    draft = site.drafts.get(known, Draft)
    if draft is None or draft.editing != account.name:
        draft, known = Draft(typed_of(account), editing=account.name), ""
    return _form(request, draft, draft_id=known)


def save(request: Request) -> Response:
    """Take an account's changed settings: test them, or store them."""
    site = site_of(request)
    before = site.account_of(request)
    draft, known = _posted(request, before)
    account, wrong = account_from(draft, before, site.here.secrets.place())
    try:
        config.require_free((other for other in site.here.accounts() if other.key != before.key), account)
    except ConfigError:
        wrong["name"] = "There is another account of that name. Choose another name."
    if account.password in (PasswordIn.KEYRING, PasswordIn.VAULT) and not draft.password and not _keeps(before):
        wrong["password"] = "The password is missing."
    if draft.typed.on_conflict not in ("", *CONFLICT_RULES):
        draft.typed.on_conflict = ""
    wrong |= _unlocked(request, account)
    if draft.shown and draft.shown != site.form_of(before):
        wrong[""] = "This was changed since the page was shown. Compare, and save again. Nothing was stored."
        draft.shown = ""
    if wrong:
        return _form(request, draft, wrong, known)
    if said(request, "do") == "test":
        return see_other(begin_trial(site, account, _secret(site, draft, account, before), draft, new=False))
    try:
        if is_elsewhere(before, account) and stored_pairs(site.here, before):
            return see_other(begin_move(site, before, account, _secret(site, draft, account, before), draft))
        if before.desktop != account.desktop:
            make_desktop(account)
        stored = change_account(site.here, before, account, draft.password, on_conflict=draft.typed.on_conflict)
    except InstepError as error:
        return _form(request, draft, {"": on_page(error)}, known)
    site.drafts.drop(known)
    site.folders.pop(before.key, None)
    if anchor := _anchor(request):
        return see_other(look_at(site, stored, anchor=anchor))
    return see_other(f"/accounts/{site.id_of(stored.name)}/settings?said=saved")


def _posted(request: Request, editing: Account | None) -> tuple[Draft, str]:
    """What was typed, and the name of the draft that it goes on from; a button of the test's page brings that alone."""
    site, form = site_of(request), form_of(request)
    known = said(request, "draft")
    old = site.drafts.get(known, Draft)
    if old is not None and old.editing != (editing.name if editing else ""):
        old = None
    if old is not None and "name" not in form:
        return old, known
    password = form.get("password")
    return Draft(
        typed_in(form),
        editing=editing.name if editing else "",
        like=_like(site, said(request, "like")) or (old.like if old else ""),
        shown=said(request, "shown") or (old.shown if old else ""),
        password=Secret(password) if isinstance(password, str) and password else old.password if old else None,
        command=said(request, "password_command") or (old.command if old else ""),
    ), known if old else ""


def _like(site: Site, id: str) -> str:
    return next((account.name for account in site.here.accounts() if id and site.id_of(account.name) == id), "")


def _stored(site: Site, name: str) -> Account | None:
    return next((account for account in site.here.accounts() if name and account.name == name), None)


def _keeps(account: Account | None) -> bool:
    return account is not None and account.password in (PasswordIn.KEYRING, PasswordIn.VAULT)


def _secret(site: Site, draft: Draft, account: Account, stored: Account | None) -> Callable[[], Secret]:
    """What gives the password to use: the one typed, or the one that is kept for ``stored``, looked up in its time."""
    if account.password not in (PasswordIn.COMMAND, PasswordIn.NONE):
        if (typed := draft.password) is not None:
            return lambda: typed
        account = stored or account
    return partial(site.here.anew().secrets.get, account)


def _unlocked(request: Request, account: Account) -> dict[str, str]:
    """Open the vault with what the form brings, where this account needs it; a sentence where that failed."""
    site = site_of(request)
    asks = site.asks_for(account)
    if asks is Passphrase.NONE:
        return {}
    fault = unlock_with(request, asks)
    return {"passphrase": fault} if fault else {}


def _anchor(request: Request) -> str:
    word = said(request, "do").removeprefix("folders-")
    return word if word in frozenset(Kind) else ""


def _form(request: Request, draft: Draft, wrong: dict[str, str] | None = None, draft_id: str = "") -> HTMLResponse:
    site = site_of(request)
    stored = _stored(site, draft.editing)
    if (draft.password or draft.command) and site.drafts.get(draft_id, Draft) is not draft:
        # What was typed in secret is not sent back; it waits here while the rest is corrected.
        draft_id = site.drafts.put(draft)
    vault = replace(stored or Account(draft.typed.name), password=site.here.secrets.place())
    if stored is not None and _keeps(stored):
        vault = stored
    wrong = wrong or {}
    return page(
        request,
        "settings.html",
        typed=draft.typed,
        account=stored,
        id=site.id_of(stored.name) if stored else "",
        like=site.id_of(draft.like) if draft.like else "",
        likes=draft.like,
        wrong=wrong,
        draft=draft_id,
        shown=draft.shown or (site.form_of(stored) if stored else ""),
        has_password=bool(draft.password) or _keeps(stored) or _keeps(_stored(site, draft.like)),
        has_command=bool(draft.command) or bool((stored or Account("")).password_command),
        asks=site.asks_for(vault) if draft.typed.way == KEPT or stored is None else Passphrase.NONE,
        kinds=tuple(Kind),
        said=request.query_params.get("said", "") if request.method == "GET" else "",
        pairs=len(stored_pairs(site.here, stored)) if stored else 0,
    )


ROUTES = [
    Route("/accounts/new", new, methods=["GET"]),
    Route("/accounts/new", create, methods=["POST"]),
    Route("/accounts/{account}/settings", edit, methods=["GET"]),
    Route("/accounts/{account}/settings", save, methods=["POST"]),
    Route("/accounts/{account}/duplicate", duplicate, methods=["GET"]),
]
