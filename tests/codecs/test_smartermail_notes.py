"""SmarterMail's notes: subject and text on the web are title and body on the desktop, without a swing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from instep.codecs import smartermail
from instep.core.model import Kind, Note

HTML = "<p>Milk</p><p><b>Eggs</b> &amp; bread</p>"


def raw(**keys: Any) -> bytes:
    return json.dumps({"id": 1} | keys, ensure_ascii=False).encode()


def read(document: bytes) -> Note:
    found = smartermail.read(Kind.NOTE, document)
    assert isinstance(found, Note)
    return found


@pytest.mark.parametrize(
    ("keys", "title", "body"),
    [
        pytest.param({"subject": "A", "text": "x\ny"}, "A", "x\ny", id="subject and text"),
        pytest.param({"subject": "A", "text": "A\n\nx"}, "A", "x", id="the subject again as the first line"),
        pytest.param({"subject": "A", "text": "A"}, "A", "", id="the subject again and nothing more"),
        pytest.param({"subject": "A", "text": "\r\n\r\nx \r\n"}, "A", "x", id="blank lines around"),
        pytest.param({"subject": "", "text": "A\nx"}, "A", "x", id="no subject"),
        pytest.param({"subject": None, "text": "\nx"}, "", "x", id="no title at all"),
        pytest.param({"subject": "Milk", "text": HTML, "isPlainText": False}, "Milk", "Eggs & bread", id="HTML"),
        pytest.param({"subject": "S", "text": HTML, "isPlainText": True}, "S", HTML, id="plain text with signs"),
        pytest.param({"Subject": "S", "Text": HTML}, "S", "Milk\nEggs & bread", id="HTML by its looks"),
        pytest.param({"subject": "A\nB", "text": None}, "A B", "", id="a subject of two lines"),
        pytest.param({}, "", "", id="nothing"),
    ],
)
def test_a_note_is_read(keys: dict[str, Any], title: str, body: str) -> None:
    found = read(raw(**keys))
    assert (found.title, found.body) == (title, body)
    assert smartermail.write(found, raw(**keys)) == raw(**keys)


@pytest.mark.parametrize(
    ("keys", "title", "body", "after"),
    [
        pytest.param({"subject": "A", "text": "x"}, "B", "x", ("B", "x"), id="title"),
        pytest.param({"subject": "A", "text": "x"}, "A", "y\nz", ("A", "y\nz"), id="body"),
        pytest.param({"subject": "A", "text": "x\r\ny"}, "A", "x\nz", ("A", "x\r\nz"), id="line ends stay"),
        pytest.param({"subject": "A", "text": "A\n\nx"}, "B", "x", ("B", "B\n\nx"), id="title in both places"),
        pytest.param({"subject": "A", "text": "A\n\nx"}, "A", "y", ("A", "A\n\ny"), id="body under its title"),
        pytest.param({"subject": "", "text": "A\nx"}, "B", "x", ("", "B\nx"), id="title in the text alone"),
        pytest.param(
            {"subject": "A", "text": "x"}, "A", "A\nx", ("A", "A\nA\nx"), id="a body that begins with the title"
        ),
        pytest.param({"subject": "A", "text": "x"}, "", "x", ("", "\nx"), id="no title any more"),
        pytest.param({"subject": "A", "text": "x"}, "A", "", ("A", ""), id="no body any more"),
        pytest.param({"subject": "", "text": ""}, "A", "x", ("A", "x"), id="into an empty note"),
        pytest.param(
            {"subject": "S", "text": HTML, "isPlainText": False},
            "S",
            "Milk\nHam & bread",
            ("S", HTML.replace("Eggs", "Ham")),
            id="a word in HTML",
        ),
        pytest.param(
            {"subject": "Milk", "text": HTML, "isPlainText": False},
            "Cream",
            "Eggs & bread",
            ("Cream", HTML.replace("Milk", "Cream")),
            id="the title in HTML too",
        ),
        pytest.param(
            {"subject": "S", "text": HTML, "isPlainText": False}, "S", "1\n2\n3", ("S", "1\n2\n3"), id="HTML replaced"
        ),
    ],
)
def test_a_change_is_written_where_it_stands(keys: Any, title: str, body: str, after: tuple[str, str]) -> None:
    document = raw(**keys)
    changed = smartermail.write(replace(read(document), title=title, body=body), document)
    found = json.loads(changed)
    assert (found["subject"], found["text"]) == after
    assert (read(changed).title, read(changed).body) == (title, body)


def test_html_that_is_replaced_is_plain_text_from_then_on() -> None:
    document = raw(subject="S", text=HTML, isPlainText=False)
    assert json.loads(smartermail.write(replace(read(document), body="<p>\n2\n3"), document))["isPlainText"] is True


@pytest.mark.parametrize(
    ("held", "color", "new", "after"),
    [
        ("Yellow", "yellow", "blue", "blue"),
        ("white", "", "pink", "pink"),
        ("green", "green", "", "white"),
        ("green", "green", "#ff0000", "green"),
        (None, "", "yellow", "yellow"),
        (3, "", "yellow", 3),
        ("#FFF", "#FFF", "blue", "blue"),
    ],
)
def test_a_colour_is_one_of_five(held: Any, color: str, new: str, after: Any) -> None:
    document = raw(subject="A", color=held)
    assert read(document).color == color
    assert json.loads(smartermail.write(replace(read(document), color=new), document))["color"] == after


def test_a_new_note_has_no_colour_of_ours() -> None:
    assert json.loads(smartermail.write(Note(title="A", body="x"))) == {
        "subject": "A",
        "text": "x",
        "isPlainText": True,
    }


def test_when_it_was_changed_is_read_for_display_alone() -> None:
    found = read(raw(subject="A", lastModifiedUTC="2026-03-02T10:00:00.123", dateCreated="2025-01-01T00:00:00"))
    assert found.modified is not None and found.modified.isoformat() == "2026-03-02T10:00:00+00:00"
    assert read(raw(lastModifiedUTC=17)).modified is None
