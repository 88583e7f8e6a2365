"""The vCard lens: what is understood, and what a change touches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from instep.codecs import vcard
from instep.core.fields import same_item
from instep.core.model import Address, Binary, Contact, Extra, Member, Typed
from instep.errors import CodecError


def card(*lines: str, version: str = "3.0", eol: str = "\r\n") -> bytes:
    return eol.join(("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", "")).encode()


def types(*words: str) -> frozenset[str]:
    return frozenset(words)


PHOTO = Binary(b"\xff\xd8x", "", "image/jpeg")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["FN:Ada\\, Countess", "N:Lovelace;Ada;A,B;;"], {"formatted_name": "Ada, Countess", "additional": "A,B"}),
        (["EMAIL;TYPE=INTERNET,WORK,pref:a@b"], {"emails": (Typed("a@b", types("work"), 1),)}),
        (["EMAIL;PREF=3:mailto:a@b"], {"emails": (Typed("a@b", types(), 3),)}),
        (["EMAIL:a@b", "EMAIL:a@b"], {"emails": (Typed("a@b"),)}),
        (["TEL;HOME;VOICE:1", "TEL;type=CELL;type=pref:2"],
         {"telephones": (Typed("1", types("home")), Typed("2", types("cell"), 1))}),
        (['TEL;VALUE=uri;TYPE="work,fax":tel:+1-2;ext=3'],
         {"telephones": (Typed("+1-2;ext=3", types("work", "fax")),)}),
        (["TEL;TYPE=HOME:"], {"telephones": ()}),
        (["item1.TEL:1", "item1.X-ABLabel:Boot"], {"telephones": (Typed("1", label="Boot"),)}),
        (["item1.URL:http\\://x/\\,", "item1.X-ABLabel:_$!<HomePage>!$_"],
         {"urls": (Typed("http://x/,", label="HomePage"),)}),
        (["ADR;TYPE=home:1;2;3;4;5;6;7"],
         {"addresses": (Address("3", "4", "5", "6", "7", "1", "2", types("home")),)}),
        (["ADR;TYPE=home:;;a\\nb;;;;", "ADR;TYPE=home:;;c;;;;"],
         {"addresses": (Address("a\nb", types=types("home")), Address("c", types=types("home")))}),
        (["IMPP;X-SERVICE-TYPE=AIM:aim:ada", "X-AIM:ada", "X-JABBER:a@b"],
         {"messengers": (Typed("aim:ada"), Typed("xmpp:a@b"))}),
        (["ORG:Firm;Sales;;"], {"company": "Firm", "departments": ("Sales",)}),
        (["NICKNAME:a,b\\,c", "NICKNAME:d"], {"nicknames": ("a", "b,c", "d")}),
        (["BDAY:19850412"], {"birthday": "1985-04-12"}),
        (["BDAY:1985-04-12T11:59:00Z"], {"birthday": "1985-04-12"}),
        (["BDAY:--0412"], {"birthday": "--04-12"}),
        (["BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12"], {"birthday": "--04-12"}),
        (["BDAY;VALUE=text:circa 1800"], {"birthday": "circa 1800"}),
        (["X-MS-ANNIVERSARY:2001-02-03", "ANNIVERSARY:20010203"], {"anniversary": "2001-02-03", "extra": ()}),
        (["item1.X-ABDATE:2001-02-03", "item1.X-ABLabel:_$!<Anniversary>!$_"], {"anniversary": "2001-02-03"}),
        (["item1.X-ABDATE:2001-02-03", "item1.X-ABLabel:Abi"],
         {"anniversary": "", "extra": (Extra("X-ABDATE", "2001-02-03", (("X-ABLABEL", ("Abi",)),)),)}),
        (["item2.X-ABRELATEDNAMES;type=pref:Jo", "item2.X-ABLabel:_$!<Spouse>!$_"], {"spouse": "Jo"}),
        (["RELATED;TYPE=spouse;VALUE=text:Jo"], {"spouse": "Jo"}),
        (["X-EVOLUTION-SPOUSE:", "X-SPOUSE:Jo", "X-MANAGER:M", "X-MS-ASSISTANT:A"],
         {"spouse": "Jo", "manager": "M", "assistant": "A"}),
        (["GENDER:F"], {"gender": "female"}),
        (["GENDER:;it's complicated"], {"gender": "it's complicated"}),
        (["X-GENDER:Male"], {"gender": "male"}),
        (["X-WAB-GENDER:1"], {"gender": "female"}),
        (["CLASS:private", "TITLE:T", "ROLE:R", "X-PHONETIC-LAST-NAME:P"],
         {"sensitivity": "PRIVATE", "job_title": "T", "profession": "R", "phonetic_family": "P"}),
        (["NOTE:one\\ntwo", "NOTE:three"], {"note": "one\ntwo", "extra": (Extra("NOTE", "three"),)}),
        (["PHOTO;ENCODING=b;TYPE=JPEG:/9h4"], {"photo": PHOTO}),
        (["PHOTO:data:image/jpeg;base64,/9h4"], {"photo": PHOTO}),
        (["PHOTO;VALUE=uri:http://x/y.jpg"], {"photo": Binary(b"", "http://x/y.jpg")}),
        (["PHOTO;ENCODING=b:"], {"photo": None, "extra": ()}),
        (["PHOTO:rubbish"], {"photo": None, "extra": (Extra("PHOTO", "rubbish"),)}),
        (["KEY;ENCODING=b:YQ==", "KEY:http://k"], {"keys": (Binary(b"a"), Binary(b"", "http://k"))}),
        (["X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1"],
         {"is_group": True, "members": (Member("urn:uuid:1"),)}),
        (["KIND:group", "MEMBER;X-CN=Ada:mailto:a@b"], {"is_group": True, "members": (Member("mailto:a@b", "Ada"),)}),
        (["KIND:org"], {"is_group": False, "extra": (Extra("KIND", "org"),)}),
        (["X-A;TYPE=b,A;p=1:x\\,y"], {"extra": (Extra("X-A", "x,y", (("P", ("1",)), ("TYPE", ("a", "b")))),)}),
        (["N:a;b;;;", "N;ALTID=1:c;d;;;", "SOUND;ENCODING=b:A", "X-BAD NAME:x"], {"family": "a", "extra": ()}),
        (["X-A:x;y\\;z"], {"extra": (Extra("X-A", "x;y\\;z"),)}),
    ],
)  # fmt: skip
def test_a_line_is_read_as_what_it_means(lines: list[str], expected: dict[str, Any]) -> None:
    raw = card(*lines)
    held = vcard.read(raw)
    assert {name: getattr(held, name) for name in expected} == expected
    assert vcard.write(held, raw) == raw


OLD = card(
    "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=FCrgen;;;",
    "TEL;WORK;FAX:+49 1",
    "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0A=",
    "b",
    "PHOTO;JPEG;ENCODING=BASE64:",
    " /9h4",
    "",
    version="2.1",
)


def test_version_2_1_is_read_and_changed_in_its_own_way() -> None:
    held = vcard.read(OLD)
    assert (held.family, held.given, held.note, held.photo) == ("Müller", "Jürgen", "a\nb", PHOTO)
    assert held.telephones == (Typed("+49 1", types("work", "fax")),)
    wanted = replace(held, given="Jörg", job_title="Büro", telephones=(Typed("2", types("work", "fax")),))
    after = vcard.write(wanted, OLD)
    assert vcard.read(after) == wanted
    assert b"QUOTED-PRINTABLE:M=FCller;J=F6rg;;;\r\nTEL;WORK;FAX:2\r\nNOTE;" in after
    assert b"TITLE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:B=C3=BCro\r\n" in after


BASE = card(
    "FN:Ada Lovelace",
    "N:Lovelace;Ada;;;",
    "item1.EMAIL;TYPE=WORK;X-KEEP=me:a@b",
    "item1.X-ABLabel:Büro",
    "EMAIL;TYPE=HOME:c@d",
    "TEL;VALUE=uri;TYPE=cell:tel:+1-2",
    "ADR;TYPE=home;LABEL=x:;;Street 1,Back;Town;;;",
    "CATEGORIES:a,b\\,c",
    "CATEGORIES:d",
    "X-ANNIVERSARY:2001-02-03",
    "ANNIVERSARY:20010203",
    "X-UNKNOWN;P=1:\\,kept\\, as it is",
    "NOTE:long long long long long long long long long long long long long long lo",
    " ng note",
    "broken line",
)


def element(field: str, at: int, **changes: Any) -> dict[str, Any]:
    values = list(getattr(vcard.read(BASE), field))
    values[at] = replace(values[at], **changes)
    return {field: tuple(values)}


@pytest.mark.parametrize(
    ("change", "gone", "come"),
    [
        ({"formatted_name": "A"}, [b"FN:Ada Lovelace"], [b"FN:A"]),
        ({"given": "Augusta Ada"}, [b"N:Lovelace;Ada;;;"], [b"N:Lovelace;Augusta Ada;;;"]),
        (element("emails", 0, value="x@y"), [b"item1.EMAIL;TYPE=WORK;X-KEEP=me:a@b"],
         [b"item1.EMAIL;TYPE=WORK;X-KEEP=me:x@y"]),
        (element("emails", 0, types=types("home"), pref=1), [b"item1.EMAIL;TYPE=WORK;X-KEEP=me:a@b"],
         [b"item1.EMAIL;X-KEEP=me;TYPE=INTERNET,HOME,PREF:a@b"]),
        (element("emails", 0, label="Amt"), ["item1.X-ABLabel:Büro".encode(), b"item1.EMAIL;TYPE=WORK;X-KEEP=me:a@b"],
         [b"item1.X-ABLabel:Amt", b"item1.EMAIL;TYPE=WORK;X-KEEP=me:a@b"]),
        ({"emails": vcard.read(BASE).emails[1:]},
         ["item1.X-ABLabel:Büro".encode(), b"item1.EMAIL;TYPE=WORK;X-KEEP=me:a@b"], []),
        ({"emails": (*vcard.read(BASE).emails, Typed("n@n", types("other"), label="N"))}, [],
         [b"item2.X-ABLabel:N", b"item2.EMAIL;TYPE=INTERNET,OTHER:n@n"]),
        (element("telephones", 0, value="+3"), [b"TEL;VALUE=uri;TYPE=cell:tel:+1-2"],
         [b"TEL;VALUE=uri;TYPE=cell:tel:+3"]),
        (element("telephones", 0, value="+3 (4)"), [b"TEL;VALUE=uri;TYPE=cell:tel:+1-2"], [b"TEL;TYPE=cell:+3 (4)"]),
        (element("addresses", 0, city="City"), [b"ADR;TYPE=home;LABEL=x:;;Street 1,Back;Town;;;"],
         [b"ADR;TYPE=home;LABEL=x:;;Street 1,Back;City;;;"]),
        ({"categories": ("a", "d", "e")}, [b"CATEGORIES:a,b\\,c", b"CATEGORIES:d"],
         [b"CATEGORIES:a", b"CATEGORIES:d,e"]),
        ({"categories": ("a", "b,c")}, [b"CATEGORIES:d"], []),
        ({"anniversary": "2002-02-03"}, [b"X-ANNIVERSARY:2001-02-03", b"ANNIVERSARY:20010203"],
         [b"X-ANNIVERSARY:2002-02-03", b"ANNIVERSARY:2002-02-03"]),
        ({"anniversary": ""}, [b"X-ANNIVERSARY:2001-02-03", b"ANNIVERSARY:20010203"], []),
        ({"birthday": "--02-29"}, [], [b"BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29"]),
        ({"photo": PHOTO}, [], [b"PHOTO;ENCODING=b;TYPE=JPEG:/9h4"]),
        ({"extra": ()}, [b"X-UNKNOWN;P=1:\\,kept\\, as it is"], []),
        ({"is_group": True, "members": (Member("urn:uuid:1", "A"),)}, [],
         [b"X-ADDRESSBOOKSERVER-KIND:group", b"X-ADDRESSBOOKSERVER-MEMBER;X-CN=A:urn:uuid:1"]),
    ],
)  # fmt: skip
def test_a_change_touches_only_the_lines_that_it_concerns(
    change: dict[str, Any], gone: list[bytes], come: list[bytes]
) -> None:
    wanted = replace(vcard.read(BASE), **change)
    after = vcard.write(wanted, BASE)
    assert same_item(vcard.read(after), wanted)
    before, now = BASE.split(b"\r\n"), after.split(b"\r\n")
    for line in set(gone) - set(come):
        before.remove(line)
    for line in set(come) - set(gone):
        now.remove(line)
    assert now == before


def test_several_cards_in_one_file_are_read_and_written_each_in_its_place() -> None:
    raw = card("FN:A", eol="\n") + b"\n" + card("FN:B", "UID:b", eol="\n") + card("FN:C", eol="\n")
    assert [item.formatted_name for item in vcard.read_all(raw) if isinstance(item, Contact)] == ["A", "B", "C"]
    after = vcard.write(replace(vcard.read(raw, index=1), formatted_name="X"), raw, 1)
    assert after == raw.replace(b"FN:B", b"FN:X")
    assert vcard.remove(raw, 1) == raw.replace(card("FN:B", "UID:b", eol="\n"), b"")
    assert vcard.append(Contact(formatted_name="D"), raw).startswith(raw)
    assert len(vcard.read_all(vcard.append(Contact(formatted_name="D"), raw.rstrip()))) == 4


@pytest.mark.parametrize(
    ("raw", "reason", "line"),
    [
        (b"", "no contact", 0),
        (b"hello", "no contact", 1),
        (b"BEGIN:VCALENDAR\nEND:VCALENDAR\n", "no contact", 1),
        (b"\n\nBEGIN:VCARD\nFN:A\n", "cut off", 3),
    ],
)
def test_what_is_no_card_is_named_with_file_line_and_reason(raw: bytes, reason: str, line: int) -> None:
    with pytest.raises(CodecError, match=reason) as caught:
        vcard.read(raw, "a.vcf")
    assert (caught.value.where.item, caught.value.line) == ("a.vcf", line)


def test_a_broken_card_does_not_hide_its_neighbours() -> None:
    first, second = vcard.read_all(card("FN:A") + b"BEGIN:VCARD\r\nFN:B\r\n")
    assert isinstance(first, Contact) and isinstance(second, CodecError)


def test_an_emptied_field_is_not_refilled_by_a_second_line() -> None:
    raw = card("FN:A", "NOTE:one", "NOTE:two")
    wanted = replace(vcard.read(raw), note="")
    assert vcard.read(vcard.write(wanted, raw)) == wanted


@pytest.mark.parametrize(
    ("lines", "change", "after"),
    [
        (["ORG:A, B;Sales"], {"departments": ("Ads;1",)}, ["ORG:A, B;Ads\\;1"]),
        (["IMPP;X-P=1:aim:ada", "X-AIM:ada"], {"messengers": (Typed("aim:eve"),)}, ["IMPP;X-P=1:aim:eve", "X-AIM:eve"]),
        (["IMPP:aim:ada", "X-AIM:ada"], {"messengers": (Typed("aim:ada", types("work")),)}, ["IMPP;TYPE=WORK:aim:ada"]),
        (["X-AIM:ada"], {"messengers": (Typed("xmpp:eve"),)}, ["IMPP:xmpp:eve"]),
        (["FN:x"], {"extra": (Extra("NOTE", "second"),)}, ["NOTE:", "FN:x", "NOTE:second"]),
        (["NOTE:a", "NOTE:b"], {"note": ""}, ["NOTE:", "NOTE:b"]),
        (["ORG:a", "ORG:b"], {"company": ""}, ["ORG:", "ORG:b"]),
        (["FN:x", "N:a;b;;;"], {"formatted_name": "", "family": "", "given": ""}, ["FN:", "N:;;;;"]),
        (["a.TEL:1", "a.EMAIL:e", "a.X-ABLabel:L"], {"telephones": (Typed("1", label="M"),)},
         ["item1.TEL:1", "a.EMAIL:e", "a.X-ABLabel:L", "item1.X-ABLabel:M"]),
        (["a.TEL:1", "a.EMAIL:e", "a.X-ABLabel:L"], {"telephones": (Typed("1"),)},
         ["TEL:1", "a.EMAIL:e", "a.X-ABLabel:L"]),
        (["a.TEL:1", "a.EMAIL:e", "a.X-ABLabel:L"], {"telephones": (), "emails": ()}, []),
        (["a.TEL:1", "a.X-ABLabel:L"], {"telephones": (Typed("1"),)}, ["a.TEL:1"]),
        (["TEL:1"], {"telephones": (Typed("1", label="L"),)}, ["item1.TEL:1", "item1.X-ABLabel:L"]),
        (["a.TEL:1"], {"telephones": (Typed("1", label="L"),)}, ["a.TEL:1", "a.X-ABLabel:L"]),
        (["BDAY;X-APPLE-OMIT-YEAR=1604:1604-01-02"], {"birthday": "1999-01-02"}, ["BDAY:1999-01-02"]),
        (["BDAY:1999-01-02"], {"birthday": "um 1900"}, ["BDAY;VALUE=text:um 1900"]),
        (["X-WAB-GENDER:1"], {"gender": "other"}, ["X-GENDER:Other"]),
        (["X-A:1", "X-A:1"], {"extra": (Extra("X-A", "1"),)}, ["X-A:1"]),
        (["KIND:individual"], {"is_group": True}, ["KIND:group"]),
    ],
)  # fmt: skip
def test_a_difficult_change_is_written_and_read_back(
    lines: list[str], change: dict[str, Any], after: list[str]
) -> None:
    raw = card(*lines)
    wanted = replace(vcard.read(raw), **change)
    written = vcard.write(wanted, raw)
    assert written.decode() == card(*after).decode()
    assert vcard.read(written) == wanted


def test_an_item_without_a_uid_leaves_the_uid_that_is_there() -> None:
    raw = card("FN:A", "UID:1")
    assert vcard.write(replace(vcard.read(raw), uid="", note="n"), raw) == raw.replace(b"END", b"NOTE:n\r\nEND")
