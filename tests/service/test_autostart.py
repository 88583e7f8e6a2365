"""Starting with the login: what is written says exactly what was meant, and is gone after off."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from instep.accounts.home import Home
from instep.errors import ConfigError
from instep.service import autostart as module
from instep.service.autostart import FirstOf, autostart, xdg_folder
from instep.service.autostart_file import State, WrittenFile
from instep.service.autostart_windows import WindowsRun
from instep.service.launch import (
    Launch,
    batch_file,
    desktop_entry,
    launch,
    launch_agent,
    python_starter,
    shell_script,
    systemd_unit,
)
from instep.service.menu import add_entry, remove_entry

ODD = '/home/Jörg O\'Hara/100% "mine"/$HOME\\x/`id`;a b'
"""A path with everything that some place takes for something else."""
STRANGE = Launch((f"{ODD}/python", "-m", "instep", "serve"), {"INSTEP_HOME": ODD})


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders of a person with nothing in them."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "roaming"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


@pytest.fixture(params=["systemd", "desktop", "launchd"])
def way(request: pytest.FixtureRequest, person: Path, monkeypatch: pytest.MonkeyPatch) -> module.Autostart:
    """Each way that is nothing but files."""
    monkeypatch.setattr(module, "has_systemd", lambda: request.param == "systemd")
    return autostart(STRANGE, Home(person / "home"), "darwin" if request.param == "launchd" else "linux")


def test_on_writes_what_off_removes(way: module.Autostart, person: Path) -> None:
    assert way.look().state is State.OFF
    way.turn_off()
    way.turn_on()
    way.turn_on()
    found = way.look()
    assert found.state is State.ON
    assert stat.S_IMODE(Path(found.place).stat().st_mode) == 0o600
    way.turn_off()
    assert (way.look().state, files(person)) == (State.OFF, [])


def test_entry_of_another_installation_is_told_and_replaced(way: module.Autostart) -> None:
    way.turn_on()
    Path(way.look().place).write_text("another")
    assert way.look().state is State.OTHER
    way.turn_on()
    assert way.look().state is State.ON


def test_only_one_of_two_ways_stays(person: Path) -> None:
    one, other = WrittenFile(person / "one", b"1"), WrittenFile(person / "other", b"2")
    FirstOf(other, one).turn_on()
    both = FirstOf(one, other)
    assert (both.look().state, both.look().place) == (State.ON, str(person / "other"))
    both.turn_on()
    assert files(person) == ["one"]
    both.turn_off()
    assert files(person) == []


def test_folder_that_cannot_be_made_is_named(person: Path) -> None:
    (person / "config").write_text("a file in the way")
    with pytest.raises(ConfigError, match="cannot be changed"):
        autostart(STRANGE, Home(person / "home"), "linux").turn_on()


def test_systemd_wants_the_unit(person: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_systemd", lambda: True)
    autostart(STRANGE, Home(person / "home"), "linux").turn_on()
    folder = person / "config" / "systemd" / "user"
    assert files(folder) == ["default.target.wants/instep.service", "instep.service"]
    assert (folder / "default.target.wants" / "instep.service").resolve() == folder / "instep.service"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    folder = tmp_path / "100% of 'it' \"here\""
    folder.mkdir()
    python = folder / "python"
    python.symlink_to(sys.executable)
    unit = tmp_path / "instep.service"
    unit.write_text(systemd_unit(Launch((str(python), "-m", "instep"), {"INSTEP_HOME": ODD})))
    runtime = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)}
    seen = subprocess.run(
        ["systemd-analyze", "--user", "verify", "--man=no", str(unit)], capture_output=True, text=True, env=runtime
    )
    assert "instep.service" not in seen.stderr
    assert seen.returncode == 0, seen.stderr


def test_systemd_unit_says_each_word_once_and_whole() -> None:
    lines = systemd_unit(STRANGE).splitlines()
    start = "ExecStart=:/usr/bin/env "
    [command] = [line.removeprefix(start) for line in lines if line.startswith(start)]
    [setting] = [line.removeprefix("Environment=") for line in lines if line.startswith("Environment=")]
    # The quoting of systemd.syntax(7) is here that of the shell's double quotes, once %% is % again.
    as_read = [word.replace("\\\\", "\\") for word in _systemd_words(command)]
    assert as_read == list(STRANGE.words)
    assert _systemd_words(setting) == [f"INSTEP_HOME={ODD}"]


def _systemd_words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars="")
    lexer.whitespace_split, lexer.quotes, lexer.commenters = True, '"', ""
    return [word.replace("%%", "%") for word in lexer]


def test_desktop_entry_says_each_word_once_and_whole() -> None:
    lines = desktop_entry(STRANGE, "A comment").splitlines()
    assert lines[0] == "[Desktop Entry]"
    [value] = [line.removeprefix("Exec=") for line in lines if line.startswith("Exec=")]
    # Read as the specification says: first the value's escapes, then the words' quoting, then the field codes.
    unescaped = value.replace("\\\\", "\\")
    words = [word.replace("%%", "%") for word in _entry_words(unescaped)]
    assert words == ["/usr/bin/env", f"INSTEP_HOME={ODD}", *STRANGE.words]


def _entry_words(text: str) -> list[str]:
    words, word, inside, at = [], "", False, 0
    while at < len(text):
        if text[at] == "\\" and inside:
            at += 1
            word += text[at]
        elif text[at] == '"':
            inside = not inside
            if not inside:
                words.append(word)
                word = ""
        elif inside:
            word += text[at]
        at += 1
    return words


def test_launchd_reads_what_was_meant() -> None:
    agent = plistlib.loads(launch_agent(STRANGE, "io.instep.instep"))
    assert agent["ProgramArguments"] == list(STRANGE.words)
    assert agent["EnvironmentVariables"] == {"INSTEP_HOME": ODD}
    assert agent["RunAtLoad"] is True


def test_shell_script_runs_what_was_meant(tmp_path: Path) -> None:
    folder = tmp_path / 'it\'s 100% "odd" $HOME'
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    words = (str(folder / "python"), "-c", "import os, sys; print(os.environ['INSTEP_HOME'], sys.argv[1])", "a b")
    script = tmp_path / "Instep.command"
    script.write_text(shell_script(Launch(words, {"INSTEP_HOME": ODD})))
    seen = subprocess.run(["sh", str(script)], capture_output=True, text=True, check=True)
    assert seen.stdout == f"{ODD} a b\n"


def test_python_starter_runs_what_was_meant(tmp_path: Path) -> None:
    code = "import os, pathlib, sys; pathlib.Path(sys.argv[1]).write_text(os.environ['INSTEP_HOME'])"
    meant = Launch((sys.executable, "-c", code, str(tmp_path / "said ü")), {"INSTEP_HOME": ODD})
    starter = tmp_path / "autostart.pyw"
    starter.write_text(python_starter(meant), "ascii")
    subprocess.run([sys.executable, str(starter)], check=True)
    assert (tmp_path / "said ü").read_text() == ODD


def test_batch_file_shows_no_percent_sign_as_a_variable() -> None:
    text = batch_file(Launch((r"C:\100% mine\pythonw.exe", "-m", "instep", "open"), {"INSTEP_HOME": r"D:\a b"}))
    assert '@set "INSTEP_HOME=D:\\a b"\r\n' in text
    assert text.endswith('@start "" "C:\\100%% mine\\pythonw.exe" -m instep open\r\n')


class Texts(dict[str, str]):
    """A registry key in memory."""

    def put(self, name: str, text: str) -> None:
        self[name] = text

    def remove(self, name: str) -> None:
        self.pop(name, None)


def test_windows_run_key_says_on_other_and_off(tmp_path: Path) -> None:
    texts = Texts(Another="C:\\another.exe")
    program = r"C:\Program Files\Instep\pythonw.exe"
    way = WindowsRun(Launch((program, "-m", "instep", "serve")), tmp_path / "a b.pyw", texts)
    assert way.look().state is State.OFF
    way.turn_on()
    assert texts["Instep"] == f'"{program}" "{tmp_path / "a b.pyw"}"'
    assert way.look().state is State.ON
    texts["Instep"] = "C:\\old.exe"
    assert way.look().state is State.OTHER
    way.turn_off()
    way.turn_off()
    assert (texts, files(tmp_path)) == ({"Another": "C:\\another.exe"}, [])


def test_windows_registry_is_asked_for_on_windows_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no Windows registry"):
        autostart(STRANGE, Home(tmp_path), "win32")


def test_usual_installation_takes_nothing_from_the_environment() -> None:
    usual = launch("serve", environ={"PATH": "/bin", "SECRET": "x"}, program="python")
    assert usual == Launch(("python", "-m", "instep", "serve"), {}, "instep")


def test_named_installation_is_kept_apart_and_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = launch("serve", environ={"INSTEP_HOME": "one", "INSTEP_SECRETS": "vault"})
    two = launch("serve", environ={"INSTEP_HOME": "two"})
    assert one.environment == {"INSTEP_HOME": str(tmp_path / "one"), "INSTEP_SECRETS": "vault"}
    assert len({"instep", one.name, two.name}) == 3


@pytest.mark.parametrize("said", ["", "relative"])
def test_folder_of_the_person_is_the_usual_one_unless_named_whole(person: Path, said: str) -> None:
    assert xdg_folder("XDG_CONFIG_HOME", ".config", {"XDG_CONFIG_HOME": said}) == person / ".config"
    assert xdg_folder("XDG_CONFIG_HOME", ".config", {"XDG_CONFIG_HOME": "/x"}) == Path("/x")


ENTRIES = [
    ("linux", "data/applications/instep.desktop", b"[Desktop Entry]"),
    ("darwin", "Applications/Instep.command", b"#!/bin/sh"),
    ("win32", "roaming/Microsoft/Windows/Start Menu/Programs/Instep.cmd", b"@chcp"),
]


@pytest.mark.parametrize(("platform", "place", "begin"), ENTRIES, ids=[row[0] for row in ENTRIES])
def test_menu_entry_is_written_where_the_menu_looks(person: Path, platform: str, place: str, begin: bytes) -> None:
    opens = Launch(("python", "-m", "instep", "open"))
    written = add_entry(opens, platform)
    assert written == person / place
    assert written.read_bytes().startswith(begin)
    assert bool(written.stat().st_mode & stat.S_IXUSR) is (platform == "darwin")
    assert add_entry(opens, platform) == written
    remove_entry(opens, platform)
    remove_entry(opens, platform)
    assert files(person) == []
