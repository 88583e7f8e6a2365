"""Removing an account, and ending its sign-in at the server where that can be done."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from instep.accounts.account import Account, base_of
from instep.accounts.connect import http_settings
from instep.accounts.secret import Secret
from instep.accounts.sessions import session_of
from instep.errors import InstepError
from instep.protocols.logins import OpenGate
from instep.protocols.smartermail.session import MemoryKeeper, Session
from instep.service.changing import remove_account
from instep.service.installation import Installation

LOG = logging.getLogger("instep")
_PATIENCE = 10.0  # seconds; nobody waits longer for a server that may be gone


def leave(here: Installation, account: Account) -> str:
    """Remove an account, then sign this computer out of its mailbox; a server that does not answer is no fault.

    Returns and raises as ``remove_account``; nothing is signed out where that raises. Not for use within an event loop.
    """
    session = _session(here, account)
    warning = remove_account(here, account)
    if session is not None:
        try:
            asyncio.run(asyncio.wait_for(_signed_out(account, session), _PATIENCE))
        except (InstepError, TimeoutError) as error:
            LOG.info("%s: not signed out at the server: %s", account.name, type(error).__name__)
    return warning


def _session(here: Installation, account: Account) -> Session | None:
    if not account.is_smartermail:
        return None
    try:
        kept = here.secrets.session(account)
    except InstepError:
        return None
    session = session_of(kept, account) if kept is not None else None
    return session if session is not None and session.refresh_token else None


async def _signed_out(account: Account, session: Session) -> None:
    from instep.protocols.http import HttpClient
    from instep.protocols.smartermail.client import RestClient

    settings = http_settings(replace(account, login="", email=""), Secret(""), OpenGate())
    async with HttpClient(replace(settings, timeout=_PATIENCE / 2, attempts=1)) as http:
        await RestClient(http, base_of(account), account.login_name, MemoryKeeper(session)).sign_out()
