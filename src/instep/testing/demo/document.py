"""A document of the demonstration account, and how its lines are written.

The text is made here and not by the product's own codecs: what another program wrote is the better test.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from instep.core.model import Kind


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the account: its kind, the name it is known by, a file name with extension, and its bytes."""

    kind: Kind
    title: str
    file: str
    data: bytes


def listed(words: str) -> tuple[str, ...]:
    """Return the parts of a text in which bars stand between them."""
    return tuple(words.replace("\n", "").split("|"))


def text(value: str) -> str:
    """Escape a text value (RFC 5545, 3.3.11; RFC 6350, 3.4)."""
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def joined(lines: Iterable[str], width: int = 75, eol: str = "\r\n") -> bytes:
    """Fold lines to ``width`` bytes, never inside a character, and join them (RFC 5545, 3.1)."""
    return "".join(f"{part}{eol}" for line in lines for part in _folded(line, width)).encode()


def _folded(line: str, width: int) -> list[str]:
    parts, part, used = [], "", 0
    for character in line:
        size = len(character.encode())
        if used + size > width:
            parts.append(part)
            part, used = " ", 1
        part += character
        used += size
    return [*parts, part]
