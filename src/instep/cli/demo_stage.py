"""What the demonstration stands on: its folder, the commands it runs as a person would, and what it says."""

from __future__ import annotations

import difflib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from instep.cli.output import say
from instep.errors import ConfigError

_MARK = ".instep-demo"
_PROGRAM = "from instep.cli.main import main; main()"


class PromiseBroken(click.ClickException):
    """Something was not as the demonstration says; it ends with exit code 1."""


def promise(holds: bool, text: str) -> None:
    """Raise ``PromiseBroken`` unless ``holds``."""
    if not holds:
        raise PromiseBroken(f"The demonstration did not go as promised: {text}")


def fresh_folder(folder: Path) -> Path:
    """Empty and return the demonstration's folder.

    Raises ``ConfigError``, and leaves everything as it is, when it holds things that no demonstration put there.
    """
    try:
        if folder.exists() and any(folder.iterdir()):
            if not (folder / _MARK).exists():
                raise ConfigError(f"{folder} is not empty and not from a demonstration.", "Name another with --folder.")
            shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()
    except OSError as error:
        raise ConfigError(
            f"The folder {folder} cannot be used: {error.strerror or error}.", "Name another with --folder."
        ) from error
    return folder


@dataclass(slots=True)
class Stage:
    """Runs ``instep`` as a process of its own, shows what it prints, and remembers what was typed.

    A rehearsal shows the commands and runs none.
    """

    folder: Path
    rehearsal: bool = False
    typed: list[str] = field(default_factory=list)

    @property
    def settings(self) -> dict[str, str]:
        """The environment that keeps the demonstration away from the person's own accounts and key store."""
        return {
            "INSTEP_HOME": str(self.folder / "home"),
            "INSTEP_SECRETS": "vault",
            "INSTEP_VAULT_PASSPHRASE_FILE": str(self.folder / "passphrase"),
        }

    def instep(self, *words: str, password: Path | None = None, expect: Sequence[int] = (0,)) -> int:
        """Run a command before the person's eyes; raises ``PromiseBroken`` for an exit code that is not expected."""
        line = f"instep {line_of(words)}" + (f" < {line_of([str(password)])}" if password else "")
        say()
        self.show(line)
        if self.rehearsal:
            return expect[0]
        sys.stdout.flush()
        if password:
            with password.open("rb") as secret:
                code = self._run(words, stdin=secret).returncode
        else:
            # Only a command whose input is the terminal shows progress there; all these are told not to ask.
            code = self._run(words, stdin=None if sys.stdin.isatty() else subprocess.DEVNULL).returncode
        promise(code in expect, f"instep {words[0]} ended with exit code {code}.")
        return code

    def show(self, line: str) -> None:
        """Show and remember a command line."""
        self.typed.append(line)
        say(click.style(f"$ {line}", fg="cyan", bold=True))

    def kept(self, name: str, data: bytes) -> Path:
        """Keep a document that is about to be written, so that a person can write it too."""
        file = self.folder / "edits" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        return file

    def asked(self, *words: str, expect: Sequence[int] = (0,)) -> Any:
        """Run a command with ``--json`` and return what it says."""
        done = self._run((*words, "--json"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        promise(done.returncode in expect, f"instep {line_of(words)} --json ended with exit code {done.returncode}.")
        return json.loads(done.stdout)

    def _run(self, words: Sequence[str], **streams: Any) -> subprocess.CompletedProcess[bytes]:
        environment = {**os.environ, **self.settings}
        return subprocess.run([sys.executable, "-c", _PROGRAM, *words], env=environment, check=False, **streams)


def line_of(words: Sequence[str]) -> str:
    """Write words as the shell of this system wants them."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def heading(number: int, text: str) -> None:
    """Begin a part."""
    say(click.style(f"\n━━ {number}. {text}", bold=True))


def tell(text: str) -> None:
    """Say what is to be seen, and why."""
    say(text)


def show_change(where: str, before: str, after: str) -> None:
    """Show which lines of a document are new (+) and which are gone (-), and how many stayed as they were."""
    old, new = _lines(before), _lines(after)
    changes = [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    kept = len(old) - sum(line[0] == "-" for line in changes)
    say(f"  {where}: {f'{kept} of {len(old)} lines as they were' if changes else 'not touched'}")
    for line in changes:
        mark, text = line[0], line[2:]
        shown = f"    {mark} {text if len(text) <= 100 else text[:99] + '…'}"
        say(click.style(shown, fg="green" if mark == "+" else "red"))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\n ", "").splitlines()
