"""Two texts word by word."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instep.core.words import Piece, differences, excerpt


def marked(pieces: tuple[Piece, ...]) -> str:
    return "".join(f"[{p.text}]" if p.differs else p.text for p in pieces)


TEXTS = {
    "the same": ("We meet at nine.", "We meet at nine.", "We meet at nine.", "We meet at nine."),
    "one word": ("We meet at nine.", "We meet at ten.", "We meet at [nine].", "We meet at [ten]."),
    "two words beside each other are one place": ("a b c d", "a x y d", "a [b c] d", "a [x y] d"),
    "a word more": ("in the hall", "in the big hall", "in the hall", "in the [big ]hall"),
    "nothing against something": ("", "new", "", "[new]"),
    "nothing in common": ("abc", "xyz", "[abc]", "[xyz]"),
    "a line between": ("one\ntwo\n", "one\nthree\ntwo\n", "one\ntwo\n", "one\n[three\n]two\n"),
    "a moved line is shown where it was and where it is": ("a\nb\nc", "b\nc\na", "[a\n]b\nc", "b\nc[\na]"),
    "letters of every script": ("Grüße, 東京!", "Grüsse, 東京!", "[Grüße], 東京!", "[Grüsse], 東京!"),
}


@pytest.mark.parametrize(("left", "right", "in_left", "in_right"), TEXTS.values(), ids=TEXTS.keys())
def test_what_stands_in_one_only_is_marked(left: str, right: str, in_left: str, in_right: str) -> None:
    a, b = differences(left, right)
    assert (marked(a), marked(b)) == (in_left, in_right)


@given(st.text("ab \n.", max_size=60), st.text("ab \n.", max_size=60))
def test_pieces_are_the_texts_and_what_is_unmarked_is_the_same_in_both(left: str, right: str) -> None:
    a, b = differences(left, right)
    assert "".join(p.text for p in a) == left and "".join(p.text for p in b) == right
    same = ["".join("".join(p.text for p in side if not p.differs).split()) for side in (a, b)]
    assert same[0] == same[1]


def hostile() -> dict[str, tuple[str, str]]:
    dice = random.Random(1)
    words = [f"w{i}" for i in range(15_000)]
    mixed = dice.sample(words, len(words))

    def again(every: int) -> str:
        return "\n".join(f"{i % every}" for i in range(30_000))

    two = ["".join(dice.choice("ab ") for _ in range(100_000)) for _ in range(2)]
    return {
        "the same words in another order": (" ".join(words), " ".join(mixed)),
        "two letters by chance": (two[0], two[1]),
        "one word a hundred thousand times": ("x " * 100_000, "x " * 99_999 + "y "),
        "lines that come again": (again(50), again(51)),
        "a megabyte against another": ("word foo " * 110_000, "word bar " * 110_000),
    }  # fmt: skip


@pytest.mark.parametrize("name", hostile())
def test_no_text_keeps_it_busy(name: str) -> None:
    left, right = hostile()[name]
    a, b = differences(left, right)  # a comparison that grows with the square would not end while anybody waits
    assert "".join(p.text for p in a) == left and "".join(p.text for p in b) == right


def test_a_change_in_a_long_text_is_found_and_the_rest_left_out() -> None:
    dice = random.Random(2)
    words = [dice.choice(["the", "cat", "dog", f"n{i}"]) for i in range(20_000)]
    other = [*words[:9000], "CHANGED", *words[9001:]]
    _, b = differences(" ".join(words), " ".join(other))
    assert [p.text for p in b if p.differs] == ["CHANGED"]
    shown = excerpt(b, around=20)
    assert [p.text for p in shown][2] == "CHANGED" and all(0 < len(shown[at].text) <= 20 for at in (1, 3))
    assert shown[1].text.split()[0] in words and shown[3].text.split()[-1] in words
    assert sum(len(p.text) + p.left_out for p in shown) == len(" ".join(other))


def test_an_excerpt_never_shows_more_than_is_asked_for() -> None:
    a, _ = differences("x" * 10_000 + "\n" + "y " * 10_000, "")
    shown = excerpt(a, most=500)
    assert sum(len(p.text) for p in shown) == 500
    assert sum(len(p.text) + p.left_out for p in shown) == 30_001


def test_a_short_text_is_shown_whole() -> None:
    a, _ = differences("We meet at nine in the hall.", "We meet at ten in the hall.")
    assert excerpt(a) == a
