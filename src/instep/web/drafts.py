"""What a person typed and has not stored yet, kept in memory between two pages, as it may hold a secret."""

from __future__ import annotations

import secrets
import threading
from typing import TypeVar

T = TypeVar("T")
_KEPT = 50


class Drafts:
    """Values by a random name; only the newest few are kept, and all are gone when the program ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drafts: dict[str, object] = {}

    def put(self, draft: object) -> str:
        """Keep a value; returns its name."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._drafts[name] = draft
            for old in list(self._drafts)[:-_KEPT]:
                del self._drafts[old]
        return name

    def get(self, name: str, sort: type[T]) -> T | None:
        """Return the value of that name; ``None`` when there is none (any more), or it is of another sort."""
        found = self._drafts.get(name)
        return found if isinstance(found, sort) else None

    def drop(self, name: str) -> None:
        """Forget a value."""
        with self._lock:
            self._drafts.pop(name, None)
