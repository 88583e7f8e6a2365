"""Where Instep keeps its settings and its state."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from instep.errors import ConfigError

_OURS = ("config.toml", "state.db", "vault.json", "web.key")
_WEB = ("web.password", "web.json")
_LOGINS = ("logins.json", ".logins.json.lock", "servers")
_MADE = (*_OURS, *_WEB, *_LOGINS, "state.db-wal", "state.db-shm", ".config.toml.lock", ".vault.json.lock")


@dataclass(frozen=True, slots=True)
class Home:
    """One installation's folder; two homes on one machine know nothing of each other."""

    path: Path

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.path / "config.toml"

    @property
    def state(self) -> Path:
        """The state database."""
        return self.path / "state.db"

    @property
    def vault(self) -> Path:
        """The encrypted file of secrets, where there is no key store."""
        return self.path / "vault.json"

    @property
    def web_key(self) -> Path:
        """The secret by which the pages know their browsers again."""
        return self.path / "web.key"

    @property
    def web_password(self) -> Path:
        """The hash of the password for pages that are served to other computers."""
        return self.path / "web.password"

    @property
    def web_place(self) -> Path:
        """Where the pages are served at the moment."""
        return self.path / "web.json"

    @property
    def logins(self) -> Path:
        """Which mail servers refused logins lately, and when."""
        return self.path / "logins.json"

    @property
    def servers(self) -> Path:
        """The folder of what was found out about the accounts' servers."""
        return self.path / "servers"

    def prepare(self) -> None:
        """Make the folder, so that nobody else can look into it (0700); harmless when it is there.

        Raises ``ConfigError`` when it cannot be made or used, when everybody on the machine may write into it, or when
        it or one of Instep's files in it (or a link in their place) is another user's. The permissions of a folder that
        holds other things than Instep's are left alone.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if os.name == "posix":
                self._refuse_anothers()
                self._close_to_others()
        except OSError as error:
            raise ConfigError(
                f"Instep's folder {self.path} cannot be used: {error.strerror or error}.",
                "Name another one with INSTEP_HOME, or make this one yours.",
            ) from error

    def _refuse_anothers(self) -> None:
        for path in (self.path, *(self.path / name for name in _MADE)):
            if is_anothers(path):
                raise ConfigError(
                    f"{path} belongs to another user of this machine.",
                    "Look who made it and remove it, or name another folder with INSTEP_HOME.",
                )

    def _close_to_others(self) -> None:
        found = self.path.stat()
        mode = stat.S_IMODE(found.st_mode)
        if not mode & 0o077:
            return
        inside = {entry.name for entry in self.path.iterdir()}
        if not inside or inside.intersection(_OURS):
            self.path.chmod(0o700)
        elif mode & stat.S_IWOTH:
            raise ConfigError(
                f"{self.path} is open to everybody on this machine and holds other things.",
                "Name a folder of its own with INSTEP_HOME.",
            )


def is_anothers(path: Path) -> bool:
    """Tell whether something is at ``path`` that another user than root made; a link counts for itself.

    Whoever made it may read what is written there, or have it land in a file of his choice.
    """
    if os.name != "posix":
        return False
    try:
        return path.lstat().st_uid not in (os.geteuid(), 0)
    except OSError:
        return False


def home_of(folder: str | os.PathLike[str] | None = None) -> Home:
    """Return the home in ``folder``; for ``None`` the one that ``INSTEP_HOME`` names, else the platform's own place.

    Reads the environment only; nothing is made or looked at on the disk.
    """
    chosen = os.fspath(folder) if folder is not None else os.environ.get("INSTEP_HOME", "")
    if chosen:
        return Home(Path(chosen).expanduser().absolute())
    # Half of the start-up time of an idle run would go into this import where the variable is set.
    from platformdirs import user_config_path

    return Home(user_config_path("instep", appauthor=False))
