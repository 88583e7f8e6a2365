"""Starting with the person's login: by systemd, the desktop, launchd or Windows, in files that are removed again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from instep.accounts.home import Home
from instep.service.autostart_file import Found, State, WrittenFile
from instep.service.autostart_systemd import SystemdUnit, has_systemd
from instep.service.autostart_windows import WindowsRun, run_key
from instep.service.launch import Launch, desktop_entry, launch_agent, systemd_unit

_COMMENT = "Keeps contacts, appointments, tasks and notes in step"


class Autostart(Protocol):
    """One platform's way. ``turn_on`` and ``turn_off`` may be repeated, and raise ``ConfigError`` when a file cannot be
    written or removed."""

    def turn_on(self) -> None:
        """Let the login start the program from now on; it is not started now."""

    def turn_off(self) -> None:
        """Let the login start nothing; a program that runs goes on."""

    def look(self) -> Found:
        """Tell how it stands."""


def autostart(launch: Launch, home: Home, platform: str = sys.platform) -> Autostart:
    """Return this platform's way of starting ``launch`` with the login."""
    if platform == "win32":
        return WindowsRun(launch, home.path / "autostart.pyw", run_key())
    if platform == "darwin":
        label = f"io.instep.{launch.name}"
        place = Path.home() / "Library" / "LaunchAgents" / f"{label}.plist"
        return WrittenFile(place, launch_agent(launch, label))
    config = xdg_folder("XDG_CONFIG_HOME", ".config")
    unit = SystemdUnit(config / "systemd" / "user" / f"{launch.name}.service", systemd_unit(launch))
    text = desktop_entry(launch, _COMMENT, more="NoDisplay=true\n")
    entry = WrittenFile(config / "autostart" / f"{launch.name}.desktop", text.encode("utf-8", "surrogateescape"))
    return FirstOf(unit, entry) if has_systemd() else FirstOf(entry, unit)


def xdg_folder(variable: str, usual: str, environ: Mapping[str, str] = os.environ) -> Path:
    """A folder of the XDG Base Directory Specification: what the variable says, if that is a whole path."""
    said = Path(environ.get(variable, ""))
    return said if said.is_absolute() else Path.home() / usual


@dataclass(frozen=True, slots=True)
class FirstOf:
    """The better of two ways; the other one is cleared away, so that nothing starts twice."""

    better: Autostart
    other: Autostart

    def turn_on(self) -> None:
        """Use the better way only."""
        self.other.turn_off()
        self.better.turn_on()

    def turn_off(self) -> None:
        """Clear both away."""
        self.better.turn_off()
        self.other.turn_off()

    def look(self) -> Found:
        """Tell what is on, by whichever way."""
        found, second = self.better.look(), self.other.look()
        return second if found.state is State.OFF and second.state is not State.OFF else found
