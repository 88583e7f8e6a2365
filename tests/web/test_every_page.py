"""Every page of a person's story: no serious finding of axe, never wider than the window, small."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from instep.accounts.home import Home
from peers.servers import Peer
from web.browser import LARGEST, WIDTHS, Browser
from web.client import Pages
from web.story import World
from web.visits import visits

EVERY = os.environ.get("INSTEP_EVERY") == "1"
LOOKS = [(width, dark) for width in WIDTHS for dark in (False, True)]
SAMPLE = [(390, False), (1024, True)]


@pytest.fixture
def world(home: Home, tmp_path: Path, lab: Peer) -> World:
    """A world in which nothing has happened yet."""
    return World(home, tmp_path / "person", lab)


def test_every_page_is_accessible_fits_and_is_small(pages: Pages, chromium: Any, world: World) -> None:
    windows = {look: Browser(pages, chromium, width=look[0], dark=look[1]) for look in (LOOKS if EVERY else SAMPLE)}
    for window in windows.values():
        window.__enter__()
    try:
        seen = 0
        for name, path in visits(pages, world):
            for look, window in windows.items():
                with window.measured() as loaded:
                    window.goto(path)
                assert loaded.bytes < LARGEST, f"{name}: {loaded.bytes} bytes"
                try:
                    window.require_accessible()
                except AssertionError as error:
                    raise AssertionError(f"{name} at {look}: {error}") from None
            seen += 1
        assert seen >= 7
        assert [window.complaints for window in windows.values()] == [[] for _ in windows]
    finally:
        for window in windows.values():
            window.close()
