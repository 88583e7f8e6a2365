"""Both laws of the vCard lens, on every real card that is at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instep.codecs import vcard
from instep.codecs.contentline import parse
from instep.codecs.vcard_fields import GROUP_NAMES, MEMBER_NAMES, NAME_PARTS, SINGLE_NAMES, TYPED_FIELDS, WORD_FIELDS
from instep.core.fields import FIELDS, Field, Shape, same, same_item
from instep.core.model import Address, Binary, Contact, Extra, Kind, Member, Typed
from instep.errors import CodecError

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
FILES = sorted(CORPUS.rglob("*.vcf"))

pytestmark = pytest.mark.skipif(not FILES, reason="the real files (../shared/corpus) are not here")

NEW_ELEMENT: dict[str, Any] = {
    "emails": Typed("new@example.org", frozenset({"work"}), 1, "Mein Büro"),
    "telephones": Typed("+49 30 1234", frozenset({"cell"}), 2),
    "addresses": Address("Straße 1;2", "Köln", code="5,0", types=frozenset({"home"}), label="Neu"),
    "messengers": Typed("xmpp:a@b", frozenset({"home"})),
    "urls": Typed("https://example.org/?a,b;c", label="Blog"),
    "keys": Binary(b"key", "", "application/pgp-keys"),
    "members": Member("urn:uuid:1234", "Ada"),
    "extra": Extra("X-INSTEP-TEST", "a;b,c\nd\\e", (("X-ABLABEL", ("Wort",)), ("X-P", ("q",)))),
}


def another(field: Field, value: Any) -> Any:
    match field.shape:
        case Shape.FLAG:
            return not value
        case Shape.DATE:
            return "1999-12-31" if value != "1999-12-31" else "--02-29"
        case Shape.CHOICE:
            return "Einhorn" if field.name == "gender" else "X-SECRET"
        case Shape.WORDS:
            return (*value[1:], "Neues, Wort")
        case Shape.LIST:
            return (*value, "Ab;teilung")
        case Shape.ELEMENTS:
            return (*value[1:], NEW_ELEMENT[field.name])
        case Shape.BINARY:
            return Binary(b"\xff\xd8new", "", "image/jpeg")
        case _:
            return value + "ä;,\\n\\ Zeile" + ("\nzwei" if field.shape is Shape.LONG_TEXT else "")


def emptied(field: Field, value: Any) -> Any:
    match field.shape:
        case Shape.FLAG:
            return value
        case Shape.BINARY:
            return None
        case Shape.WORDS | Shape.LIST | Shape.ELEMENTS:
            return ()
        case _:
            return ""


def cards(path: Path) -> tuple[bytes, list[tuple[int, Contact]]]:
    raw = path.read_bytes()
    try:
        found = vcard.read_all(raw, path.name)
    except CodecError as error:
        assert path.name in str(error)
        return raw, []
    return raw, [(index, item) for index, item in enumerate(found) if isinstance(item, Contact)]


def differences(a: Contact, b: Contact) -> list[tuple[str, Any, Any]]:
    return [
        (f.name, getattr(a, f.name), getattr(b, f.name))
        for f in FIELDS[Kind.CONTACT]
        if not same(f, getattr(a, f.name), getattr(b, f.name))
    ]


LINES_OF = {
    **{part: {"N"} for part in NAME_PARTS},
    **{field: set(names) for field, names in SINGLE_NAMES.items()},
    **{field: {name for name, its in TYPED_FIELDS.items() if its == field} for field in set(TYPED_FIELDS.values())},
    **{field: {name} for name, field in WORD_FIELDS.items()},
    "company": {"ORG"},
    "departments": {"ORG"},
    "addresses": {"ADR"},
    "keys": {"KEY"},
    "members": MEMBER_NAMES,
    "is_group": GROUP_NAMES,
}


def assert_only_lines_of(field: str, raw: bytes, after: bytes) -> None:
    """Lines that the field cannot concern are all there, byte for byte and in their order."""
    if field == "extra":
        return
    free = {"X-ABLABEL", "X-ABADR", "X-ABDATE", "X-ABRELATEDNAMES", "RELATED", *LINES_OF[field]}
    before, now = ([line.raw for line in parse(document).lines if line.name not in free] for document in (raw, after))
    assert now == before


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_card_that_did_not_change_is_written_byte_for_byte(path: Path) -> None:
    raw, found = cards(path)
    for index, item in found:
        assert vcard.write(item, raw, index) == raw


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_changed_field_is_read_back_and_touches_no_other_line(path: Path) -> None:
    raw, found = cards(path)
    for index, item in found:
        for field in FIELDS[Kind.CONTACT]:
            for change in (another, emptied):
                wanted = replace(item, **{field.name: change(field, getattr(item, field.name))})
                after = vcard.write(wanted, raw, index)
                held = vcard.read(after, path.name, index)
                assert differences(held, wanted) == [], (index, field.name, change.__name__)
                assert held.uid == wanted.uid
                assert_only_lines_of(field.name, raw, after)
                for other, neighbour in found:
                    assert other == index or vcard.read(after, "", other) == neighbour
                # Back again: nothing that the change did not concern was lost.
                assert differences(vcard.read(vcard.write(item, after, index), "", index), item) == []


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_contact_written_new_is_the_same_contact(path: Path, version: str) -> None:
    for _, item in cards(path)[1]:
        held = vcard.read(vcard.write(item, version=version))
        assert differences(held, item) == []
        assert same_item(held, item) and held.uid == item.uid
