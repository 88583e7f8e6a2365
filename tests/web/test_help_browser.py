"""The help in a real browser: searching as one types, by keys, without script, and for those who use other senses."""

from __future__ import annotations

import re
from typing import Any

from instep.web.help_book import book
from web.browser import WIDTHS, Browser
from web.client import Pages


def test_results_appear_while_typing_and_lead_to_their_place(browser: Browser) -> None:
    browser.goto("/help/about")
    browser.press("/")
    browser.page.keyboard.type("certificate expired")
    browser.page.get_by_role("link", name="The connection is not secure").wait_for()
    assert browser.page.locator("#topic").is_hidden()
    assert "certificate" not in browser.page.url
    browser.require_accessible()
    browser.press("Enter")
    browser.press("Enter")
    browser.page.wait_for_url(re.compile("/help/how-to/troubleshooting#"))


def test_escape_brings_the_page_back(browser: Browser) -> None:
    browser.goto("/help/about")
    browser.page.get_by_label("Search the help").fill("vault")
    browser.page.get_by_text("Found for “vault”").wait_for()
    browser.page.get_by_label("Search the help").press("Escape")
    browser.page.get_by_role("heading", name="About Instep").wait_for()
    assert browser.page.locator("#found").is_hidden()


def test_the_script_finds_what_the_form_finds(pages: Pages, browser: Browser, chromium: Any) -> None:
    with Browser(pages, chromium, script=False) as plain:
        for query in ("password wrong", "duplicates", "undo a run", "iphones", "zzzzqqq"):
            plain.goto("/help")
            plain.page.get_by_label("Search the help").fill(query)
            plain.page.get_by_role("button", name="Search").click()
            plain.page.get_by_text(f"ound for “{query}”").wait_for()
            browser.goto("/help")
            browser.page.get_by_label("Search the help").fill(query)
            browser.page.get_by_text(f"ound for “{query}”").wait_for()
            links = [found.locator(".hits a").evaluate_all(_HREFS) for found in (plain.page, browser.page)]
            texts = [found.locator(".hits p").all_inner_texts() for found in (plain.page, browser.page)]
            assert links[0] == links[1], query
            assert texts[0] == texts[1], query


_HREFS = "links => links.map(link => link.getAttribute('href'))"


def test_no_topic_is_wider_than_the_window(pages: Pages, chromium: Any) -> None:
    with Browser(pages, chromium, width=min(WIDTHS)) as browser:
        wide = []
        for topic in book().pages:
            browser.goto(topic.address)
            root = browser.page.evaluate(_WIDER)
            wide += [topic.address] if root > 0 else []
        assert wide == []


_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_the_topics_are_reached_by_keys_alone(browser: Browser) -> None:
    browser.goto("/help")
    browser.page.get_by_role("link", name="Get started").first.focus()
    browser.press("Tab", "Tab", "Enter")
    browser.page.wait_for_url(re.compile("/help/how-to/folders"))
    assert browser.page.locator("nav a[aria-current=page]").all_inner_texts() == ["Help", "Choose folders"]
