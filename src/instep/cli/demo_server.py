"""The demonstration's own Radicale: a process on a free loopback port, with its data and its one login in a folder."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from instep.errors import ConfigError, Unreachable

LOGIN, PASSWORD = "anna", "meadow-lark-7"
COLLECTIONS = {
    "contacts": ("Address book", "VADDRESSBOOK", ""),
    "calendar": ("Calendar", "VCALENDAR", "VEVENT"),
    "tasks": ("Tasks", "VCALENDAR", "VTODO"),
    "notes": ("Notes", "VCALENDAR", "VJOURNAL"),
}
_PATIENCE = 30.0  # seconds for the server to start
_TRIES = 3  # another program may take the port between our look and the server's start


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; its address and the file that it was started with."""

    port: int
    config: Path

    @property
    def url(self) -> str:
        """The address that a person types."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        """The command that starts it again, with all that it holds."""
        return [sys.executable, "-m", "radicale", "--config", str(self.config)]

    def path(self, folder: str, file: str) -> str:
        """The path of a file in one of the collections."""
        return f"/{LOGIN}/{folder}/{file}"

    def get(self, path: str) -> str:
        """Read a document."""
        return self._ask("GET", path).decode()

    def put(self, path: str, data: bytes) -> None:
        """Write a document, as any other program with the password could."""
        self._ask("PUT", path, data)

    def _ask(self, method: str, path: str, data: bytes | None = None) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_PATIENCE)
        kind = "text/vcard" if path.endswith(".vcf") else "text/calendar"
        headers = {
            "Authorization": f"Basic {b64encode(f'{LOGIN}:{PASSWORD}'.encode()).decode()}",
            "Content-Type": f"{kind}; charset=utf-8",
        }
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise Unreachable(f"The demonstration's server answered {method} {path} with {answer.status}.")
        return body


def require_radicale() -> None:
    """Make sure that a Radicale is installed beside Instep; raises ``ConfigError`` that says how to install it."""
    if importlib.util.find_spec("radicale") is None:
        raise ConfigError(
            "The demonstration needs the Radicale server, which is not installed.",
            "Install Instep with its extra demo: pip install 'instep[demo]' (with pipx: pipx inject instep radicale; "
            "in a checkout: make setup).",
        )


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Start a server that keeps everything in ``folder``, and stop it at the end.

    Raises ``Unreachable`` when it does not start; its log in the folder says why.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for _ in range(_TRIES):
        server = Server(_free_port(), folder / "config")
        server.config.write_text(_settings(folder, server.port), encoding="utf-8")
        (folder / "users").write_text(f"{LOGIN}:{PASSWORD}\n", encoding="utf-8")
        with (folder / "radicale.log").open("ab") as log:
            process = subprocess.Popen(server.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            if _answers(server, process):
                yield server
                return
        finally:
            _stop(process)
    raise Unreachable("The demonstration's server did not start.", f"Look into {folder / 'radicale.log'}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _settings(folder: Path, port: int) -> str:
    made = {}
    for name, (shown, tag, component) in COLLECTIONS.items():
        made[name] = {"tag": tag, "D:displayname": shown}
        if component:
            made[name]["C:supported-calendar-component-set"] = component
    lines = ["[server]", f"hosts = 127.0.0.1:{port}", "[auth]", "type = htpasswd", "htpasswd_encryption = plain"]
    lines += [f"htpasswd_filename = {folder / 'users'}", "delay = 0", "[rights]", "type = owner_only", "[storage]"]
    lines += [f"filesystem_folder = {folder / 'data'}", f"predefined_collections = {json.dumps(made)}"]
    return "\n".join([*lines, "[logging]", "level = info", ""])


def _answers(server: Server, process: subprocess.Popen[bytes]) -> bool:
    end = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), 1.0):
            return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
