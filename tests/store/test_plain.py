"""Items as plain values: nothing is lost on the way, and the digest follows the meaning."""

from __future__ import annotations

import json
import types
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instep.core.fields import same_item
from instep.core.model import (
    CLASS_OF,
    Address,
    Alarm,
    Binary,
    Contact,
    Event,
    Item,
    Kind,
    Moment,
    Note,
    Override,
    Task,
    Typed,
    kind_of,
)
from instep.core.plain import digest, from_plain, to_plain

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
ZONES = st.sampled_from(["", "UTC", "Europe/Berlin", "America/New_York", "Company Time"])


def values_of(hint: Any, text: st.SearchStrategy[str], depth: int = 1) -> st.SearchStrategy[Any]:
    """Any value that a field of this type may hold; exceptions of exceptions are not made."""
    args, origin = get_args(hint), get_origin(hint)
    match hint:
        case _ if hint is str:
            return text
        case _ if hint is int:
            return st.integers(-(10**9), 10**9)
        case _ if hint is bool:
            return st.booleans()
        case _ if hint is bytes:
            return st.binary(max_size=3) | st.sampled_from([b"\0\xff" * 128, b"x" * 255, b"photo" * 500])
        case _ if hint is date:
            return st.dates(date(1900, 1, 2), date(2100, 1, 1))
        case _ if hint is datetime:
            return st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1))
        case types.NoneType:
            return st.none()
    if origin in (Union, types.UnionType):
        return st.one_of(*(values_of(a, text, depth) for a in args))
    if origin is frozenset:
        return st.frozensets(text, max_size=2)
    if origin is tuple and args[-1] is Ellipsis:
        if args[0] is Override and depth == 0:
            return st.just(())
        return st.lists(values_of(args[0], text, depth - (args[0] is Override)), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*(values_of(a, text, depth) for a in args))
    assert is_dataclass(hint)
    hints = get_type_hints(hint)
    parts = {f.name: values_of(hints[f.name], text, depth) for f in fields(hint)}
    if hint is Moment:
        parts |= {"zone": ZONES, "offset": st.none()}
    return st.builds(hint, **parts)


def items(text: st.SearchStrategy[str]) -> st.SearchStrategy[Item]:
    """Items of all kinds, most of their fields empty, as in life."""
    return st.one_of(*(_sparse(cls, text) for cls in CLASS_OF.values()))


@st.composite
def _sparse(draw: st.DrawFn, cls: Any, text: st.SearchStrategy[str]) -> Any:
    hints = get_type_hints(cls)
    chosen = draw(st.lists(st.sampled_from(sorted(hints)), max_size=6, unique=True))
    return cls(**{name: draw(values_of(hints[name], text)) for name in chosen})


@SETTINGS
@given(items(st.text(max_size=20)))
def test_any_item_through_json_and_back_is_the_same_in_every_attribute(item: Item) -> None:
    kept: dict[str, bytes] = {}

    def put(data: bytes) -> str:
        assert len(data) >= 256
        kept[str(len(kept))] = data
        return str(len(kept) - 1)

    plain = json.loads(json.dumps(to_plain(item, put)))
    back = from_plain(kind_of(item), plain, kept.__getitem__)
    assert back == item
    # Equality of items overlooks what is only carried along; the written form does not.
    assert [repr_of(back)] == [repr_of(item)]


def repr_of(value: Any) -> Any:
    """Every attribute, also those that equality overlooks."""
    if is_dataclass(value):
        return [type(value).__name__, *(repr_of(getattr(value, f.name)) for f in fields(value))]
    if isinstance(value, tuple):
        return [repr_of(v) for v in value]
    return (type(value), value)


def test_an_empty_item_has_an_empty_plain_form() -> None:
    for cls in CLASS_OF.values():
        assert to_plain(cls(), lambda data: "") == {}


def test_bytes_of_256_and_more_are_kept_by_reference_only() -> None:
    put: list[bytes] = []
    item = Note(attachments=(Binary(b"a" * 255), Binary(b"b" * 256)))
    plain = to_plain(item, lambda data: put.append(data) or "ref")  # type: ignore[func-returns-value]
    assert put == [b"b" * 256]
    assert plain["attachments"][1] == {"blob": "ref"}


@pytest.mark.parametrize(
    "plain",
    [{"no such field": "x"}, {"emails": 5}, {"emails": [{}]}, {"photo": []}, {"modified": "yesterday"}],
    ids=str,
)
def test_what_is_no_plain_item_is_a_value_error(plain: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        from_plain(Kind.CONTACT, plain, lambda ref: b"")


BERLIN = Moment(datetime(2024, 5, 1, 10), "Europe/Berlin")
SAME = {
    "the order of telephones": (
        Contact(telephones=(Typed("1"), Typed("2"))),
        Contact(telephones=(Typed("2"), Typed("1"))),
    ),
    "case and order of categories": (Contact(categories=("A", "b")), Contact(categories=("B", "a"))),
    "the time stamp of the last change": (Contact(given="A", modified=datetime(2024, 1, 1)), Contact(given="A")),
    "the uid": (Contact(uid="1", given="A"), Contact(uid="2", given="A")),
    "the media type of a photo": (
        Contact(photo=Binary(b"x", media_type="image/jpeg")),
        Contact(photo=Binary(b"x", media_type="image/jpg")),
    ),
    "white space at line ends": (Contact(note="a \r\nb"), Contact(note="a\nb\n")),
    "the zone of an instant": (Event(start=BERLIN), Event(start=Moment(datetime(2024, 5, 1, 8), "UTC"))),
    "the order of exceptions": (
        Event(exceptions=(Override(BERLIN, Event(summary="x")), Override(Moment(date(2024, 1, 1)), Event()))),
        Event(exceptions=(Override(Moment(date(2024, 1, 1)), Event()), Override(BERLIN, Event(summary="x")))),
    ),
    "the case of a status": (Task(status="COMPLETED"), Task(status="completed")),
}
OTHER = {
    "a word": (Contact(given="A"), Contact(given="B")),
    "the field a word is in": (Contact(given="A"), Contact(family="A")),
    "the kind": (Event(summary="A"), Task(summary="A")),
    "the type of a telephone": (
        Contact(telephones=(Typed("1", frozenset({"home"})),)),
        Contact(telephones=(Typed("1", frozenset({"work"})),)),
    ),
    "one of two equal e-mails": (Contact(emails=(Typed("a"), Typed("a"))), Contact(emails=(Typed("a"),))),
    "a date and a floating midnight": (
        Event(start=Moment(date(2024, 1, 1))),
        Event(start=Moment(datetime(2024, 1, 1))),
    ),
    "0 per cent and nothing said": (Task(percent=0), Task()),
    "where a word belongs in an address": (
        Contact(addresses=(Address(street="A"),)),
        Contact(addresses=(Address(city="A"),)),
    ),
    "before start and before end": (Event(alarms=(Alarm(-60),)), Event(alarms=(Alarm(-60, related_end=True),))),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME.keys())
def test_what_makes_no_difference_leaves_the_digest_alone(pair: tuple[Item, Item]) -> None:
    assert digest(pair[0]) == digest(pair[1])


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER.keys())
def test_what_makes_a_difference_changes_the_digest(pair: tuple[Item, Item]) -> None:
    assert digest(pair[0]) != digest(pair[1])


@SETTINGS
@given(st.data())
def test_the_digest_is_equal_exactly_where_the_items_are_the_same(data: st.DataObject) -> None:
    words = st.sampled_from(["", "a", "A", "a ", "a\r\nb", "a\nb\n", "ä", "a\u0308"])
    first = data.draw(items(words))
    name = data.draw(st.sampled_from([f.name for f in fields(first)]))
    second = replace(first, **{name: data.draw(values_of(get_type_hints(type(first))[name], words))})
    assert (digest(first) == digest(second)) == same_item(first, second)


def test_a_digest_is_64_hexadecimal_digits() -> None:
    assert len(bytes.fromhex(digest(Contact(modified=datetime(2024, 1, 1, tzinfo=UTC))))) == 32
