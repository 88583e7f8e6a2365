"""Passwords: kept encrypted or nowhere, and never shown."""

from __future__ import annotations

import json
import logging
import pickle
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from instep.accounts import keystore
from instep.accounts.account import Account, PasswordIn
from instep.accounts.command import password_from
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.accounts.vault import Vault
from instep.errors import ConfigError, SecretUnavailable

ANN = Account("ann", url="https://x", email="a@b", desktop="files:/x", password=PasswordIn.VAULT)
CHEAP = 2**4  # scrypt's N; the real one takes a quarter of a second


def vault(home: Home, passphrase: str = "open sesame", asked: list[bool] | None = None) -> Vault:
    def ask(new: bool) -> Secret:
        if asked is not None:
            asked.append(new)
        return Secret(passphrase)

    return Vault(home.vault, ask, cost=CHEAP)


def test_secret_is_shown_by_nothing(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%s %r %s", secret, secret, {"password": secret})
    shown = f"{secret} {secret!r} {secret:>10} {[secret]} {vars.__name__} {caplog.text}"
    assert "hunter2" not in shown
    assert secret.reveal() == "hunter2"
    for export in (pickle.dumps, json.dumps):
        with pytest.raises(TypeError):
            export(secret)


def test_secret_compares_by_its_text() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert (Secret("a") == "a", bool(Secret(""))) == (False, False)


def test_vault_gives_back_what_was_put(home: Home) -> None:
    asked: list[bool] = []
    first = vault(home, asked=asked)
    assert first.get("ann") is None
    first.put("ann", Secret("hunter2"))
    first.put("bob", Secret("Pässwort"))
    assert asked == [True]
    again = vault(home, asked=asked)
    assert (again.get("ann"), again.get("bob"), again.get("carl")) == (Secret("hunter2"), Secret("Pässwort"), None)
    again.remove("ann")
    again.remove("ann")
    assert (vault(home).get("ann"), vault(home).get("bob")) == (None, Secret("Pässwort"))
    assert asked == [True, False]


def test_vault_file_tells_nothing(home: Home) -> None:
    vault(home).put("ann the secret name", Secret("hunter2"))
    raw = home.vault.read_bytes()
    assert b"hunter2" not in raw
    assert b"secret name" not in raw
    before = raw
    vault(home).put("ann the secret name", Secret("hunter2"))
    assert json.loads(home.vault.read_bytes())["nonce"] != json.loads(before)["nonce"]
    if sys.platform != "win32":
        assert stat.S_IMODE(home.vault.stat().st_mode) == 0o600


def test_wrong_passphrase_is_named_and_changes_nothing(home: Home) -> None:
    vault(home).put("ann", Secret("hunter2"))
    before = home.vault.read_bytes()
    wrong = vault(home, "guess")
    with pytest.raises(SecretUnavailable, match="passphrase does not open"):
        wrong.get("ann")
    with pytest.raises(SecretUnavailable, match="passphrase does not open"):
        wrong.put("ann", Secret("other"))
    assert home.vault.read_bytes() == before


def test_wrong_passphrase_may_be_corrected_at_once(home: Home) -> None:
    vault(home).put("ann", Secret("hunter2"))
    answers = ["guess", "open sesame"]
    patient = Vault(home.vault, lambda _: Secret(answers.pop(0)), cost=CHEAP)
    with pytest.raises(SecretUnavailable):
        patient.get("ann")
    assert patient.get("ann") == Secret("hunter2")


def cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def flipped(raw: bytes) -> bytes:
    at = raw.index(b'"data": "') + 12
    return raw[:at] + (b"A" if raw[at : at + 1] != b"A" else b"B") + raw[at + 1 :]


def costly(raw: bytes) -> bytes:
    return raw.replace(b'"n": 16', b'"n": 1099511627776')


DAMAGES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("cut off", cut),
    ("one letter changed", flipped),
    ("a cost that would eat the memory", costly),
    ("empty", lambda raw: b""),
    ("another file", lambda raw: b"[1, 2]"),
    ("not text", lambda raw: b"\xff\xfe\x00"),
]


@pytest.mark.parametrize(("story", "damage"), DAMAGES, ids=[row[0] for row in DAMAGES])
def test_damaged_vault_is_not_called_a_wrong_passphrase(
    home: Home, story: str, damage: Callable[[bytes], bytes]
) -> None:
    vault(home).put("ann", Secret("hunter2"))
    home.vault.write_bytes(damage(home.vault.read_bytes()))
    asked: list[bool] = []
    with pytest.raises(SecretUnavailable, match="is damaged"):
        vault(home, asked=asked).get("ann")
    assert asked == []


def test_vault_of_another_version_says_so(home: Home) -> None:
    vault(home).put("ann", Secret("hunter2"))
    home.vault.write_bytes(home.vault.read_bytes().replace(b'"instep_vault": 1', b'"instep_vault": 2'))
    with pytest.raises(SecretUnavailable, match="another version"):
        vault(home).get("ann")


def test_empty_passphrase_is_refused(home: Home) -> None:
    with pytest.raises(SecretUnavailable, match="empty"):
        vault(home, "").put("ann", Secret("hunter2"))
    assert not home.vault.exists()


# Where the passphrase comes from ---------------------------------------------------------------------------------


def test_passphrase_comes_from_the_file_named_in_the_environment(home: Home, tmp_path: Path) -> None:
    (tmp_path / "pass").write_text("open sesame\n")
    environ = {"INSTEP_SECRETS": "vault", "INSTEP_VAULT_PASSPHRASE_FILE": str(tmp_path / "pass")}
    Secrets(home, environ=environ).keep(ANN, Secret("hunter2"))
    assert Secrets(home, lambda new: Secret("open sesame"), {}).get(ANN) == Secret("hunter2")


def test_passphrase_comes_from_a_systemd_credential(home: Home, tmp_path: Path) -> None:
    (tmp_path / "instep-vault-passphrase").write_text("open sesame")
    environ = {"INSTEP_SECRETS": "vault", "CREDENTIALS_DIRECTORY": str(tmp_path)}
    secrets = Secrets(home, environ=environ)
    secrets.keep(ANN, Secret("hunter2"))
    assert secrets.get(ANN) == Secret("hunter2")
    assert secrets.unattended(ANN) == ""


def test_passphrase_that_cannot_be_had_names_the_ways_to_give_one(home: Home, tmp_path: Path) -> None:
    vault(home).put("ann", Secret("hunter2"))
    for ask in (None, lambda new: None):
        with pytest.raises(SecretUnavailable, match=r"ann: .*INSTEP_VAULT_PASSPHRASE_FILE"):
            Secrets(home, ask, {}).get(ANN)
    for content in (None, ""):
        file = tmp_path / "pass"
        if content is not None:
            file.write_text(content)
        with pytest.raises(SecretUnavailable, match=str(file)):
            Secrets(home, environ={"INSTEP_VAULT_PASSPHRASE_FILE": str(file)}).get(ANN)


def test_passphrase_beside_the_vault_is_refused(home: Home) -> None:
    (home.path / "pass").write_text("open sesame")
    environ = {"INSTEP_VAULT_PASSPHRASE_FILE": str(home.path / "." / "pass")}
    with pytest.raises(SecretUnavailable, match="beside it"):
        Secrets(home, environ=environ).keep(ANN, Secret("hunter2"))
    assert not home.vault.exists()


def test_scheduled_run_without_passphrase_is_said_at_set_up(home: Home) -> None:
    assert "INSTEP_VAULT_PASSPHRASE_FILE" in Secrets(home, environ={}).unattended(ANN)
    assert Secrets(home, environ={}).unattended(replace(ANN, password=PasswordIn.NONE)) == ""


# Which place -------------------------------------------------------------------------------------------------------


class Backend:
    """A key store like those of the systems, without one."""

    def __init__(self, priority: float = 5) -> None:
        self.priority = priority
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.kept[service, name] = text

    def delete_password(self, service: str, name: str) -> None:
        from keyring.errors import PasswordDeleteError

        if self.kept.pop((service, name), None) is None:
            raise PasswordDeleteError("not found")


class PlaintextBackend(Backend):
    """One that would write passwords into a file as they are."""


class TalkativeBackend(Backend):
    """One that is locked and quotes what it was given."""

    def get_password(self, service: str, name: str) -> str | None:
        from keyring.errors import KeyringLocked

        raise KeyringLocked("hunter2")

    def set_password(self, service: str, name: str, text: str) -> None:
        raise RuntimeError(f"cannot store {text}")


def use(monkeypatch: pytest.MonkeyPatch, backend: object) -> None:
    import keyring

    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


IN_KEYRING = replace(ANN, password=PasswordIn.KEYRING)


def test_key_store_keeps_gets_and_forgets(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = Backend()
    use(monkeypatch, backend)
    secrets = Secrets(home, environ={})
    assert secrets.place() is PasswordIn.KEYRING
    secrets.keep(IN_KEYRING, Secret("hunter2"))
    assert secrets.get(IN_KEYRING) == Secret("hunter2")
    with pytest.raises(SecretUnavailable):
        Secrets(Home(home.path / "other"), environ={}).get(IN_KEYRING)
    secrets.forget(IN_KEYRING)
    secrets.forget(IN_KEYRING)
    assert backend.kept == {}
    with pytest.raises(SecretUnavailable, match="ann: There is no password"):
        secrets.get(IN_KEYRING)


@pytest.mark.parametrize("backend", [Backend(0), Backend(0.5), PlaintextBackend()])
def test_key_store_that_does_not_encrypt_counts_as_none(
    home: Home, monkeypatch: pytest.MonkeyPatch, backend: Backend
) -> None:
    use(monkeypatch, backend)
    secrets = Secrets(home, environ={})
    assert secrets.place() is PasswordIn.VAULT
    with pytest.raises(SecretUnavailable, match="no key store"):
        secrets.keep(IN_KEYRING, Secret("hunter2"))
    assert backend.kept == {}


def test_key_store_that_fails_is_not_quoted(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, TalkativeBackend())
    secrets = Secrets(home, environ={})
    for step in (lambda: secrets.get(IN_KEYRING), lambda: secrets.keep(IN_KEYRING, Secret("hunter2"))):
        with pytest.raises(SecretUnavailable) as caught:
            step()
        assert "hunter2" not in f"{caught.value} {caught.value!r}"
        assert caught.value.__suppress_context__ or caught.value.__cause__ is not None


def test_vault_switch_never_touches_the_key_store(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def touched() -> None:
        raise AssertionError("the key store was touched")

    monkeypatch.setattr(keystore, "_backend", touched)
    secrets = Secrets(home, lambda new: Secret("open sesame"), {"INSTEP_SECRETS": "vault"})
    assert secrets.place() is PasswordIn.VAULT
    secrets.keep(IN_KEYRING, Secret("hunter2"))
    assert secrets.get(IN_KEYRING) == Secret("hunter2")
    secrets.forget(IN_KEYRING)
    with pytest.raises(SecretUnavailable):
        secrets.get(IN_KEYRING)


def test_unknown_switch_is_a_clear_error(home: Home) -> None:
    with pytest.raises(ConfigError, match="INSTEP_SECRETS"):
        Secrets(home, environ={"INSTEP_SECRETS": "plain"}).place()


def test_account_without_authentication_has_an_empty_secret(home: Home) -> None:
    account = replace(ANN, password=PasswordIn.NONE)
    assert not Secrets(home, environ={}).get(account)
    with pytest.raises(ConfigError):
        Secrets(home, environ={}).keep(account, Secret("hunter2"))


# Password commands -------------------------------------------------------------------------------------------------

PYTHON = f'"{sys.executable}" -c '


def test_command_gives_its_first_line() -> None:
    command = PYTHON + '"print(chr(80) + chr(228) + chr(10) + chr(113))"'
    assert password_from(command, "ann") == Secret("Pä") or sys.platform == "win32"


def test_command_is_not_given_to_a_shell(tmp_path: Path) -> None:
    secret = password_from(f'{PYTHON} "import sys; print(sys.argv[1:])" $HOME > {tmp_path / "x"}', "ann")
    assert "$HOME" in secret.reveal()
    assert not (tmp_path / "x").exists()


COMMANDS: list[tuple[str, str, str]] = [
    ("a program that does not exist", "no-such-program-here hunter2", "no-such-program-here cannot be started"),
    ("a program that fails", PYTHON + "\"print('hunter2'); raise SystemExit(3)\"", "code 3"),
    ("a program that prints nothing", PYTHON + "\"'hunter2'\"", "no password"),
    ("a program that prints it on the second line", PYTHON + "\"print(); print('hunter2')\"", "no password"),
    ("a program that prints no text", PYTHON + '"import sys; sys.stdout.buffer.write(bytes([255]))"', "UTF-8"),
    ("a program that never ends", PYTHON + '"import time; time.sleep(60)"', "did not answer"),
    ("an open quotation mark", 'pass "hunter2', "open quotation mark"),
    ("nothing", "  ", "empty"),
]


@pytest.mark.parametrize(("story", "command", "words"), COMMANDS, ids=[row[0] for row in COMMANDS])
def test_command_that_fails_names_the_account_and_no_output(story: str, command: str, words: str) -> None:
    with pytest.raises(SecretUnavailable) as caught:
        password_from(command, "ann", patience=0.2 if "never" in story else 20)
    assert str(caught.value).startswith("ann: ")
    assert words in str(caught.value)
    assert "hunter2" not in f"{caught.value} {caught.value!r}"
