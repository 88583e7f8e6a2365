"""Starting with the login by the person's own Run key of Windows."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from instep.errors import ConfigError
from instep.service.autostart_file import Found, State, WrittenFile, remove_file, write_file
from instep.service.launch import Launch, command_line, python_starter

RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


class Registry(Protocol):
    """What is needed of Windows' registry: the texts under the person's own Run key."""

    def get(self, name: str) -> str | None:
        """Return a text; ``None`` when there is none of that name."""

    def put(self, name: str, text: str) -> None:
        """Store a text."""

    def remove(self, name: str) -> None:
        """Remove a text, if it is there."""


@dataclass(frozen=True, slots=True)
class WindowsRun:
    """An entry under the person's Run key. It is short and has no environment, so it runs a small program beside."""

    launch: Launch
    starter: Path
    registry: Registry

    @property
    def _name(self) -> str:
        return self.launch.name.capitalize()

    @property
    def _line(self) -> str:
        return command_line((self.launch.words[0], str(self.starter)))

    def turn_on(self) -> None:
        """Write the starter, and the entry that runs it."""
        write_file(self.starter, python_starter(self.launch).encode("ascii"))
        try:
            self.registry.put(self._name, self._line)
        except OSError as error:
            raise ConfigError(f"Windows' Run key cannot be written: {error.strerror or error}.") from error

    def turn_off(self) -> None:
        """Remove the entry and the starter."""
        try:
            self.registry.remove(self._name)
        except OSError as error:
            raise ConfigError(f"Windows' Run key cannot be written: {error.strerror or error}.") from error
        remove_file(self.starter)

    def look(self) -> Found:
        """Compare the entry with what it should be."""
        place = f"HKEY_CURRENT_USER\\{RUN_KEY}\\{self._name}"
        line = self.registry.get(self._name)
        if line is None:
            return Found(State.OFF, place)
        written = WrittenFile(self.starter, python_starter(self.launch).encode("ascii")).look()
        return Found(State.ON if line == self._line and written.state is State.ON else State.OTHER, place)


def run_key() -> Registry:
    """The person's own Run key. Raises ``ConfigError`` where there is no Windows."""
    if sys.platform != "win32":
        raise ConfigError("There is no Windows registry on this computer.")
    import winreg

    class _RunKey:
        def get(self, name: str) -> str | None:
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
                    return str(winreg.QueryValueEx(key, name)[0])
            except FileNotFoundError:
                return None

        def put(self, name: str, text: str) -> None:
            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
                winreg.SetValueEx(key, name, 0, winreg.REG_SZ, text)

        def remove(self, name: str) -> None:
            with (
                suppress(FileNotFoundError),
                winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY, 0, winreg.KEY_SET_VALUE) as key,
            ):
                winreg.DeleteValue(key, name)

    return _RunKey()
