"""A file that is there or not, as autostart and menu entries are: written whole, compared, removed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from instep.accounts.durable import replace_file
from instep.errors import ConfigError


class State(StrEnum):
    """Whether the program starts with the login."""

    ON = "on"
    OFF = "off"
    OTHER = "other"  # another command stands there, as of an installation that was moved


@dataclass(frozen=True, slots=True)
class Found:
    """How it stands, and where that is written."""

    state: State
    place: str


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file whose being there is all that is needed."""

    place: Path
    content: bytes

    def turn_on(self) -> None:
        """Write the file."""
        write_file(self.place, self.content)

    def turn_off(self) -> None:
        """Remove the file."""
        remove_file(self.place)

    def look(self) -> Found:
        """Compare the file with what it should be."""
        try:
            same = self.place.read_bytes() == self.content
        except OSError:
            return Found(State.OFF, str(self.place))
        return Found(State.ON if same else State.OTHER, str(self.place))


def write_file(place: Path, content: bytes) -> None:
    """Write a file that only its owner can read, and the folders to it. Raises ``ConfigError`` and ``StoreFull``."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(place, error) from error
    replace_file(place, content)


def remove_file(place: Path) -> None:
    """Remove a file, if it is there. Raises ``ConfigError``."""
    try:
        place.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(place, error) from error


def unwritable(place: Path, error: OSError) -> ConfigError:
    """Say that a place cannot be changed, and why."""
    return ConfigError(f"{place} cannot be changed: {error.strerror or error}.", "Check the folder's permissions.")
