"""An entry in the person's menu of programs that opens the pages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from instep.service.autostart import xdg_folder
from instep.service.autostart_file import remove_file, write_file
from instep.service.launch import Launch, batch_file, desktop_entry, shell_script

_COMMENT = "Open Instep in the browser"


def add_entry(launch: Launch, platform: str = sys.platform) -> Path:
    """Write the entry that runs ``launch``, and tell where; one that is there already is written anew.

    Raises ``ConfigError`` when it cannot be written.
    """
    place = entry_place(launch, platform)
    write_file(place, _content(launch, platform))
    if platform == "darwin":
        place.chmod(0o700)
    return place


def remove_entry(launch: Launch, platform: str = sys.platform) -> Path:
    """Remove the entry if it is there, and tell where it was. Raises ``ConfigError`` when it cannot be removed."""
    place = entry_place(launch, platform)
    remove_file(place)
    return place


def entry_place(launch: Launch, platform: str = sys.platform) -> Path:
    """Where this platform's menu looks for the person's own programs."""
    if platform == "win32":
        roaming = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
        return roaming / "Microsoft" / "Windows" / "Start Menu" / "Programs" / f"{launch.name.capitalize()}.cmd"
    if platform == "darwin":
        return Path.home() / "Applications" / f"{launch.name.capitalize()}.command"
    return xdg_folder("XDG_DATA_HOME", ".local/share") / "applications" / f"{launch.name}.desktop"


def _content(launch: Launch, platform: str) -> bytes:
    if platform == "win32":
        return batch_file(launch).encode()
    if platform == "darwin":
        return shell_script(launch).encode("utf-8", "surrogateescape")
    more = "Categories=Office;Calendar;ContactManagement;\nKeywords=contacts;calendar;tasks;notes;synchronize;\n"
    return desktop_entry(launch, _COMMENT, more=more).encode("utf-8", "surrogateescape")
