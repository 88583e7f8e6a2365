"""The folder of settings and state: found, made, and closed to others."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from instep.accounts.home import Home, home_of
from instep.errors import ConfigError

posix = pytest.mark.skipif(sys.platform == "win32", reason="permission bits are POSIX's")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_home_variable_set_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTEP_HOME", str(tmp_path / "mine"))
    home = home_of()
    assert (home.path, home.config.name, home.state.name) == (tmp_path / "mine", "config.toml", "state.db")
    assert not home.path.exists()


def test_home_variable_empty_gives_the_platforms_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTEP_HOME", "")
    assert home_of().path.is_absolute()
    assert "instep" in str(home_of().path).lower()


def test_home_relative_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert home_of("here").path == tmp_path / "here"


@posix
def test_new_folder_is_closed_to_others(tmp_path: Path) -> None:
    home = Home(tmp_path / "a" / "b")
    home.prepare()
    home.prepare()
    assert mode(home.path) == 0o700


@posix
@pytest.mark.parametrize("holds", ["", "config.toml", "state.db"])
def test_own_or_empty_folder_open_to_others_is_closed(tmp_path: Path, holds: str) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    folder.chmod(0o755)
    if holds:
        (folder / holds).touch()
    Home(folder).prepare()
    assert mode(folder) == 0o700


@posix
def test_folder_of_other_things_keeps_its_permissions(tmp_path: Path) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "letter.txt").touch()
    folder.chmod(0o755)
    Home(folder).prepare()
    assert mode(folder) == 0o755


@posix
def test_folder_open_to_everybody_with_other_things_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    (folder / "letter.txt").touch()
    folder.chmod(0o1777)
    with pytest.raises(ConfigError, match="INSTEP_HOME"):
        Home(folder).prepare()
    assert mode(folder) == 0o1777


def test_home_that_is_a_file_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be used"):
        Home(tmp_path / "file").prepare()
