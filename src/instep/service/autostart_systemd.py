"""Starting with the login by the systemd that looks after the person's session."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from instep.service.autostart_file import Found, State, WrittenFile, remove_file, unwritable, write_file


def has_systemd(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a systemd looks after this person's session."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    return bool(runtime) and (Path(runtime) / "systemd").is_dir() and shutil.which("systemctl") is not None


@dataclass(frozen=True, slots=True)
class SystemdUnit:
    """A unit and the link by which the session wants it, as ``systemctl --user enable`` makes it."""

    place: Path
    content: str

    @property
    def _wanted(self) -> Path:
        return self.place.parent / "default.target.wants" / self.place.name

    def turn_on(self) -> None:
        """Write the unit, and let the session want it."""
        write_file(self.place, self.content.encode("utf-8", "surrogateescape"))
        if not self._wanted.is_symlink():
            try:
                self._wanted.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._wanted.symlink_to(self.place)
            except OSError as error:
                raise unwritable(self._wanted, error) from error
        _reload()

    def turn_off(self) -> None:
        """Take the unit and the link away."""
        present = self.place.exists() or self._wanted.is_symlink()
        remove_file(self._wanted)
        remove_file(self.place)
        if present:
            _reload()

    def look(self) -> Found:
        """Compare the unit with what it should be."""
        found = WrittenFile(self.place, self.content.encode("utf-8", "surrogateescape")).look()
        return found if self._wanted.is_symlink() else Found(State.OFF, found.place)


def _reload() -> None:
    """Let systemd read its units again; where that fails it does so at the next login anyway."""
    program = shutil.which("systemctl")
    if program and has_systemd():
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                [program, "--user", "daemon-reload"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=15,
                check=False,
            )
