"""What people do in the SmarterMail demonstration: edit files at the desk, and items on the web."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from instep.cli.demo_person import DESK, Edit, changed, unfolded, write_file
from instep.cli.demo_smartermail_web import WebMail
from instep.cli.demo_stage import Stage, promise, show_change, tell

WEB = "on the web"


@dataclass(slots=True)
class Thing:
    """One item on both sides: its file on the desktop and its form on the web, and how they were last seen."""

    title: str
    kind: str
    file: Path
    web: WebMail
    stage: Stage
    _file_before: str = ""
    _form_before: str = ""

    def look(self) -> None:
        """Remember how both sides hold it now."""
        self._file_before, self._form_before = self.on_desktop(), self.on_web()

    def edit_on_desktop(self, *edits: Edit) -> None:
        """Change the file, as an editor does."""
        before = self.on_desktop()
        after = changed(before, edits, self.file.name)
        show_change(DESK, before, after)
        write_file(self.stage, self.file, after.encode())

    def edit_on_web(self, **fields: str) -> None:
        """Change fields of the form and save it."""
        before = self.on_web()
        self.web.save(self._path, fields)
        show_change(WEB, before, self.on_web())

    def show_result(self) -> None:
        """Show what Instep changed on both sides since ``look``."""
        tell(click.style(self.title, bold=True))
        show_change("desktop", self._file_before, self.on_desktop())
        show_change("SmarterMail", self._form_before, self.on_web())

    def holds(self, desktop: tuple[str, ...] = (), web: tuple[str, ...] = ()) -> None:
        """Make sure that the file and the form hold these texts now."""
        for where, document, texts in (("desktop", self.on_desktop(), desktop), ("web mail", self.on_web(), web)):
            for text in texts:
                promise(text in unfolded(document), f"the {where} does not hold {text!r} in {self.title}.")

    def on_desktop(self) -> str:
        """The file's text."""
        return self.file.read_bytes().decode()

    def on_web(self) -> str:
        """The form's text."""
        return self.web.form(self._path).text()

    @property
    def _path(self) -> str:
        items = self.web.items(self.kind)
        promise(self.title in items, f"{self.title} is not in the web mail.")
        return items[self.title]


def file_with(folder: Path, text: str) -> Path:
    """The one file of a desktop folder that holds a text; its name is Instep's choice."""
    found = [file for file in folder.iterdir() if not file.name.startswith(".") and text in file.read_text("utf-8")]
    promise(len(found) == 1, f"{len(found)} files in {folder} hold {text!r}, not one.")
    return found[0]
