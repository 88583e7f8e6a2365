"""What an account's server is, asked without credentials, and what that means for the account."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from instep.accounts.account import Account, secured
from instep.accounts.connect import http_settings
from instep.accounts.product import dav_of_old, product_sentence, security
from instep.accounts.secret import Secret
from instep.accounts.server_type import ServerType
from instep.errors import InsecureRefused, Unreachable
from instep.protocols.logins import OpenGate
from instep.protocols.origins import origin_of
from instep.protocols.smartermail.builds import age
from instep.protocols.smartermail.profile import Profile

if TYPE_CHECKING:
    from instep.protocols.smartermail.finding import Found

_PATIENCE = 10.0  # seconds; several places may have to be looked at


async def find_server(account: Account) -> Found | None:
    """Look for SmarterMail where the account's address or e-mail address leads to; no password is sent.

    ``None``: something answers there, but no SmarterMail. Raises ``ConfigError``, ``Unreachable``, ``InsecureRefused``
    (plain http was typed and not allowed, and nothing answers encrypted) and ``Transient``.
    """
    from instep.protocols.http import HttpClient
    from instep.protocols.smartermail.finding import find

    settings = http_settings(replace(account, login="", email=""), Secret(""), OpenGate())
    async with HttpClient(replace(settings, timeout=_PATIENCE, attempts=1)) as http:
        try:
            found = await find(http, account.url, account.email, allow_insecure=account.insecure_http)
            if found is None and (safe := secured(account)) is not account and urlsplit(safe.url).port:
                # What answers at the usual port of that host says nothing of the one that was typed.
                await find(http, safe.url, account.email)
        except (InsecureRefused, Unreachable) as error:
            if secured(account) is account:
                raise
            raise _nothing_encrypted(account) from error
    return found


def _nothing_encrypted(account: Account) -> InsecureRefused:
    host = origin_of(account.url.strip()).host
    return InsecureRefused(
        f"Nothing answers encrypted at {host}, and over plain http anyone on the way can read along.",
        "Check the address. If the server has no https one, allow plain http for this account",
    )


def with_server(account: Account, found: Found | None) -> Account:
    """Return the account with what its server was found to be.

    SmarterMail up to version 15 has no REST interface and is spoken to as any other CalDAV and CardDAV server.
    """
    if found is None:
        return replace(account, server=ServerType.DAV, two_step=False, protocols=())
    if found.old:
        return replace(account, server=ServerType.DAV, url=dav_of_old(found.base), two_step=False, protocols=())
    return replace(account, server=ServerType.SMARTERMAIL, url=found.base)


def first_profile(found: Found) -> Profile:
    """Return the record of a server that was just found."""
    old = (found.version or "15 or older") if found.old else ""
    return Profile(found.base, found.build, old, datetime.now(UTC).isoformat(timespec="seconds"))


def found_sentences(found: Found, today: date) -> list[str]:
    """Say in sentences what was found, and what a person should know of it."""
    known = first_profile(found)
    old = age(found.build, today)
    product = product_sentence(found.build, found.version or known.old)
    said = [f"{product}, at {found.base}." + (f" It is {old}." if old else "")]
    if found.old:
        said.append("This version has no interface that Instep can use but CalDAV and CardDAV, so notes stay out.")
    return [*said, text] if (text := security(known)) else said
