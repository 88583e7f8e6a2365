"""An account and its password, kept or removed together."""

from __future__ import annotations

import contextlib

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn, tidied
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.errors import ConfigError, InstepError, SecretUnavailable


def enrol(home: Home, secrets: Secrets, account: Account, password: Secret | None = None) -> Account:
    """Add an account to the settings and keep its password; returns the account as it was stored.

    ``password`` is kept where ``account.password`` says (``secrets.place()`` is where new ones belong) and must be
    ``None`` for an account with a command or without authentication. Raises ``ConfigError`` for a taken name or a wrong
    setting, ``SecretUnavailable`` when the password cannot be kept; neither is stored then.
    """
    ready = tidied(account)
    keeps = ready.password in (PasswordIn.KEYRING, PasswordIn.VAULT)
    if keeps != (password is not None):
        raise ConfigError(
            "The account needs a password." if keeps else "The account keeps no password of its own.",
            "Give exactly one of a password, a password command, or no password.",
        )
    config.require_sound(ready)
    config.require_free(config.load(home), ready)
    home.prepare()
    if password is not None:
        secrets.keep(ready, password)
    try:
        return config.add(home, ready)[0]
    except InstepError:
        if password is not None:
            with contextlib.suppress(SecretUnavailable):
                secrets.forget(ready)
        raise


def withdraw(home: Home, secrets: Secrets, name: str) -> tuple[Account, str]:
    """Remove an account from the settings and forget its password; its state and the person's items are not touched.

    Returns the account, and a sentence for the person when the password could not be reached and stays where it is.
    """
    account = config.remove(home, name)
    try:
        secrets.forget(account)
    except SecretUnavailable as error:
        return account, f"Its password could not be removed: {error.message}"
    return account, ""
