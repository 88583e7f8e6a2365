"""After a day of trouble with two-step login, passwords, codes and tokens are nowhere but where they belong."""

from __future__ import annotations

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from instep.accounts import config
from instep.accounts.home import Home
from instep.accounts.secrets import Secrets
from instep.accounts.vault import Vault
from instep.protocols.http import HttpClient
from instep.testing.smartermail import ANNA, DAV_GROUP, Server, TwoStep, World, serve, totp
from safety.test_secrets import disguises, leaks

Run = Callable[..., Result]
PASSWORD = 'Pa:ss/w%rd"+ü<&'
APP_PASSWORD = "qwertyuiopasdfgh"


class Noted(dict[str, object]):
    """A table of tokens that never forgets one."""

    def __init__(self) -> None:
        super().__init__()
        self.ever: list[str] = []

    def __setitem__(self, token: str, session: object) -> None:
        self.ever.append(token)
        super().__setitem__(token, session)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(seconds: float) -> None:
        return None

    monkeypatch.setitem(HttpClient.__init__.__kwdefaults__, "sleep", at_once)
    monkeypatch.setattr(Vault.__init__, "__defaults__", (16,))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(World.demo()) as found:
        anna = found.world.people[ANNA]
        anna.password, anna.two_step, anna.app_passwords[DAV_GROUP] = PASSWORD, TwoStep.APP, APP_PASSWORD
        found.world.sessions.access = Noted()  # type: ignore[assignment]
        found.world.sessions.refresh = Noted()  # type: ignore[assignment]
        yield found


TROUBLES: list[tuple[str, str, object]] = [
    ("the server fails at the refresh", "POST .*/refresh-token", 500),
    ("the refresh is refused", "POST .*/refresh-token", 403),
    ("the connection breaks at the refresh", "POST .*/refresh-token", "drop-before"),
    ("the lists fail", "POST .*-all", 500),
    ("the lists are refused", "POST .*-all", 403),
    ("DAV refuses the login", "PROPFIND ", 401),
]


def test_after_every_trouble_of_a_day_no_secret_is_anywhere(
    run: Run, home: Path, tmp_path: Path, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    log, world, said, codes = tmp_path / "instep.log", server.world, list[str](), list[str]()

    def does(*words: str, input: str = "") -> Result:
        result = run(*words, "-vv", "--log-file", str(log), input=input)
        said.extend((result.stdout, result.stderr))
        return result

    def code() -> str:
        world.clock.move(minutes=1)
        codes.append(totp(world.people[ANNA].secret, world.clock.now()))
        return codes[-1]

    def signs_in() -> Result:
        words = ["account", "login", "work", "--password-stdin", "--code-stdin", "--app-password-stdin"]
        return does(*words, input=f"{PASSWORD}\n{code()}\n{APP_PASSWORD}\n")

    words = ["account", "add", "work", "--url", f"{server.url}/interface/root", "--email", ANNA, "--insecure-http"]
    words += ["--desktop", f"files:{tmp_path / 'desk'}", "--password-stdin", "--code-stdin"]
    assert does(*words, input=f"{PASSWORD}\n000000\n").exit_code == 4
    assert does(*words, "--app-password-stdin", input=f"{PASSWORD}\n{code()}\n{APP_PASSWORD}\n").exit_code in (0, 1)
    does("sync", "work", "--yes")
    for situation, pattern, what in TROUBLES:
        server.fail(pattern, what)  # type: ignore[arg-type]
        assert does("sync", "work", "--json").exit_code in (0, 1, 4), situation
        world.faults.waiting.clear()
        if "sign in again" in run("account", "show", "work").stdout:
            assert signs_in().exit_code == 0, situation
    for asking in (
        ["account", "show", "work"],
        ["account", "list"],
        ["account", "test", "work"],
        ["history", "--json"],
    ):
        does(*asking)
    tokens = [*world.sessions.access.ever, *world.sessions.refresh.ever]  # type: ignore[attr-defined]
    secrets = [*disguises(ANNA, PASSWORD), *disguises(ANNA, APP_PASSWORD)]
    secrets += [token.encode() for token in tokens]
    assert len(tokens) > 10 and len(codes) >= 2
    files = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert leaks(secrets, *said, *files, log.read_bytes(), caplog.text) == []
    # A code is so short that it may stand within another number by chance.
    told = "\n".join([*said, log.read_text()])
    assert [one for one in codes if re.search(rf"(?<![\d.]){one}(?!\d)", told)] == []
    with sqlite3.connect(home / "state.db") as state:
        assert leaks(secrets, "\n".join(state.iterdump())) == []
    # The search itself finds what it looks for.
    [account] = config.load(Home(home))
    kept = Secrets(Home(home)).session(account)
    assert kept is not None and leaks(secrets, kept.reveal())
