"""Text from items, servers and files made safe for a terminal: it can neither move the cursor nor hide itself."""

from __future__ import annotations

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_REPLACED = dict.fromkeys(
    (
        *range(0x80, 0xA0),  # C1 controls: 0x9B begins an escape sequence of its own
        *range(0x202A, 0x202F),  # bidirectional overrides make text read otherwise than it is
        *range(0x2066, 0x206A),
        0x2028,
        0x2029,
        0xFEFF,
        *range(0xD800, 0xE000),  # halves of characters, from undecodable file names, cannot be printed at all
    ),
    "\ufffd",
)
_LINES = _PICTURES | _REPLACED | {0x09: " ", 0x0A: "\n", 0x0D: None}
_LINE = _LINES | {0x0A: " "}


def plain(text: str) -> str:
    """Return the text as one line in which every control character is shown as a picture instead of obeyed."""
    return text.replace("\r\n", "\n").translate(_LINE)


def plain_lines(text: str) -> str:
    """Return the text as ``plain`` does, but let it keep its lines."""
    return text.replace("\r\n", "\n").translate(_LINES)


def shortened(text: str, width: int) -> str:
    """Return one safe line of at most ``width`` characters, its end cut off with a sign."""
    line = plain(text)
    return line if len(line) <= width else f"{line[: width - 1]}…"
