"""What the files of one folder held when they were last read, so that unchanged files need not be read again.

A version is a digest of the content: it moves when, and only when, the content does, whatever a program does to times.
The digest of a file is remembered beside what the file system said of it (times, size, number), and holds as long as
all that is the same. A file that was changed just before it was read is not remembered, because a second change within
one tick of the file system's clock would look the same. Losing the memory costs time, never data.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

_FORMAT = 1
# the coarsest clock is that of FAT: two seconds
_SETTLED_AFTER = 3_000_000_000


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The version of a file's content, and of each item in it (by key) where it holds several."""

    etag: str
    pieces: tuple[tuple[str, str], ...] = ()


def digest(data: bytes) -> str:
    """The version of some bytes."""
    return hashlib.sha256(data).hexdigest()[:32]


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


@dataclass(slots=True)
class Fingerprints:
    """The memory of one folder; kept in the file ``kept_in`` between runs, or only in this process for ``None``."""

    kept_in: Path | None = None
    folder: tuple[int, int] = (0, 0)
    _known: dict[str, tuple[tuple[int, ...], Fingerprint]] = field(default_factory=dict)
    _moved: bool = False

    def __post_init__(self) -> None:
        if self.kept_in is not None:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                self._load(json.loads(self.kept_in.read_bytes()))

    def _load(self, stored: dict[str, object]) -> None:
        if stored["format"] != _FORMAT:
            return
        folder, files = stored["folder"], stored["files"]
        if not isinstance(folder, list) or not isinstance(files, dict):
            raise ValueError("the memory is damaged")
        known = {
            name: (tuple(stamp), Fingerprint(etag, tuple((key, version) for key, version in pieces)))
            for name, (stamp, etag, pieces) in files.items()
        }
        self.folder, self._known = (folder[0], folder[1]), known

    @property
    def is_empty(self) -> bool:
        """True when no file is remembered."""
        return not self._known

    def get(self, name: str, status: os.stat_result) -> Fingerprint | None:
        """The fingerprint of a file that is still as it was when it was read."""
        known = self._known.get(name)
        return known[1] if known is not None and known[0] == _stamp(status) else None

    def put(self, name: str, status: os.stat_result, fingerprint: Fingerprint, read_at: int) -> None:
        """Remember what was read; ``status`` is from before the reading, ``read_at`` the clock then (nanoseconds)."""
        if max(status.st_mtime_ns, status.st_ctime_ns) < read_at - _SETTLED_AFTER:
            self._known[name] = (_stamp(status), fingerprint)
            self._moved = True

    def keep_only(self, names: set[str], suffixes: tuple[str, ...]) -> None:
        """Forget the files with these suffixes that are not among the names."""
        for name in [n for n in self._known if n not in names and n.lower().endswith(suffixes)]:
            del self._known[name]
            self._moved = True

    def save(self) -> None:
        """Keep the memory for the next run; a failure is none, it only costs time then."""
        if self.kept_in is None or not self._moved:
            return
        files = {name: (stamp, print_.etag, print_.pieces) for name, (stamp, print_) in self._known.items()}
        text = json.dumps({"format": _FORMAT, "folder": self.folder, "files": files}, separators=(",", ":"))
        beside = self.kept_in.with_name(f"{self.kept_in.name}.{os.getpid()}.tmp")
        with contextlib.suppress(OSError, ValueError):
            self.kept_in.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text.encode())
            beside.replace(self.kept_in)
            self._moved = False
