"""What a person does in the pages of accounts: forms filled in, and a browser moved by keys alone."""

from __future__ import annotations

from pathlib import Path

from cli.desk import Desk
from web.browser import Browser


def typed(desk: Desk, name: str = "Work", **other: str | list[str]) -> dict[str, str | list[str]]:
    """The form of a new account at the desk's server; ``other`` says something else in some fields."""
    fields: dict[str, str | list[str]] = {
        "name": name,
        "url": desk.server.url,
        "email": "alice@example.org",
        "login": desk.server.login,
        "way": "kept",
        "password": desk.server.password,
        "desktop": str(desk.folder),
        "insecure_http": "yes",
        "kind": ["contacts", "appointments", "tasks", "notes"],
        "do": "store",
    }
    return {**fields, **other}


def tab_to(browser: Browser, what: str) -> None:
    """Press Tab until what has the focus is called so; at most once around the page."""
    for _ in range(80):
        name = browser.page.evaluate(
            """() => {
                const at = document.activeElement;
                const label = at && at.labels && at.labels[0] ? at.labels[0].innerText : "";
                return (at && (at.getAttribute("aria-label") || label || at.innerText) || "").trim();
            }"""
        )
        if name.split("\n")[0] == what:
            return
        browser.press("Tab")
    raise AssertionError(f"Tab does not lead to {what!r}")


def write(browser: Browser, field: str, text: str) -> None:
    """Go to a field by Tab and type into it."""
    tab_to(browser, field)
    browser.page.keyboard.type(text)


def push(browser: Browser, button: str) -> None:
    """Go to a button or a link by Tab and press Enter."""
    tab_to(browser, button)
    browser.press("Enter")


def holders(folder: Path, secret: str) -> list[Path]:
    """The files under a folder that hold a text."""
    return [file for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]
