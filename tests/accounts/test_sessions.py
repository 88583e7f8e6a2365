"""The sign-in of an account: kept where its secrets are, by one at a time, and gone with the account."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from instep.accounts import config, keystore, vault
from instep.accounts.account import Account, PasswordIn
from instep.accounts.durable import sole_user
from instep.accounts.enrolment import withdraw
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Passphrase, Secrets
from instep.accounts.server_type import ServerType
from instep.accounts.sessions import HomeKeeper, new_session, secret_of, session_of
from instep.errors import Busy, SecretUnavailable
from instep.protocols.smartermail.session import Session

ANN = Account(
    "ann",
    url="https://mail.example.org",
    email="ann@example.org",
    desktop="files:/x",
    password=PasswordIn.VAULT,
    server=ServerType.SMARTERMAIL,
    two_step=True,
)
TOKEN = "refresh-hunter2"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault.Vault.__init__, "__defaults__", (16,))


@pytest.fixture(autouse=True)
def stored(home: Home) -> None:
    """Ann's account stands in the settings."""
    config.add(home, ANN)


@pytest.fixture
def secrets(home: Home) -> Secrets:
    return Secrets(home, lambda new: Secret("open sesame"))


def keeper(home: Home, secrets: Secrets, account: Account = ANN) -> HomeKeeper:
    return HomeKeeper(home, secrets, account)


class KeyRing:
    """A key store in memory."""

    priority = 5.0

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.held.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self.held[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        from keyring.errors import PasswordDeleteError

        if self.held.pop((service, name), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> KeyRing:
    found = KeyRing()
    monkeypatch.setenv("INSTEP_SECRETS", "keyring")
    monkeypatch.setattr(keystore, "_backend", lambda: found)
    return found


def test_session_comes_back_and_the_newest_counts(home: Home, secrets: Secrets) -> None:
    mine = keeper(home, secrets)
    assert asyncio.run(mine.load()) is None
    asyncio.run(mine.keep(Session("device", TOKEN)))
    asyncio.run(mine.keep(Session("device", "second")))
    again = keeper(home, Secrets(home, lambda new: Secret("open sesame")))
    assert asyncio.run(again.load()) == Session("device", "second")
    assert TOKEN.encode() not in home.vault.read_bytes()


def test_session_lies_in_the_key_store_where_passwords_are(home: Home, ring: KeyRing) -> None:
    secrets = Secrets(home)
    account = replace(ANN, password=PasswordIn.KEYRING)
    asyncio.run(keeper(home, secrets, account).keep(Session("device", TOKEN)))
    [((_, name), text)] = ring.held.items()
    assert (name, session_of(Secret(text), account)) == ("ann/session", Session("device", TOKEN))
    assert not home.vault.exists()
    secrets.forget(account)
    assert ring.held == {}


def test_session_of_an_account_with_a_command_lies_where_a_new_password_would(home: Home, secrets: Secrets) -> None:
    account = replace(ANN, password=PasswordIn.COMMAND, password_command="echo app", two_step=False)
    asyncio.run(keeper(home, secrets, account).keep(Session("device", TOKEN)))
    assert home.vault.exists()
    assert secrets.get(account) == Secret("app")
    other = Secrets(home)
    assert other.asks_for(account) is Passphrase.KNOWN
    assert "passphrase" in other.unattended(account)
    assert other.asks_for(replace(account, server=ServerType.DAV)) is Passphrase.NONE


def test_two_step_account_needs_no_password_but_keeps_one_for_dav(home: Home, secrets: Secrets) -> None:
    assert secrets.get(ANN) == Secret("")
    with pytest.raises(SecretUnavailable):
        secrets.get(replace(ANN, two_step=False))
    secrets.keep(ANN, Secret("app password"))
    asyncio.run(keeper(home, secrets).keep(Session("device", TOKEN)))
    assert secrets.get(ANN) == Secret("app password")
    secrets.forget_password(ANN)
    assert (secrets.get(ANN), secrets.session(ANN) is None) == (Secret(""), False)
    secrets.forget(ANN)
    assert secrets.session(ANN) is None


def test_locked_vault_is_told_with_the_account(home: Home, secrets: Secrets) -> None:
    asyncio.run(keeper(home, secrets).keep(Session("device", TOKEN)))
    with pytest.raises(SecretUnavailable) as told:
        asyncio.run(keeper(home, Secrets(home)).load())
    assert told.value.where.account == "ann"
    assert TOKEN not in f"{told.value!r} {told.value}"


def test_device_has_an_id_of_its_own_that_shows_nothing() -> None:
    first, second = new_session(), new_session()
    assert first.client_id != second.client_id and len(first.client_id) == 32
    assert TOKEN not in repr(Session("device", TOKEN)) + repr(secret_of(Session("device", TOKEN), ANN))


@pytest.mark.parametrize("text", ["", "x", "[]", '{"id": 1, "token": "t"}', '{"id": "", "token": "t"}', '{"id": "a"}'])
def test_damaged_session_is_none(text: str) -> None:
    assert session_of(Secret(text), ANN) is None


def test_session_is_short_enough_for_the_smallest_key_store() -> None:
    assert len(secret_of(Session("a" * 32, "t" * 1100), ANN).reveal().encode("utf-16-le")) <= 2560


def test_one_at_a_time_has_the_session_over_tasks_threads_and_loops(home: Home, secrets: Secrets) -> None:
    inside, most, turn = 0, 0, threading.Lock()

    async def one() -> None:
        nonlocal inside, most
        async with keeper(home, secrets).alone():
            with turn:
                inside, most = inside + 1, max(most, inside + 1)
            for _ in range(5):
                await asyncio.sleep(0)
            with turn:
                inside -= 1

    async def several() -> None:
        await asyncio.gather(*(one() for _ in range(4)))

    threads = [threading.Thread(target=lambda: asyncio.run(several())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_other_program_is_waited_for_without_holding_up_the_loop(home: Home, secrets: Secrets) -> None:
    program = (
        "import asyncio, sys\nfrom instep.accounts.home import Home\nfrom instep.accounts.secrets import Secrets\n"
        "from instep.accounts.account import Account\nfrom instep.accounts.sessions import HomeKeeper\n"
        "from pathlib import Path\nhome = Home(Path(sys.argv[1]))\n"
        "async def hold():\n"
        "    async with HomeKeeper(home, Secrets(home), Account('ann')).alone():\n"
        "        print('held', flush=True)\n        sys.stdin.readline()\n"
        "asyncio.run(hold())\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, str(home.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdin is not None and other.stdout is not None
    assert other.stdout.readline() == b"held\n"

    async def waits() -> list[str]:
        order: list[str] = []

        async def mine() -> None:
            async with keeper(home, secrets).alone():
                order.append("mine")

        waiting = asyncio.ensure_future(mine())
        for _ in range(10):
            await asyncio.sleep(0)
        order.append("loop goes on")
        other.stdin.write(b"\n")
        other.stdin.flush()
        await waiting
        return order

    assert asyncio.run(waits()) == ["loop goes on", "mine"]
    assert other.wait(30) == 0


def test_who_waits_too_long_is_told(home: Home) -> None:
    async def twice() -> None:
        async with sole_user(home.path / "x", 1.0), sole_user(home.path / "x", 0.0):
            pass

    with pytest.raises(Busy, match="signing in"):
        asyncio.run(twice())


def test_cancelled_keeping_still_keeps(home: Home, secrets: Secrets) -> None:
    async def cancelled() -> None:
        task = asyncio.ensure_future(keeper(home, secrets).keep(Session("device", TOKEN)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert asyncio.run(keeper(home, secrets).load()) == Session("device", TOKEN)


@pytest.mark.parametrize(
    ("situation", "changed"),
    [
        ("another server", {"url": "https://mail.other.example"}),
        ("the same server without https", {"url": "http://mail.example.org"}),
        ("another mailbox", {"email": "bob@example.org"}),
        ("another login", {"login": "bob"}),
    ],
)
def test_session_of_another_mailbox_is_not_used_where_settings_were_written_by_hand(
    home: Home, secrets: Secrets, situation: str, changed: dict[str, str]
) -> None:
    asyncio.run(keeper(home, secrets).keep(Session("device", TOKEN)))
    assert asyncio.run(keeper(home, secrets, replace(ANN, **changed)).load()) is None  # type: ignore[arg-type]
    assert asyncio.run(keeper(home, secrets).load()) == Session("device", TOKEN)


def test_session_of_an_account_that_was_removed_meanwhile_is_not_kept(home: Home, ring: KeyRing) -> None:
    # A test on a page goes on while the account is removed in a terminal.
    secrets = Secrets(home)
    account = config.change(home, replace(ANN, password=PasswordIn.KEYRING))
    testing = keeper(home, secrets, account)
    asyncio.run(testing.keep(Session("device", TOKEN)))
    withdraw(home, secrets, ANN.name)
    asyncio.run(testing.keep(Session("device", "the next one")))
    assert ring.held == {}
