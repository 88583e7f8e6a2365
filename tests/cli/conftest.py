"""One installation per test, the command line as a person calls it, and a terminal to sit at."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.desk import Desk, desk, lab
from instep.cli.main import cli

SOURCES = Path(__file__).parents[2] / "src"
PROGRAM = [sys.executable, "-c", "from instep.cli.main import main; main()"]
PATIENCE = 60.0  # seconds until a hanging program fails its test

__all__ = ["desk", "lab"]

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation that keeps its secrets in a vault and never touches the user's key store."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("open sesame\n")
    for name in [name for name in os.environ if name.startswith("INSTEP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INSTEP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INSTEP_SECRETS", "vault")
    monkeypatch.setenv("INSTEP_VAULT_PASSPHRASE_FILE", str(passphrase))
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Call the command line in this process, without a terminal; its two streams are kept apart."""

    def call(*words: str, input: str = "") -> Result:
        result = CliRunner().invoke(cli, list(words), input=input, prog_name="instep")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stderr
        return result

    return call


@dataclass
class AtTerminal:
    """A program at a pseudo-terminal: ``sees`` waits for words, ``types`` answers, ``ends`` gives the exit code.

    ``out`` takes its standard output in the terminal's place.
    """

    words: list[str]
    out: Path | None = None
    shown: str = ""
    _seen: int = 0
    _screen: int = field(init=False)
    _program: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._screen, theirs = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "PYTHONPATH": str(SOURCES)}
        printed = self.out.open("wb") if self.out else None
        self._program = subprocess.Popen(
            [*PROGRAM, *self.words], stdin=theirs, stdout=printed or theirs, stderr=theirs, env=environment,
            start_new_session=True, preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(theirs)
        if printed:
            printed.close()

    def sees(self, text: str) -> str:
        """Wait until ``text`` is shown after what was waited for before; returns everything up to it."""
        until = time.monotonic() + PATIENCE
        while (at := self.shown.find(text, self._seen)) < 0:
            if not self._more(until):
                raise AssertionError(f"{text!r} was never shown; the screen: {self.shown[self._seen :]}")
        part = self.shown[self._seen : at + len(text)]
        self._seen = at + len(text)
        return part

    def types(self, text: str) -> None:
        """Type a line."""
        os.write(self._screen, f"{text}\n".encode())

    def presses(self, key: bytes) -> None:
        """Press a key, as Ctrl-C (``\\x03``) or Ctrl-D (``\\x04``)."""
        os.write(self._screen, key)

    def interrupts(self) -> None:
        """Press Ctrl-C as a person does: again when nothing happens.

        Python's own line input can miss a signal that comes between its prompt and its first wait for a key.
        """
        for _ in range(10):
            self.presses(b"\x03")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._program.wait(timeout=3)
                return

    def ends(self) -> int:
        """Read to the end and return the exit code."""
        until = time.monotonic() + PATIENCE
        while self._more(until):
            pass
        return self._program.wait(PATIENCE)

    def close(self) -> None:
        """End the program if it still runs."""
        self._program.kill()
        self._program.wait()
        os.close(self._screen)

    def _more(self, until: float) -> bool:
        ready, _, _ = select.select([self._screen], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._screen, 65536)
        except OSError:
            return False  # Linux says EIO when the last program has let go of the terminal.
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)


def _own_terminal() -> None:
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(home: Path) -> Iterator[Callable[..., AtTerminal]]:
    """Start the program at a terminal of its own."""
    with contextlib.ExitStack() as stack:

        def start(*words: str, out: Path | None = None) -> AtTerminal:
            program = AtTerminal(list(words), out)
            stack.callback(program.close)
            return program

        yield start


@pytest.fixture
def account(run: Run, desk: Desk) -> str:
    """An account for the contacts of the desk, added as a person does."""
    words = ["--url", desk.server.url, "--email", "alice@example.org", "--login", desk.server.login]
    words += ["--password-command", f"echo {desk.server.password}"]
    words += ["--insecure-http", "--desktop", f"files:{desk.folder}", "--kinds", "contacts"]
    result = run("account", "add", "work", *words)
    assert result.exit_code == 0, result.output
    return "work"


@pytest.fixture
def synced(run: Run, account: str) -> str:
    """The account after its first synchronization."""
    result = run("sync", account, "--yes")
    assert result.exit_code == 0, result.output
    return account
