"""A run as it goes on: shown live in any number of tabs, after reloads and restarts; stopped at a person's word."""

from __future__ import annotations

import pytest

from cli.desk import Desk, card
from instep.accounts.account import Account
from instep.accounts.home import Home
from web.browser import Browser
from web.client import Client, Pages, until
from web.conftest import served

ITEMS = 130


@pytest.fixture
def many(desk: Desk, account: Account) -> int:
    """More contacts than a run writes in a moment."""
    for number in range(ITEMS - 1):
        desk.put(f"p{number}.vcf", card(f"p-{number}", f"Person{number}"))
    return ITEMS


def test_cancel_stops_between_two_items_and_the_next_run_finishes(many: int, client: Client, desk: Desk) -> None:
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    job = client.path
    until(lambda: len(desk.held) >= 20)
    client.post(f"{job}/stop")
    assert "Stopped. What was done until then is complete" in client.until_over()
    assert 20 <= len(desk.held) < many
    assert "Stopped by you" in client.get("/")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    assert "Both sides are in step" in client.until_over()
    assert len(desk.held) == len(desk.files) == many


def test_second_synchronize_of_a_running_account_shows_what_goes_on(many: int, client: Client) -> None:
    work = client.pages.site.id_of("Work")
    client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
    first = client.path
    client.post(f"/accounts/{work}/synchronize")
    assert client.path == first
    client.post(f"{first}/stop")
    client.until_over()


def test_two_tabs_and_a_reload_show_the_same_progress_and_its_end(many: int, browser: Browser) -> None:
    browser.goto("/")
    browser.page.get_by_role("button", name="Synchronize Work").click()
    browser.page.get_by_role("button", name="Go on").click()
    browser.page.get_by_text(f" of {many}").wait_for()
    other = browser.another_tab()
    other.goto(browser.page.url)
    other.get_by_text(f" of {many}").wait_for()
    browser.page.reload()
    for tab in (other, browser.page):
        tab.get_by_text(f"{many} made on the server").wait_for()
    assert "In step since" in other.goto("/").text()


def test_card_counts_along_and_ends_by_itself(many: int, browser: Browser) -> None:
    browser.goto("/")
    browser.page.get_by_role("button", name="Synchronize Work").click()
    browser.page.get_by_role("button", name="Go on").click()
    browser.goto("/")
    browser.page.get_by_text("Synchronizing …").wait_for()
    browser.page.get_by_text("In step since").wait_for()
    browser.page.get_by_role("button", name="Synchronize Work").wait_for()


def test_restart_in_the_middle_keeps_the_session_and_loses_nothing(many: int, home: Home, desk: Desk) -> None:
    with served(home) as before, before.client() as client:
        work, port = before.site.id_of("Work"), int(before.origin.rpartition(":")[2])
        client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
        job, cookies = client.path, client.http.cookies
        until(lambda: len(desk.held) >= 20)
    with served(home, port) as after:
        client = Client(Pages(after.site))
        client.http.cookies = cookies
        assert "has been started anew since" in client.get(job, expect=404)
        client.post(f"/accounts/{work}/synchronize", {"yes": "yes"})
        client.until_over()
        assert len(desk.held) == len(desk.files) == many
        client.http.close()


def test_without_script_the_page_reloads_itself_until_the_end(many: int, pages: Pages, chromium: object) -> None:
    with Browser(pages, chromium, script=False) as browser:
        browser.goto("/")
        browser.page.get_by_role("button", name="Synchronize Work").click()
        browser.page.get_by_role("button", name="Go on").click()
        browser.page.get_by_text(f"{many} made on the server").wait_for()
