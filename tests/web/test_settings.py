"""Account Settings: a new account from the empty page to its first synchronization, and everything typed wrong."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from cli.desk import Desk
from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from instep.core.model import Kind
from web.browser import Browser
from web.client import Client, Pages
from web.conftest import served
from web.person import holders, push, tab_to, typed, write


@pytest.fixture
def answers(client: Client) -> Iterator[list[str]]:
    """Everything that is answered to the client, with heads."""
    said: list[str] = []

    def keep(answer: httpx2.Response) -> None:
        answer.read()
        said.append(f"{answer.url}\n{answer.headers}\n{answer.text}")

    client.http.event_hooks = {"response": [keep]}
    yield said


def test_first_account_without_script_from_the_empty_page_to_the_first_synchronization(
    home: Home, client: Client, desk: Desk, answers: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client.get("/")
    client.get(client.link("/accounts/new"))
    client.post("/accounts/new", typed(desk, do="test", password="dragon-wrong"))
    assert "refused the login name or the password" in client.until_over()
    client.get(client.link(r"/accounts/new\?draft=[\w-]+"))
    assert client.fields() | {"password": ""} == client.fields()
    assert client.fields()["name"] == "Work"
    client.post("/accounts/new", {**client.fields(), "password": desk.server.password, "do": "test"})
    assert "Everything is right" in client.until_over()
    draft = client.link(r"/accounts/new\?draft=[\w-]+").partition("=")[2]
    client.post("/accounts/new", {"draft": draft, "do": "store"})
    assert "These folders would be kept the same" in client.until_over()
    client.post(client.path + "/proposed", {"chosen": chosen(client)[:1], "do": "synchronize"})
    client.until_over()
    assert "Go on" in client.until_over()
    assert desk.held == []
    client.post(client.link(r"/accounts/\w+/synchronize"), {"yes": "yes"})
    assert "1 made on the server" in client.until_over()
    assert len(desk.held) == 1
    for secret in (desk.server.password, "dragon-wrong"):
        assert [answer for answer in answers if secret in answer] == []
        assert secret not in caplog.text
        assert holders(home.path, secret) == []
    [stored] = client.pages.site.here.accounts()
    assert (stored.name, stored.password, stored.kinds) == ("Work", PasswordIn.VAULT, frozenset())


def chosen(client: Client) -> list[str]:
    return re.findall(r'name="chosen" value="(\w+)"', client.text)


def test_first_account_by_keyboard_alone(browser: Browser, desk: Desk) -> None:
    page = browser.page
    push(browser, "Set up the first account")
    page.wait_for_url("**/accounts/new")
    write(browser, "Name", "Work")
    write(browser, "Server URL", desk.server.url)
    write(browser, "Email Address", "alice@example.org")
    write(browser, "Login name", desk.server.login)
    write(browser, "Password", "dragon-wrong")
    push(browser, "Options")
    write(browser, "Folder", str(desk.folder))
    tab_to(browser, "Allow plain http")
    browser.press("Space")
    push(browser, "Test")
    page.get_by_text("1 step failed").wait_for()
    page.get_by_text("not tried").first.wait_for()
    push(browser, "Correct the settings")
    page.wait_for_url("**#password")
    write(browser, "Password", desk.server.password)
    push(browser, "Test")
    page.get_by_text("Everything is right").wait_for()
    push(browser, "Next")
    page.get_by_role("heading", name="These folders would be kept the same").wait_for()
    push(browser, "Pair and synchronize")
    page.get_by_role("button", name="Go on").wait_for()
    push(browser, "Go on")
    page.get_by_text("1 made on the server").wait_for()
    assert len(desk.held) == 1


WRONG: list[tuple[str, dict[str, str | list[str]], str, str]] = [
    ("no name", {"name": ""}, "name", "The name is missing."),
    ("a name that is markup", {"name": '"><script>alert(1)</script>'}, "name", "cannot be the name of an account"),
    ("a name of letters that turn", {"name": "Work\u202etxt"}, "name", "cannot be the name of an account"),
    ("a name without an end", {"name": "w" * 10_000}, "name", "longer than 64 characters"),
    ("no address at all", {"url": "", "email": ""}, "url", "The address is missing."),
    ("an address without an end", {"url": f"https://dav.example.org/{'x' * 10_000}"}, "url", "longer than 2000"),
    ("another scheme", {"url": "javascript:alert(1)"}, "url", "The address is not"),
    ("plain http not allowed", {"insecure_http": "", "way": "none"}, "url", "allow plain http under Options"),
    ("a password in the address", {"url": "https://a:b@dav.example.org/"}, "url", "holds a login name or a password"),
    ("an e-mail address that is none", {"email": "alice"}, "email", "is not an e-mail address"),
    ("no login name", {"login": "", "email": ""}, "login", "The login name is missing."),
    ("no password", {"password": ""}, "password", "The password is missing."),
    ("no command", {"way": "command"}, "password_command", "The command is missing."),
    ("no kind", {"kind": []}, "kinds", "Choose at least one."),
    ("a folder from nowhere", {"desktop": "Instep/Work"}, "desktop", "Write the whole path"),
    ("a folder of nobody", {"desktop": "~nobody-at-all/x"}, "desktop", "That cannot be a folder."),
    ("a folder that moves the cursor", {"desktop": "/tmp/a\x1b[2Jb"}, "desktop", "That cannot be a folder."),
    ("a folder that is a file", {"desktop": __file__}, "desktop", "There is a file of that name"),
    ("a certificate that is not there", {"ca_file": "/nowhere.pem"}, "ca_file", "There is no such file."),
    ("a proxy that is none", {"proxy": "socks"}, "proxy", "The proxy is not a usable address."),
    ("a proxy with a password", {"proxy": "http://a:hush@proxy:1"}, "proxy", "holds a password"),
    ("minutes that are none", {"sync_every": "often"}, "sync_every", "Write a whole number of minutes"),
    ("too many minutes", {"sync_every": "99999999999999999999"}, "sync_every", "Write a whole number of minutes"),
]


@pytest.mark.parametrize(("what", "fields", "at", "sentence"), WRONG, ids=[row[0] for row in WRONG])
def test_fault_stands_at_its_field_and_nothing_is_lost(
    what: str, fields: dict[str, str | list[str]], at: str, sentence: str, client: Client, desk: Desk
) -> None:
    for do in ("store", "test"):
        client.post("/accounts/new", {**typed(desk), **fields, "do": do})
        fault = re.search(rf'id="fault-{at}">(.*?)</p>', client.text)
        assert fault is not None, client.said
        assert sentence in fault[1].replace("&#39;", "'")
        if at != "kinds":
            assert re.search(rf'id="{at}"[^>]* aria-invalid="true" aria-describedby="fault-{at}', client.text)
        assert "<script>alert" not in client.text
        kept = client.fields()
        for name, value in typed(desk, **fields).items():
            if name not in ("do", "password", "password_command", "kind") and value:
                assert kept[name] == str(value).strip(), name
    assert client.pages.site.here.accounts() == ()
    assert not client.pages.site.jobs.running()


def test_taken_name_is_said_at_its_field(account: Account, client: Client, desk: Desk) -> None:
    client.post("/accounts/new", typed(desk, name="work"))
    assert "There is an account of that name already." in client.said


def test_email_address_in_the_place_of_the_url_is_enough(client: Client, desk: Desk) -> None:
    client.post("/accounts/new", typed(desk, url="ann@nowhere.invalid", email="", login="", do="store"))
    client.until_over()
    [stored] = client.pages.site.here.accounts()
    assert (stored.url, stored.email) == ("", "ann@nowhere.invalid")


def test_desktop_that_is_not_said_is_made_in_the_persons_own_folder(client: Client, desk: Desk, tmp_path: Path) -> None:
    client.post("/accounts/new", typed(desk, desktop=""))
    client.until_over()
    assert (tmp_path / "person" / "Instep" / "Work").is_dir()


def test_typed_password_survives_a_fault_elsewhere_without_being_sent_back(client: Client, desk: Desk) -> None:
    client.post("/accounts/new", typed(desk, name=""))
    assert desk.server.password not in client.text
    client.post("/accounts/new", {**client.fields(), "name": "Work", "do": "store"})
    client.until_over()
    [stored] = client.pages.site.here.accounts()
    assert client.pages.site.here.anew().secrets.get(stored).reveal() == desk.server.password


def test_settings_show_no_secret_and_keep_it_when_left_empty(account: Account, client: Client, desk: Desk) -> None:
    where = f"/accounts/{client.pages.site.id_of('Work')}/settings"
    client.get(where)
    assert account.password_command not in client.text
    client.post(where, {**client.fields(), "email": "bob@example.org", "do": "store"})
    assert "Saved." in client.until_over()
    [stored] = client.pages.site.here.accounts()
    assert (stored.email, stored.password_command) == ("bob@example.org", account.password_command)


def test_renamed_account_goes_on_where_it_was(account: Account, client: Client, desk: Desk) -> None:
    site = client.pages.site
    client.post(f"/accounts/{site.id_of('Work')}/synchronize", {"yes": "yes"})
    client.until_over()
    client.get(f"/accounts/{site.id_of('Work')}/settings")
    client.post(client.path, {**client.fields(), "name": "At work", "do": "store"})
    client.post(f"/accounts/{site.id_of('At work')}/synchronize")
    assert "In step, nothing to do" in client.until_over()
    assert "At work" in client.get("/")


def test_form_that_is_older_than_the_settings_puts_nothing_back(account: Account, client: Client, home: Home) -> None:
    work = client.pages.site.id_of("Work")
    client.get(f"/accounts/{work}/settings")
    old = client.fields()
    config.change(home, replace(account, sync_every=30, kinds=frozenset({Kind.CONTACT, Kind.TASK})))
    client.post(f"/accounts/{work}/settings", {**old, "sync_at_exit": "yes", "do": "store"})
    assert "changed since the page was shown" in client.said
    stored = client.pages.site.here.account("Work")
    assert (stored.sync_every, stored.sync_at_exit, len(stored.kinds)) == (30, False, 2)
    client.post(f"/accounts/{work}/settings", {**client.fields(), "do": "store"})
    assert "Saved." in client.said and client.pages.site.here.account("Work").sync_at_exit


def test_settings_of_every_option_are_stored(client: Client, desk: Desk) -> None:
    options = {"sync_at_start": "yes", "sync_after_changes": "yes", "sync_every": "15", "kind": ["contacts", "tasks"]}
    client.post("/accounts/new", typed(desk, **options))
    client.until_over()
    [stored] = client.pages.site.here.accounts()
    assert (stored.sync_at_start, stored.sync_at_exit, stored.sync_after_changes) == (True, False, True)
    assert (stored.sync_every, stored.kinds) == (15, frozenset({Kind.CONTACT, Kind.TASK}))
    client.until_over()
    client.get(f"/accounts/{client.pages.site.id_of('Work')}/settings")
    shown = client.fields()
    assert {name: shown.get(name, "") for name in ("sync_at_start", "sync_at_exit", "sync_every", "kind")} == {
        "sync_at_start": "yes",
        "sync_at_exit": "",
        "sync_every": "15",
        "kind": ["contacts", "tasks"],
    }


def test_duplicate_has_another_name_and_folder_and_the_same_password(client: Client, desk: Desk) -> None:
    site = client.pages.site
    client.post("/accounts/new", typed(desk))
    client.until_over()
    client.get(f"/accounts/{site.id_of('Work')}/duplicate")
    fields = client.fields()
    assert (fields["name"], fields["desktop"], fields["login"]) == ("Work 2", "", desk.server.login)
    client.post("/accounts/new", {**fields, "do": "store"})
    assert "These folders would be kept the same" in client.until_over()
    first, second = site.here.accounts()
    assert second.name == "Work 2"
    assert first.desktop != second.desktop
    assert site.here.anew().secrets.get(second) == site.here.anew().secrets.get(first)


def test_refused_password_leads_from_the_card_to_the_field(client: Client, desk: Desk) -> None:
    site = client.pages.site
    client.post("/accounts/new", typed(desk, password="dragon-wrong", do="store"))
    assert "refused" in client.until_over()
    assert client.link(r"/accounts/\w+/settings#password")
    client.post(f"/accounts/{site.id_of('Work')}/synchronize")
    assert "refused" in client.until_over()
    client.get("/")
    client.get(client.link(r"/accounts/\w+/settings#password").partition("#")[0])
    client.post(client.path, {**client.fields(), "password": desk.server.password, "do": "store"})
    client.post(f"/accounts/{site.id_of('Work')}/folders/look")
    assert "These folders would be kept the same" in client.until_over()


def test_vault_is_made_and_opened_with_a_passphrase_typed_in_the_pages(
    home: Home, desk: Desk, chromium: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INSTEP_VAULT_PASSPHRASE_FILE")
    words = "four words are better"
    with served(home) as pages, pages.client() as client:
        client.post("/accounts/new", typed(desk))
        assert "Choose a passphrase." in client.said
        client.post("/accounts/new", typed(desk, passphrase="short", passphrase_again="short"))
        assert "Choose a longer one" in client.said
        client.post("/accounts/new", typed(desk, passphrase=words, passphrase_again="other words here"))
        assert "The two passphrases are not the same." in client.said
        assert pages.site.here.accounts() == ()
        client.post("/accounts/new", typed(desk, passphrase=words, passphrase_again=words))
        assert "These folders would be kept the same" in client.until_over()
    with served(home) as pages, pages.client() as client:
        work = pages.site.id_of("Work")
        client.get(f"/accounts/{work}/folders")
        assert "The vault is locked" in client.said
        client.post(f"/accounts/{work}/synchronize")
        with Browser(pages, chromium, width=390) as browser:
            browser.page.get_by_role("link", name="Give its passphrase").click()
            browser.require_accessible()
        client.post("/unlock", {"account": work, "passphrase": "not these words"})
        assert "does not open the vault" in client.said
        client.post("/unlock", {"account": work, "passphrase": words})
        assert "Go on" in client.until_over()
        assert holders(home.path, words) == []


@pytest.mark.parametrize(
    "next", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"]
)
def test_unlocking_never_leads_to_another_site(next: str, client: Client) -> None:
    answer = client.http.post("/unlock", data={"token": client.token, "next": next}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_settings_are_for_no_stranger(pages: Pages, account: Account) -> None:
    work = pages.site.id_of("Work")
    with httpx2.Client(base_url=pages.origin) as stranger:
        for path in (f"/accounts/{work}/settings", f"/accounts/{work}/folders", f"/accounts/{work}/remove", "/unlock"):
            assert stranger.get(path).status_code == 403
            assert stranger.post(path, data={"token": "x"}).status_code == 403
