"""Where each account's password comes from: the key store, the vault, a command, or nowhere."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from instep.accounts.account import Account, PasswordIn
from instep.accounts.command import password_from
from instep.accounts.home import Home
from instep.accounts.keystore import KeyStore
from instep.accounts.secret import Secret
from instep.accounts.vault import Vault
from instep.errors import ConfigError, SecretUnavailable, Where


class Passphrase(StrEnum):
    """What a person has to say of the vault's passphrase: nothing, the one it has, or one for a new vault."""

    NONE = "none"
    KNOWN = "known"
    NEW = "new"


AskPassphrase = Callable[[bool], Secret | None]
"""Asks a person for the vault's passphrase; ``True`` means a new one (ask twice). ``None``: nobody can be asked."""

_PASSPHRASE_ADVICE = (
    "Name a file that holds it with INSTEP_VAULT_PASSPHRASE_FILE, or give the service a systemd credential called "
    "instep-vault-passphrase."
)


class Secrets:
    """The passwords of one home; the vault's passphrase is asked for at most once.

    ``INSTEP_SECRETS=vault`` keeps everything away from the system's key store, also accounts that say ``keyring``;
    ``INSTEP_SECRETS=keyring`` never falls back to the vault for new passwords. Safe to use from several threads.
    """

    def __init__(self, home: Home, ask: AskPassphrase | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._ask = ask
        self._home = home
        self._vault = Vault(home.vault, self._passphrase)
        # Two homes of one person may each have an account of the same name.
        self._keys = KeyStore(f"Instep {home.path}")

    def place(self) -> PasswordIn:
        """Tell where a new password would be kept: the key store if there is a safe one, else the vault."""
        match self._environ.get("INSTEP_SECRETS", ""):
            case "vault":
                return PasswordIn.VAULT
            case "keyring":
                return PasswordIn.KEYRING
            case "":
                return PasswordIn.KEYRING if self._keys.usable() else PasswordIn.VAULT
            case _:
                raise ConfigError("INSTEP_SECRETS says neither vault nor keyring.", "Correct it or unset it.")

    def get(self, account: Account) -> Secret:
        """Return the account's password; an empty one for an account without authentication.

        Of an account with two-step login it is the application password for DAV, empty where there is none. Raises
        ``SecretUnavailable`` naming the account when there is none, or none can be had now. A password command may take
        a minute: call this from a thread where others wait.
        """
        match account.password:
            case PasswordIn.NONE:
                return Secret("")
            case PasswordIn.COMMAND:
                return password_from(account.password_command, account.name)
        try:
            secret = self._kept_in(account).get(account.key)
        except SecretUnavailable as error:
            raise SecretUnavailable(error.message, error.advice, Where(account=account.name)) from error
        if secret is None and account.two_step:
            return Secret("")
        if secret is None:
            raise SecretUnavailable(
                f"There is no password for this account in the {_called(self._where(account))}.",
                "Set the account up again with its password, on this computer and in this home.",
                Where(account=account.name),
            )
        return secret

    def keep(self, account: Account, secret: Secret) -> None:
        """Keep the account's password where the account says (key store or vault), in the place of an older one.

        Raises ``SecretUnavailable`` when it cannot be kept there, ``ConfigError`` for an account that keeps none.
        """
        if account.password in (PasswordIn.NONE, PasswordIn.COMMAND):
            raise ConfigError("This account keeps no password.", where=Where(account=account.name))
        self._kept_in(account).put(account.key, secret)

    def forget(self, account: Account) -> None:
        """Remove the account's password and its sign-in from where they are kept; harmless when there are none."""
        if account.is_smartermail:
            self.forget_session(account)
        self.forget_password(account)

    def forget_password(self, account: Account) -> None:
        """Remove the account's password alone."""
        if account.password in (PasswordIn.KEYRING, PasswordIn.VAULT):
            self._kept_in(account).remove(account.key)

    def session(self, account: Account) -> Secret | None:
        """Return what is kept of the account's sign-in; ``None`` for nothing. Raises ``SecretUnavailable``."""
        return self._session_in(account).get(_session_name(account))

    def keep_session(self, account: Account, session: Secret) -> None:
        """Keep what stays of a sign-in where the account's password is kept, or where a new one would be.

        Raises ``SecretUnavailable`` when it cannot be kept there; what was kept before stays.
        """
        self._session_in(account).put(_session_name(account), session)

    def forget_session(self, account: Account) -> None:
        """Remove what is kept of the account's sign-in; harmless when there is nothing."""
        self._session_in(account).remove(_session_name(account))

    def session_place(self, account: Account) -> PasswordIn:
        """Tell where the account's sign-in is kept: the key store or the vault."""
        return self.place() if account.password in (PasswordIn.COMMAND, PasswordIn.NONE) else self._where(account)

    def asks_for(self, account: Account) -> Passphrase:
        """Tell whether a person must say a passphrase before this account's password can be had or kept."""
        if not self._needs_vault(account) or self._passphrase_file() is not None:
            return Passphrase.NONE
        return Passphrase.KNOWN if self._vault.exists() else Passphrase.NEW

    def open(self) -> None:
        """Open the vault, if there is one. Raises ``SecretUnavailable`` for a wrong passphrase, or none to be had."""
        self._vault.get("")

    def unattended(self, account: Account) -> str:
        """Say in one or two sentences why a scheduled run could not get the password; empty when it could."""
        if not self._needs_vault(account) or self._passphrase_file() is not None:
            return ""
        return f"A scheduled run cannot ask for the vault's passphrase. {_PASSPHRASE_ADVICE}"

    def _where(self, account: Account) -> PasswordIn:
        if account.password is PasswordIn.KEYRING and self._environ.get("INSTEP_SECRETS") == "vault":
            return PasswordIn.VAULT
        return account.password

    def _needs_vault(self, account: Account) -> bool:
        places = {self._where(account)} | ({self.session_place(account)} if account.is_smartermail else set())
        return PasswordIn.VAULT in places

    def _session_in(self, account: Account) -> Vault | KeyStore:
        return self._vault if self.session_place(account) is PasswordIn.VAULT else self._keys

    def _kept_in(self, account: Account) -> Vault | KeyStore:
        return self._vault if self._where(account) is PasswordIn.VAULT else self._keys

    def _passphrase_file(self) -> Path | None:
        if named := self._environ.get("INSTEP_VAULT_PASSPHRASE_FILE"):
            return Path(named).expanduser()
        if folder := self._environ.get("CREDENTIALS_DIRECTORY"):
            credential = Path(folder, "instep-vault-passphrase")
            return credential if credential.exists() else None
        return None

    def _passphrase(self, new: bool) -> Secret:
        if file := self._passphrase_file():
            if file.resolve().parent == self._home.path.resolve():
                raise SecretUnavailable(
                    f"The passphrase of the vault lies beside it, in {file}: whoever gets the one gets the other.",
                    "Keep it in another folder.",
                )
            return _first_line(file)
        told = self._ask(new) if self._ask else None
        if told is None:
            raise SecretUnavailable("The vault's passphrase is needed, and nobody can be asked.", _PASSPHRASE_ADVICE)
        return told


def _session_name(account: Account) -> str:
    # No account can be called so, as no name holds a slash.
    return f"{account.key}/session"


def _called(place: PasswordIn) -> str:
    return "vault" if place is PasswordIn.VAULT else "system's key store"


def _first_line(file: Path) -> Secret:
    try:
        lines = file.read_bytes().decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "it is not UTF-8 text"
        raise SecretUnavailable(
            f"The file {file} with the vault's passphrase cannot be read: {reason}.", "Check the file."
        ) from None
    if not lines or not lines[0]:
        raise SecretUnavailable(f"The file {file} holds no passphrase.", "Its first line must be the passphrase.")
    return Secret(lines[0])
