"""The names of everything that a live check makes, by which a later one knows it again; pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from instep.core.model import Kind
from instep.protocols.smartermail.replies import named

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_OURS = re.compile(r"Instep test \d{4}-\d\d-\d\d [a-z0-9]{6}(: [a-z0-9 -]{1,60})?")
_KEYS = {
    Kind.CONTACT: ("displayAs",),
    Kind.EVENT: ("title", "subject"),
    Kind.TASK: ("subject",),
    Kind.NOTE: ("subject",),
}


def new_tag(today: date) -> str:
    """Give the name of one check's folders, with which the names of its items begin."""
    return f"Instep test {today.isoformat()} {''.join(secrets.choice(_LETTERS) for _ in range(6))}"


def is_ours(name: str, tag: str = "") -> bool:
    """Tell whether a name is one that a live check gives; with ``tag``, whether it is of that very check."""
    return _OURS.fullmatch(name) is not None and (not tag or name == tag or name.startswith(f"{tag}: "))


def name_in(kind: Kind, entry: Mapping[str, Any]) -> str:
    """Give the name of an entry of a list; empty where it has none."""
    found = named(dict(entry), *_KEYS[kind])
    return found if isinstance(found, str) else ""
