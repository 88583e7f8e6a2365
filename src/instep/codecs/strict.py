"""A document written so that strict readers read all of it.

Many programs write ``NOTE:milk, bread`` although the formats want ``milk\\, bread`` (RFC 2426 2.4.2, RFC 5545 3.3.11).
Some servers then keep the text up to the comma. What leaves for a server has such texts escaped; the meaning stays.
"""

from __future__ import annotations

import re

from instep.codecs.contentline import Line, make_line, parse, replace, rewrite, split_structured

_CARD_TEXTS = frozenset({"FN", "NOTE", "TITLE", "ROLE", "LABEL"})
_CARD_VALUES = frozenset({"URL", "EMAIL", "TEL", "IMPP", "MAILER", "SORT-STRING", "KEY", "SOURCE"})
_CALENDAR_TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT"})
_COMMA = re.compile(r"(?<!\\)((?:\\\\)*),")
_COMMA_OR_SEMICOLON = re.compile(r"(?<!\\)((?:\\\\)*)([,;])")
_SUSPECT = re.compile(rb"[,;]")


def strict(raw: bytes) -> bytes:
    """Give a vCard 3.0 or an iCalendar object with the escapes its texts need; the very bytes when none is missing.

    Other versions are given back as they are. Raises ``CodecError`` where ``contentline.parse`` does.
    """
    document = parse(raw)
    version = next((line.value.strip() for line in document.lines if line.name == "VERSION"), "")
    if version not in {"3.0", "2.0"}:
        return raw
    card = version == "3.0"
    changes: dict[int, bytes | None] = {}
    for index, line in enumerate(document.lines):
        if not _SUSPECT.search(line.raw) or line.broken or line.encoding:
            continue
        if card and line.name == "NICKNAME":
            words = split_structured(line.value, ",")
            if len(words) > 1:
                changes[index] = b"".join(_word(line, word, document.eol) for word in words)
            continue
        value = _escaped(line, card)
        if value != line.value:
            changes[index] = rewrite(line, value, document.eol)
    return replace(document, changes) if changes else raw


def _escaped(line: Line, card: bool) -> str:
    if line.name in (_CARD_TEXTS if card else _CALENDAR_TEXTS):
        return _COMMA_OR_SEMICOLON.sub(r"\1\\\2", line.value)
    if line.name.startswith("X-") or (card and line.name in _CARD_VALUES):
        return _COMMA.sub(r"\1\\,", line.value)
    return line.value


def _word(line: Line, word: str, eol: bytes) -> bytes:
    return make_line(line.name, word, line.params, line.group, eol)
