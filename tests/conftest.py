"""Fixtures for all tests: the real servers of ``tests/peers``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import pytest
from hypothesis import settings

from peers.servers import cyrus, peer, radicale, xandikos

__all__ = ["cyrus", "peer", "radicale", "xandikos"]


# `make test` tries the same invented documents each time; `make trial` invents new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("new", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests on one worker, and all that need Cyrus on the same one.

    Cyrus loses sight of its own writes for a moment when two of it run side by side on a busy machine.
    """
    for item in items:
        group = "cyrus" if "cyrus" in item.name else item.path.relative_to(item.config.rootpath).as_posix()
        item.add_marker(pytest.mark.xdist_group(group))
