"""Changing an account: name, password and what is stored under its name go together, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.enrolment import SignIn, enrol
from instep.accounts.home import Home
from instep.accounts.records import Records
from instep.accounts.secret import Secret
from instep.accounts.server_type import ServerType
from instep.accounts.sessions import session_of
from instep.accounts.vault import Vault
from instep.core.model import Kind
from instep.errors import Busy, ConfigError, InstepError, SecretUnavailable, StoreFull
from instep.protocols.smartermail.profile import Profile
from instep.protocols.smartermail.session import Session
from instep.service.changing import change_account, remove_account, stored_pairs
from instep.service.installation import Installation
from instep.store import lease, pairs, runs
from instep.store.pairs import Pair

ANN = Account(
    "ann", url="https://dav.example.org/", email="ann@example.org", desktop="files:/pim", password=PasswordIn.VAULT
)
BOB = replace(ANN, name="Bob", password=PasswordIn.NONE)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """Ann with a password in the vault and a pair, Bob with nothing."""
    for name in [name for name in os.environ if name.startswith("INSTEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INSTEP_SECRETS", "vault")
    (tmp_path / "passphrase").write_text("open sesame\n")
    monkeypatch.setenv("INSTEP_VAULT_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    monkeypatch.setattr(Vault.__init__, "__defaults__", (2**4,))  # guessing is not what these tests are about
    with Installation(Home(tmp_path / "home")) as here:
        enrol(here.home, here.secrets, ANN, Secret("sesame"))
        config.add(here.home, BOB)
        with here.db.transaction() as tx:
            pairs.add(tx, Pair(0, "ann", Kind.CONTACT, "contacts", "https://dav.example.org/c/", "contacts", "C"))
            run = runs.start(tx, "ann", datetime(2026, 1, 1, tzinfo=UTC))
            runs.finish(tx, run, datetime(2026, 1, 1, tzinfo=UTC), "in step", {})
        yield here


def test_renamed_account_keeps_its_pairs_its_runs_and_its_password(here: Installation) -> None:
    renamed = change_account(here, ANN, replace(ANN, name="Work"))
    assert [account.name for account in here.accounts()] == ["Work", "Bob"]
    assert here.secrets.get(renamed).reveal() == "sesame"
    assert [pair.left for pair in stored_pairs(here, renamed)] == ["contacts"]
    with here.db.reading() as tx:
        assert runs.last(tx, "Work") is not None
        assert runs.last(tx, "ann") is None
    with pytest.raises(SecretUnavailable):
        here.secrets.get(ANN)


def test_name_in_other_letters_is_the_same_account(here: Installation) -> None:
    renamed = change_account(here, ANN, replace(ANN, name="Ann"))
    assert [account.name for account in here.accounts()] == ["Ann", "Bob"]
    assert here.secrets.get(renamed).reveal() == "sesame"
    assert len(stored_pairs(here, renamed)) == 1


def test_new_password_takes_the_place_of_the_old_one(here: Installation) -> None:
    change_account(here, ANN, ANN, Secret("better"))
    assert here.secrets.get(ANN).reveal() == "better"


def test_kept_password_is_forgotten_when_a_command_gives_it(here: Installation) -> None:
    changed = change_account(here, ANN, replace(ANN, password=PasswordIn.COMMAND, password_command="echo other"))
    assert here.secrets.get(changed).reveal() == "other"
    with pytest.raises(SecretUnavailable, match="no password"):
        here.secrets.get(ANN)


def test_rule_for_conflicts_is_that_of_all_pairs(here: Installation) -> None:
    change_account(here, ANN, ANN, on_conflict="server")
    assert [pair.on_conflict for pair in stored_pairs(here, ANN)] == ["server"]


REFUSED: list[tuple[str, Account, dict[str, object], type[InstepError]]] = [
    ("a name that another account has", replace(ANN, name="bob"), {}, ConfigError),
    ("a setting that is wrong", replace(ANN, url="ftp://x"), {}, ConfigError),
    ("a rule that is none", ANN, {"on_conflict": "dice"}, ConfigError),
]


@pytest.mark.parametrize(("what", "after", "more", "error"), REFUSED, ids=[row[0] for row in REFUSED])
def test_change_that_is_refused_changes_nothing(
    here: Installation, what: str, after: Account, more: dict[str, object], error: type[InstepError]
) -> None:
    before = here.home.config.read_text()
    with pytest.raises(error):
        change_account(here, ANN, after, **more)  # type: ignore[arg-type]
    assert here.home.config.read_text() == before
    assert here.secrets.get(ANN).reveal() == "sesame"
    assert len(stored_pairs(here, ANN)) == 1


def test_password_that_cannot_be_kept_changes_nothing(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    before = here.home.config.read_text()
    monkeypatch.setenv("INSTEP_VAULT_PASSPHRASE_FILE", str(here.home.path.parent / "none"))
    with Installation(here.home) as locked, pytest.raises(SecretUnavailable):
        change_account(locked, ANN, replace(ANN, name="Work"), Secret("better"))
    assert here.home.config.read_text() == before
    assert len(stored_pairs(here, ANN)) == 1


def test_settings_file_that_cannot_be_changed_leaves_pairs_and_password(here: Installation) -> None:
    text = here.home.config.read_text()
    # Can be read, but not be changed line by line.
    settings = 'url = "https://dav.example.org/", email = "ann@example.org", desktop = "files:/pim", password = "vault"'
    here.home.config.write_text(f"[accounts]\nann = {{ {settings} }}\n")
    broken = here.home.config.read_text()
    with pytest.raises(ConfigError, match="without losing"):
        change_account(here, ANN, replace(ANN, name="Work"))
    assert here.home.config.read_text() == broken
    here.home.config.write_text(text)
    assert here.secrets.get(ANN).reveal() == "sesame"
    assert len(stored_pairs(here, ANN)) == 1


@pytest.mark.parametrize("act", ["change", "remove"])
def test_account_that_is_worked_on_is_left_alone(here: Installation, act: str) -> None:
    before = here.home.config.read_text()
    with lease.held(here.db, "ann", "sync"), pytest.raises(Busy):
        change_account(here, ANN, replace(ANN, name="Work")) if act == "change" else remove_account(here, ANN)
    assert here.home.config.read_text() == before
    assert here.secrets.get(ANN).reveal() == "sesame"
    assert len(stored_pairs(here, ANN)) == 1


def test_removed_account_leaves_its_history(here: Installation) -> None:
    assert remove_account(here, ANN) == ""
    assert [account.name for account in here.accounts()] == ["Bob"]
    assert stored_pairs(here, ANN) == []
    with here.db.reading() as tx:
        assert runs.last(tx, "ann") is not None


MAIL = replace(ANN, url="https://mail.example.org", server=ServerType.SMARTERMAIL)
SIGNED_IN = SignIn(Session("device", "token"), Profile(base="https://mail.example.org", build=9526))


@pytest.fixture
def mail(here: Installation) -> Account:
    """Ann's account, signed in to a SmarterMail server with two-step login."""
    return change_account(here, ANN, replace(MAIL, two_step=True), sign_in=SIGNED_IN)


def kept_session(here: Installation, account: Account) -> str:
    kept = here.secrets.session(account)
    found = session_of(kept, account) if kept else None
    return found.refresh_token if found else ""


def test_two_step_login_keeps_the_session_and_not_the_password(here: Installation, mail: Account) -> None:
    assert kept_session(here, mail) == "token"
    assert here.secrets.get(mail).reveal() == ""
    assert Records(here.home).load(mail).build == 9526


def test_application_password_takes_the_place_of_the_logins(here: Installation) -> None:
    stored = change_account(here, ANN, replace(MAIL, two_step=True), Secret("app"), sign_in=SIGNED_IN)
    assert here.secrets.get(stored).reveal() == "app"


def test_session_goes_along_with_another_name_and_another_place(here: Installation, mail: Account) -> None:
    renamed = change_account(here, mail, replace(mail, name="Work"))
    assert (kept_session(here, renamed), kept_session(here, mail)) == ("token", "")
    assert (Records(here.home).load(renamed).build, Records(here.home).load(mail).build) == (9526, 0)
    by_command = change_account(
        here, renamed, replace(renamed, password=PasswordIn.COMMAND, password_command="echo app")
    )
    assert kept_session(here, by_command) == "token"


@pytest.mark.parametrize(
    ("story", "other"),
    [
        ("another mailbox", {"email": "bob@example.org", "two_step": False}),
        ("another server", {"url": "https://mail2.example.org", "two_step": False}),
        ("no SmarterMail any more", {"server": ServerType.DAV, "two_step": False}),
    ],
)
def test_session_of_another_mailbox_is_forgotten(
    here: Installation, mail: Account, story: str, other: dict[str, object]
) -> None:
    stored = change_account(here, mail, replace(mail, **other), Secret("hers"))  # type: ignore[arg-type]
    assert kept_session(here, stored) == ""
    assert here.secrets.get(stored).reveal() == "hers"
    assert Records(here.home).load(stored) == Profile()


def test_end_of_two_step_login_wants_the_password(here: Installation, mail: Account) -> None:
    with pytest.raises(ConfigError, match="needs its password"):
        change_account(here, mail, replace(mail, two_step=False))
    assert kept_session(here, mail) == "token"


def test_change_that_cannot_be_stored_leaves_the_sign_in(
    here: Installation, mail: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreFull("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(config, "replace_file", full)
        with pytest.raises(StoreFull):
            change_account(here, mail, mail, sign_in=SignIn(Session("device", "other")))
        with pytest.raises(StoreFull):
            change_account(here, mail, replace(mail, name="Work"))
    assert kept_session(here, mail) == "token"
    assert kept_session(here, replace(mail, name="Work")) == ""


def test_removed_account_leaves_no_session_and_no_record(here: Installation, mail: Account) -> None:
    assert remove_account(here, mail) == ""
    assert kept_session(here, mail) == ""
    assert Records(here.home).load(mail) == Profile()
