"""Fixtures for all tests: the real servers of ``tests/peers``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from peers.servers import cyrus, peer, radicale, xandikos

__all__ = ["cyrus", "peer", "radicale", "xandikos"]
