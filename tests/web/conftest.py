"""The pages served on loopback, a person at a desk with a real server behind, a plain client and a real browser."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from cli.desk import Desk, desk, lab
from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from instep.core.model import Kind
from instep.web.app import create_app
from instep.web.server import bound, settings
from instep.web.site import Site
from web.browser import Browser, chromium
from web.client import Client, Pages

__all__ = ["chromium", "desk", "lab"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty installation that keeps its secrets in a vault and never touches the user's key store."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("open sesame\n")
    for name in [name for name in os.environ if name.startswith("INSTEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INSTEP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INSTEP_SECRETS", "vault")
    monkeypatch.setenv("INSTEP_VAULT_PASSPHRASE_FILE", str(passphrase))
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    return Home(tmp_path / "home")


@pytest.fixture
def account(home: Home, desk: Desk) -> Account:
    """An account for the contacts of the desk, in the settings already."""
    home.prepare()
    [added] = config.add(
        home,
        Account(
            "Work",
            url=desk.server.url,
            email="alice@example.org",
            login=desk.server.login,
            desktop=f"files:{desk.folder}",
            kinds=frozenset({Kind.CONTACT}),
            insecure_http=True,
            password=PasswordIn.COMMAND,
            password_command=f"echo {desk.server.password}",
        ),
    )
    return added


@pytest.fixture
def pages(home: Home) -> Iterator[Pages]:
    """The installation's pages, served in this process at a free port."""
    with served(home) as found:
        yield found


class served:
    """Serves a home's pages while the block goes on; ``port`` 0 takes a free one."""

    def __init__(self, home: Home, port: int = 0) -> None:
        self._place = bound(port)
        self.site = Site.of(home, self._place.getsockname()[1])
        self._server = uvicorn.Server(settings(create_app(self.site)))
        self._thread = threading.Thread(target=lambda: self._server.run(sockets=[self._place]), daemon=True)

    def __enter__(self) -> Pages:
        self._thread.start()
        return Pages(self.site)

    def __exit__(self, *error: object) -> None:
        for job in self.site.jobs.running():
            job.stop()
            job.wait(30)
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(30)
        self._place.close()
        self.site.here.db.close()


@pytest.fixture
def client(pages: Pages) -> Iterator[Client]:
    """A client that has been let in."""
    with pages.client() as found:
        yield found


@pytest.fixture
def browser(pages: Pages, chromium: object) -> Iterator[Browser]:
    """A browser that has been let in, on a desktop's width, with script."""
    with Browser(pages, chromium) as found:
        yield found
