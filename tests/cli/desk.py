"""A desktop folder and a server's own files, to edit both sides as other programs do."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace
from pathlib import Path

import pytest

from peers.servers import Peer

_NUMBERS = itertools.count(1)


def card(uid: str, given: str, family: str = "Doe", *lines: str) -> str:
    """A vCard of a few lines."""
    body = [f"UID:{uid}", f"N:{family};{given};;;", f"FN:{given} {family}", *lines]
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *body, "END:VCARD", ""])


class Desk:
    """The two places where a person's contacts are: ``files`` on the desktop, ``held`` on the server's disk."""

    def __init__(self, folder: Path, server: Peer) -> None:
        self.folder = folder
        self.server = server
        self.contacts = folder / "contacts"
        self.contacts.mkdir(parents=True)

    def put(self, name: str, text: str) -> None:
        """Write a file into the desktop's folder of contacts."""
        (self.contacts / name).write_bytes(text.encode())

    @property
    def files(self) -> list[Path]:
        """The desktop's cards."""
        return sorted(self.contacts.glob("*.vcf"))

    @property
    def held(self) -> list[Path]:
        """The server's cards."""
        return sorted((self.server.folder / "data" / "collection-root" / self.server.login).glob("*/*.vcf"))

    def edit(self, files: list[Path], old: str, new: str) -> None:
        """Replace a text in every one of the files that has it; at least one must."""
        found = [file for file in files if old.encode() in file.read_bytes()]
        assert found, old
        for file in found:
            file.write_bytes(file.read_bytes().replace(old.encode(), new.encode()))


@pytest.fixture
def lab(radicale: Peer) -> Peer:
    """A login of this test's own on the session's Radicale, with fresh collections."""
    login = f"person-{os.getpid()}-{next(_NUMBERS)}"
    with (radicale.folder / "htpasswd").open("a") as logins:
        logins.write(f"{login}:{radicale.password}\n")
    return replace(radicale, login=login)


@pytest.fixture
def desk(tmp_path: Path, lab: Peer) -> Desk:
    """A desktop folder with one contact, and the server's files."""
    place = Desk(tmp_path / "desk", lab)
    place.put("jane.vcf", card("jane-1", "Jane", "Doe", "EMAIL:jane@example.org"))
    return place
