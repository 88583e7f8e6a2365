"""The doctor's page: what is found, a closer look with the servers, and the bundle as a file."""

from __future__ import annotations

import io
import zipfile

from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from instep.service.doctor_bundle import CONTENTS
from web.browser import Browser
from web.client import Client


def test_a_quick_look_says_each_check_and_asks_no_server(account: Account, client: Client) -> None:
    said = client.get("/doctor")
    assert "This computer and its installation" in said and "State database" in said
    assert "Login" not in said
    assert "Nothing failed. Worth knowing: 1." in said  # no run yet


def test_a_closer_look_tests_the_accounts_too(account: Account, client: Client) -> None:
    client.post("/doctor/look", {"online": "yes"})
    said = client.until_over()
    assert "Login in order" in said and "sound" in said


def test_what_fails_leads_to_its_topic(home: Home, client: Client) -> None:
    config.add(home, Account("Far", url="https://localhost:9", desktop="files:/nowhere", password=PasswordIn.NONE))
    client.post("/doctor/look", {"online": "yes"})
    client.until_over()
    assert 'href="/help/how-to/troubleshooting#the-server-cannot-be-reached"' in client.text


def test_settings_that_cannot_be_read_are_said_and_end_nothing(home: Home, client: Client) -> None:
    home.prepare()
    home.config.write_text("[accounts\n")
    assert "Failed: 1." in client.get("/doctor")
    assert client.http.post("/doctor/bundle", data={"token": client.token}).status_code == 200


def test_the_bundle_is_shown_before_it_is_made_and_comes_as_a_file(account: Account, client: Client) -> None:
    said = client.get("/doctor")
    assert all(f"{name} : {what}" in said for name, what in CONTENTS)
    answer = client.http.post("/doctor/bundle", data={"token": client.token})
    assert answer.headers["content-disposition"] == 'attachment; filename="instep-diagnostics.zip"'
    held = zipfile.ZipFile(io.BytesIO(answer.content))
    assert set(held.namelist()) == {"README.txt", *(name for name, _ in CONTENTS)}
    assert b"alice" not in b"".join(held.read(name) for name in held.namelist())


def test_a_get_makes_no_bundle(client: Client) -> None:
    assert client.http.get("/doctor/bundle").status_code in (404, 405)


def test_the_page_with_script_shows_the_end_by_itself(account: Account, browser: Browser) -> None:
    browser.goto("/doctor")
    browser.page.get_by_role("button", name="Test the accounts too").click()
    browser.page.get_by_text("Back to the doctor").wait_for()
    browser.require_accessible()
