"""An installation as both faces use it: settings, secrets and state, each opened when first needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import AskPassphrase, Secrets
from instep.accounts.server_type import protocol_of
from instep.core.model import Kind
from instep.errors import ConfigError, InstepError

if TYPE_CHECKING:
    from instep.accounts.means import Means
    from instep.store.database import Database
    from instep.store.pairs import Pair
    from instep.store.retention import Retention


def nobody(new: bool) -> Secret | None:
    """Answer for a person who is not there."""
    return None


class Installation:
    """One home with what is in it; a context manager that closes the state."""

    def __init__(self, home: Home, ask_passphrase: AskPassphrase = nobody) -> None:
        """``ask_passphrase`` asks a person for the vault's passphrase; nobody is asked by default."""
        self.home = home
        self._ask = ask_passphrase
        self.secrets = Secrets(home, ask_passphrase)
        self._known: dict[str, Secret | InstepError] = {}
        self._database: Database | None = None

    def __enter__(self) -> Installation:
        return self

    def __exit__(self, *error: object) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def anew(self) -> Installation:
        """Give the same installation and its open state, but with secrets looked up anew: for one piece of work."""
        other = Installation(self.home, self._ask)
        other._database = self.db
        return other

    @property
    def db(self) -> Database:
        """The state database, opened when it is first asked for. Raises ``StateDamaged``."""
        if self._database is None:
            from instep.store.database import Database

            self.home.prepare()
            self._database = Database.open(self.home.state)
        return self._database

    def accounts(self) -> tuple[Account, ...]:
        """All accounts of the settings file."""
        return config.load(self.home)

    def retention(self) -> Retention:
        """How much history is kept. Raises ``ConfigError`` for a setting that is wrong."""
        return config.retention(self.home)

    def account(self, name: str) -> Account:
        """The account of that name; ``ConfigError`` when there is none."""
        return config.find(self.accounts(), name)

    def chosen(self, names: Iterable[str]) -> list[Account]:
        """The accounts named, each once; without names all that are switched on. ``ConfigError`` when that is none."""
        known = self.accounts()
        found = {account.key: account for account in (config.find(known, name) for name in names)}
        if found:
            return list(found.values())
        if not known:
            raise ConfigError("There is no account yet.", "Set one up: instep account add NAME.")
        enabled = [account for account in known if account.enabled]
        if not enabled:
            raise ConfigError("All accounts are switched off (enabled = false).", "Name the one you mean.")
        return enabled

    def unlock(self, accounts: Iterable[Account]) -> None:
        """Get the passwords now, while a passphrase can be asked in peace; what fails is told when it is needed."""
        for account in accounts:
            # A command may take long; it runs beside other work, when its account's turn comes.
            try:
                if account.password is not PasswordIn.COMMAND:
                    self._known[account.key] = self.secrets.get(account)
                if account.is_smartermail and self.secrets.session_place(account) is PasswordIn.VAULT:
                    self.secrets.open()
            except InstepError as error:
                self._known[account.key] = error

    async def secret(self, account: Account) -> Secret:
        """The account's password, without holding up others. Raises ``SecretUnavailable``."""
        known = self._known.get(account.key)
        if isinstance(known, InstepError):
            raise known
        if known is None:
            known = await asyncio.to_thread(self.secrets.get, account)
            self._known[account.key] = known
        return known

    def means(self, account: Account) -> Means:
        """What connecting to the account's server uses besides the password."""
        from instep.accounts.means import means_of

        return means_of(self.home, self.secrets, account, self._fixed(account))

    def _fixed(self, account: Account) -> dict[Kind, str]:
        """The protocol that each kind's pairs have already."""
        from instep.store import pairs

        if not account.is_smartermail or not self.home.state.exists():
            return {}
        with self.db.reading() as tx:
            return protocols_of(pairs.of_account(tx, account.name))

    def told(self, account: Account, secret: Secret) -> None:
        """Use a password that a person has just given, before it is stored."""
        self._known[account.key] = secret


def protocols_of(known: Iterable[Pair]) -> dict[Kind, str]:
    """Tell over which protocol each kind of a SmarterMail account goes, by its pairs (``dav``, ``rest``)."""
    return {pair.kind: protocol_of(pair.right) for pair in known}
