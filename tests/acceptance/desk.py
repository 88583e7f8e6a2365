"""A person's desk for acceptance tests: an INSTEP_HOME, a desktop folder, the real command line in its own process."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from acceptance.forked import Forked
from peers.servers import Peer

_FORKED = Forked()
INSTEP = [sys.executable, "-c", "from instep.cli.main import main; main()"]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, read as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Desk:
    """One computer of a person."""

    folder: Path

    @property
    def files(self) -> Path:
        """The desktop folder."""
        return self.folder / "desk"

    @property
    def env(self) -> dict[str, str]:
        """The environment of its commands."""
        passphrase = self.folder / "passphrase"
        if not passphrase.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            passphrase.write_text("only for tests\n")
            passphrase.chmod(0o600)
        return os.environ | {
            "INSTEP_HOME": str(self.folder / "home"),
            "INSTEP_SECRETS": "vault",
            "INSTEP_VAULT_PASSPHRASE_FILE": str(passphrase),
            "NO_COLOR": "1",
            "COLUMNS": "200",
        }

    def instep(self, *words: str, given: str = "") -> Done:
        """Run a command to its end."""
        done = _FORKED.run(list(words), self.env, given)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command and leave it running."""
        return subprocess.Popen(
            [*INSTEP, *words], env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def add(self, peer: Peer, url: str = "", *more: str) -> Done:
        """Set up the account ``me`` for a peer."""
        password = ("--password-command", f"printf %s {peer.password}") if peer.password else ("--no-password",)
        login = ("--login", peer.login) if peer.login else ()
        self.files.mkdir(parents=True, exist_ok=True)
        words = ("account", "add", "me", "--url", url or peer.url, "--email", "alice@example.org", "--insecure-http")
        return self.instep(*words, *login, *password, "--desktop", f"files:{self.files}", *more)

    def sync(self, *more: str) -> tuple[int, Any]:
        """Synchronize; the exit code and the account's report."""
        done = self.instep("sync", "me", "--yes", "--json", *more)
        assert done.out, done.err
        return done.code, done.json

    def write(self, name: str, text: str) -> Path:
        """A person (or a program) writes a file on the desktop."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return path

    def names(self, folder: str, marker: str = "FN:") -> list[str]:
        """The values of one line of all items in a folder, sorted."""
        found = []
        for path in (self.files / folder).glob("[!.]*.*"):
            found += [line[len(marker) :] for line in path.read_text().splitlines() if line.startswith(marker)]
        return sorted(found)


def totals(report: Any, key: str = "server_actions") -> dict[str, int]:
    """The writes of all pairs together."""
    return {op: sum(p[key][op] for p in report["pairs"]) for op in ("create", "update", "delete")}


def writes(report: Any) -> int:
    """All writes on both sides."""
    return sum(totals(report).values()) + sum(totals(report, "desktop_actions").values())


def request(peer: Peer, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str]:
    """A person's other program speaks to the server."""
    where = urlsplit(peer.url)
    link = HTTPConnection(where.hostname or "", where.port or 80, timeout=60)
    if peer.login:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{peer.login}:{peer.password}".encode()).decode()
    link.request(method, path, body.encode(), {k.replace("_", "-"): v for k, v in headers.items()})
    answer = link.getresponse()
    text = answer.read().decode("utf-8", "replace")
    link.close()
    return answer.status, text


def card(number: int, **more: str) -> str:
    """A vCard with a few lines."""
    lines = [f"{k}:{v}" for k, v in more.items()]
    body = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:card-{number}",
        f"N:Berg{number};Anna;;;",
        f"FN:Anna Berg{number}",
        f"EMAIL;TYPE=WORK:anna{number}@example.org",
        "X-LAB:kept",
        *lines,
        "END:VCARD",
    ]
    return "\r\n".join(body) + "\r\n"


def component(name: str, number: int, *lines: str) -> str:
    """A calendar object with one component."""
    body = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tests//EN",
        f"BEGIN:{name}",
        f"UID:{name.lower()}-{number}",
        "DTSTAMP:20260101T000000Z",
        f"SUMMARY:{name.capitalize()} {number}",
        *lines,
        f"END:{name}",
        "END:VCALENDAR",
    ]
    return "\r\n".join(body) + "\r\n"


def fill(desk: Desk, count: int) -> None:
    """A desktop with ``count`` items, a quarter of each kind."""
    for n in range(count // 4):
        desk.write(f"contacts/card-{n}.vcf", card(n))
        times = (f"DTSTART:202603{n % 28 + 1:02d}T090000Z", f"DTEND:202603{n % 28 + 1:02d}T100000Z")
        desk.write(f"calendar/event-{n}.ics", component("VEVENT", n, *times))
        desk.write(f"tasks/task-{n}.ics", component("VTODO", n, "DUE:20260401T120000Z"))
        desk.write(f"notes/Note {n}.md", f"Note {n}\n\nline one\nline two\n")
