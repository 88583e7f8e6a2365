"""Two programs of one person with one sign-in: each refresh token is good for one use, and neither ends the other."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.server_type import ServerType
from instep.accounts.sessions import session_of
from instep.accounts.vault import Vault
from instep.service.installation import Installation
from instep.service.signing_in import sign_in_again
from instep.testing.smartermail import ANNA, Server, TwoStep, World, serve, totp

PROGRAM = """
import asyncio, sys
from pathlib import Path
from instep.accounts.connect import server_of
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.service.installation import Installation

async def lists():
    with Installation(Home(Path(sys.argv[1]))) as here:
        account = here.account("work")
        for _ in range(4):
            server = server_of(account, Secret(""), here.means(account))
            try:
                assert await server.collections()
            finally:
                await server.close()

asyncio.run(lists())
"""


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Vault.__init__, "__defaults__", (16,))
    (tmp_path / "passphrase").write_text("open sesame\n")


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(World.demo()) as found:
        found.world.people[ANNA].two_step = TwoStep.APP
        yield found


def test_two_programs_refresh_in_turn_and_stay_signed_in(
    home: Home, tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # After the home's own fixture, which takes it away.
    monkeypatch.setenv("INSTEP_VAULT_PASSPHRASE_FILE", str(tmp_path / "passphrase"))
    account = Account(
        "work", url=server.url, email=ANNA, desktop=f"files:{tmp_path / 'desk'}", insecure_http=True,
        password=PasswordIn.VAULT, server=ServerType.SMARTERMAIL, two_step=True,
    )  # fmt: skip
    config.add(home, account)
    with Installation(home) as here:
        signing = sign_in_again(here, account)
        assert not asyncio.run(signing.begin(Secret("correct horse")))
        code = totp(server.world.people[ANNA].secret, server.world.clock.now())
        assert asyncio.run(signing.answer(code))
    words = [sys.executable, "-c", PROGRAM, str(home.path)]
    programs = [subprocess.Popen(words, stderr=subprocess.PIPE) for _ in range(2)]
    said = [program.communicate(timeout=60)[1].decode() for program in programs]
    assert [program.returncode for program in programs] == [0, 0], said
    logins = [(login.way, login.worked) for login in server.world.records.logins]
    # A refresh of the one ends the other's access token, which then refreshes once more.
    assert logins.count(("refresh", True)) >= 8
    assert all(worked for _, worked in logins)
    with Installation(home) as here:
        kept = here.secrets.session(account)
        assert kept is not None and (session := session_of(kept, account)) is not None and session.refresh_token
