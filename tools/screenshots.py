"""Pictures of every page, in three widths, light and dark: ``make screenshots``.

``python tools/screenshots.py FOLDER DOCS`` writes all into the first folder, and those that the documentation shows
into the second.

A person's world is made (tests/web/story.py) with a Radicale of its own; the pages are those that a browser shows.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
WIDTHS = (390, 1024, 1600)


SHOWN = ("accounts", "conflict-contacts-both-changed", "first-sync", "history", "settings")
"""The pictures of the documentation: on a desktop's width, light."""


def main() -> None:
    """Write all pictures, and say how large each page is."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, story(Path(scratch)) as (pages, world):
        from web.visits import visits

        for name, path in visits(pages, world):
            for width in WIDTHS:
                for dark in (False, True):
                    shoot(pages, path, width, dark, folder / f"{name}-{width}{'-dark' if dark else ''}.png")
    for name in SHOWN if len(sys.argv) > 2 else ():
        shutil.copyfile(folder / f"{name}-1024.png", Path(sys.argv[2]) / f"{name}.png")


@contextmanager
def story(scratch: Path) -> Iterator[tuple[Any, Any]]:
    """Make the world and serve its pages."""
    os.environ.update(INSTEP_HOME=str(scratch / "home"), INSTEP_SECRETS="vault", HOME=str(scratch))
    (scratch / "passphrase").write_text("open sesame\n")
    os.environ["INSTEP_VAULT_PASSPHRASE_FILE"] = str(scratch / "passphrase")
    from instep.accounts.home import Home
    from peers.servers import running
    from web.conftest import served
    from web.story import World

    with ExitStack() as stack:
        server = stack.enter_context(running("radicale", scratch / "radicale"))
        world = World(Home(scratch / "home"), scratch / "Anna", server)
        pages = stack.enter_context(served(world.home))
        browser = stack.enter_context(chromium())
        pages.browser = browser
        yield pages, world


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("make screenshots: chromium is needed")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


def shoot(pages: Any, path: str, width: int, dark: bool, file: Path) -> None:
    """Take one picture of a whole page."""
    from web.browser import Browser

    with Browser(pages, pages.browser, width=width, height=800, dark=dark) as browser:
        browser.goto(path)
        browser.page.wait_for_load_state("networkidle")
        browser.page.screenshot(path=file, full_page=True)
        if width == WIDTHS[-1] and not dark:
            size = len(browser.page.content())
            print(f"{re.sub(r'-1600$', '', file.stem):32} {size / 1000:7.1f} kB")


if __name__ == "__main__":
    main()
