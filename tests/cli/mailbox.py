"""A stand-in SmarterMail server with one mailbox, and the words with which a person adds its account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.accounts.secrets import Secrets
from instep.accounts.sessions import session_of
from instep.accounts.vault import Vault
from instep.testing.smartermail import ANNA, DAV_GROUP, Server, TwoStep, World, serve, totp

PASSWORD = "correct horse"
APP_PASSWORD = "abcdefghijklmnop"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vault.__init__, "__defaults__", (16,))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(World.demo()) as found:
        yield found


@pytest.fixture
def two_step(server: Server) -> Server:
    """The server, where Anna's login wants a code."""
    server.world.people[ANNA].two_step = TwoStep.APP
    server.world.people[ANNA].app_passwords[DAV_GROUP] = APP_PASSWORD
    return server


def code(server: Server) -> str:
    return totp(server.world.people[ANNA].secret, server.world.clock.now())


def words(server: Server, tmp_path: Path, *more: str) -> list[str]:
    """The words that add an account, from the address that a person copies out of the browser."""
    url = f"{server.url}/interface/root#/email"
    said = ["account", "add", "work", "--url", url, "--email", ANNA, "--insecure-http", "--password-stdin"]
    return [*said, "--desktop", f"files:{tmp_path / 'desk'}", *more]


def server_sessions(server: Server) -> int:
    return len(server.world.sessions.refresh)


def stored(home: Path) -> Account:
    [account] = config.load(Home(home))
    return account


def token(home: Path) -> str:
    kept = Secrets(Home(home)).session(stored(home))
    session = session_of(kept, stored(home)) if kept else None
    return session.refresh_token if session else ""


def ways(server: Server) -> list[tuple[str, bool]]:
    return [(login.way, login.worked) for login in server.world.records.logins]
