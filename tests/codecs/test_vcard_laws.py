"""Both laws of the vCard lens on invented contacts."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from instep.codecs import vcard
from instep.codecs.contentline import parse
from instep.codecs.vcard_fields import NAME_PARTS
from instep.core.fields import same_item
from instep.core.model import Address, Binary, Contact, Extra, Member, Typed

# Invented contacts, as the lens would read them: texts without white space around, types in lower case.
text = st.text(st.sampled_from("aZ9 ä€😀,;:\\\"'^=\nn%"), max_size=12).map(lambda t: " ".join(t.split()))
long_text = st.text(st.sampled_from("ab ä,;:\\\n"), max_size=90).map(str.strip)
some = text.filter(bool)
type_words = st.frozensets(st.sampled_from(["home", "work", "cell", "fax", "x-own"]), max_size=2)
prefs = st.integers(0, 100)


def typed(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Typed, ...]]:
    one = st.builds(Typed, values, type_words, prefs, text)
    return st.lists(one, max_size=4, unique=True).map(tuple)


words = st.lists(some, max_size=3, unique_by=str.casefold).map(tuple)
dates = st.dates().map(str) | st.just("") | st.just("--02-29") | st.just("um 1900")
address = st.builds(Address, *[text] * 7, types=type_words, pref=prefs, label=text)
has_text = address.filter(lambda a: any((a.street, a.city, a.region, a.code, a.country, a.box, a.extended)))
binary = st.builds(Binary, st.binary(min_size=1, max_size=80), st.just(""), st.sampled_from(["", "image/png"]))
linked = st.builds(Binary, st.just(b""), st.sampled_from(["https://x/a,b;c", "cid:1"]))
own = st.from_regex(r"X-OWN-[A-Z]{1,3}", fullmatch=True) | st.sampled_from(["NOTE", "TITLE", "X-SPOUSE", "ORG"])
params = st.dictionaries(st.sampled_from(["X-P", "X-Q"]), st.lists(text, min_size=1, max_size=2).map(tuple), max_size=2)
extra = st.builds(Extra, own, some | long_text.filter(bool), params.map(lambda p: tuple(sorted(p.items()))))
single: dict[str, Any] = {
    **{f.name: text for f in fields(Contact) if f.type == "str"},
    "birthday": dates,
    "anniversary": dates,
    "note": long_text,
    "gender": st.sampled_from(["", "male", "unknown", "Einhorn"]),
    "sensitivity": st.sampled_from(["", "PUBLIC", "PRIVATE"]),
}
contacts = st.builds(
    Contact,
    **single,
    is_group=st.booleans(),
    nicknames=words,
    categories=words,
    departments=words,
    emails=typed(some.filter(lambda t: not t.lower().startswith("mailto:"))),
    telephones=typed(some.filter(lambda t: not t.lower().startswith("tel:"))),
    messengers=typed(some),
    urls=typed(some),
    addresses=st.lists(has_text, max_size=3, unique=True).map(tuple),
    photo=st.none() | binary | linked,
    keys=st.lists(binary | linked, max_size=2, unique=True).map(tuple),
    members=st.lists(st.builds(Member, some, text), max_size=3, unique=True).map(tuple),
    extra=st.lists(extra, max_size=4).map(tuple),
)
versions = st.sampled_from(["3.0", "4.0"])


def settled(item: Contact) -> Contact:
    """The contact as the lens holds it: what an extra only repeats is no extra."""
    return vcard.read(vcard.write(item))


@settings(deadline=None, max_examples=40)
@given(contacts, versions)
def test_a_new_card_holds_the_whole_contact(item: Contact, version: str) -> None:
    item = settled(item)
    raw = vcard.write(item, version=version)
    held = vcard.read(raw)
    assert same_item(held, item)
    assert (held.uid, vcard.write(held, raw)) == (item.uid, raw)
    assert all(not line.broken for line in parse(raw).lines)


@settings(deadline=None, max_examples=40)
@given(contacts)
def test_nothing_but_repeated_extras_is_settled(item: Contact) -> None:
    assert same_item(replace(settled(item), extra=()), replace(item, extra=()))


@settings(deadline=None, max_examples=40)
@given(contacts, contacts, versions, st.sets(st.sampled_from([f.name for f in fields(Contact)])))
def test_a_changed_contact_is_read_back_as_it_was_meant(
    old: Contact, new: Contact, version: str, names: set[str]
) -> None:
    old, new = settled(old), settled(new)
    raw = vcard.write(old, version=version).replace(b"END:", b"an oddity\r\nEND:")
    changes = {name: getattr(new, name) for name in names if name != "uid"}
    wanted = settled(replace(old, **changes))
    after = vcard.write(wanted, raw)
    assert same_item(vcard.read(after), wanted)
    assert b"an oddity\r\n" in after
    if not names & {*NAME_PARTS, "extra"}:
        assert [line.raw for line in parse(after).lines if line.name == "N"] == [
            line.raw for line in parse(raw).lines if line.name == "N"
        ]


@pytest.mark.filterwarnings("ignore")
@settings(deadline=None, max_examples=40)
@given(contacts)
def test_a_card_written_again_by_vobject_holds_the_same_contact(item: Contact) -> None:
    """Radicale and others pass every card through vobject, which cuts texts at a plain comma."""
    plain = [Extra(e.name, e.value) for e in item.extra if e.name != "ORG"]
    item = settled(replace(item, extra=tuple(plain)))
    again = vobject.readOne(vcard.write(item).decode()).serialize()
    assert same_item(vcard.read(again.encode()), item)
