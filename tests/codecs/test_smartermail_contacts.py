"""SmarterMail's contacts: each value where the web mail shows it, and nothing filed by guess."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from instep.codecs import smartermail
from instep.codecs.smartermail_dialect import Dialect
from instep.core.model import Address, Binary, Contact, Kind, Typed
from instep.errors import CodecError, NotCarried

HOME, WORK, CELL = (frozenset({word}) for word in ("home", "work", "cell"))


def raw(**keys: Any) -> bytes:
    return json.dumps({"id": "1", "displayAs": "Anna"} | keys, ensure_ascii=False).encode()


def read(document: bytes, dialect: Dialect = smartermail.UNKNOWN) -> Contact:
    found = smartermail.read(Kind.CONTACT, document, dialect=dialect)
    assert isinstance(found, Contact)
    return found


def written(document: bytes, dialect: Dialect = smartermail.UNKNOWN, **changes: Any) -> dict[str, Any]:
    after = smartermail.write(replace(read(document, dialect), **changes), document, dialect)
    found: dict[str, Any] = json.loads(after)
    return found


@pytest.mark.parametrize(
    ("keys", "field", "value"),
    [
        ({"FirstName": "Anna "}, "given", "Anna"),
        ({"LASTNAME": "Weiß"}, "family", "Weiß"),
        ({"company": None}, "company", ""),
        ({"emailAddressList": ["a@x.org", "", None]}, "emails", (Typed("a@x.org"),)),
        ({"EmailAddressList": [{"Address": "a@x.org", "Name": "A"}]}, "emails", (Typed("a@x.org"),)),
        ({"phoneNumberList": [{"number": "1", "type": "Home"}]}, "telephones", (Typed("1", HOME),)),
        ({"phoneNumberList": [{"number": "1", "type": "Home Fax"}]}, "telephones", (Typed("1", HOME | {"fax"}),)),
        ({"phoneNumberList": [{"number": "1", "type": "Assistant"}]}, "telephones", (Typed("1", {"assistant"}),)),
        ({"phoneNumberList": [{"number": "1", "phoneType": 0}]}, "telephones", (Typed("1"),)),
        ({"phoneNumberList": ["1"]}, "telephones", (Typed("1"),)),
        ({"homeCity": "Bonn"}, "addresses", (Address(city="Bonn", types=HOME),)),
        ({"busZip": "53111", "busState": ""}, "addresses", (Address(code="53111", types=WORK),)),
        ({"webPage": "https://x.org"}, "urls", (Typed("https://x.org"),)),
        ({"categoriesString": "a; b;A"}, "categories", ("A", "b")),
        ({"categoriesString": "a,b"}, "categories", ("a", "b")),
        ({"categoriesString": "a, b;"}, "categories", ("a, b",)),
        ({"categories": ["a"]}, "categories", ("a",)),
        ({"categories": [{"guid": "1"}]}, "categories", ()),
        ({"additionalInfo": "<p>Hi <b>you</b></p>", "isHtml": True}, "note", "Hi you"),
        ({"additionalInfo": "<p>Hi</p>", "isHtml": False}, "note", "<p>Hi</p>"),
        ({"additionalInfo": "<p>Hi</p>"}, "note", "Hi"),
        ({"additionalInfo": "a\r\nb", "isHtml": True}, "note", "a\nb"),
        ({"middleName": "M"}, "additional", ""),
    ],
)
def test_a_key_is_read_into_its_field(keys: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(read(raw(**keys)), field) == value


HELD = [{"number": "1", "type": "Home", "x": 1}, {"number": "2", "type": "Mobile"}]
NUMBERS = [{"Number": "1", "PhoneType": 3, "x": 1}]


@pytest.mark.parametrize(
    ("held", "telephones", "after"),
    [
        pytest.param(HELD, (Typed("9", HOME), Typed("2", CELL)), [HELD[0] | {"number": "9"}, HELD[1]], id="changed"),
        pytest.param(HELD, (Typed("2", CELL),), HELD[1:], id="removed"),
        pytest.param(HELD, (Typed("1", WORK), Typed("2", CELL)), [HELD[0] | {"type": "Work"}, HELD[1]], id="refiled"),
        pytest.param(
            HELD[:1], (Typed("1", HOME), Typed("3", WORK)), [HELD[0], {"number": "3", "type": "Work"}], id="+"
        ),
        pytest.param(NUMBERS, (Typed("1"), Typed("3", WORK)), [NUMBERS[0], {"Number": "3"}], id="+ beside a number"),
        pytest.param(NUMBERS, (Typed("4"),), [NUMBERS[0] | {"Number": "4"}], id="its number stays its own"),
        pytest.param(NUMBERS, (Typed("1", HOME),), NUMBERS, id="a number is no word"),
        pytest.param(
            [{"Number": "1"}, {"Number": "2", "PhoneType": 3}],
            (Typed("1", HOME), Typed("2")),
            [{"Number": "1"}, {"Number": "2", "PhoneType": 3}],
            id="no word beside a number",
        ),
        pytest.param(["1"], (Typed("1"), Typed("3", WORK)), ["1", "3"], id="plain texts"),
        pytest.param(None, (Typed("3", CELL),), [{"number": "3", "type": "Mobile"}], id="the first one"),
        pytest.param([], (Typed("3"),), [{"number": "3", "type": "Other"}], id="of no type"),
        pytest.param([], (Typed("3", frozenset({"video"})),), [{"number": "3", "type": "Other"}], id="of an odd type"),
    ],
)
def test_a_telephone_keeps_its_own_form(held: Any, telephones: tuple[Typed, ...], after: Any) -> None:
    assert written(raw(phoneNumberList=held), telephones=telephones)["phoneNumberList"] == after


def test_where_the_server_writes_numbers_a_new_telephone_gets_no_type() -> None:
    new = Contact(formatted_name="A", telephones=(Typed("3", WORK),))
    found = json.loads(smartermail.write(new, dialect=Dialect(phone_type="number")))
    assert found["phoneNumberList"] == [{"number": "3"}]
    assert "types" in smartermail.limits(Dialect(phone_type="number"))[Kind.CONTACT]["telephones"].without
    assert "types" not in smartermail.limits(Dialect(phone_type="word"))[Kind.CONTACT]["telephones"].without


@pytest.mark.parametrize(
    ("held", "emails", "after"),
    [
        (["a@x", "b@x"], ("b@x", "c@x"), ["b@x", "c@x"]),
        ([{"Address": "a@x", "k": 1}], ("b@x",), [{"Address": "b@x", "k": 1}]),
        ([{"Address": "a@x", "k": 1}], ("a@x", "b@x"), [{"Address": "a@x", "k": 1}, {"Address": "b@x"}]),
        (["a@x", "a@x"], ("a@x",), ["a@x"]),
        (["a@x", "b@x"], ("b@x", "a@x", "c@x"), ["b@x", "a@x", "c@x"]),
        (None, (), None),
    ],
)
def test_an_address_keeps_its_own_form(held: Any, emails: tuple[str, ...], after: Any) -> None:
    new = tuple(Typed(address) for address in emails)
    assert written(raw(emailAddressList=held), emails=new)["emailAddressList"] == after


NOTE = "<div>Likes <b>tea</b></div><div>and cake</div>"


@pytest.mark.parametrize(
    ("keys", "note", "after"),
    [
        pytest.param({"isHtml": True}, "Likes coffee\nand cake", (NOTE.replace("tea", "coffee"), True), id="a word"),
        pytest.param({"isHtml": True}, "quite\nanother text\nof 3", ("quite\nanother text\nof 3", False), id="all"),
        pytest.param({}, "no\nmarkup\nany more", ("no\nmarkup\nany more", False), id="no flag"),
        pytest.param({"isHtml": True}, "", ("", False), id="nothing"),
    ],
)
def test_a_note_is_edited_in_its_markup_or_becomes_plain(keys: dict[str, Any], note: str, after: Any) -> None:
    found = written(raw(additionalInfo=NOTE, **keys), note=note)
    assert (found["additionalInfo"], found["isHtml"]) == after


def test_a_change_leaves_every_other_byte() -> None:
    document = b'{ "Id" : 7 ,\n "DisplayAs":"A\\u006ena",  "FlagInfo" : {"b":1.0,"a":[ ]}, "Company":null}'
    after = smartermail.write(replace(read(document), company="ACME", given="A"), document)
    assert after == document.replace(b"null}", b'"ACME","FirstName":"A"}')


def test_home_and_work_are_written_where_they_belong_and_others_stay_outside() -> None:
    document = raw(homeStreet="Old 1", homeCity="Bonn", homeOther="x")
    addresses = (
        Address("New 2", "Bonn", types=HOME),
        Address("Desk 3", types=WORK),
        Address("Boat", types=frozenset({"other"})),
    )
    found = written(document, addresses=addresses)
    assert (found["homeStreet"], found["homeCity"], found["homeOther"]) == ("New 2", "Bonn", "x")
    assert (found["busStreet"], "Boat" in str(found)) == ("Desk 3", False)


@pytest.mark.parametrize(
    ("contact", "name"),
    [
        (Contact(given="Anna", family="Weiß"), "Anna Weiß"),
        (Contact(company="ACME"), "ACME"),
        (Contact(emails=(Typed("a@x.org"),)), "a@x.org"),
    ],
)
def test_a_name_to_show_is_made_where_there_is_none(contact: Contact, name: str) -> None:
    assert read(smartermail.write(contact)).formatted_name == name


def test_a_contact_without_any_name_is_refused() -> None:
    with pytest.raises(CodecError, match="no name"):
        smartermail.write(Contact(note="?"))


@pytest.mark.parametrize("type", [2, "2", "Group"])
def test_a_group_is_never_a_person(type: Any) -> None:
    document = raw(ContactType=type, emailAddressList=["a@x.org"], groupedContacts=[{"id": 1}])
    group = read(document)
    assert group == Contact(is_group=True, formatted_name="Anna")
    assert smartermail.is_group(json.loads(document))
    assert smartermail.write(group, document) == document
    with pytest.raises(NotCarried, match="a group can only be kept over CardDAV"):
        smartermail.write(replace(group, formatted_name="B"), document)


KEPT = Dialect(contact_keys=frozenset({"middlename", "birthdate", "photo", "imaddress", "nickname"}))


def test_keys_that_a_server_was_seen_to_keep_are_used() -> None:
    document = raw(middleName="M", birthDate="1980-02-29T00:00:00Z", photo="data:image/png;base64,eg==", title="Dr.")
    contact = read(document, KEPT)
    assert (contact.additional, contact.birthday, contact.prefixes) == ("M", "1980-02-29", "")
    assert contact.photo == Binary(b"z")
    after = written(
        document, KEPT, birthday="1981-03-01", photo=Binary(b"y", media_type="image/png"), nicknames=("Anni",)
    )
    assert after["birthDate"] == "1981-03-01T00:00:00Z"
    assert (after["photo"], after["nickName"]) == ("data:image/png;base64,eQ==", "Anni")
    assert written(document, KEPT, birthday="--02-29")["birthDate"] == "1980-02-29T00:00:00Z"


@pytest.mark.parametrize(
    ("item", "form"),
    [
        ({"phoneNumberList": [{"number": "1", "type": "Home"}]}, "word"),
        ({"PhoneNumberList": [{"Number": "1"}, {"Number": "2", "PhoneType": 0}]}, "number"),
        ({"phoneNumberList": ["1"]}, ""),
        ({"phoneNumberList": None}, ""),
    ],
)
def test_the_form_of_a_type_is_learned_from_an_item(item: dict[str, Any], form: str) -> None:
    assert smartermail.learned(Kind.CONTACT, item).phone_type == form
