"""The form of an object of ours as a server shows it, without anything that could be a person's; pure."""

from __future__ import annotations

import json
import re
from typing import Any

_DEEPEST, _LONGEST = 3, 8
_KEY = re.compile(r"[A-Za-z0-9_]{1,40}")
# Words of an enumeration, numbers and dates, rules. Names of zones, addresses and free text are none of these.
_PLAIN = re.compile(r"[A-Za-z]{0,24}|[0-9TZ:.+-]{1,40}|[A-Z]+=[A-Z0-9,;=+-]{1,200}")
_PRIVATE_KEY = re.compile(r"owner|user|mail|name|zone|uid|guid|ids?$", re.IGNORECASE)


def described(value: Any, private: tuple[str, ...], depth: int = 0) -> str:
    """Write keys, numbers and plain words of a value; all else, and what is in ``private``, only by its sort."""
    match value:
        case dict() if depth < _DEEPEST:
            return "{" + ", ".join(f"{word(key)}: {_member(key, v, private, depth)}" for key, v in value.items()) + "}"
        case list() if depth < _DEEPEST:
            return "[" + ", ".join(described(entry, private, depth + 1) for entry in value[:_LONGEST]) + "]"
        case None | bool() | int() | float():
            return json.dumps(value)
        case str():
            shown = _PLAIN.fullmatch(value) and not any(one and one in value.casefold() for one in private)
            return json.dumps(value) if shown else "text"
    return "..."


def _member(key: Any, value: Any, private: tuple[str, ...], depth: int) -> str:
    return "..." if _PRIVATE_KEY.search(str(key)) else described(value, private, depth + 1)


def word(key: Any) -> str:
    """Give the name of a key, if it is one as programs have them."""
    return key if isinstance(key, str) and _KEY.fullmatch(key) else "..."
