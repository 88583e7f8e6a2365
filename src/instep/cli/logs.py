"""What is written down about the program's own doings: ``-v`` on standard error, ``--log-file`` in a private file."""

from __future__ import annotations

import logging
import os
import re
import stat
from pathlib import Path
from typing import TextIO

from instep.accounts.home import is_anothers
from instep.core.harmless import plain, plain_lines
from instep.errors import ConfigError

LOG = logging.getLogger("instep")
# Without these two, Python prints what nobody asked to see on standard error.
LOG.addHandler(logging.NullHandler())
LOG.propagate = False
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


class _Line(logging.Formatter):
    """One record on one line; what the record quotes cannot forge another line or drive a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        text = _USERINFO.sub("…@", plain(record.getMessage()))
        line = f"{self.formatTime(record)} {record.levelname.lower():7} {text}"
        if not record.exc_info:
            return line
        return f"{line}\n{_USERINFO.sub('…@', plain_lines(self.formatException(record.exc_info)))}"


def start_logging(verbosity: int, file: Path | None) -> None:
    """Log to standard error (1: what is done, 2: every step) and everything to the file, made 0600.

    Raises ``ConfigError`` when the file cannot be written, or when it (or a link in its place) is another user's, who
    could read along or have us write somewhere else. Called again, it replaces what was set before.
    """
    for old in list(LOG.handlers):
        LOG.removeHandler(old)
        old.close()
    LOG.addHandler(logging.NullHandler())
    if verbosity:
        shown = logging.StreamHandler()
        shown.setLevel(logging.DEBUG if verbosity > 1 else logging.INFO)
        shown.setFormatter(_Line())
        LOG.addHandler(shown)
    if file:
        kept = logging.StreamHandler(_private(file))
        kept.setFormatter(_Line())
        LOG.addHandler(kept)
    LOG.setLevel(logging.DEBUG if file or verbosity > 1 else logging.INFO if verbosity else logging.CRITICAL)


def _private(file: Path) -> TextIO:
    if is_anothers(file):
        raise ConfigError(f"The log file {file} belongs to another user of this machine.", "Name another file.")
    try:
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if os.name == "posix" and stat.S_ISREG(os.fstat(handle).st_mode):
            os.fchmod(handle, 0o600)
    except OSError as error:
        raise ConfigError(
            f"The log file {file} cannot be written: {error.strerror or error}.", "Name another file."
        ) from None
    return os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace", buffering=1)
