"""The first page: accounts as cards, each with how it stands; synchronizing from there."""

from __future__ import annotations

from dataclasses import replace

from cli.desk import Desk, card
from instep.accounts import config
from instep.accounts.account import Account
from instep.accounts.home import Home
from web.browser import Browser
from web.client import Client


def test_new_installation_is_led_to_its_first_account(client: Client) -> None:
    assert "Set up the first account" in client.get("/")


def test_account_that_never_ran_says_so(account: Account, client: Client) -> None:
    assert "Work" in client.get("/") and "Not synchronized yet" in client.said


def test_synchronizing_without_script_asks_first_then_says_what_was_done(
    account: Account, client: Client, desk: Desk
) -> None:
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize")
    assert "The first synchronization waits for your yes" in client.until_over()
    assert desk.held == []
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    assert "1 made on the server" in client.until_over()
    assert len(desk.held) == 1
    assert "In step since" in client.get("/")


def test_synchronizing_with_script_shows_the_end_by_itself(account: Account, browser: Browser, desk: Desk) -> None:
    browser.goto("/")
    browser.page.get_by_role("button", name="Synchronize Work").click()
    browser.page.get_by_role("button", name="Go on").click()
    browser.page.get_by_text("1 made on the server").wait_for()
    browser.require_accessible()
    assert len(desk.held) == 1


def test_emptied_desktop_waits_for_a_word_and_is_put_back(account: Account, client: Client, desk: Desk) -> None:
    for number in range(8):
        desk.put(f"p{number}.vcf", card(f"p-{number}", f"Person{number}"))
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    client.until_over()
    for file in desk.files:
        file.unlink()
    client.post(f"/accounts/{work}/synchronize")
    assert "this needs your word" in client.until_over() and "Person3" in client.said
    asked = client.path
    assert "Stopped, to ask you first" in client.get("/")
    assert f'href="{asked}">Answer' in client.text
    client.get(asked)
    client.answer("Put it back as it was")
    client.until_over()
    assert len(desk.files) == len(desk.held) == 9


def test_account_that_took_the_name_of_a_removed_one_is_not_said_to_be_in_step(
    account: Account, client: Client, home: Home, desk: Desk
) -> None:
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    client.until_over()
    assert "In step since" in client.get("/")
    client.post(f"/accounts/{work}/remove")
    config.add(home, replace(account, desktop=f"files:{desk.folder.parent / 'other'}"))
    assert "Not synchronized yet" in client.get("/") and "In step since" not in client.said


def test_refused_password_is_told_on_the_card(account: Account, client: Client, home: Home) -> None:
    config.change(home, replace(account, password_command="echo wrong"))
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize")
    assert "refused the login name or the password" in client.until_over()
    assert "refused the login name or the password" in client.get("/")
