"""SmarterMail's objects as such: what cannot be read is refused by the key, versions, and what is told at a glance."""

from __future__ import annotations

import json
from typing import Any

import pytest

from instep.codecs import smartermail
from instep.codecs.smartermail_digest import VOLATILE
from instep.codecs.smartermail_json import Pen, parse
from instep.core.model import Event, Kind, Note
from instep.errors import CodecError

DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    ("kind", "raw", "reason"),
    [
        (Kind.NOTE, b"", "no JSON object"),
        (Kind.NOTE, b"[]", "no JSON object"),
        (Kind.NOTE, b'{"subject":"a"', 'the key "subject" is followed by what is no JSON'),
        (Kind.NOTE, b'{"subject":"a"} x', "something after"),
        (Kind.NOTE, b'{"subject":"a\nb"}', 'the key "subject" holds no JSON value'),
        (Kind.NOTE, b'{"subject":"\xff"}', "no UTF-8"),
        (Kind.NOTE, b'{"subject":1}', 'the key "subject" holds a number where text belongs'),
        (Kind.NOTE, b'{"text":["a"]}', 'the key "text" holds a list where text belongs'),
        (Kind.NOTE, b'{"text":"a","isPlainText":"yes"}', '"isPlainText" holds text where true or false belongs'),
        (Kind.NOTE, b'{"subject":"a","Subject":"b"}', 'the key "Subject" stands there twice'),
        (Kind.NOTE, b'{"own":{"a":1,"a":2}}', 'the key "a" stands there twice'),
        (Kind.NOTE, b'{"own":NaN}', 'the key "own" cannot be read: NaN is no number'),
        (Kind.NOTE, b'{"own":1' + b"0" * 5000 + b"}", 'the key "own" holds no JSON value'),
        (Kind.NOTE, b'{"own":' + DEEP + b"}", 'the key "own" is nested too deeply'),
        (Kind.NOTE, b'{"text":"' + b"x" * 10_000_000 + b'"}', 'the key "text" holds 10000000 characters'),
        (Kind.TASK, b'{"due":"tomorrow"}', 'the key "due" holds text that is no date'),
        (Kind.TASK, b'{"Due":"2026-02-30T00:00:00"}', 'the key "Due" holds text that is no date'),
        (Kind.TASK, b'{"priority":"high"}', 'the key "priority" holds text where a whole number belongs'),
        (Kind.TASK, b'{"percentComplete":0.5}', 'the key "percentComplete" holds a number where a whole'),
        (Kind.TASK, b'{"status":true}', 'the key "status" holds true or false where a whole number belongs'),
        (Kind.EVENT, b'{"start":{"dt":"x","tz":"UTC"}}', 'the key "dt" holds text that is no date'),
        (Kind.EVENT, b'{"start":7}', 'the key "start" holds a number where an object belongs'),
        (Kind.EVENT, b'{"attendees":["a"]}', 'the key "attendees" holds an entry that is no object'),
        (Kind.CONTACT, b'{"phoneNumberList":{}}', 'the key "phoneNumberList" holds an object where a list belongs'),
        (Kind.CONTACT, b'{"phoneNumberList":[7]}', 'the key "phoneNumberList" holds an entry'),
        (Kind.CONTACT, b'{"emailAddressList":[{"address":7}]}', 'the key "address" holds a number'),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_makes_no_sense_is_refused_by_its_key(kind: Kind, raw: bytes, reason: str) -> None:
    with pytest.raises(CodecError) as refused:
        smartermail.read(kind, raw, "Milk")
    assert reason in refused.value.message
    assert str(refused.value).startswith("Milk: ")
    assert refused.value.advice


def test_halves_of_characters_are_shown_and_stay() -> None:
    raw = b'{"subject":"a\\ud800b","x":"\\udc00"}'
    note = smartermail.read(Kind.NOTE, raw)
    assert isinstance(note, Note) and note.title == "a\ufffdb"
    assert smartermail.write(note, raw) == raw
    assert json.loads(smartermail.write(Note(title="\ud800", body="x"), raw))["subject"] == "\ufffd"


@pytest.mark.parametrize(
    ("text", "key", "value", "after"),
    [
        ("{}", "a", 1, '{"a":1}'),
        ("{ }", "a", 1, '{ "a":1}'),
        ('{"b":2 }', "a", 1, '{"b":2,"a":1 }'),
        ('{"B":2}', "aKey", 1, '{"B":2,"AKey":1}'),
        ('{"b":2,"C":3,"d":4}', "aKey", 1, '{"b":2,"C":3,"d":4,"aKey":1}'),
        ('{ "A" : null , "b":2}', "a", "x", '{ "A" : "x" , "b":2}'),
        ('{"a":"\\u00e4"}', "a", "ä", '{"a":"\\u00e4"}'),
        ('{"a":1.0}', "a", 1, '{"a":1}'),
        ('{"a":1}', "a", True, '{"a":true}'),
        ('\ufeff{"a":1}', "a", 2, '\ufeff{"a":2}'),
    ],
)
def test_a_key_is_set_in_the_objects_own_style(text: str, key: str, value: Any, after: str) -> None:
    pen = Pen(parse(text))
    pen.put(key, value)
    assert pen.finish() == after


# Versions ---------------------------------------------------------------------------------------------------------

ITEM = {"id": 7, "subject": "A", "text": "x\ny", "flagInfo": {"flag": 1, "due": None}, "list": [{"a": ""}, 2]}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(dict(reversed(ITEM.items())), id="the order of keys"),
        pytest.param({key.upper(): value for key, value in ITEM.items()}, id="the case of keys"),
        pytest.param(ITEM | {"color": None, "isFlagged": False, "x": "", "y": [], "z": {"q": None}}, id="nothing"),
        pytest.param({key: ITEM[key] for key in ITEM if key != "id"} | {"noteId": "7"}, id="the id"),
        pytest.param(ITEM | {"sourceOwner": "anna@x.org", "sourceId": "9"}, id="where it lies"),
        pytest.param(
            ITEM | {"lastModifiedUTC": "2026-03-02T10:00:00Z", "isRead": True, "permission": 8}, id="volatile"
        ),
        pytest.param(ITEM | {"text": "x\r\ny"}, id="line ends"),
        pytest.param(ITEM | {"flagInfo": {"Flag": 1.0}}, id="a number written otherwise"),
        pytest.param(ITEM | {"list": [{}, 2]}, id="nothing inside of a list"),
    ],
)
def test_what_nobody_changed_gives_the_same_version(other: dict[str, Any]) -> None:
    same = [smartermail.digest(Kind.NOTE, json.dumps(item, indent=2).encode()) for item in (ITEM, other)]
    assert same[0] == same[1]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(ITEM | {"subject": "a"}, id="a letter"),
        pytest.param(ITEM | {"text": "x\ny "}, id="white space"),
        pytest.param(ITEM | {"own": 0}, id="a nought"),
        pytest.param(ITEM | {"flagInfo": {"flag": 2}}, id="inside"),
        pytest.param(ITEM | {"list": [2, {"a": ""}]}, id="the order of a list"),
        pytest.param(ITEM | {"own": True}, id="a flag"),
    ],
)
def test_what_somebody_changed_gives_another_version(other: dict[str, Any]) -> None:
    assert smartermail.digest(Kind.NOTE, json.dumps(ITEM).encode()) != smartermail.digest(
        Kind.NOTE, json.dumps(other).encode()
    )


def test_what_a_field_is_read_from_is_never_volatile() -> None:
    fields = {"displayas", "subject", "title", "text", "start", "end", "due", "status", "color", "reminder", "uid"}
    assert not VOLATILE & fields
    assert all(name == name.lower() for name in VOLATILE)


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"a":' + DEEP + b"}", b'{"a":NaN}'], ids=lambda raw: raw[:9].decode())
def test_what_is_no_object_has_no_version(raw: bytes) -> None:
    with pytest.raises(CodecError):
        smartermail.digest(Kind.TASK, raw)


# At a glance ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "item", "id"),
    [
        (Kind.CONTACT, {"Id": "5f1c"}, "5f1c"),
        (Kind.EVENT, {"id": 12}, "12"),
        (Kind.EVENT, {"eventId": 12, "id": None}, "12"),
        (Kind.TASK, {"taskId": 12}, "12"),
        (Kind.NOTE, {"noteId": "12"}, "12"),
        (Kind.NOTE, {"id": 0}, None),
        (Kind.NOTE, {"id": "00000000-0000-0000-0000-000000000000"}, None),
        (Kind.NOTE, {"id": ""}, None),
        (Kind.NOTE, {"id": True}, None),
        (Kind.NOTE, {}, None),
    ],
)
def test_an_id_is_found(kind: Kind, item: dict[str, Any], id: str | None) -> None:
    assert smartermail.id_of(kind, item) == id


def test_each_kind_has_a_media_type_of_its_own() -> None:
    assert len(set(smartermail.MEDIA_TYPES.values())) == len(Kind)


def test_an_error_of_writing_names_the_item() -> None:
    with pytest.raises(CodecError) as refused:
        smartermail.write(Event(summary="Lunch"))
    assert refused.value.where.item == "Lunch"
