"""Fixtures for all tests: the real servers of ``tests/peers``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from peers.servers import cyrus, peer, radicale, xandikos
from peers.smartermail import anna, smartermail

__all__ = ["anna", "cyrus", "peer", "radicale", "smartermail", "xandikos"]


# `make test` tries the same invented documents each time; `make trial` invents new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


# What takes longest begins first, so that at the end no worker waits long for another.
_LONGEST = ("test_demo.py", "web", "acceptance", "connectors", "codecs", "simulation", "engine", "hostile")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bring the longest tests to the front; a file's tests keep their order."""

    def rank(item: pytest.Item) -> int:
        part = item.path.relative_to(config.rootpath / "tests").parts[0]
        return _LONGEST.index(part) if part in _LONGEST else len(_LONGEST)

    items.sort(key=rank)


class ByFile(LoadScopeScheduling):
    """Keeps a file's tests on one worker, and all that need Cyrus on the same one.

    Cyrus loses sight of its own writes for a moment when two of it run side by side on a busy machine.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "cyrus" if "cyrus" in nodeid else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Hand out tests file by file, in the order in which they were collected."""
    config.option.loadscopereorder = False
    return ByFile(config, log)
