"""The content-line reader keeps every byte and understands what real files contain."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instep.codecs.contentline import (
    Line,
    escape_text,
    join_structured,
    make_line,
    parse,
    replace,
    rewrite,
    split_structured,
    unescape_text,
)
from instep.errors import CodecError


def only(raw: bytes) -> Line:
    lines = parse(raw).lines
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize(
    ("raw", "group", "name", "value"),
    [
        (b"FN:Ada\r\n", "", "FN", "Ada"),
        (b"fn:Ada", "", "FN", "Ada"),
        (b"item1.TEL;TYPE=work:+1 2\n", "item1", "TEL", "+1 2"),
        (b"NOTE:a\r\n b\r\n\tc\r\n", "", "NOTE", "abc"),
        (b"NOTE:a\r b\r", "", "NOTE", "ab"),
        (b"NOTE:a\n  b\n", "", "NOTE", "a b"),
        (b"NOTE:a\r\r\n b\r\r\n", "", "NOTE", "ab"),
        ("NOTE:Mü".encode()[:-1] + b"\r\n " + "ü".encode()[1:] + b"nchen\r\n", "", "NOTE", "München"),
        (b"\xef\xbb\xbfFN:Ada\r\n", "", "FN", "Ada"),
        (b"FN:M\xfcller\r\n", "", "FN", "Müller"),
        (b"FN:\x81\r\n", "", "FN", "\x81"),
        (b"FN;CHARSET=ISO-8859-7:\xe1\r\n", "", "FN", "α"),
        (b"FN;CHARSET=no-such:\xc3\xbc\r\n", "", "FN", "ü"),
        (b"FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCl=\r\nler\r\n", "", "FN", "Müller"),
        (b"FN;QUOTED-PRINTABLE:a=0D=0A=\n=3D\n", "", "FN", "a\r\n="),
        (b'ATTENDEE;CN="a:b;c,d":mailto:x@y\r\n', "", "ATTENDEE", "mailto:x@y"),
        (b'X;P="never closed:value\r\n', "", "X", "value"),
        (b"PHOTO;ENCODING=b;TYPE=JPEG:AAAA\r\n BBBB\r\n", "", "PHOTO", "AAAABBBB"),
        (b"PHOTO;BASE64:\r\n  AAAA\r\n  BBBB\r\n\r\n", "", "PHOTO", "AAAABBBB"),
        (b"PHOTO;ENCODING=BASE64:AAAA\nBBBB==\n\n", "", "PHOTO", "AAAABBBB=="),
        (b"no colon here\r\n", "", "", "no colon here"),
        (b":nameless\r\n", "", "", ":nameless"),
        (b"\r\n", "", "", ""),
    ],
)
def test_one_line_is_taken_apart(raw: bytes, group: str, name: str, value: str) -> None:
    line = only(raw)
    assert (line.group, line.name, line.value, line.broken, line.raw) == (group, name, value, not name, raw)


@pytest.mark.parametrize(
    ("raw", "params"),
    [
        (b"TEL:1", ()),
        (b"TEL;type=HOME,voice;Type=pref:1", (("TYPE", ("HOME", "voice")), ("TYPE", ("pref",)))),
        (b"TEL;HOME;CELL:1", (("TYPE", ("HOME",)), ("TYPE", ("CELL",)))),
        (b"PHOTO;JPEG;BASE64:AAAA", (("TYPE", ("JPEG",)), ("ENCODING", ("BASE64",)))),
        (b"SOUND;URL:http://x", (("VALUE", ("URL",)),)),
        (b'X;CN="a;b:c",d:1', (("CN", ("a;b:c", "d")),)),
        (b"X;CN=^'a^n^^b^x:1", (("CN", ('"a\n^b^x',)),)),
        (b"X;A=:1", (("A", ("",)),)),
        (b"X;;A=1:1", (("A", ("1",)),)),
    ],
)
def test_parameters_are_decoded(raw: bytes, params: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    assert only(raw).params == params


def test_old_folding_keeps_the_space_that_was_there() -> None:
    document = parse(b"BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE:long string\r\n of text\r\nEND:VCARD\r\n")
    assert document.lines[2].value == "long string of text"


def test_quoted_printable_that_never_ends_does_not_swallow_the_end() -> None:
    document = parse(b"BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;QUOTED-PRINTABLE:a=\r\nEND:VCARD\r\n")
    assert document.roots[0].closed


@pytest.mark.parametrize(
    ("raw", "tree"),
    [
        (b"", ""),
        (b"BEGIN:A\nX:1\nEND:A\n", "A0:3"),
        (b"begin:a\nend:A\nBEGIN:B\nEND:B", "A0:2 B2:4"),
        (b"BEGIN:A\nBEGIN:B\nEND:B\nEND:A\n", "A0:4(B1:3)"),
        (b"BEGIN:A\nBEGIN:B\nEND:A\n", "A0:3(B1:2)"),
        (b"BEGIN:A\nEND:C\nEND:A\n", "A0:3"),
        (b"BEGIN:A\nX:1\n", "A0:2"),
    ],
)
def test_components_are_found_also_when_they_do_not_match(raw: bytes, tree: str) -> None:
    def show(components: object) -> str:
        return " ".join(
            f"{c.name}{c.start}:{c.end}" + (f"({show(c.children)})" if c.children else "")
            for c in components  # type: ignore[attr-defined]
        )

    assert show(parse(raw).roots) == tree


def test_own_lines_leave_out_those_of_children() -> None:
    root = parse(b"BEGIN:A\nX:1\nBEGIN:B\nY:1\nEND:B\nZ:1\nEND:A\n").roots[0]
    assert [(i, line.name) for i, line in root.indexed_lines()] == [(1, "X"), (5, "Z")]
    assert root.content_end == 6


def test_great_depth_and_great_size_are_read() -> None:
    deep = b"BEGIN:A\n" * 50_000
    assert sum(1 for _ in parse(deep).roots[0].walk()) == 50_000
    assert len(only(b"X" + b";A=1" * 100_000 + b":v").params) == 100_000
    assert len(only(b'X;A="' + b"a:" * 100_000 + b'":v').params) == 1
    assert len(only(b"X:" + b"a" * 1_000_000).value) == 1_000_000


def test_a_word_after_base64_is_a_line_of_its_own() -> None:
    assert [line.raw for line in parse(b"KEY;ENCODING=b:AAAA\nword\nFN:x\n").lines] == [
        b"KEY;ENCODING=b:AAAA\n",
        b"word\n",
        b"FN:x\n",
    ]
    assert len(parse(b"KEY;ENCODING=b:\n" + b"A" * 76 + b"\n" + b"B" * 76 + b"\nCC==\nFN:x\n").lines) == 2


def test_utf16_is_named_as_what_it_is() -> None:
    with pytest.raises(CodecError, match="UTF-16"):
        parse("BEGIN:VCARD".encode("utf-16"), "a.vcf")


@pytest.mark.parametrize(
    ("raw", "eol"),
    [(b"", b"\r\n"), (b"A:1\r\nB:2\r\n", b"\r\n"), (b"A:1\nB:2\n", b"\n"), (b"A:1\rB:2\r", b"\r")],
)
def test_line_end_is_that_of_the_document(raw: bytes, eol: bytes) -> None:
    assert parse(raw).eol == eol


def test_replace_touches_only_what_is_named() -> None:
    document = parse(b"\xef\xbb\xbfA:1\r\nB:2\n C\nD:3")
    assert replace(document, {}) == document.raw
    assert replace(document, {1: None, 0: b"X:1\r\n"}) == b"\xef\xbb\xbfX:1\r\nD:3"
    assert replace(document, {}, {0: b"X:1\n", 3: b"E:4\n"}) == b"\xef\xbb\xbfX:1\nA:1\r\nB:2\n C\nD:3\nE:4\n"


def test_rewrite_keeps_head_encoding_and_charset() -> None:
    line = only(b"item1.N;X-A=b;ENCODING=QUOTED-PRINTABLE;CHARSET=iso-8859-1:M=FCller;;;;\r\n")
    again = rewrite(line, "Möller;;;;")
    assert again == b"item1.N;X-A=b;ENCODING=QUOTED-PRINTABLE;CHARSET=iso-8859-1:M=F6ller;;;;\r\n"
    assert only(rewrite(line, "Ωmega")).value == "Ωmega"


PIECES = (
    b"BEGIN:A END:A : ; = , ^ N;BASE64: X;QUOTED-PRINTABLE: VERSION:2.1 \xef\xbb\xbf \xc3 \xbc abc g. CHARSET=utf-16"
)
lines_of_bytes = st.lists(
    st.sampled_from([*PIECES.split(b" "), b"\r\n", b"\n", b"\r", b" ", b"\t", b'"']) | st.binary(max_size=8),
    max_size=40,
).map(b"".join)


@given(lines_of_bytes)
def test_any_bytes_are_kept_and_can_be_looked_at(raw: bytes) -> None:
    try:
        document = parse(raw)
    except CodecError:
        return
    assert b"".join(line.raw for line in document.lines) == raw
    assert replace(document, {}) == raw
    for line in document.lines:
        assert isinstance((line.name, line.group, line.params, line.value, line.encoding), tuple)
        assert line.broken == (line.name == "")
    for root in document.roots:
        for component in root.walk():
            assert document.lines[component.start].name == "BEGIN"
            list(component.lines())


plain = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=200)
words = st.from_regex(r"[A-Z][A-Z0-9-]{0,10}", fullmatch=True)


@given(words, plain, st.lists(st.tuples(words, st.lists(plain.map(str.strip), min_size=1, max_size=3)), max_size=3))
def test_a_written_line_is_read_as_what_was_meant(name: str, value: str, params: list[tuple[str, list[str]]]) -> None:
    params = [(key, values) for key, values in params if key not in ("ENCODING", "CHARSET")]
    raw = make_line(name, value, params)
    line = only(raw)
    assert (line.name, line.value) == (name, value)
    assert [(key, list(values)) for key, values in line.params] == params
    assert all(len(physical) <= 75 for physical in raw.split(b"\r\n"))
    raw.replace(b"\r\n ", b"").decode()
    for physical in raw.split(b"\r\n"):
        physical.decode()


@given(st.text(), st.sampled_from(";,"))
def test_splitting_and_joining_are_inverse(value: str, sep: str) -> None:
    assert join_structured(split_structured(value, sep), sep) == value
    escaped = escape_text(value)
    assert split_structured(escaped, sep) == [escaped]
    assert unescape_text(escaped) == value.replace("\r\n", "\n").replace("\r", "\n")


def test_a_value_can_never_start_a_line_of_its_own() -> None:
    assert make_line("X", "a\r\nEND:VCARD") == b"X:a\\nEND:VCARD\r\n"
    assert make_line("X", "", [("P", ['a\n"b'])]) == b"X;P=a^n^'b:\r\n"
