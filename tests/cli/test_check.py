"""``instep check``: good and broken files of every kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from instep.cli import laws
from instep.cli.laws import check_file
from instep.core.model import Kind

CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jane Doe\r\nN:Doe;Jane;;;\r\nTEL;TYPE=CELL:+1 5\r\nEND:VCARD\r\n"
HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n"
EVENT = b"BEGIN:VEVENT\r\nUID:e1\r\nDTSTART:20260102T090000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\n"
TASK = b"BEGIN:VTODO\r\nUID:t1\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Call\r\nX-OWN;A=b:kept\r\nEND:VTODO\r\n"
TAIL = b"END:VCALENDAR\r\n"
ALONE = EVENT.replace(b"DTSTART", b"RECURRENCE-ID:20260102T080000Z\r\nDTSTART").replace(b"Dentist", b"Moved")
JOURNAL = b"BEGIN:VJOURNAL\r\nUID:j1\r\nSUMMARY:Minutes\r\nDESCRIPTION:Minutes\\n\\nWe met.\r\nEND:VJOURNAL\r\n"
MANY = tuple(f"J{n} Doe" for n in range(90))


@pytest.mark.parametrize(
    ("name", "data", "kinds", "items"),
    [
        ("a.vcf", CARD, (Kind.CONTACT,), ("Jane Doe",)),
        ("two.vcf", CARD + CARD.replace(b"Jane", b"John"), (Kind.CONTACT,), ("Jane Doe", "John Doe")),
        ("e.ics", HEAD + EVENT + TAIL, (Kind.EVENT,), ("Dentist",)),
        ("t.ics", HEAD + TASK + TAIL, (Kind.TASK,), ("Call",)),
        ("alone.ics", HEAD + ALONE + TAIL, (Kind.EVENT,), ("Moved",)),
        ("j.ics", HEAD + JOURNAL + TAIL, (Kind.NOTE,), ("Minutes",)),
        ("many.vcf", b"".join(CARD.replace(b"Jane", b"J%d" % n) for n in range(90)), (Kind.CONTACT,), MANY),
        ("both.ics", HEAD + EVENT + TASK + TAIL, (Kind.EVENT, Kind.TASK), ("Dentist", "Call")),
        ("n.md", b"# Shopping\n\nmilk\n", (Kind.NOTE,), ("Shopping",)),
        ("n.txt", "Größe\r\n\r\nsiehe unten".encode(), (Kind.NOTE,), ("Größe",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sound_file_keeps_both_laws(
    tmp_path: Path, name: str, data: bytes, kinds: tuple[Kind, ...], items: tuple[str, ...]
) -> None:
    file = tmp_path / name
    file.write_bytes(data)

    found = check_file(file)

    assert found.sound, found.findings
    assert (found.kinds, found.items) == (kinds, items)
    assert (found.unchanged_is_identical, found.change_is_local) == (True, True)
    assert file.read_bytes() == data


def test_line_that_makes_no_sense_is_told_with_its_number_and_breaks_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.vcf"
    file.write_bytes(CARD.replace(b"TEL;", b"this is no line\r\nTEL;"))

    found = check_file(file)

    assert found.sound
    assert [(f.line, f.remark) for f in found.findings] == [(5, True)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.vcf", CARD[:60]),
        ("empty.vcf", b""),
        ("prose.ics", b"Dear all,\n"),
        ("a.bin", b"\0\1\2"),
        ("b.md", b"\0\1"),
    ],
)
def test_broken_file_is_a_finding_and_no_error(tmp_path: Path, name: str, data: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(data)

    found = check_file(file)

    assert not found.sound
    assert found.findings


def test_broken_file_does_not_hide_the_good_ones(tmp_path: Path, run: Callable[..., Result]) -> None:
    (tmp_path / "good.vcf").write_bytes(CARD)
    (tmp_path / "bad.vcf").write_bytes(CARD[:60])
    (tmp_path / "other.pdf").write_bytes(b"%PDF")

    result = run("check", str(tmp_path))

    assert result.exit_code == 1
    assert "good.vcf: contacts, 1 item (Jane Doe)" in result.stdout
    assert "bad.vcf" in result.stdout
    assert "2 files, 1 item, 1 with problems." in result.stdout


def test_writer_that_alters_a_file_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.vcf"
    file.write_bytes(CARD)
    real = laws._lens(file, CARD)
    monkeypatch.setattr(
        laws,
        "_lens",
        lambda *_: (real[0], lambda item, onto, index: real[1](item, onto, index).replace(b"CELL", b"cell")),
    )

    found = check_file(file)

    assert (found.unchanged_is_identical, found.change_is_local) == (False, False)
