"""How much work something is, counted and not timed: calls of functions, and bytes of memory at the peak."""

from __future__ import annotations

import contextlib
import sys
import tracemalloc
from collections.abc import Callable

from instep.errors import InstepError


def calls(work: Callable[[], object]) -> int:
    """Count the calls, of Python's own functions too, while ``work`` runs; an error of ours only ends it."""
    count = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        with contextlib.suppress(InstepError):
            work()
    finally:
        sys.setprofile(None)
    return count


def peak(work: Callable[[], object]) -> int:
    """Measure the most memory, in bytes, that ``work`` needs beyond what was there before."""
    tracemalloc.start()
    try:
        with contextlib.suppress(InstepError):
            work()
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most
