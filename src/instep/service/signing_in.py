"""Signing in to a SmarterMail server with a person at hand: the password once, then the code where one is wanted."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from instep.accounts.account import Account, PasswordIn, base_of, is_unknown, secured
from instep.accounts.connect import http_settings, server_of
from instep.accounts.enrolment import KEPT_IN, SignIn
from instep.accounts.finding import find_server, first_profile, found_sentences, with_server
from instep.accounts.login_gate import HomeGate
from instep.accounts.means import Means
from instep.accounts.product import unsupported
from instep.accounts.secret import Secret
from instep.accounts.sessions import new_session, session_of
from instep.errors import InsecureRefused, InstepError, LoginRefused, SignInNeeded, Where
from instep.protocols.logins import LoginGate
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import MemoryKeeper, SessionKeeper
from instep.service.changing import change_account
from instep.service.installation import Installation

if TYPE_CHECKING:
    from instep.protocols.smartermail.client import RestClient
    from instep.protocols.smartermail.sign_in import TwoStep

_TRIES = 2
_PATIENCE = 600.0  # seconds
_WANTS_PERSON = frozenset({LoginRefused.__name__, SignInNeeded.__name__})


@dataclass
class SigningIn:
    """A sign-in on its way. The password and what the server gave for the code stay in memory, and are shown by
    nothing.

    ``account`` was found to be with a SmarterMail server. ``keeper`` takes the session when it is complete (``done``);
    until then the one of before stays.
    """

    account: Account
    keeper: SessionKeeper = field(repr=False)
    gate: LoginGate
    profile: Profile = field(default_factory=Profile)
    two_step: bool = False
    clock: Callable[[], float] = time.monotonic
    done: bool = False
    _password: Secret = field(default_factory=lambda: Secret(""), repr=False)
    _step: TwoStep | None = field(default=None, repr=False)
    _tries: int = 0
    _since: float = 0.0

    @property
    def asks(self) -> bool:
        """Whether a code is waited for; after ten minutes, what the server gave for it is worth nothing."""
        return self._step is not None and self.clock() - self._since < _PATIENCE

    @property
    def by_mail(self) -> bool:
        """Whether the server sends the code to the recovery address; else the person's app shows it."""
        return self._step is not None and self._step.method.value == "e-mail"

    async def begin(self, password: Secret) -> bool:
        """Show the password once; ``True`` when that was enough, ``False`` when a code is asked for.

        Raises ``LoginRefused``, ``SignInNeeded``, ``LoginsPaused`` and what else a sign-in raises.
        """
        self._password, self._tries = password, 0
        async with self._client() as client:
            self._step = await client.begin(password.reveal())
        self._since = self.clock()
        self.two_step = self._step is not None
        self.done = not self.two_step
        if self.done:
            self._password = Secret("")
        return self.done

    async def answer(self, code: str) -> bool:
        """Show the code; ``True`` when the sign-in is complete, ``False`` when it was wrong and is asked once more.

        Raises ``LoginRefused`` after the second wrong one, and what else a sign-in raises; then it begins anew.
        """
        if not self.asks or self._step is None:
            self._step, self._password = None, Secret("")
            raise SignInNeeded("This sign-in is over.", "Begin anew.", Where(account=self.account.name))
        self._tries += 1
        step, self._step = self._step, None
        async with self._client() as client:
            if await client.finish(step, code, self._password.reveal()):
                self._password = Secret("")
                self.done = True
                return True
            if self._tries < _TRIES:
                # A step is good for one answer; the password is right, so asking for the next one refuses nothing.
                self._step = await client.begin(self._password.reveal())
                if self._step is not None:
                    return False
        self._password = Secret("")
        if self._tries < _TRIES:
            self.done = True
            return True
        raise LoginRefused(
            f"The code of two-step login was wrong {_TRIES} times.",
            "Look whether the clock of the device that shows it is right, then sign in again.",
            Where(account=self.account.name),
        )

    @property
    def complete(self) -> SignIn | None:
        """What to keep with an account that is not stored yet; ``None`` before the sign-in is complete, and for an
        account that keeps it by itself."""
        session = self.keeper.session if isinstance(self.keeper, MemoryKeeper) else None
        return SignIn(session, self.profile) if session is not None and session.refresh_token else None

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[RestClient]:
        from instep.protocols.http import HttpClient
        from instep.protocols.smartermail.client import RestClient

        settings = http_settings(replace(self.account, login="", email=""), Secret(""), self.gate)
        async with HttpClient(settings) as http:
            yield RestClient(http, base_of(self.account), self.account.login_name, self.keeper, gate=self.gate)


@dataclass
class Prepared:
    """An account whose server was looked for, and whose person was signed in as far as that goes without a code.

    ``account`` has what was found; ``said`` are sentences about it, ``profile`` the record that begins with it.
    ``signing`` is there for SmarterMail alone; ``refused`` is why the sign-in ended, and no other may be tried by
    itself then. ``unusable`` is why there can be no account at this place as it is; no password was shown.
    """

    account: Account
    said: list[str] = field(default_factory=list)
    profile: Profile = field(default_factory=Profile)
    signing: SigningIn | None = None
    refused: InstepError | None = None
    unusable: InstepError | None = None
    _means: Means | None = None

    @property
    def asks(self) -> bool:
        """Whether a code is waited for."""
        return self.signing is not None and self.signing.asks

    @property
    def means(self) -> Means | None:
        """The means by which the account is tested before it is stored; ``None`` for what no sign-in is needed."""
        return means_of_signing(self.signing) if self.signing is not None else self._means

    def stored_as(self, here: Installation) -> Account:
        """The account as it is to be stored once the sign-in is complete."""
        if self.signing is not None and self.signing.two_step:
            return in_two_steps(here, self.account)
        return replace(self.account, two_step=False)


async def look_for_server(account: Account) -> Prepared:
    """Find out what the server of an account is that does not say so yet; no password is shown.

    A server that does not answer is left to the test, which says why; one that answers only over plain http, where
    that is not allowed, is ``unusable``. Raises nothing of ``InstepError``.
    """
    if not is_unknown(account):
        return Prepared(account, profile=Profile(base_of(account)) if account.is_smartermail else Profile())
    try:
        found = await find_server(account)
    except InsecureRefused as error:
        return Prepared(account, unusable=error)
    except InstepError:
        return Prepared(secured(account))
    if found is None:
        return Prepared(with_server(secured(account), None))
    if found.old and (why := unsupported(found.build, found.version)):
        return Prepared(account, unusable=why)
    return Prepared(with_server(account, found), found_sentences(found, date.today()), first_profile(found))


async def begin(here: Installation, prepared: Prepared, secret: Callable[[], Secret]) -> None:
    """Sign in to SmarterMail, once, where the server is that; ``secret`` gives the password.

    What it ended with is in ``prepared`` afterwards; raises nothing of ``InstepError``.
    """
    if not prepared.account.is_smartermail:
        prepared._means = replace(here.means(prepared.account), profile=prepared.profile)
        return
    signing = sign_in_anew(here, prepared.account, prepared.profile)
    try:
        await signing.begin(secret())
        prepared.signing = signing
    except InstepError as error:
        prepared.refused = error


def sign_in_anew(here: Installation, account: Account, profile: Profile) -> SigningIn:
    """Prepare the sign-in of an account that is not stored yet, as a new device."""
    return SigningIn(account, MemoryKeeper(new_session()), HomeGate(here.home.logins), profile)


def sign_in_again(here: Installation, account: Account) -> SigningIn:
    """Prepare another sign-in of a stored account; its session is replaced when that is complete."""
    means = here.means(account)
    return SigningIn(account, means.keeper, means.gate, means.profile)


def means_of_signing(signing: SigningIn) -> Means:
    """Return the means by which an account is tested that is not stored yet."""

    def remember(profile: Profile) -> None:
        signing.profile = profile

    return Means(signing.gate, signing.keeper, signing.profile, remember)


def keep_signed_in(here: Installation, account: Account, signing: SigningIn, password: Secret | None) -> Account:
    """Store what a completed sign-in of a stored account changed, and return the account.

    ``password`` is the one that was just shown; with two-step login it is not kept, and an application password that
    was kept before stays. Raises as ``change_account`` does; the new session is kept in any case.
    """
    after = replace(account, two_step=signing.two_step)
    if signing.two_step:
        return change_account(here, account, _without_command(here, after))
    return change_account(here, account, after, password if after.password in KEPT_IN else None)


def _without_command(here: Installation, account: Account) -> Account:
    """With two-step login, what a command prints would be shown to DAV, which never takes the login's own password."""
    return account if account.password in KEPT_IN else in_two_steps(here, account)


def in_two_steps(here: Installation, account: Account) -> Account:
    """Return the account as it is stored with two-step login: no password of the login is kept, in no form."""
    kept = account.password if account.password in KEPT_IN else here.secrets.place()
    return replace(account, two_step=True, password=kept, password_command="")


async def try_password(here: Installation, account: Account, password: Secret) -> None:
    """Show a password to an account's server once, before it is stored. Raises what the server's probe raises."""
    server = server_of(account, password, here.means(account))
    try:
        await server.probe()
    finally:
        await server.close()


def needs_person(here: Installation, account: Account) -> bool:
    """Tell whether the account's last run ended since a person has to sign in again, or give another password."""
    from instep.store import runs

    if not here.home.state.exists():
        return False
    with here.db.reading() as tx:
        last = runs.last(tx, account.name)
    return last is not None and last.report.get("failure_kind") in _WANTS_PERSON


def is_signed_in(here: Installation, account: Account) -> bool:
    """Tell whether a sign-in is kept for the account; whether the server still takes it, only the server knows.

    Raises ``SecretUnavailable`` when that cannot be read.
    """
    kept = here.secrets.session(account)
    session = session_of(kept, account) if kept is not None else None
    return session is not None and bool(session.refresh_token)


def way_in(account: Account) -> str:
    """Say how a person signs in to a SmarterMail account."""
    return "two-step login" if account.two_step else "by password"


def standing(here: Installation, account: Account) -> str:
    """Say how the sign-in of a SmarterMail account stands, as far as this computer knows without asking the server."""
    try:
        if is_signed_in(here, account):
            return "kept on this computer"
    except InstepError:
        return "what is kept of it cannot be read now"
    if account.two_step or needs_person(here, account):
        return f"a person has to sign in again: instep account login {account.name}"
    return "none is kept"


def password_kept(here: Installation, account: Account) -> str:
    """Say where the password that an account keeps is; of two-step login only one for CalDAV and CardDAV can be."""
    if account.password is PasswordIn.COMMAND:
        return "from a command"
    if not account.two_step:
        return account.password.value
    try:
        kept = bool(here.secrets.get(account))
    except InstepError:
        return f"that of the login is not kept; what is in the {_place(account)} cannot be read now"
    return f"application password, in the {_place(account)}" if kept else "not kept"


def _place(account: Account) -> str:
    return "vault" if account.password is PasswordIn.VAULT else "system's key store"
