"""A text file and a note are the same thing, and a change touches only the lines that it concerns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instep.codecs import notes
from instep.core.model import Note
from instep.errors import CodecError


@pytest.mark.parametrize(
    ("raw", "title", "body"),
    [
        (b"", "", ""),
        (b"Milk", "Milk", ""),
        (b"# Milk\r\n\r\nand eggs\r\n\r\n", "Milk", "and eggs"),
        (b"## Milk\n  \n    code\nend  \n", "Milk", "    code\nend"),
        (b"#hashtag\ntext", "#hashtag", "text"),
        (b"\nno title", "", "no title"),
        (b"---\ntags: a\n---\n\n# T\nb\n", "T", "b"),
        (b"---\nno front matter\n", "---", "no front matter"),
        ("\ufeffTitle\nä".encode(), "Title", "ä"),
        ("\ufeffTitel\r\nä".encode("utf-16-le"), "Titel", "ä"),
        (b"M\xfcll\nx\x80", "Müll", "x€"),
        (b"a\rb\rc", "a", "b\nc"),
    ],
)
def test_a_file_is_read_as_title_and_body(raw: bytes, title: str, body: str) -> None:
    assert notes.read(raw) == Note(title=title, body=body)
    assert notes.write(notes.read(raw), raw) == raw


def test_in_plain_text_a_hash_is_part_of_the_title() -> None:
    assert notes.read(b"# 1\n", markdown=False).title == "# 1"


@pytest.mark.parametrize(
    ("raw", "note", "after"),
    [
        (b"# A\r\n\r\nx\r\ny\n\r\n", Note(title="B", body="x\ny"), b"# B\r\n\r\nx\r\ny\n\r\n"),
        (b"A\nx  \ny\rz", Note(title="A", body="x  \nY\nz"), b"A\nx  \nY\nz"),
        (b"A\nx\r\ny\rz", Note(title="A", body="x\nY\nz"), b"A\nx\r\nY\nz"),
        (b"A\nx\ny\rz\r\nw", Note(title="A", body="X\ny\nz\nw"), b"A\nX\ny\rz\r\nw"),
        (b"\x81", Note(title="=\x85="), "=\x85=".encode()),
        (b"A", Note(title="A", body="x"), b"A\n\nx\n"),
        (b"# A\n\nx\n", Note(title="A"), b"# A\n\n"),
        (b"", Note(title="A"), b"A\n"),
        (b"---\na: 1\n---\nT\n", Note(title="U"), b"---\na: 1\n---\nU\n"),
        (b"M\xfcll", Note(title="Mühe"), b"M\xfche"),
        (b"M\xfcll", Note(title="Ωmega"), "Ωmega".encode()),
        (b"A\n", Note(title="# A"), b"# # A\n"),
    ],
)
def test_a_change_touches_only_its_lines(raw: bytes, note: Note, after: bytes) -> None:
    assert notes.write(note, raw) == after
    assert notes.read(after) == note


@pytest.mark.parametrize("raw", [b"a\nb\0c", b"\xff\xfea"])
def test_what_is_no_text_is_refused_with_its_name(raw: bytes) -> None:
    with pytest.raises(CodecError, match=r"a\.md"):
        notes.read(raw, "a.md")


PIECES = ["# ", "#", "---", "\n", "\r\n", "\r", " ", "\t", "text", "ä", "Ω", "\x85", "\u2028"]
files = st.one_of(
    st.lists(st.sampled_from(PIECES)).map("".join).map(str.encode),
    st.binary(max_size=40),
    st.lists(st.sampled_from(PIECES)).map("".join).map(lambda t: b"\xff\xfe" + t.encode("utf-16-le")),
)
line = st.text(st.sampled_from("ab# -=ä\t\x85"), max_size=8)
titles = line.map(str.strip)


def body_of(lines: list[str]) -> str:
    text = "\n".join(lines).rstrip()
    while text and not text.split("\n")[0].strip():
        text = text.partition("\n")[2]
    return text


new_notes = st.builds(Note, title=titles, body=st.lists(line).map(body_of))


@given(files, new_notes, st.booleans())
def test_both_laws_hold_for_any_file(raw: bytes, note: Note, markdown: bool) -> None:
    try:
        held = notes.read(raw, "", markdown)
    except CodecError:
        return
    assert notes.write(held, raw, markdown) == raw
    assert notes.read(notes.write(note, raw, markdown), "", markdown) == note
    assert notes.read(notes.write(note, None, markdown), "", markdown) == note
