"""Small private files that are always whole: written beside, synced, and put in place; one writer at a time."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from instep.errors import Busy, ConfigError, StoreFull

_PATIENCE = 10.0  # seconds; an edit takes milliseconds
_PACE = 0.02


def replace_file(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of the file, readable by its owner alone (0600); a link stays a link.

    Raises ``StoreFull`` or ``ConfigError``; then the file is as it was before. A reader sees the old or the new file,
    never a part of one.
    """
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        scratch = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            scratch.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                scratch.unlink()
            raise
        _sync_folder(target.parent)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(f"The disk is full; {path} was not changed.", "Make room and try again.") from error
        raise ConfigError(
            f"{path} cannot be written: {error.strerror or error}.", "Check the folder's permissions."
        ) from error


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def sole_writer(path: Path) -> Iterator[None]:
    """Hold the right to change the file at ``path`` against other processes and threads of this machine.

    Raises ``Busy`` when another one keeps it for ten seconds. A process that dies gives it up.
    """
    handle = _opened_lock(path)
    try:
        until = time.monotonic() + _PATIENCE
        while not _try_lock(handle):
            if time.monotonic() > until:
                raise Busy(f"Another program is changing {path}.", "Try again when it is done.")
            time.sleep(_PACE)
        yield
    finally:
        os.close(handle)


@contextlib.asynccontextmanager
async def sole_user(path: Path, patience: float) -> AsyncIterator[None]:
    """Hold the same right as ``sole_writer`` without holding up other work of this program; for ``patience`` seconds.

    The file itself need not be there, its folder must. Raises ``Busy`` and ``ConfigError`` as ``sole_writer`` does.
    """
    handle = _opened_lock(path)
    try:
        until = time.monotonic() + patience
        while not _try_lock(handle):
            if time.monotonic() > until:
                raise Busy("Another program is signing in to this account.", "Try again when it is done.")
            await asyncio.sleep(_PACE)
        yield
    finally:
        os.close(handle)


def _opened_lock(path: Path) -> int:
    lock = path.with_name(f".{path.name}.lock")
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(
            f"{lock} cannot be written: {error.strerror or error}.", "Check the folder's permissions."
        ) from error


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
