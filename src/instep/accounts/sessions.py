"""The sign-in of an account with a SmarterMail server: kept where its secrets are, used by one at a time."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets as random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from instep.accounts import config
from instep.accounts.account import Account, base_of
from instep.accounts.durable import sole_user
from instep.accounts.home import Home
from instep.accounts.records import file_name, prepared
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.errors import InstepError, SecretUnavailable, Where
from instep.protocols.smartermail.session import Session

_PATIENCE = 150.0  # seconds; who holds it may be waiting for a server that is silent for a minute
T = TypeVar("T")


def new_session() -> Session:
    """Return a device that never signed in: the server keeps one sign-in for each such id, so it must be our own."""
    return Session(random.token_hex(16))


class HomeKeeper:
    """Keeps the session of one account of a home (``SessionKeeper``)."""

    def __init__(self, home: Home, secrets: Secrets, account: Account) -> None:
        self._home = home
        self._secrets = secrets
        self._account = account

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Be the only one, in all processes and threads of this computer, that refreshes or replaces the session.

        Raises ``Busy`` when another one takes longer than two minutes.
        """
        return self._alone()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        prepared(self._home)
        async with sole_user(self._home.servers / f"{file_name(self._account.key)}.session", _PATIENCE):
            yield

    async def load(self) -> Session | None:
        """Give the session as it is now; ``None`` when there is none. Raises ``SecretUnavailable``."""
        kept = await self._done(lambda: self._secrets.session(self._account))
        return session_of(kept, self._account) if kept is not None else None

    async def keep(self, session: Session) -> None:
        """Put a session in the place of the older one, durably. Raises ``SecretUnavailable``.

        It is kept also when the caller is cancelled meanwhile: the server knows the former one no more. Of an account
        that was removed meanwhile nothing is kept.
        """
        await self._done(lambda: self._keep(session))

    def _keep(self, session: Session) -> None:
        if self._is_stored():
            self._secrets.keep_session(self._account, secret_of(session, self._account))

    def _is_stored(self) -> bool:
        try:
            return any(one.key == self._account.key for one in config.load(self._home))
        except InstepError:
            return True  # half of an edit, perhaps: a token that is not kept is lost

    async def _done(self, work: Callable[[], T]) -> T:
        try:
            return await _to_the_end(asyncio.to_thread(work))
        except SecretUnavailable as error:
            raise SecretUnavailable(error.message, error.advice, Where(account=self._account.name)) from error


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def secret_of(session: Session, account: Account) -> Secret:
    """Return a session as it is kept; short, since a key store may hold little more than two thousand bytes."""
    kept = {"id": session.client_id, "of": _mailbox(account), "token": session.refresh_token}
    return Secret(json.dumps(kept, separators=(",", ":")))


def session_of(kept: Secret, account: Account) -> Session | None:
    """Read a session that was kept; ``None`` when it is damaged, or of another mailbox than the account's settings
    name by now, whose server must not get it: both are put right by a new sign-in."""
    try:
        found = json.loads(kept.reveal())
        client_id, token, mailbox = found["id"], found["token"], found["of"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not isinstance(client_id, str) or not isinstance(token, str) or not client_id:
        return None
    return Session(client_id, token) if mailbox == _mailbox(account) else None


def _mailbox(account: Account) -> str:
    said = f"{base_of(account)}\n{account.login_name}".casefold()
    return hashlib.sha256(said.encode()).hexdigest()[:16]
