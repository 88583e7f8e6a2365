"""``instep serve`` and ``instep open`` as programs of their own: found, told to end, started in the background."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import httpx2
import pytest

from cli.conftest import PATIENCE, PROGRAM, SOURCES, Run
from cli.desk import Desk, card
from instep.accounts.home import Home
from instep.web.presence import found


@dataclass
class Program:
    """A program that was started with some words; what it says is read line by line."""

    words: tuple[str, ...]
    _process: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self._process = subprocess.Popen(
            [*PROGRAM, *self.words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCES)},
        )

    @property
    def _out(self) -> IO[str]:
        assert self._process.stdout is not None
        return self._process.stdout

    def says(self) -> str:
        """The next line; empty when it has ended."""
        return self._out.readline().rstrip("\n")

    def is_told(self, sent: signal.Signals) -> None:
        self._process.send_signal(sent)

    def ends(self) -> tuple[int, str]:
        """Wait for its end: the exit code, and what else it said."""
        rest, _ = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, rest

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


Start = Callable[..., Program]


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(*words: str) -> Program:
            program = Program(words)
            stack.callback(program.close)
            return program

        yield begin


def test_program_is_served_once_found_and_told_to_end(start: Start, run: Run, home: Path) -> None:
    first = start("serve", "--no-browser", "--port", "0")
    said = first.says()
    origin = said.split()[4]
    assert said == f"Instep is served at {origin} until you press Ctrl-C."
    # A link lets in whoever has it: into a pipe or a log goes none.
    assert first.says() == "Open it in a browser: instep open, or with the link of: instep open --print"
    assert start("serve", "--no-browser").ends() == (
        0,
        f"Instep is served already, at {origin}.\n"
        "Open it in a browser: instep open, or with the link of: instep open --print\n",
    )
    link = run("open", "--print").stdout.strip()
    assert link.startswith(f"{origin}/open?link=")
    with httpx2.Client() as http:
        assert http.get(link).status_code == 200
        assert http.get(f"{origin}/").status_code == 200
    first.is_told(signal.SIGINT)
    assert first.ends() == (0, "Instep is not served any more.\n")
    assert not (home / "web.json").exists()


def test_port_of_another_program_is_told(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--no-browser", "--port", str(port))
    assert result.exit_code == 2
    assert f"Another program has port {port} of this computer" in result.stderr
    assert "--port NUMBER" in result.stderr


def test_place_of_a_program_that_died_or_is_another_is_not_believed(start: Start, home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        home.mkdir(mode=0o700)
        place = {"origin": f"http://127.0.0.1:{port}", "address": "127.0.0.1", "port": port, "tls": False, "pid": 1}
        for text in ("", "[]", '{"origin": 3}', '{"origin": "x"}', "\u00fc", json.dumps({**place, "port": 1})):
            (home / "web.json").write_text(text)
            assert found(Home(home)) is None, text
        (home / "web.json").write_text(json.dumps({**place, "port": 1}))
        program = start("serve", "--no-browser", "--port", "0")
        assert program.says().startswith("Instep is served at ")
        program.is_told(signal.SIGTERM)
        assert program.ends()[0] == 0


def test_open_starts_what_is_missing_in_the_background(run: Run, home: Path) -> None:
    result = run("open", "--print")
    with suppress(FileNotFoundError):
        where = json.loads((home / "web.json").read_text())
        try:
            with httpx2.Client() as http:
                assert http.get(result.stdout.strip()).status_code == 200
            assert run("open", "--print").stdout.startswith(f"{where['origin']}/open?link=")
        finally:
            os.kill(where["pid"], signal.SIGTERM)
        _until(lambda: not (home / "web.json").exists())
        return
    pytest.fail(result.stderr)


def _until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_start_and_end_synchronize_by_themselves(start: Start, synced: str, desk: Desk, home: Path) -> None:
    settings = home / "config.toml"
    settings.write_text(settings.read_text() + "sync_at_start = true\nsync_at_exit = true\n")
    desk.put("joe.vcf", card("joe-1", "Joe"))
    program = start("serve", "--no-browser", "--port", "0")
    program.says(), program.says()
    _until(lambda: len(desk.held) == 2)
    desk.put("jim.vcf", card("jim-1", "Jim"))
    program.is_told(signal.SIGTERM)
    code, said = program.ends()
    assert (code, len(desk.held)) == (0, 3)
    assert said.startswith("Before the end, this is synchronized: work.\n")


def test_second_signal_ends_at_once(start: Start, synced: str, home: Path, tmp_path: Path) -> None:
    settings = home / "config.toml"
    text = settings.read_text()
    command = next(line for line in text.splitlines() if line.startswith("password_command"))
    waits = f"password_command = \"sh -c 'until test -e {tmp_path}/go; do sleep 0.05; done'\""
    settings.write_text(f"{text.replace(command, waits)}sync_at_exit = true\n")
    program = start("serve", "--no-browser", "--port", "0")
    program.says(), program.says()
    program.is_told(signal.SIGTERM)
    assert program.says().startswith("Before the end")
    assert program.says().startswith("Press Ctrl-C once more")
    program.is_told(signal.SIGTERM)
    assert program.ends() == (0, "Instep is not served any more.\n")
    (tmp_path / "go").touch()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["serve", "--cert", "x"], "belong to --listen"),
        (["serve", "--name", "x"], "belong to --listen"),
        (["serve", "--listen", "192.0.2.1:8443", "--port", "1"], "names the port already"),
        (["serve", "--listen", "192.0.2.1:8443"], "with TLS only"),
        (["serve", "--listen", "everywhere"], "no address to serve at"),
        (["serve", "--set-password"], "10 to 1024 characters"),
        (["open", "--add-entry", "--remove-entry"], "Give one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_call_says_what_is_wrong(run: Run, words: list[str], said: str) -> None:
    result = run(*words, input="short\n")
    assert result.exit_code == 2
    assert said in result.stderr


def test_password_for_other_computers_is_set_from_a_pipe(run: Run, home: Path) -> None:
    result = run("serve", "--set-password", input="correct horse battery\nmore\n")
    assert result.stdout.startswith("The password is set.")
    assert "horse" not in (home / "web.password").read_text()


def test_entry_of_the_menu_comes_and_goes(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    said = run("open", "--add-entry").stdout
    [entry] = (tmp_path / "data" / "applications").iterdir()
    assert said == f"Instep is in your menu of programs, by {entry}\n"
    assert run("open", "--remove-entry").stdout == "Instep is not in your menu of programs any more.\n"
    assert not entry.exists()
