"""Accounts with a SmarterMail server in the pages, without script: found by themselves, signed in to, and again."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from cli.mailbox import APP_PASSWORD, PASSWORD, cheap, code, server, two_step
from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.secrets import Secrets
from instep.accounts.sessions import session_of
from instep.testing.smartermail import ANNA, Server
from web.client import Client
from web.person import holders

__all__ = ["cheap", "server", "two_step"]


def typed(server: Server, tmp_path: Path, **other: str | list[str]) -> dict[str, str | list[str]]:
    """The form of a new account, with the address that a person copies out of the browser."""
    fields: dict[str, str | list[str]] = {
        "name": "Work",
        "url": f"{server.url}/interface/root#/email",
        "email": ANNA,
        "way": "kept",
        "password": PASSWORD,
        "desktop": str(tmp_path / "desk"),
        "insecure_http": "yes",
        "kind": ["tasks", "notes"],
        "do": "store",
    }
    return {**fields, **other}


def stored(home: Home) -> Account:
    [account] = config.load(home)
    return account


def token(home: Home) -> str:
    kept = Secrets(home).session(stored(home))
    session = session_of(kept, stored(home)) if kept else None
    return session.refresh_token if session else ""


def ways(server: Server) -> list[tuple[str, bool]]:
    return [(login.way, login.worked) for login in server.world.records.logins]


def values(client: Client, name: str) -> list[str]:
    """What the page's hidden and other inputs of that name hold."""
    return [html.unescape(value) for value in re.findall(rf'name="{name}" value="([^"]*)"', client.text)]


def answer(client: Client, text: str, **other: str) -> str:
    """Fill in the page that asks for the code."""
    assert client.path == "/accounts/code", client.said
    [id] = values(client, "sign-in")
    client.post("/accounts/code", {"sign-in": id, "code": text, **other})
    return client.until_over()


def test_next_finds_the_server_signs_in_once_and_leads_to_the_folders(
    client: Client, home: Home, tmp_path: Path, server: Server
) -> None:
    client.post("/accounts/new", typed(server, tmp_path))
    client.until_over()
    account = stored(home)
    assert client.path == f"/accounts/{client.pages.site.id_of('Work')}/folders", client.said
    assert (account.is_smartermail, account.url, account.two_step) == (True, server.url, False)
    assert ways(server).count(("password", True)) == 1 and all(worked for _, worked in ways(server))
    assert token(home) and Secrets(home).get(account) == Secret(PASSWORD)


def test_test_says_the_build_and_the_protocols_and_stores_nothing(
    client: Client, home: Home, tmp_path: Path, server: Server
) -> None:
    server.world.build = 9500
    client.post("/accounts/new", typed(server, tmp_path, do="test"))
    said = client.until_over()
    assert "build 9500 of 2026-01-04" in said and "CVE-2026-23760" in said
    assert "Protocol of tasks right over REST" in said
    assert config.load(home) == ()
    client.answer("Next")
    client.until_over()
    assert ways(server).count(("password", True)) == 1
    assert stored(home).is_smartermail and token(home)


def test_code_is_asked_for_on_a_page_of_its_own_and_the_password_is_kept_nowhere(
    client: Client, home: Home, tmp_path: Path, two_step: Server
) -> None:
    client.post("/accounts/new", typed(two_step, tmp_path))
    said = client.until_over()
    assert "The password was right." in said and "SmarterMail, build" in said
    assert "wrong" in answer(client, "000000")
    answer(client, code(two_step))
    account = stored(home)
    assert client.path.endswith("/folders"), client.said
    assert (account.two_step, Secrets(home).get(account), bool(token(home))) == (True, Secret(""), True)
    assert [way for way in ways(two_step) if way[0] == "code"] == [("code", False), ("code", True)]
    assert holders(tmp_path, PASSWORD) == []
    client.get(f"/accounts/{client.pages.site.id_of('Work')}/settings")
    assert "Its login has two steps" in client.said and "Tasks: not chosen yet" in client.said


def test_test_with_a_code_goes_on_to_next_without_another_sign_in(
    client: Client, home: Home, tmp_path: Path, two_step: Server
) -> None:
    client.post("/accounts/new", typed(two_step, tmp_path, do="test", kind=["contacts", "notes"]))
    client.until_over()
    said = answer(client, code(two_step), app_password=APP_PASSWORD)
    assert "signed in with two-step login" in said and "over CardDAV" in said
    assert config.load(home) == ()
    two_step.world.records.clear()
    # Contacts of the company's directory are no matter here.
    client.answer("Next" if "Everything is right" in said else "Store it nevertheless")
    client.until_over()
    assert {way for way, _ in ways(two_step)} <= {"refresh", "dav"}
    assert all(worked for _, worked in ways(two_step))
    assert Secrets(home).get(stored(home)) == Secret(APP_PASSWORD)


def test_code_wrong_twice_ends_the_sign_in_and_stores_nothing(
    client: Client, home: Home, tmp_path: Path, two_step: Server
) -> None:
    client.post("/accounts/new", typed(two_step, tmp_path))
    client.until_over()
    answer(client, "000000")
    assert "was wrong 2 times" in answer(client, "000001")
    assert config.load(home) == ()
    client.get(client.link(r"/accounts/new\?draft=[\w-]+"))
    assert "unchanged" in client.text


def test_wrong_password_is_shown_once_and_said_at_its_step(
    client: Client, home: Home, tmp_path: Path, server: Server
) -> None:
    client.post("/accounts/new", typed(server, tmp_path, password="wrong"))
    assert "refused the e-mail address or the password" in client.until_over()
    assert ways(server) == [("password", False)]
    assert config.load(home) == ()


def test_ended_sign_in_leads_from_the_card_to_signing_in_again(
    client: Client, home: Home, tmp_path: Path, two_step: Server
) -> None:
    client.post("/accounts/new", typed(two_step, tmp_path))
    client.until_over()
    answer(client, code(two_step))
    two_step.world.sessions.end(ANNA)
    id = client.pages.site.id_of("Work")
    client.post(f"/accounts/{id}/synchronize")
    client.until_over()
    client.get("/")
    assert f'href="/accounts/{id}/sign-in"' in client.text
    two_step.world.clock.move(minutes=1)
    client.get(f"/accounts/{id}/sign-in")
    client.post(f"/accounts/{id}/sign-in", {"password": PASSWORD})
    assert "Signed in." in answer(client, code(two_step))
    client.post(f"/accounts/{id}/test")
    assert "Everything is right" in client.until_over()
    assert (stored(home).two_step, Secrets(home).get(stored(home))) == (True, Secret(""))


def test_other_protocol_is_shown_before_it_is_stored_and_begins_anew(
    client: Client, home: Home, tmp_path: Path, server: Server
) -> None:
    client.post("/accounts/new", typed(server, tmp_path, kind=["contacts", "notes"]))
    client.until_over()
    id = client.pages.site.id_of("Work")
    choices = values(client, "chosen")
    client.post(f"/accounts/{id}/folders/proposed", {"chosen": choices, "do": "pair"})
    client.until_over()
    client.get(f"/accounts/{id}/settings")
    assert "Contacts: over CardDAV" in client.said
    client.post(f"/accounts/{id}/settings", {**client.fields(), "protocol-contacts": "rest", "do": "store"})
    said = client.until_over()
    assert "begins anew" in said and "goes on as it is" in said
    assert stored(home).protocols == ()
    client.answer("Save and begin anew")
    assert stored(home).protocols == ("contacts=rest",)
    client.get(f"/accounts/{id}/settings")
    assert "Contacts: over REST, as you chose" in client.said


def test_five_refused_passwords_pause_the_host(client: Client, home: Home, tmp_path: Path, server: Server) -> None:
    for number in range(5):
        client.post("/accounts/new", typed(server, tmp_path, password=f"wrong {number}"))
        client.until_over()
    client.post("/accounts/new", typed(server, tmp_path))
    assert "refused 5 logins within an hour" in client.until_over()
    assert ways(server) == [("password", False)] * 5


def test_code_page_without_a_sign_in_says_that_it_is_over(client: Client) -> None:
    client.get("/accounts/code?sign-in=nothing")
    assert "No code is waited for here" in client.said
    client.post("/accounts/code", {"sign-in": "nothing", "code": "123456"})
    assert "No code is waited for here" in client.said


@pytest.mark.parametrize("path", ["/", "/interface/root"])
def test_plain_http_is_looked_for_encrypted_and_its_lack_is_said(
    client: Client, home: Home, tmp_path: Path, server: Server, path: str
) -> None:
    client.post("/accounts/new", typed(server, tmp_path, url=f"{server.url}{path}", insecure_http=""))
    said = client.until_over()
    assert (
        "Nothing answers encrypted at 127.0.0.1" in said and "allow plain http for this account under Options" in said
    )
    assert config.load(home) == () and ways(server) == []


def test_refused_application_password_is_asked_for_again_on_a_page_of_its_own(
    client: Client, home: Home, tmp_path: Path, two_step: Server
) -> None:
    client.post("/accounts/new", typed(two_step, tmp_path, kind=["contacts", "notes"]))
    client.until_over()
    [id] = values(client, "sign-in")
    client.post("/accounts/code", {"sign-in": id, "code": code(two_step), "app_password": "wrong"})
    assert "CalDAV and CardDAV refused the application password." in client.said and config.load(home) == ()
    client.post("/accounts/app-password", {"sign-in": id, "app_password": "wrong again"})
    assert "Only the application password was refused" in client.said
    client.post("/accounts/app-password", {"sign-in": id, "app_password": APP_PASSWORD})
    client.until_over()
    assert client.path.endswith("/folders"), client.said
    assert Secrets(home).get(stored(home)) == Secret(APP_PASSWORD) and token(home)
    client.post("/accounts/app-password", {"sign-in": id, "app_password": APP_PASSWORD})
    assert "No code is waited for here" in client.said


def test_page_of_the_application_password_cannot_be_reached_before_the_code(
    client: Client, home: Home, tmp_path: Path, two_step: Server
) -> None:
    client.post("/accounts/new", typed(two_step, tmp_path))
    client.until_over()
    [id] = values(client, "sign-in")
    client.post("/accounts/app-password", {"sign-in": id, "app_password": ""})
    assert client.path == "/accounts/app-password" and "The password was right." in client.said
    assert config.load(home) == ()


def test_application_password_given_at_another_sign_in_says_what_it_opens(
    client: Client, home: Home, tmp_path: Path, two_step: Server
) -> None:
    client.post("/accounts/new", typed(two_step, tmp_path, kind=["contacts", "notes"]))
    client.until_over()
    answer(client, code(two_step))
    id = client.pages.site.id_of("Work")
    client.post(f"/accounts/{id}/folders/proposed", {"chosen": values(client, "chosen"), "do": "pair"})
    client.until_over()
    two_step.world.clock.move(minutes=1)
    client.post(f"/accounts/{id}/sign-in", {"password": PASSWORD})
    said = answer(client, code(two_step), app_password=APP_PASSWORD)
    assert "can go over CalDAV and CardDAV now" in said and "Contacts: over REST" in said


def test_old_version_is_remembered_and_its_notes_are_said_to_be_missing(
    client: Client, home: Home, tmp_path: Path, server: Server
) -> None:
    server.world.old_version = "15.7.6970"
    client.post(
        "/accounts/new", typed(server, tmp_path, kind=["contacts", "appointments", "tasks", "notes"], do="test")
    )
    said = client.until_over()
    assert "SmarterMail 15.7, build 6970" in said and "not available on this server version" in said
    client.answer("Next" if "Everything is right" in said else "Store it nevertheless")
    client.until_over()
    id = client.pages.site.id_of("Work")
    client.get(f"/accounts/{id}/settings")
    assert "SmarterMail 15.7, build 6970 of 2019-01-31" in client.said and "CVE-2019-7214" in client.said
    client.post(f"/accounts/{id}/settings", {**client.fields(), "name": "Office", "do": "store"})
    client.get(f"/accounts/{client.pages.site.id_of('Office')}/settings")
    assert "SmarterMail 15.7, build 6970" in client.said


def test_version_that_is_not_supported_stores_nothing(
    client: Client, home: Home, tmp_path: Path, server: Server
) -> None:
    server.world.old_version = "7.6.4000"
    client.post("/accounts/new", typed(server, tmp_path))
    assert "it is not supported" in client.until_over()
    assert (config.load(home), ways(server)) == ((), [])
