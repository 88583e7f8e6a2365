"""File names are safe everywhere, readable where they can be, and hrefs lead nowhere else."""

from __future__ import annotations

import os

import pytest

from instep.connectors.files.names import (
    TakenNames,
    folded,
    free_name,
    href_of,
    is_item_file,
    is_plain,
    parts_of,
    safe_stem,
    stem_of,
)
from instep.core.model import Kind
from instep.testing.builders import contact, event, note

TITLES = {
    "Shopping": "Shopping",
    "  two   words\t": "two words",
    'a/b\\c:d*e?f"g<h>i|j': "a-b-c-d-e-f-g-h-i-j",
    "...hidden": "hidden",
    "ends with dots...": "ends with dots",
    "ends with space . . ": "ends with space",
    "": "Note",
    "...": "Note",
    "\u202eevil\x00\x1b": "evil",
    "CON": "CON_",
    "nul.txt": "nul_.txt",
    "com1": "com1_",
    "COM¹": "COM¹_",
    "console": "console",
    "u\u0308ber": "über",
    "😀 list": "😀 list",
    "-rf": "rf",
    "~backup": "backup",
}


@pytest.mark.parametrize("title", TITLES)
def test_title_becomes_a_name_that_every_file_system_takes(title: str) -> None:
    assert safe_stem(title) == TITLES[title]


@pytest.mark.parametrize("title", ["x" * 500, "ü" * 500, "😀" * 500, "a " * 500, "." * 90 + "x" * 90])
def test_long_title_becomes_a_short_name(title: str) -> None:
    stem = safe_stem(title)
    assert 0 < len(stem.encode()) <= 180
    assert stem == stem.strip(" .")


UIDS = {
    "a-safe.uid@example.org": True,
    "0f8fad5b-d9cb-469f-a165-70867728950e": True,
    "with space": False,
    "../../etc/passwd": False,
    ".hidden": False,
    "ends.": False,
    "aux": False,
    "aux.something": False,
    "urn:uuid:1": False,
    "x" * 200: False,
    "ü": False,
}


@pytest.mark.parametrize("uid", UIDS)
def test_uid_is_the_name_where_it_is_safe_and_hashed_where_not(uid: str) -> None:
    stem = stem_of(event(uid=uid))
    assert (stem == uid) is UIDS[uid]
    assert UIDS[uid] or (len(stem) == 32 and stem.isalnum())


def test_item_without_uid_is_called_by_its_name() -> None:
    assert stem_of(contact("Anna Weiß")) == "Anna Weiß"
    assert stem_of(note("Shopping", uid="ignored")) == "Shopping"
    assert stem_of(note("")) == "Note"


def test_names_that_differ_only_in_case_or_normalisation_are_one() -> None:
    assert folded("ÜBER.md") == folded("u\u0308ber.MD")
    taken = {folded("Shopping.md"), folded("shopping 2.md")}
    assert free_name("SHOPPING", ".md", lambda name: folded(name) in taken) == "SHOPPING 3.md"


@pytest.mark.parametrize("name", ["plain.vcf", "a#b.ics", "100%.md", "%41.md", "ü.md", os.fsdecode(b"\xff\xfe.vcf")])
@pytest.mark.parametrize("key", ["", "uid", "~Anna #2", "%", "line\nbreak"])
def test_href_is_text_and_leads_back_to_the_file(name: str, key: str) -> None:
    href = href_of(name, key)
    assert parts_of(href) == (name, key)
    assert href.encode().decode().isprintable()


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden.vcf", "../x.vcf", "/etc/x.vcf", "a\\b.vcf", "a\0.vcf"])
def test_name_that_is_not_plain_is_told(name: str) -> None:
    assert not is_plain(name)


@pytest.mark.parametrize(
    ("name", "kind", "is_one"),
    [
        ("a.vcf", Kind.CONTACT, True),
        ("A.VCF", Kind.CONTACT, True),
        ("a.ics", Kind.CONTACT, False),
        ("a.ics", Kind.TASK, True),
        ("a.txt", Kind.NOTE, True),
        ("a.ics", Kind.NOTE, True),
        (".a.vcf", Kind.CONTACT, False),
        (".vcf", Kind.CONTACT, False),
        ("a.vcf~", Kind.CONTACT, False),
        ("a.vcf.tmp", Kind.CONTACT, False),
        ("displayname", Kind.NOTE, False),
    ],
)
def test_only_files_with_the_kinds_suffix_are_items(name: str, kind: Kind, is_one: bool) -> None:
    assert is_item_file(name, kind) is is_one


def test_taken_names_follow_a_set_however_it_changes() -> None:
    known, taken = TakenNames(), {"A.md"}
    assert known.names_in(taken) == {"a.md"}
    known.expect("B.md")
    taken.add("B.md")
    assert known.names_in(taken) == {"a.md", "b.md"}
    taken.add("C.md")
    assert known.names_in(taken) == {"a.md", "b.md", "c.md"}
    assert known.names_in(frozenset({"D.md"})) == {"d.md"}
    assert known.names_in(frozenset({"D.md", "E.md#x"})) == {"d.md", "e.md"}
    assert known.names_in(frozenset()) == set()
