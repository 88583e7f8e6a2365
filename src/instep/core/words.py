"""Two texts word by word: what stands in one only. Takes a bounded time, whatever the texts are.

Lines that occur once in both texts anchor the rest, then words that do; what lies between is compared exactly where it
is small, and else counts as different as a whole.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_WORD = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")
_EXACT = 10_000  # pairs of words that are compared one by one
_DEEP = 12
_MANY = 20_000  # words beyond which only what both texts begin and end with is told apart


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text. ``differs``: the other text has none of it there. ``left_out`` counts the characters that an
    excerpt leaves out in the place of a piece, which has no text then."""

    text: str
    differs: bool = False
    left_out: int = 0


def differences(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Both texts as pieces, in their order; joined again, the pieces are the texts."""
    a, b = _WORD.findall(left), _WORD.findall(right)
    same_a, same_b = bytearray(len(a)), bytearray(len(b))
    for i, j, length in _common(a, b):
        same_a[i : i + length] = same_b[j : j + length] = b"\x01" * length
    return _pieces(a, same_a), _pieces(b, same_b)


def excerpt(pieces: Sequence[Piece], *, around: int = 60, most: int = 4000) -> tuple[Piece, ...]:
    """The pieces with ``around`` characters of what is the same beside what differs, and ``most`` characters in all."""
    shown: list[Piece] = []
    for index, piece in enumerate(pieces):
        head = around if index else 0
        tail = around if index + 1 < len(pieces) else 0
        gone = len(piece.text) - head - tail
        if piece.differs or len(pieces) == 1 or gone <= around:
            shown.append(piece)
        else:
            before, after = _whole_words(piece.text, head, tail)
            gone = len(piece.text) - len(before) - len(after)
            shown += [p for p in (Piece(before), Piece("", left_out=gone), Piece(after)) if p.text or p.left_out]
    return _limited(shown, most)


def _whole_words(text: str, head: int, tail: int) -> tuple[str, str]:
    """About so much of a text's beginning and end, cut between words where there are any."""
    before, after = text[:head], text[len(text) - tail :]
    parts, rest = before.rpartition(" "), after.partition(" ")
    return parts[0] + parts[1] if parts[1] else before, rest[1] + rest[2] if rest[1] else after


def _limited(pieces: Sequence[Piece], most: int) -> tuple[Piece, ...]:
    if sum(len(p.text) for p in pieces) <= most:
        return tuple(pieces)
    kept: list[Piece] = []
    room, gone = most, 0
    for piece in pieces:
        text = piece.text[:room]
        room -= len(text)
        gone += len(piece.text) - len(text) + (piece.left_out if not room else 0)
        if text or (piece.left_out and room):
            kept.append(Piece(text, piece.differs, piece.left_out))
    return (*kept, Piece("", left_out=gone))


def _pieces(words: Sequence[str], same: bytearray) -> tuple[Piece, ...]:
    """Join words of one fate; a lone space between two that differ goes with them."""
    for i in range(1, len(words) - 1):
        if same[i] and not same[i - 1] and not same[i + 1] and words[i].isspace() and words[i] != "\n":
            same[i] = 0
    found: list[Piece] = []
    start = 0
    for i in range(1, len(words) + 1):
        if i == len(words) or same[i] != same[start]:
            found.append(Piece("".join(words[start:i]), not same[start]))
            start = i
    return tuple(found)


# What two lists of words have in common -----------------------------------------------------------------------------

Block = tuple[int, int, int]
"""Where in the first, where in the second, how many."""


def _common(a: Sequence[str], b: Sequence[str]) -> Iterator[Block]:
    head, tail = _ends(a, b)
    yield 0, 0, head
    yield len(a) - tail, len(b) - tail, tail
    a, b = a[head : len(a) - tail], b[head : len(b) - tail]
    if len(a) + len(b) > _MANY:
        return
    lines_a, lines_b = _lines(a), _lines(b)
    at_a = at_b = 0
    anchors = _anchors([line for _, line in lines_a], [line for _, line in lines_b])
    for i, j in [*anchors, (len(lines_a), len(lines_b))]:
        to_a = lines_a[i][0] if i < len(lines_a) else len(a)
        to_b = lines_b[j][0] if j < len(lines_b) else len(b)
        for x, y, length in _between(a[at_a:to_a], b[at_b:to_b], _DEEP):
            yield head + at_a + x, head + at_b + y, length
        if i < len(lines_a) and j < len(lines_b):
            length = (lines_a[i + 1][0] if i + 1 < len(lines_a) else len(a)) - to_a
            yield head + to_a, head + to_b, length
            at_a, at_b = to_a + length, to_b + length


def _lines(words: Sequence[str]) -> list[tuple[int, str]]:
    """The lines with the place of their first word."""
    found: list[tuple[int, str]] = []
    start = 0
    for i, word in enumerate(words):
        if word == "\n" or i + 1 == len(words):
            found.append((start, "".join(words[start : i + 1])))
            start = i + 1
    return found


def _between(a: Sequence[str], b: Sequence[str], deep: int) -> Iterator[Block]:
    head, tail = _ends(a, b)
    yield 0, 0, head
    yield len(a) - tail, len(b) - tail, tail
    a, b = a[head : len(a) - tail], b[head : len(b) - tail]
    if not a or not b:
        return
    if len(a) * len(b) <= _EXACT:
        for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
            yield head + block.a, head + block.b, block.size
        return
    anchors = _anchors(a, b) if deep else []
    if not anchors:
        return
    at_a = at_b = 0
    for i, j in [*anchors, (len(a), len(b))]:
        for x, y, length in _between(a[at_a:i], b[at_b:j], deep - 1):
            yield head + at_a + x, head + at_b + y, length
        if i < len(a):
            yield head + i, head + j, 1
            at_a, at_b = i + 1, j + 1


def _ends(a: Sequence[str], b: Sequence[str]) -> tuple[int, int]:
    shorter = min(len(a), len(b))
    head = next((i for i in range(shorter) if a[i] != b[i]), shorter)
    rest = shorter - head
    return head, next((i for i in range(rest) if a[-1 - i] != b[-1 - i]), rest)


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Where both have what occurs once in each, as far as it comes in the same order (patience sorting)."""
    times_a, times_b = Counter(a), Counter(b)
    place = {word: j for j, word in enumerate(b) if times_b[word] == 1}
    pairs = [(i, place[word]) for i, word in enumerate(a) if times_a[word] == 1 and word in place]
    tops: list[int] = []
    piles: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [j]
        piles[pile : pile + 1] = [index]
    found = []
    at = piles[-1] if piles else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]
