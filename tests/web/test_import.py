"""Many accounts from a table: looked at first, stored at a word, and never a secret sent back."""

from __future__ import annotations

import pytest

from instep.accounts.account import Account
from instep.accounts.home import Home
from web.browser import Browser
from web.client import Client

TABLE = (
    "name;email;url;password_command;desktop;every\n"
    "Ann;ann@example.org;https://dav.example.org/;pass show hush-ann;files:/pim/ann;15\n"
    "Bob;bob@example.org;;pass show hush-bob;files:/pim/bob;\n"
)


def names(client: Client) -> list[str]:
    return [account.name for account in client.pages.site.here.accounts()]


def test_table_is_shown_first_and_stored_at_a_word(client: Client) -> None:
    client.post("/accounts/import", {"table": TABLE})
    assert "2 accounts would be added" in client.said
    assert "hush" not in client.text
    assert names(client) == []
    draft = client.text.partition('name="draft" value="')[2].partition('"')[0]
    client.post("/accounts/import/store", {"draft": draft})
    assert names(client) == ["Ann", "Bob"]
    assert client.path == "/"
    client.post("/accounts/import/store", {"draft": draft})
    assert "not known any more" in client.said


def test_uploaded_file_is_taken_as_it_is(client: Client) -> None:
    files = {"file": ("accounts.csv", TABLE.encode("utf-8-sig"), "text/csv")}
    client._take(client.http.post("/accounts/import", data={"token": client.token}, files=files), 200)
    assert "2 accounts would be added" in client.said


def test_faults_are_shown_by_line_and_the_right_rows_can_be_taken(account: Account, client: Client) -> None:
    rows = "Cleo;nobody;;x;files:/pim/c;\nwork;w@example.org;;x;files:/pim/w;\n<b>;b@example.org;;x;files:/pim/b;\n"
    client.post("/accounts/import", {"table": TABLE + rows})
    assert "2 accounts are right" in client.said
    for line, column in ((4, "email"), (5, "name"), (6, "name")):
        assert f'<td class="number">{line}</td><td>{column}</td>' in client.text
    assert "<b>;" not in client.text
    draft = client.text.partition('name="draft" value="')[2].partition('"')[0]
    client.post("/accounts/import/store", {"draft": draft})
    assert names(client) == ["Work"]
    client.post("/accounts/import/store", {"draft": draft, "right_rows": "yes"})
    assert names(client) == ["Work", "Ann", "Bob"]


REFUSED: list[tuple[str, dict[str, str], str]] = [
    ("nothing", {}, "There is no table."),
    ("a heading alone", {"table": "name,email\n"}, "The table holds no account."),
    ("no heading", {"table": "Ann,ann@example.org\n"}, "no heading with a column called name"),
    ("a column of passwords", {"table": "name,password\nAnn,hush\n"}, "passwords are not taken from a table"),
    ("a quotation mark left open", {"table": 'name,email\n"Ann,ann@example.org\n'}, "quotation mark"),
]


@pytest.mark.parametrize(("what", "fields", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_table_that_is_none_is_refused_in_words(
    what: str, fields: dict[str, str], sentence: str, client: Client
) -> None:
    client.post("/accounts/import", fields)
    assert sentence in client.said
    assert names(client) == []


def test_file_that_is_no_text_is_refused(client: Client) -> None:
    files = {"file": ("accounts.xlsx", b"PK\x03\x04\xff\xfe", "application/zip")}
    client._take(client.http.post("/accounts/import", data={"token": client.token}, files=files), 200)
    assert "not UTF-8 text" in client.said


def test_accounts_are_imported_in_a_browser(home: Home, browser: Browser) -> None:
    browser.goto("/")
    browser.page.get_by_role("link", name="Many accounts from a table").click()
    browser.page.get_by_label("Or paste its lines").fill(TABLE)
    browser.page.get_by_role("button", name="Look at it").click()
    browser.page.get_by_role("heading", name="2 accounts would be added").wait_for()
    browser.require_accessible()
    browser.page.get_by_role("button", name="Add them").click()
    browser.page.get_by_role("heading", name="Ann").wait_for()


def test_each_fault_says_what_to_do_in_a_table(client: Client) -> None:
    client.post("/accounts/import", {"table": "name,url,no_password\nAnn,http://dav.example.org,yes\n"})
    assert "say yes in insecure_http" in client.said and "Give a folder for the files, such as files:" in client.said
    assert "--" not in client.said
