"""Noticing that something changed on an account's desktop, by looking at names, sizes and times again and again.

The operating systems' own notices differ, get lost under load and on network drives, and would be a part more to stand
on; 20,000 files are looked at in less than a tenth of a second.
"""

from __future__ import annotations

import os
from pathlib import Path

from instep.accounts.account import Account
from instep.connectors.files.names import SUFFIXES

Signature = dict[str, tuple[int, int, int]]
"""Every file that may hold items, by its path below the desktop's folder: time of change, size, number."""

_SUFFIXES = frozenset(suffix.removeprefix(".") for known in SUFFIXES.values() for suffix in known)


class Watch:
    """A desktop's folder as it was at the last look."""

    def __init__(self, root: Path) -> None:
        """The first look is taken now; it may block."""
        self._root = root
        self._seen = signature(root)

    def look(self, own_writes: int = 0) -> bool:
        """Tell whether something changed since the last look that ``own_writes`` (of a run of ours) do not explain.

        A run that wrote as many items as files differ explains them all; any other number may hide a person's edit, and
        is better looked at once too often. A folder that is not there for a while has not changed. May block.
        """
        now = signature(self._root)
        if now is None:
            return False
        before, self._seen = self._seen, now
        return before is not None and differences(before, now) != own_writes


def watch_of(account: Account) -> Watch | None:
    """Watch the desktop of an account; ``None`` where its sort cannot be watched."""
    scheme, _, folder = account.desktop.partition(":")
    return Watch(Path(folder)) if scheme == "files" and folder else None


def signature(root: Path) -> Signature | None:
    """Look at every file that may hold items, in a folder and in the folders in it; ``None`` when it cannot be read."""
    found: Signature = {}
    try:
        folders = _look(root, "", found)
    except OSError:
        return None
    for name in folders:
        try:
            _look(root / name, f"{name}/", found)
        except OSError:
            # One folder that goes away while it is looked at is a change like any other.
            continue
    return found


def _look(folder: Path, prefix: str, found: Signature) -> list[str]:
    below: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            _, dot, suffix = entry.name.rpartition(".")
            if dot and suffix.lower() in _SUFFIXES:
                try:
                    status = entry.stat()
                except OSError:
                    continue
                found[prefix + entry.name] = (status.st_mtime_ns, status.st_size, status.st_ino)
            elif entry.is_dir():
                below.append(entry.name)
    return below


def differences(before: Signature, after: Signature) -> int:
    """How many files are new, gone or changed."""
    return len({path for path, _ in before.items() ^ after.items()})
