"""An account and its password come and go together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.enrolment import enrol, withdraw
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.errors import ConfigError, SecretUnavailable

ANN = Account("ann", url="https://x", email="a@b", desktop="files:/x", password=PasswordIn.VAULT)


class Pocket(Secrets):
    """Keeps passwords in memory, and can be locked."""

    def __init__(self, home: Home) -> None:
        super().__init__(home, environ={"INSTEP_SECRETS": "vault"})
        self.kept: dict[str, Secret] = {}
        self.locked = False

    def keep(self, account: Account, secret: Secret) -> None:
        if self.locked:
            raise SecretUnavailable("Locked.")
        self.kept[account.key] = secret

    def forget(self, account: Account) -> None:
        if self.locked:
            raise SecretUnavailable("Locked.")
        self.kept.pop(account.key, None)


def test_account_is_stored_with_its_password_and_removed_with_it(home: Home) -> None:
    secrets = Pocket(home)
    assert enrol(home, secrets, ANN, Secret("hunter2")) == ANN
    assert (config.load(home), secrets.kept) == ((ANN,), {"ann": Secret("hunter2")})
    assert "hunter2" not in home.config.read_text()
    assert withdraw(home, secrets, "ANN") == (ANN, "")
    assert (config.load(home), secrets.kept) == ((), {})


def test_taken_name_does_not_touch_the_other_accounts_password(home: Home) -> None:
    secrets = Pocket(home)
    enrol(home, secrets, ANN, Secret("hunter2"))
    with pytest.raises(ConfigError, match="already"):
        enrol(home, secrets, replace(ANN, name="Ann"), Secret("other"))
    assert secrets.kept == {"ann": Secret("hunter2")}


def test_password_that_cannot_be_kept_stores_no_account(home: Home) -> None:
    secrets = Pocket(home)
    secrets.locked = True
    with pytest.raises(SecretUnavailable):
        enrol(home, secrets, ANN, Secret("hunter2"))
    assert config.load(home) == ()


def test_settings_that_cannot_be_stored_keep_no_password(home: Home) -> None:
    home.config.write_text("accounts = { bob = { url = 'https://x', email = 'a@b', desktop = 'files:/x' } }\n")
    secrets = Pocket(home)
    with pytest.raises(ConfigError, match="cannot change"):
        enrol(home, secrets, ANN, Secret("hunter2"))
    assert secrets.kept == {}


@pytest.mark.parametrize(
    ("account", "password"),
    [(ANN, None), (replace(ANN, password=PasswordIn.NONE), Secret("hunter2"))],
    ids=["no password where one is needed", "a password where none is used"],
)
def test_password_and_its_place_must_fit(home: Home, account: Account, password: Secret | None) -> None:
    with pytest.raises(ConfigError, match="exactly one"):
        enrol(home, Pocket(home), account, password)


def test_removal_with_a_locked_store_says_what_stays(home: Home) -> None:
    secrets = Pocket(home)
    enrol(home, secrets, ANN, Secret("hunter2"))
    secrets.locked = True
    account, said = withdraw(home, secrets, "ann")
    assert (account, "could not be removed" in said, config.load(home)) == (ANN, True, ())
