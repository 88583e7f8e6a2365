"""Test in the pages: each way in which it fails, against real servers; it writes nothing and can be cancelled."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.desk import Desk
from instep.accounts.account import Account
from peers.servers import free_port
from web.browser import Browser
from web.client import Client, until
from web.person import typed


class _Plain(http.server.BaseHTTPRequestHandler):
    """A web server that has never heard of calendars."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    do_PROPFIND = do_OPTIONS = do_REPORT = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def plain() -> Iterator[int]:
    """The port of such a web server."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Plain)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes a call and never answers."""
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        place.listen(8)
        yield int(place.getsockname()[1])


FAILS: list[tuple[str, dict[str, str], str, str]] = [
    ("a wrong password", {"password": "dragon-wrong"}, "Login", "refused the login name or the password"),
    ("nobody at the port", {"url": "http://127.0.0.1:CLOSED/"}, "Address of the server", "127.0.0.1"),
    ("a name that is not known", {"url": "http://nowhere.invalid/"}, "Address of the server", "nowhere.invalid"),
    ("no encryption where https is said", {"url": "https://127.0.0.1:PLAIN/"}, "Encrypted connection", "127.0.0.1"),
    ("a web server without DAV", {"url": "http://127.0.0.1:PLAIN/"}, "Product of the server", "127.0.0.1"),
    ("a command that fails", {"way": "command", "password_command": "false"}, "Password", "command"),
]


@pytest.mark.parametrize(("what", "fields", "step", "words"), FAILS, ids=[row[0] for row in FAILS])
def test_failure_is_said_at_its_step_with_what_to_do(
    what: str, fields: dict[str, str], step: str, words: str, client: Client, desk: Desk, plain: int, tmp_path: Path
) -> None:
    ports = {"CLOSED": str(free_port()), "PLAIN": str(plain)}
    for name, port in ports.items():
        fields = {key: value.replace(name, port) for key, value in fields.items()}
    folder = tmp_path / "not made"
    client.post("/accounts/new", {**typed(desk, desktop=str(folder)), **fields, "do": "test"})
    said = client.until_over()
    failed = [line for line in client.text.split("<li ") if line.startswith('class="standing bad"')]
    assert len(failed) == 1, said
    assert f"<b>{step}</b>" in failed[0]
    assert words in failed[0]
    assert 'class="advice"' in failed[0]
    assert 'href="/help' in failed[0]
    assert "not tried" in said
    assert "1 step failed" in said
    assert "Store it nevertheless" in said
    assert not folder.exists()
    assert desk.held == []
    assert client.pages.site.here.accounts() == ()


def test_kind_that_the_server_lacks_and_a_person_chose_fails(client: Client, desk: Desk) -> None:
    # Somebody who has a place on the server, with nothing in it.
    (desk.server.folder / "data" / "collection-root" / desk.server.login).mkdir()
    client.post("/accounts/new", typed(desk, kind=["notes"], do="test"))
    assert "the server has no folder that takes notes" in client.until_over()
    assert "1 step failed" in client.said


def test_stored_account_is_tested_with_its_counts_and_rights(account: Account, client: Client, desk: Desk) -> None:
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    client.until_over()
    client.post(f"/accounts/{work}/test")
    assert "(1 item), read and write" in client.until_over()
    assert "Everything is right" in client.said


def test_settings_are_tested_as_they_are_typed_and_kept_as_they_were(
    account: Account, client: Client, desk: Desk
) -> None:
    work = client.pages.site.id_of("Work")
    client.get(f"/accounts/{work}/settings")
    client.post(client.path, {**client.fields(), "login": "somebody-else", "do": "test"})
    assert "refused" in client.until_over()
    assert client.pages.site.here.accounts() == (account,)
    client.get(client.link(rf"/accounts/{work}/settings\?draft=[\w-]+"))
    assert client.fields()["login"] == "somebody-else"
    # What was typed for one account is not another one's.
    draft = str(client.fields()["draft"])
    client.get(f"/accounts/new?draft={draft}")
    client.post("/accounts/new", {"draft": draft, "do": "store"})
    assert client.pages.site.here.accounts() == (account,)


def test_test_is_cancelled_while_the_server_keeps_silent(browser: Browser, desk: Desk, silent: int) -> None:
    page = browser.page
    browser.goto("/accounts/new")
    page.get_by_label("Name", exact=True).fill("Work")
    page.get_by_label("Server URL").fill(f"http://127.0.0.1:{silent}/")
    page.get_by_label("Email Address").fill("alice@example.org")
    page.get_by_label("Password", exact=True).fill("dragon")
    page.get_by_text("Options").click()
    page.get_by_label("Allow plain http").check()
    page.get_by_role("button", name="Test", exact=True).click()
    page.get_by_text("being tried …").wait_for()
    browser.require_accessible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled.").wait_for()
    until(lambda: not browser.pages.site.jobs.running())
