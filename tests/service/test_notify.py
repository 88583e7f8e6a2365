"""A sentence on the screen: the platform's program gets the words as they are, and its absence is no error."""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import pytest

from instep.service.notify import command, notify

WORDS = 'Jörg & Co: <b>a conflict</b> $(touch pwned) `id` "waits"; -x'


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def stand_in(folder: Path, name: str, code: int = 0) -> Path:
    """A program that writes down what it is given, one argument a line."""
    program = folder / name
    program.write_text(
        f"#!{sys.executable}\nimport sys, pathlib\n"
        f"pathlib.Path({str(folder / 'said')!r}).write_text('\\n'.join(sys.argv[1:]), 'utf-8')\nsys.exit({code})\n"
    )
    program.chmod(0o755)
    return folder / "said"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the program of a Linux desktop")
def test_words_reach_the_desktop_without_a_shell_and_without_markup(programs: Path) -> None:
    said = stand_in(programs, "notify-send")
    assert notify(WORDS) is True
    *options, mark, title, text = said.read_text("utf-8").split("\n")
    assert (options, mark, title) == (["--app-name=Instep"], "--", "Instep")
    assert text == "Jörg &amp; Co: &lt;b&gt;a conflict&lt;/b&gt; $(touch pwned) `id` &quot;waits&quot;; -x"
    assert [file.name for file in programs.iterdir() if file.name == "pwned"] == []


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the program of a Linux desktop")
def test_desktop_that_refuses_is_no_error(programs: Path) -> None:
    stand_in(programs, "notify-send", code=1)
    assert notify(WORDS) is False
    (programs / "notify-send").write_bytes(b"\0 no program")
    assert notify(WORDS) is False


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd14"])
def test_without_the_platforms_program_nothing_is_done(programs: Path, platform: str) -> None:
    assert command(WORDS, platform) is None


def test_nothing_happens_where_nothing_can_be_shown(programs: Path) -> None:
    assert notify(WORDS) is False


def test_apple_gets_the_words_beside_the_script(programs: Path) -> None:
    stand_in(programs, "osascript")
    found = command(WORDS, "darwin")
    assert found is not None
    assert found[0][-2:] == ["Instep", WORDS]
    assert not any(WORDS in word for word in found[0][:-1])
    assert found[1] == {}


def test_windows_gets_the_words_beside_the_script(programs: Path) -> None:
    stand_in(programs, "powershell.exe")
    found = command(WORDS, "win32")
    assert found is not None
    words, environment = found
    assert environment == {"INSTEP_TITLE": "Instep", "INSTEP_TEXT": WORDS}
    script = base64.b64decode(words[-1]).decode("utf-16-le")
    assert "$env:INSTEP_TEXT" in script
    assert "conflict" not in script
    assert Path(words[0]).name == "powershell.exe"
