"""Servers that mail, each with a person's other program on it and its outbox: the stand-in, and Cyrus."""

from __future__ import annotations

import base64
import json
import os
import re
import select
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from peers.mailing_dav import OWNER, Letter, MailingDav, in_a_thread
from peers.odd_dav import CAL, CARD
from peers.servers import Peer, running

PATIENCE = 60.0  # seconds until a notifier that hangs fails its test


class Mailer(Protocol):
    """A server that mails. ``put`` is a person's other program, whose own mail counts for nothing."""

    peer: Peer

    def put(self, name: str, text: str) -> None:
        """The other program writes an item."""

    def get(self, name: str) -> str:
        """The stored text; empty when there is none."""

    def members(self) -> list[str]:
        """The paths of all items."""

    def letters(self) -> list[Letter]:
        """What was sent since the last call."""


@dataclass
class StandInMailer:
    """The stand-in of RFC 6638."""

    peer: Peer
    server: MailingDav

    def put(self, name: str, text: str) -> None:
        self.server.put(CAL + name, text.encode())

    def get(self, name: str) -> str:
        return self.server.members.get(name if name.startswith("/") else CAL + name, (0, b""))[1].decode()

    def members(self) -> list[str]:
        return [path for path in self.server.members if path.startswith(CAL)]

    def letters(self) -> list[Letter]:
        found, self.server.letters = self.server.letters, []
        return found


@dataclass
class CyrusMailer:
    """Cyrus with scheduling; its notifier keeps every message in a file and says so in a pipe."""

    peer: Peer
    _pipe: int = field(init=False)
    _said: str = ""
    _number: int = 0

    def __post_init__(self) -> None:
        # Open for writing too: then the pipe has no end, and its writers never wait for a reader.
        self._pipe = os.open(self.peer.folder / "arrived", os.O_RDWR)

    def close(self) -> None:
        os.close(self._pipe)

    def request(self, method: str, path: str, body: str = "", user: str = "", **headers: str) -> tuple[int, str]:
        where = urlsplit(self.peer.url)
        link = HTTPConnection(where.hostname or "", where.port or 80, timeout=PATIENCE)
        login = f"{user or self.peer.login}:{self.peer.password}".encode()
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        headers["Authorization"] = "Basic " + base64.b64encode(login).decode()
        link.request(method, path, body.encode(), headers)
        answer = link.getresponse()
        text = answer.read().decode("utf-8", "replace")
        link.close()
        return answer.status, text

    def put(self, name: str, text: str) -> None:
        status, said = self.request("PUT", self.peer.calendar + name, text, Content_Type="text/calendar")
        assert status < 300, said
        self.letters()

    def get(self, name: str) -> str:
        status, text = self.request("GET", name if name.startswith("/") else self.peer.calendar + name)
        return text if status == 200 else ""

    def members(self) -> list[str]:
        return self.listed(self.peer.calendar)

    def listed(self, path: str, user: str = "") -> list[str]:
        """The items of a collection."""
        body = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
        _, text = self.request("PROPFIND", path, body, user, Depth="1", Content_Type="application/xml")
        return re.findall(r"href>([^<]*\.ics)<", text)

    def letters(self) -> list[Letter]:
        """Let another person's meeting send a letter that comes last, and wait for it: no silence is measured."""
        self._number += 1
        last = f"last-{self._number}@far.test"
        path = f"/dav/calendars/user/bob/Default/last-{self._number}.ics"
        status, said = self.request("PUT", path, _meeting(last, self._number), "bob", Content_Type="text/calendar")
        assert status < 300, said
        found: list[Letter] = []
        while not any(letter.to == last for letter in found):
            found += self._arrived()
        return [letter for letter in found if letter.to != last]

    def _arrived(self) -> list[Letter]:
        ready, _, _ = select.select([self._pipe], [], [], PATIENCE)
        assert ready, "the notifier is silent: a meeting of another person sent nothing"
        self._said += os.read(self._pipe, 65536).decode()
        *paths, self._said = self._said.split("\n")
        return [letter for path in paths for letter in _letters(Path(path).read_text("utf-8", "replace"))]


def _letters(text: str) -> list[Letter]:
    """The letters of one message of the notifier; what is in no known form is a letter to somebody unknown."""
    method = re.search(r"METHOD:(\w+)", text)
    to = [json.loads(f'"{found}"') for found in re.findall(r'"recipient":\s*"((?:[^"\\]|\\.)*)"', text)]
    return [Letter(method[1] if method else "?", address.lower().removeprefix("mailto:")) for address in to or ["?"]]


def _meeting(guest: str, number: int) -> str:
    body = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", f"UID:last-{number}"]
    body += ["DTSTAMP:20270101T000000Z", "DTSTART:20270301T090000Z", "DTEND:20270301T100000Z", "SUMMARY:Last"]
    body += ["ORGANIZER:mailto:bob@example.org", f"ATTENDEE:mailto:{guest}", "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(body)


@contextmanager
def mailing_stand_in(folder: Path) -> Iterator[StandInMailer]:
    """The stand-in, served in a thread."""
    server = MailingDav()
    with in_a_thread(server) as url:
        yield StandInMailer(Peer("stand-in", f"{url}/", "anna", "secret", CAL, CARD, folder), server)


@contextmanager
def mailing_cyrus(name: str) -> Iterator[CyrusMailer]:
    """A Cyrus of its own; its files lie under /tmp because its own user must reach them."""
    folder = Path("/tmp") / f"instep-mail-{os.getpid()}-{name}"
    try:
        with running("cyrus_scheduling", folder) as peer:
            mailer = CyrusMailer(peer)
            try:
                yield mailer
            finally:
                mailer.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


__all__ = ["OWNER", "CyrusMailer", "Letter", "Mailer", "StandInMailer", "mailing_cyrus", "mailing_stand_in"]
