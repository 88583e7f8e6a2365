"""The demonstration's own SmarterMail: the stand-in, in a process of its own on a free loopback port."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from instep.errors import Unreachable

_PROGRAM = "from instep.cli.main import main; main()"
_PATIENCE = 30.0  # seconds for the stand-in to start, and for its next code


@dataclass(slots=True)
class StandIn:
    """A running stand-in, known by what it printed for people: its address, a login, and codes."""

    log: Path
    used: str = ""

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return self._told(r"^Stand-in.*: (http://\S+?)/$")

    @property
    def email(self) -> str:
        """Whose mailbox the demonstration is about."""
        return self._told(r"^E-mail: +(.+)$")

    @property
    def password(self) -> str:
        """The password of that mailbox."""
        return self._told(r"^Password: +(.+)$")

    @property
    def app_password(self) -> str:
        """The application password for CalDAV and CardDAV, of a stand-in with two-step login."""
        return self._told(r"^Application password.*: (\S+)$")

    @property
    def web_mail(self) -> str:
        """The address of its small web mail."""
        return self._told(r"^Web page: +(.+)$")

    @property
    def typed(self) -> str:
        """The address as a person copies it out of the browser."""
        return f"{self.url}/interface/root"

    def code(self) -> str:
        """The code that an authenticator app shows now; one that was not given before.

        Raises ``Unreachable`` when the stand-in computes none.
        """
        end = time.monotonic() + _PATIENCE + 5
        while time.monotonic() < end:
            codes = re.findall(r"^Code now: (\d+)$", self._text(), re.MULTILINE)
            if codes and codes[-1] != self.used:
                self.used = str(codes[-1])
                return self.used
            time.sleep(0.05)
        raise Unreachable("The demonstration's server shows no code.", f"Look into {self.log}.")

    def _told(self, pattern: str) -> str:
        found = re.search(pattern, self._text(), re.MULTILINE)
        if not found:
            raise Unreachable("The demonstration's server did not start.", f"Look into {self.log}.")
        return found[1]

    def _text(self) -> str:
        return self.log.read_text(encoding="utf-8")


@contextlib.contextmanager
def running(log: Path, *options: str) -> Iterator[StandIn]:
    """Start a stand-in that says into ``log`` what it has to say, and end it, with all that it held, at the end.

    ``options`` are those of ``instep dev smartermail``. Raises ``Unreachable`` when it does not start.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-X", "utf8", "-c", _PROGRAM, "dev", "smartermail", *options]
    with log.open("wb") as written:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=written, stderr=subprocess.STDOUT)
    try:
        _wait(process, log)
        yield StandIn(log)
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while "Web page:" not in log.read_text(encoding="utf-8"):
        if process.poll() is not None or time.monotonic() > end:
            raise Unreachable("The demonstration's server did not start.", f"Look into {log}.")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
