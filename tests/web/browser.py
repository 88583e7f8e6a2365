"""A real browser (Chromium by Playwright) on the pages, and what every page must be there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from instep.web.render import STATIC
from web.client import Pages

REQUIRED = os.environ.get("INSTEP_REQUIRE_PEERS") == "1"
WIDTHS = (390, 1024, 1600)
LARGEST = 150_000
"""Bytes of a page with all that it loads."""
ROOM = LARGEST - sum(file.stat().st_size for file in STATIC.iterdir())
"""What of that is left for the page itself."""
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_GRAVE = {"serious", "critical"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The installed Chromium, without a window; skips with the reason where there is none.

    For one file of tests: while it is there, its event loop runs in the tests' thread, where no other can.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        (pytest.fail if REQUIRED else pytest.skip)("chromium: not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


class Loaded:
    """What a page loaded."""

    bytes = 0


class Browser:
    """One browser window that has been let in; ``page`` is Playwright's.

    Everything that goes wrong in it unseen (an error of a script, something that the security policy kept out, an
    answer that failed) is kept in ``complaints`` and fails the test at the end.
    """

    def __init__(
        self,
        pages: Pages,
        chromium: Any,
        *,
        width: int = 1024,
        height: int = 900,
        script: bool = True,
        dark: bool = False,
    ) -> None:
        self.pages = pages
        self.complaints: list[str] = []
        self.expected: set[int] = set()
        self._context = chromium.new_context(
            base_url=pages.origin,
            viewport={"width": width, "height": height},
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            timezone_id="Europe/Berlin",
        )
        self._context.set_default_timeout(30_000)
        self.page = self._context.new_page()
        self._watch(self.page)

    def _watch(self, page: Any) -> None:
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def __enter__(self) -> Browser:
        self.page.goto(self.pages.link)
        self.page.wait_for_url(f"{self.pages.origin}/")
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        if kind is not None:
            print(self.page.url, self.complaints, self.page.content()[:6000], sep="\n")
        self._context.close()
        if kind is None:
            assert self.complaints == []

    def close(self) -> None:
        """Close the window, whatever happened in it."""
        self._context.close()

    @contextmanager
    def measured(self) -> Iterator[Loaded]:
        """Count the bytes of everything that is loaded while the block goes on, as it is before it is packed."""
        loaded = Loaded()

        def count(answer: Any) -> None:
            if answer.status == 200 and "event-stream" not in answer.headers.get("content-type", ""):
                loaded.bytes += len(answer.body())

        self.page.on("response", count)
        try:
            yield loaded
        finally:
            self.page.remove_listener("response", count)

    def another_tab(self) -> Any:
        """A second tab of the same browser."""
        page = self._context.new_page()
        self._watch(page)
        return page

    def goto(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(path)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def require_accessible(self) -> None:
        """Fail for serious findings of axe, and for a page that is wider than the window."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        grave = [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found if v["impact"] in _GRAVE]
        assert grave == [], grave
        self.require_fit()

    def require_fit(self) -> None:
        """Fail for a page that is wider than the window."""
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{wide} pixels wider than the window: {self.page.url}"
