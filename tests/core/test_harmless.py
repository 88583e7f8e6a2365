"""What other people wrote is shown, not obeyed."""

from __future__ import annotations

import pytest

from instep.core.harmless import plain, plain_lines, shortened


@pytest.mark.parametrize(
    ("situation", "text", "shown"),
    [
        ("umlauts and emoji stay", "Zoë 👩‍👧", "Zoë 👩‍👧"),
        ("a colour sequence", "\x1b[31mred", "␛[31mred"),
        ("a one-byte sequence", "\x9b31mred", "\ufffd31mred"),
        ("a window title", "\x1b]0;title\x07", "␛]0;title␇"),
        ("a bell, a backspace and a delete", "a\x07\x08\x7f", "a␇␈␡"),
        ("a line end", "one\r\ntwo\nthree", "one two three"),
        ("a lone carriage return that would overwrite the line", "safe\rEVIL", "safeEVIL"),
        ("letters turned round", "exe.\u202egpj", "exe.\ufffdgpj"),
        ("half a character", "a\udcffb", "a\ufffdb"),
    ],
    ids=lambda value: value[:30],
)
def test_hostile_text_becomes_harmless(situation: str, text: str, shown: str) -> None:
    assert plain(text) == shown


def test_lines_stay_lines_where_they_are_wanted() -> None:
    assert plain_lines("one\r\ntwo\x1b") == "one\ntwo␛"


def test_a_long_text_is_cut_with_a_sign() -> None:
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"
