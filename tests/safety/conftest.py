"""The command line, its installation and a real server, as the tests of the command line have them."""

from __future__ import annotations

from cli.conftest import desk, home, lab, run

__all__ = ["desk", "home", "lab", "run"]
