"""Many accounts from a table: what is right and wrong in it is shown first, then it is stored."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from instep.accounts import config
from instep.accounts.bulk import COLUMNS, CellFault, Table, read_table
from instep.errors import ConfigError, InstepError
from instep.web.advice import advice_on_page, on_page
from instep.web.render import page, see_other
from instep.web.security import form_of, said
from instep.web.site import site_of

_ADVICE = {
    ("url", "is plain http, where anyone on the way can read along."): "Use https, or say yes in insecure_http.",
    ("login", "is missing."): "Give it, or an e-mail address; where the server asks for none, say yes in no_password.",
    ("desktop", "is missing."): "Give a folder for the files, such as files:~/Instep/Work.",
}
_LARGEST = 4 * 1024 * 1024


@dataclass
class Sheet:
    """A table's text on its way; its cells may hold commands with secrets, so it is never sent back."""

    text: str = field(repr=False)


def ask(request: Request) -> Response:
    """Ask for a table."""
    return _page(request)


async def look(request: Request) -> Response:
    """Say what is right and wrong in a table, and store nothing yet."""
    try:
        text = await _text(request)
    except ConfigError as error:
        return _page(request, fault=on_page(error))
    return _look(request, text)


def _look(request: Request, text: str) -> Response:
    site = site_of(request)
    try:
        table = read_table(text, site.here.accounts())
    except InstepError as error:
        return _page(request, fault=on_page(error))
    if not table.accounts and not table.faults:
        return _page(request, fault="The table holds no account.")
    return _page(request, table=table, draft=site.drafts.put(Sheet(text)))


def store(request: Request) -> Response:
    """Store the accounts of the table that was looked at: all, or, where that was said, those that are right."""
    site = site_of(request)
    name = said(request, "draft")
    sheet = site.drafts.get(name, Sheet)
    if sheet is None:
        return _page(request, fault="That table is not known any more. Choose it again.")
    try:
        table = read_table(sheet.text, site.here.accounts())
        if table.faults and said(request, "right_rows") != "yes":
            return _page(request, table=table, draft=name)
        config.add(site.here.home, *table.accounts)
    except InstepError as error:
        return _page(request, fault=on_page(error))
    site.drafts.drop(name)
    return see_other("/")


async def _text(request: Request) -> str:
    """The table's text, from the file or from what was pasted. Raises ``ConfigError`` when there is none to read."""
    file = form_of(request).get("file")
    raw = await file.read(_LARGEST + 1) if isinstance(file, UploadFile) else b""
    if len(raw) > _LARGEST:
        raise ConfigError("This file is larger than a table of accounts can be.", "Choose the right file.")
    pasted = form_of(request).get("table", "")
    if not raw and not (isinstance(pasted, str) and pasted.strip()):
        raise ConfigError("There is no table.", "Choose a file, or paste its lines.")
    try:
        return raw.decode("utf-8-sig") if raw else str(pasted)
    except UnicodeDecodeError:
        raise ConfigError(
            "This file is not UTF-8 text.", 'Save it as "CSV UTF-8" in the spreadsheet program.'
        ) from None


def _advice(fault: CellFault) -> str:
    """What to do about a cell, in a table's words."""
    return _ADVICE.get((fault.column, fault.message)) or advice_on_page(fault.advice)


def _page(request: Request, *, table: Table | None = None, draft: str = "", fault: str = "") -> Response:
    return page(request, "import.html", table=table, draft=draft, fault=fault, columns=COLUMNS, advice_for=_advice)


ROUTES = [
    Route("/accounts/import", ask, methods=["GET"]),
    Route("/accounts/import", look, methods=["POST"]),
    Route("/accounts/import/store", store, methods=["POST"]),
]
