"""Account Settings: a new account, and the settings of one that is there; Test, Next and Save."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn, is_unknown
from instep.accounts.enrolment import KEPT_IN
from instep.accounts.joining import CONFLICT_RULES
from instep.accounts.product import product_sentence, security
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase
from instep.accounts.server_type import NOT_AVAILABLE, PROTOCOLS, protocol_word
from instep.core.model import Kind
from instep.errors import ConfigError, InstepError
from instep.service.changing import stored_pairs
from instep.service.protocols import protocol_lines
from instep.web.advice import on_page
from instep.web.pages.settings_form import KEPT, Draft, Typed, account_from, typed_in, typed_of
from instep.web.pages.settings_going_on import Going, go_on, with_found
from instep.web.pages.settings_unlock import unlock_with
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
    account = with_found(site, draft, replace(account, enabled=True))
    if account.key in {other.key for other in site.here.accounts()}:
        wrong["name"] = "There is an account of that name already. Choose another name."
    if account.password in KEPT_IN and not draft.password and not _gives(like) and not draft.signed_in:
        wrong["password"] = "The password is missing."
    wrong |= _unlocked(request, account)
    if wrong:
        return _form(request, draft, wrong, known)
    secret = _secret(site, draft, account, like)
    kept = secret if account.password in KEPT_IN else _nothing
    going = Going(draft, account, None, said(request, "do"), secret, kept, known, _anchor(request))
    try:
        return see_other(go_on(site, going))
    except InstepError as error:
        return _form(request, draft, {"": on_page(error)}, known)


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
    account = with_found(site, draft, account)
    try:
        config.require_free((other for other in site.here.accounts() if other.key != before.key), account)
    except ConfigError:
        wrong["name"] = "There is another account of that name. Choose another name."
    kept = _gives(before) if is_unknown(account) else _keeps(before)
    if account.password in KEPT_IN and not draft.password and not kept and not draft.signed_in:
        wrong["password"] = "The password is missing."
    if draft.typed.on_conflict not in ("", *CONFLICT_RULES):
        draft.typed.on_conflict = ""
    wrong |= _unlocked(request, account)
    if draft.shown and draft.shown != site.form_of(before):
        wrong[""] = "This was changed since the page was shown. Compare, and save again. Nothing was stored."
        draft.shown = ""
    if wrong:
        return _form(request, draft, wrong, known)
    secret = _secret(site, draft, account, before)
    going = Going(draft, account, before, said(request, "do"), secret, lambda: draft.password, known, _anchor(request))
    try:
        return see_other(go_on(site, going))
    except InstepError as error:
        return _form(request, draft, {"": on_page(error)}, known)


def _nothing() -> None:
    return None


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
        found=old.found if old else None,
        app_password=old.app_password if old else None,
    ), known if old else ""


def _like(site: Site, id: str) -> str:
    return next((account.name for account in site.here.accounts() if id and site.id_of(account.name) == id), "")


def _stored(site: Site, name: str) -> Account | None:
    return next((account for account in site.here.accounts() if name and account.name == name), None)


def _keeps(account: Account | None) -> bool:
    return account is not None and account.password in KEPT_IN


def _gives(account: Account | None) -> bool:
    """Whether the password of the login is kept for an account; with two-step login it is not."""
    return account is not None and _keeps(account) and not account.two_step


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
        has_password=bool(draft.password) or draft.signed_in or _keeps(stored) or _gives(_stored(site, draft.like)),
        has_command=bool(draft.command) or bool((stored or Account("")).password_command),
        asks=site.asks_for(vault) if draft.typed.way == KEPT or stored is None else Passphrase.NONE,
        kinds=tuple(Kind),
        protocols=PROTOCOLS,
        protocol_word=protocol_word,
        server=_server_lines(site, stored) if stored else [],
        said=request.query_params.get("said", "") if request.method == "GET" else "",
        pairs=len(stored_pairs(site.here, stored)) if stored else 0,
    )


def _server_lines(site: Site, account: Account) -> list[str]:
    """What is known of a SmarterMail account's server, and over which protocol each kind goes."""
    record = site.here.means(account).profile
    if not account.is_smartermail and not record.old:
        return []
    how = " Its login has two steps, so the password is not kept." if account.two_step else ""
    lines = [f"{product_sentence(record.build, record.old)}.{how}"]
    lines += [text] if (text := security(record)) else []
    if record.old:
        return [*lines, f"Notes: {NOT_AVAILABLE}."]
    return [*lines, *(f"{kind.value.capitalize()}: {line}." for kind, line in protocol_lines(site.here, account))]


ROUTES = [
    Route("/accounts/new", new, methods=["GET"]),
    Route("/accounts/new", create, methods=["POST"]),
    Route("/accounts/{account}/settings", edit, methods=["GET"]),
    Route("/accounts/{account}/settings", save, methods=["POST"]),
    Route("/accounts/{account}/duplicate", duplicate, methods=["GET"]),
]
