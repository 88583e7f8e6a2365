"""A desktop file that comes to hold more items, or fewer: each stays the one it was (RULES 15)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.stage import THERE, Stage
from instep.connectors.files import FilesConnector
from instep.connectors.memory import MemoryConnector
from instep.core.model import Kind, Side, name_of
from instep.engine.report import PairReport
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.store import pairs as pair_table
from instep.store.pairs import Pair


def card(name: str, *lines: str) -> str:
    given, _, family = name.partition(" ")
    body = [f"UID:{given}", f"FN:{name}", f"N:{family};{given};;;", *lines]
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *body, "END:VCARD", ""])


class Filed(Stage):
    """A stage whose desktop is a folder of files."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.desk = self.folder / "desk"
        (self.desk / "contacts").mkdir(parents=True)
        with self.db.transaction() as tx:
            pair_table.remove(tx, self.pair.id)
            self.pair = pair_table.add(tx, Pair(0, "me", Kind.CONTACT, "contacts", THERE, "Here", "There"))

    def file(self, *cards: str) -> None:
        (self.desk / "contacts" / "all.vcf").write_text("".join(cards), newline="")

    def whole(self) -> PairReport:
        desktop = FilesConnector(self.desk)
        report = asyncio.run(synchronize(self.db, "me", desktop, MemoryConnector(self.right), Options(yes=True)))
        assert not report.failure, report.failure
        return report.pairs[0]

    def server(self) -> dict[str, str]:
        return {name_of(i): getattr(i, "company", "") for i in self.items(Side.RIGHT).values()}


@pytest.mark.parametrize("edited", ["", "ACME"])
def test_a_second_item_in_a_file_leaves_the_first_linked(tmp_path: Path, edited: str) -> None:
    stage = Filed(tmp_path)
    stage.file(card("Anna Berg"))
    stage.whole()
    stage.file(card("Anna Berg", *([f"ORG:{edited}"] if edited else [])), card("Bert Clay"))
    stage.whole()
    stage.file(card("Anna Berg", "ORG:Later"), card("Bert Clay"))
    stage.whole()
    assert stage.server() == {"Anna Berg": "Later", "Bert Clay": ""}
    assert stage.whole().work == 0


def test_the_last_item_left_in_a_file_stays_linked_and_the_other_is_deleted(tmp_path: Path) -> None:
    stage = Filed(tmp_path)
    stage.file(card("Anna Berg"), card("Bert Clay"))
    stage.whole()
    stage.file(card("Anna Berg", "ORG:ACME"))
    report = stage.whole()
    assert (report.server_actions.create, report.server_actions.delete) == (0, 1)
    assert stage.server() == {"Anna Berg": "ACME"}
    assert stage.whole().work == 0
