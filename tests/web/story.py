"""A person's whole world for pictures and stories: three accounts, two months of life, and something to decide."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from cli.desk import card
from instep.accounts import config
from instep.accounts.account import Account, PasswordIn
from instep.accounts.home import Home
from peers.servers import Peer

_PEOPLE = (
    "Anna Berger", "Bogdan Ilić", "Chiara Ricci", "Dana Whitfield", "Emil Sørensen", "Fatima Haddad", "Grace Okafor",
    "Hiro Tanaka", "Ines Álvarez", "Jürgen Müller", "Katarzyna Nowak", "Liam O’Connor", "Mei Chen", "Noor Rahman",
)  # fmt: skip


def photo(shade: int, size: int = 48) -> str:
    """A small picture (PNG, in base64): a head before a ground of one colour."""
    rows = bytearray()
    for y in range(size):
        rows.append(0)
        for x in range(size):
            head = (x - size / 2) ** 2 + (y - size * 0.38) ** 2 < (size * 0.2) ** 2
            body = (x - size / 2) ** 2 / 1.4 + (y - size * 1.02) ** 2 < (size * 0.36) ** 2
            rows += bytes((240, 226, 208) if head else (70, 84, 110) if body else (shade, 150, 255 - shade))

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head_ = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    png = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head_)
        + chunk(b"IDAT", zlib.compress(bytes(rows), 9))
        + chunk(b"IEND", b"")
    )
    return base64.b64encode(png).decode()


def event(uid: str, summary: str, start: str, end: str, *lines: str) -> str:
    """An appointment of a few lines, in Berlin's time."""
    zone = _BERLIN
    extra = [line for line in lines if line.startswith("BEGIN:VEVENT")]
    body = [f"UID:{uid}", "DTSTAMP:20261101T080000Z", f"SUMMARY:{summary}"]
    body += [f"DTSTART;TZID=Europe/Berlin:{start}", f"DTEND;TZID=Europe/Berlin:{end}"]
    body += [line for line in lines if line not in extra]
    parts = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//story//EN",
        *zone,
        "BEGIN:VEVENT",
        *body,
        "END:VEVENT",
        *extra,
    ]
    return "\r\n".join([*parts, "END:VCALENDAR", ""])


def occurrence(uid: str, of: str, start: str, end: str, summary: str) -> str:
    """One changed occurrence of a series."""
    lines = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T080000Z", f"RECURRENCE-ID;TZID=Europe/Berlin:{of}"]
    lines += [
        f"SUMMARY:{summary}",
        f"DTSTART;TZID=Europe/Berlin:{start}",
        f"DTEND;TZID=Europe/Berlin:{end}",
        "END:VEVENT",
    ]
    return "\r\n".join(lines)


def task(uid: str, summary: str, *lines: str) -> str:
    """A task of a few lines."""
    body = [f"UID:{uid}", "DTSTAMP:20261101T080000Z", f"SUMMARY:{summary}", *lines]
    parts = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//story//EN",
        "BEGIN:VTODO",
        *body,
        "END:VTODO",
        "END:VCALENDAR",
    ]
    return "\r\n".join([*parts, ""])


class World:
    """A home with accounts, the folders of its desktop and the files of its server; ``edit`` is a person's hand."""

    def __init__(self, home: Home, folder: Path, server: Peer) -> None:
        self.home, self.folder, self.server = home, folder, server
        home.prepare()

    def account(self, name: str, folder: str, **other: object) -> Account:
        """Put an account into the settings."""
        (self.folder / folder).mkdir(parents=True, exist_ok=True)
        settings: dict[str, object] = {
            "url": self.server.url,
            "email": "anna@example.org",
            "login": self.server.login,
            "desktop": f"files:{self.folder / folder}",
            "insecure_http": True,
            "password": PasswordIn.COMMAND,
            "password_command": f"echo {self.server.password}",
            **other,
        }
        [added] = config.add(self.home, Account(name, **settings))  # type: ignore[arg-type]
        return added

    def fill(self, folder: str) -> None:
        """Put a person's life into a desktop folder: contacts, appointments, tasks and notes."""
        place = self.folder / folder
        for kind in ("contacts", "calendar", "tasks", "notes"):
            (place / kind).mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(_PEOPLE):
            given, _, family = name.partition(" ")
            lines = [
                f"EMAIL;TYPE=home:{given.lower()}@example.org",
                f"TEL;TYPE=cell:+49 40 55501{number:02}",
                "ORG:Hafen & Partner",
            ]
            lines += (
                [f"ADR;TYPE=home:;;Hafenstraße {number + 1};Hamburg;;20457;Germany", f"NOTE:{_NOTE}"]
                if number < 4
                else []
            )
            lines += [f"PHOTO;ENCODING=b;TYPE=PNG:{photo(60)}"] if number < 2 else []
            (place / "contacts" / f"p{number}.vcf").write_bytes(card(f"p-{number}", given, family, *lines).encode())
        for uid, summary, start, end, *lines in _EVENTS:
            (place / "calendar" / f"{uid}.ics").write_bytes(event(uid, summary, start, end, *lines).encode())
        for number, (summary, *lines) in enumerate(_TASKS):
            (place / "tasks" / f"t{number}.ics").write_bytes(task(f"t-{number}", summary, *lines).encode())
        for name, text in _NOTES.items():
            (place / "notes" / f"{name}.md").write_text(text, encoding="utf-8")

    def held(self, pattern: str = "*") -> list[Path]:
        """The server's own files."""
        place = self.server.folder / "data" / "collection-root" / self.server.login
        return sorted(file for file in place.glob(f"*/{pattern}") if not file.name.startswith("."))

    def on_desktop(self, folder: str, pattern: str = "*/*") -> list[Path]:
        """The desktop's files."""
        return sorted((self.folder / folder).glob(pattern))

    def edit(self, files: list[Path], mark: str, change: Callable[[str], str]) -> None:
        """Change the files that hold ``mark``, as another program does."""
        found = [file for file in files if file.exists() and mark in file.read_bytes().decode()]
        assert found, mark
        for file in found:
            before = file.read_bytes().decode()
            assert change(before) != before, mark
            file.write_bytes(change(before).encode())

    def remove(self, files: list[Path], mark: str) -> None:
        """Delete the files that hold ``mark``."""
        found = [file for file in files if file.exists() and mark in file.read_bytes().decode()]
        assert found, mark
        for file in found:
            file.unlink()

    def disagree(self, folder: str) -> None:
        """Let both sides change the same things, differently, after a first synchronization."""
        desk, server = self.on_desktop(folder), self.held()
        self.edit(
            desk,
            "UID:p-0",
            lambda t: (
                t.replace("+49 40 5550100", "+49 40 7778899")
                .replace(_WORDS[0], _WORDS[1])
                .replace(photo(60), photo(200))
            ),
        )
        self.edit(
            server,
            "UID:p-0",
            lambda t: (
                t.replace("+49 40 5550100", "+49 171 2003004")
                .replace(_WORDS[0], _WORDS[2])
                .replace("Hafenstraße 1;", "Elbchaussee 99;")
            ),
        )
        self.edit(
            desk, "UID:standup", lambda t: t.replace("T093000\r\nDTEND", "T100000\r\nDTEND").replace("Room 4", "Room 7")
        )
        self.edit(
            server,
            "UID:standup",
            lambda t: t.replace("T093000\r\nDTEND", "T090000\r\nDTEND").replace("Room 4", "Video call"),
        )
        self.edit(desk, "UID:dentist", lambda t: t.replace("20261203T080000", "20261203T100000"))
        self.remove(server, "UID:dentist")
        self.edit(desk, "Fix the bicycle", lambda t: t.replace("Fix the bicycle", "Take the bicycle to the shop"))
        self.edit(server, "Fix the bicycle", lambda t: t.replace("Fix the bicycle", "Sell the bicycle"))


_BERLIN = (
    *("BEGIN:VTIMEZONE", "TZID:Europe/Berlin"),
    *("BEGIN:STANDARD", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
    *("TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "END:STANDARD"),
    *("BEGIN:DAYLIGHT", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
    *("TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "END:DAYLIGHT", "END:VTIMEZONE"),
)
_WORDS = (
    "Prefers calls in the afternoon.",
    "Prefers e-mail\\, never calls before ten.",
    "Prefers calls in the morning\\, not on Fridays.",
)
_NOTE = f"Met at the harbour festival in May. {_WORDS[0]} Knows everybody at the shipyard and owes us a lunch."
_TASKS = (
    ("Fix the bicycle", "PRIORITY:5", "STATUS:NEEDS-ACTION"),
    ("Book the hotel in Porto", "DUE;VALUE=DATE:20261210", "STATUS:NEEDS-ACTION"),
    (
        "Send the offer to Hafen & Partner",
        "DUE;VALUE=DATE:20261130",
        "PRIORITY:1",
        "STATUS:IN-PROCESS",
        "PERCENT-COMPLETE:40",
    ),
)
_NOTES = {
    "Packing list": "# Packing list\n\n- passport\n- camera\n- rain jacket\n",
    "Recipe": "# Caldo verde\n\nPotatoes, kale, onion, chouriço. Half an hour.\n",
}
_MOVED = occurrence("standup", "20261215T093000", "20261216T110000", "20261216T113000", "Team meeting (moved)")
_SERIES = ("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "EXDATE;TZID=Europe/Berlin:20261229T093000")
_EVENTS = (
    ("standup", "Team meeting", "20261201T093000", "20261201T100000", *_SERIES, "LOCATION:Room 4", _MOVED),
    ("dentist", "Dentist", "20261203T080000", "20261203T084500", "LOCATION:Dr. Weiß, Altona"),
    ("dinner", "Dinner with Chiara", "20261205T193000", "20261205T220000", "LOCATION:Trattoria"),
    ("flight", "Flight to Porto", "20261218T063000", "20261218T101500", "DESCRIPTION:LH 1176\\, seat 14C"),
)
