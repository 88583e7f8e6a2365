"""Text from items, servers and files made safe for a terminal: it can neither move the cursor nor hide itself."""

from __future__ import annotations

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_REPLACED = dict.fromkeys(
    (
        *range(0x80, 0xA0),  # C1 controls: 0x9B begins an escape sequence of its own
        *range(0x202A, 0x202F),  # bidirectional overrides make text read otherwise than it is
        0x180E,
        0x200B,  # what has no width makes two different names look the same; joiners stay, letters and emoji need them
        *range(0x2060, 0x2066),
        *range(0x206A, 0x2070),
        *range(0xFFF9, 0xFFFC),
        *range(0xE0000, 0xE0080),
        *range(0x2066, 0x206A),
        0x2028,
        0x2029,
        0xFEFF,
        *range(0xD800, 0xE000),  # halves of characters, from undecodable file names, cannot be printed at all
    ),
    "\ufffd",
)
# Marks that only say in which direction punctuation runs; without them nothing reads as something else.
_MARKS = dict.fromkeys((0x061C, 0x200E, 0x200F))
_LONGEST = 2000  # characters of one line; a longer one would push everything else off the screen
_LINES = _PICTURES | _REPLACED | _MARKS | {0x09: " ", 0x0A: "\n", 0x0D: None}
_LINE = _LINES | {0x0A: " "}


def plain(text: str) -> str:
    """Return the text as one line, cut where it is absurdly long, with every control character shown and not obeyed."""
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}…"
    return text.replace("\r\n", "\n").translate(_LINE)


def plain_lines(text: str) -> str:
    """Return the text as ``plain`` does, but let it keep its lines."""
    return text.replace("\r\n", "\n").translate(_LINES)


def shortened(text: str, width: int) -> str:
    """Return one safe line of at most ``width`` characters, its end cut off with a sign."""
    line = plain(text)
    return line if len(line) <= width else f"{line[: width - 1]}…"
