"""An account, its password and its sign-in, kept or removed together."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn, tidied
from instep.accounts.home import Home
from instep.accounts.records import Records
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.accounts.sessions import secret_of
from instep.errors import ConfigError, InstepError, SecretUnavailable
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import Session

KEPT_IN = (PasswordIn.KEYRING, PasswordIn.VAULT)
"""Where Instep itself keeps a password."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in to a SmarterMail server left: the session, and what was found out of the server."""

    session: Session = field(repr=False)
    profile: Profile = field(default_factory=Profile)


def enrol(
    home: Home,
    secrets: Secrets,
    account: Account,
    password: Secret | None = None,
    sign_in: SignIn | None = None,
    profile: Profile | None = None,
) -> Account:
    """Add an account to the settings and keep its password and its sign-in; returns the account as it was stored.

    ``password`` is kept where ``account.password`` says (``secrets.place()`` is where new ones belong) and must be
    ``None`` for an account with a command or without authentication; with two-step login it is the application password
    for DAV, and may be ``None``. ``profile`` is what was found of a server that no sign-in is kept for. Raises
    ``ConfigError`` for a taken name or a wrong setting, ``SecretUnavailable`` when something cannot be kept; nothing is
    stored then.
    """
    ready = tidied(account)
    keeps = ready.password in KEPT_IN
    if keeps != (password is not None) and not (keeps and ready.two_step):
        raise ConfigError(
            "The account needs a password." if keeps else "The account keeps no password of its own.",
            "Give exactly one of a password, a password command, or no password.",
        )
    config.require_sound(ready)
    config.require_free(config.load(home), ready)
    home.prepare()
    try:
        if password is not None:
            secrets.keep(ready, password)
        if sign_in is not None:
            keep_sign_in(home, secrets, ready, sign_in)
        elif profile is not None and profile.old:
            Records(home).store(ready, profile)
        return config.add(home, ready)[0]
    except InstepError:
        if password is not None or sign_in is not None:
            with contextlib.suppress(SecretUnavailable):
                secrets.forget(ready)
        Records(home).forget(ready)
        raise


def keep_sign_in(home: Home, secrets: Secrets, account: Account, sign_in: SignIn) -> None:
    """Keep a sign-in for an account, in the place of an older one. Raises ``SecretUnavailable``, ``ConfigError``."""
    secrets.keep_session(account, secret_of(sign_in.session, account))
    Records(home).store(account, sign_in.profile)


def withdraw(home: Home, secrets: Secrets, name: str) -> tuple[Account, str]:
    """Remove an account from the settings and forget its password and its sign-in; its state and the person's items are
    not touched.

    Returns the account, and a sentence for the person when the password could not be reached and stays where it is.
    """
    account = config.remove(home, name)
    Records(home).forget(account)
    try:
        secrets.forget(account)
    except SecretUnavailable as error:
        return account, f"Its password could not be removed: {error.message}"
    return account, ""
