"""From an account to the desk of its live check, and its answers into the account's record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from instep.accounts.account import Account, base_of
from instep.accounts.connect import http_settings
from instep.accounts.records import Records
from instep.accounts.secret import Secret
from instep.errors import ConfigError, Where
from instep.protocols.http import HttpClient
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.profile import Profile
from instep.service.installation import Installation
from instep.service.live_check.desk import Desk
from instep.service.live_check.knowledge import with_answers
from instep.service.live_check.run import Result


def require_smartermail(account: Account) -> None:
    """Raise ``ConfigError`` for an account whose server is another product, or not known to be SmarterMail."""
    if not account.is_smartermail:
        raise ConfigError(
            "This account's server is not known to be SmarterMail, and the live check is for that alone.",
            "If it is, set the account up anew with the address of its web mail.",
            Where(account=account.name),
        )


@asynccontextmanager
async def opened(here: Installation, account: Account, secret: Secret) -> AsyncIterator[Desk]:
    """Open the desk of an account; nothing is sent yet, and its connections are closed at the end.

    The sign-in is the account's own: with two-step login nothing but its session is used. Where DAV is known to refuse
    the password, it is not shown there again.
    """
    means = here.means(account)
    settings = replace(http_settings(account, Secret(""), means.gate), login="", password="")
    refused = means.profile.forms.get("dav") == "refused"
    http = HttpClient(settings)
    try:
        yield Desk(
            RestClient(
                http,
                base_of(account),
                account.login_name,
                means.keeper,
                "" if account.two_step else secret.reveal(),
                means.gate,
            ),
            settings,
            profile=means.profile,
            dav_password="" if refused else secret.reveal(),
            dav_start=means.profile.dav,
            gate=means.gate,
        )
    finally:
        await http.close()


def keep(here: Installation, account: Account, desk: Desk, result: Result) -> Profile | None:
    """Store what a check found out, for this build only, and return the new record; ``None`` when nothing is kept.

    Raises ``ConfigError`` and ``StoreFull``; the older record stays then.
    """
    records = Records(here.home)
    profile = with_answers(records.load(account), result, desk.now())
    if profile is not None:
        records.store(account, profile)
    return profile
