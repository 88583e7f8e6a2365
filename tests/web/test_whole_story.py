"""One person's whole story in the browser, with a real server behind: from the empty page to an undo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from instep.accounts.home import Home
from peers.servers import Peer
from web.browser import Browser
from web.client import Pages
from web.story import World

LOOKS = [
    pytest.param({"width": 1024}, id="with script"),
    pytest.param({"width": 390, "dark": True, "script": False}, id="on a phone's width, dark, without script"),
]


@pytest.mark.parametrize("look", LOOKS)
def test_whole_story(look: dict[str, Any], pages: Pages, chromium: Any, home: Home, lab: Peer, tmp_path: Path) -> None:
    world = World(home, tmp_path / "person", lab)
    world.fill("Desk")
    with Browser(pages, chromium, **look) as browser:
        Story(browser, world).live()


class Story:
    """The chapters, each from where the last one ended."""

    def __init__(self, browser: Browser, world: World) -> None:
        self.browser, self.world, self.page = browser, world, browser.page

    def live(self) -> None:
        """Go through all of it."""
        self.set_up()
        self.first_synchronization()
        self.decide()
        self.empty_and_put_back()
        self.undo()
        self.find_help()

    def press(self, name: str) -> None:
        """Press the button of that name."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def sees(self, text: str) -> None:
        """Wait until a text is to be seen."""
        self.page.get_by_text(text).first.wait_for()

    def synchronize(self) -> None:
        """Synchronize from the first page."""
        self.browser.goto("/")
        self.press("Synchronize Work")

    def set_up(self) -> None:
        """The first account, with the wrong password and then the right one."""
        page, server = self.page, self.world.server
        page.get_by_role("link", name="Set up the first account").click()
        page.get_by_label("Name", exact=True).fill("Work")
        page.get_by_label("Server URL").fill(server.url)
        page.get_by_label("Email Address").fill("anna@example.org")
        page.get_by_label("Login name").fill(server.login)
        page.get_by_label("Password", exact=True).fill("not the password")
        self._open("Options")
        page.get_by_label("Allow plain http").check()
        page.get_by_label("Folder", exact=True).fill(str(self.world.folder / "Desk"))
        self.press("Test")
        self.sees("refused the login name or the password")
        page.get_by_role("link", name="Correct the settings").or_(
            page.get_by_role("button", name="Correct the settings")
        ).click()
        page.get_by_label("Password", exact=True).fill(server.password)
        self.press("Test")
        self.sees("Everything is right")
        self.press("Next")
        page.get_by_role("heading", name="These folders would be kept the same").wait_for()
        assert self.world.held() == [], "nothing is written before a person says so"

    def first_synchronization(self) -> None:
        """The first synchronization shows what it would do, and then does it."""
        self.press("Pair and synchronize")
        self.press("Go on")
        self.sees("14 made on the server")
        self.sees("Both sides are in step")

    def decide(self) -> None:
        """Each conflict that waits is decided."""
        self.world.disagree("Desk")
        self.synchronize()
        self.sees("4 conflicts to decide")
        self.browser.goto("/conflicts")
        self.page.get_by_role("link", name="Decide one by one").click()
        for last in (False, False, False, True):
            self.page.locator("input[name=choice][value=desktop]").check()
            self.page.locator(f"button[name=then][value={'synchronize' if last else 'next'}]").click()
        self.sees("Both sides are in step")
        assert any("Take the bicycle to the shop" in file.read_text("utf-8") for file in self.world.held("*.ics"))

    def empty_and_put_back(self) -> None:
        """An emptied folder waits for a word, and comes back."""
        for file in self.world.on_desktop("Desk", "contacts/*"):
            file.unlink()
        self.synchronize()
        self.sees("this needs your word")
        self.press("Put it back as it was")
        self.sees("14 made on the desktop")
        assert len(self.world.on_desktop("Desk", "contacts/*")) == 14

    def undo(self) -> None:
        """A change that was carried is taken back."""
        self.world.edit(self.world.on_desktop("Desk"), "UID:p-3", lambda text: text.replace("dana@", "dana.w@"))
        self.synchronize()
        self.page.get_by_role("link", name="What was done, item by item").click()
        self.press("Undo this run …")
        self.sees("Dana Whitfield")
        self.press("Undo it")
        self.sees("1 item was written")
        self.press("Synchronize, to carry it to the other side")
        self.sees("1 changed on the desktop")
        for files in (self.world.held("*.vcf"), self.world.on_desktop("Desk", "contacts/*")):
            assert not any("dana.w@" in file.read_text("utf-8") for file in files)

    def find_help(self) -> None:
        """The help is searched."""
        self.page.get_by_role("link", name="Help", exact=True).first.click()
        self.page.get_by_role("searchbox").fill("undo")
        self.page.keyboard.press("Enter")
        self.page.get_by_role("link", name="Undo").first.click()
        assert "/help/how-to/undo" in self.page.url

    def _open(self, summary: str) -> None:
        found = self.page.locator("details", has=self.page.get_by_text(summary, exact=True)).first
        if found.get_attribute("open") is None:
            found.locator("summary").first.click()
