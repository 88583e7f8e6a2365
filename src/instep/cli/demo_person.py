"""What people do in the demonstration: edit files at the desk, and write to the server from a telephone."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from instep.cli.demo_server import LOGIN, PASSWORD, Server
from instep.cli.demo_stage import Stage, line_of, promise, show_change, tell

Edit = Callable[[str], str]
DESK, TELEPHONE = "at the desk", "on the telephone"


@dataclass(slots=True)
class Subject:
    """One item on both sides: its file on the desktop and its path on the server, and how they were last seen."""

    title: str
    file: Path
    path: str
    server: Server
    stage: Stage
    _file_before: str = ""
    _path_before: str = ""

    def look(self) -> None:
        """Remember how both sides hold it now."""
        self._file_before, self._path_before = self._on_desktop(), self.server.get(self.path)

    def edit_on_desktop(self, *edits: Edit) -> None:
        """Change the file, as an editor does."""
        before = self._on_desktop()
        after = changed(before, edits, self.file.name)
        show_change(DESK, before, after)
        write_file(self.stage, self.file, after.encode())

    def edit_on_server(self, *edits: Edit) -> None:
        """Change the document on the server over HTTP, as any other program does."""
        before = self.server.get(self.path)
        after = changed(before, edits, self.path)
        show_change(TELEPHONE, before, after)
        write_to_server(self.stage, self.server, self.path, after.encode())

    def show_result(self) -> None:
        """Show what Instep changed on both sides since ``look``."""
        tell(click.style(f"{self.title}", bold=True))
        show_change("desktop", self._file_before, self._on_desktop())
        show_change("server", self._path_before, self.server.get(self.path))

    def holds(self, *texts: str) -> None:
        """Make sure that both sides hold each of these texts now."""
        for text in texts:
            for where, document in (("desktop", self._on_desktop()), ("server", self.server.get(self.path))):
                promise(text in unfolded(document), f"the {where} does not hold {text!r} in {self.title}.")

    def _on_desktop(self) -> str:
        return self.file.read_bytes().decode()


def write_file(stage: Stage, file: Path, data: bytes) -> None:
    """Write a file on the desktop; in a rehearsal only show how."""
    kept = stage.kept(f"desk-{file.name.replace(' ', '-')}", data)
    stage.show(f"{'copy' if os.name == 'nt' else 'cp'} {line_of([str(kept), str(file)])}")
    if not stage.rehearsal:
        file.write_bytes(data)


def delete_file(stage: Stage, file: Path) -> None:
    """Delete a file on the desktop; in a rehearsal only show how."""
    stage.show(f"{'del' if os.name == 'nt' else 'rm'} {line_of([str(file)])}")
    if not stage.rehearsal:
        file.unlink()


def write_to_server(stage: Stage, server: Server, path: str, data: bytes) -> None:
    """Write to the server over HTTP; in a rehearsal only show how."""
    kept = stage.kept(f"telephone-{path.rpartition('/')[2]}", data)
    words = ["curl", "-u", f"{LOGIN}:{PASSWORD}", "-T", str(kept), f"{server.url}{path}"]
    stage.show(line_of(words))
    if not stage.rehearsal:
        server.put(path, data)


def replaced(old: str, new: str) -> Edit:
    """Replace one text by another."""
    return lambda document: document.replace(old, new, 1)


def line_replaced(name: str, new: str) -> Edit:
    """Replace the first line of a property, with its folded rest, by another."""
    pattern = re.compile(rf"^{re.escape(name)}[:;].*?\r?\n(?![ \t])", re.MULTILINE | re.DOTALL)
    return lambda document: pattern.sub(lambda _: f"{new}\r\n", document, count=1)


def line_added(new: str, before: str) -> Edit:
    """Put lines before the last line that begins with ``before``."""

    def edit(document: str) -> str:
        at = document.rindex(f"\n{before}") + 1
        return f"{document[:at]}{new}\r\n{document[at:]}"

    return edit


def changed(document: str, edits: tuple[Edit, ...], name: str) -> str:
    """Apply edits in turn; raises ``PromiseBroken`` for one that finds nothing to change."""
    for edit in edits:
        before, document = document, edit(document)
        promise(document != before, f"{name} is not as it was made, so it could not be edited.")
    return document


def unfolded(document: str) -> str:
    """A document with its folded lines as one each."""
    return re.sub(r"\r?\n[ \t]", "", document)
