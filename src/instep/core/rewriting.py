"""Whether a value may be what a store made of the value that was written there (RULES 19).

Needed where a body was read back of which it is not certain that nobody else wrote it: a store shortens, drops, changes
case and punctuation; a person writes something else.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from instep.core.fields import Field, fields_of, is_empty, same
from instep.core.model import Address, Item, Moment, Typed
from instep.core.moments import shift
from instep.core.show import show_part


def rewritten(meant: Any, held: Any) -> bool:
    """True when ``held`` says nothing that ``meant`` does not say."""
    if is_empty(held):
        return True
    match meant, held:
        case str(), str():
            return _squeezed(held) in _squeezed(meant)
        case Moment(), Moment():
            return _same_minute(meant, held)
        case tuple(), tuple():
            return all(any(_alike(m, h) for m in meant) for h in held)
        case ((None | "" | ()), _):
            return False
        case (int(), int()) | (bool(), bool()):
            return bool(meant == held)
        case _:
            return True  # a picture that was encoded again, an organizer written in another way


def seen_of_write(intent: Item, held: Item, touched: Iterable[str]) -> dict[str, Any]:
    """What to remember, field by field, of a body that may not be ours alone: what the store made of the fields that
    were written (with those coupled to them), and the intent of all others."""
    fields = fields_of(intent)
    wanted = set(touched)
    groups = {f.clash_group for f in fields if f.name in wanted}
    return {f.name: _seen(f, intent, held, f.clash_group in groups) for f in fields}


def _seen(field: Field, intent: Item, held: Item, touched: bool) -> Any:
    meant, there = getattr(intent, field.name), getattr(held, field.name)
    return there if same(field, meant, there) or (touched and rewritten(meant, there)) else meant


def _squeezed(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if c.isalnum())


def _same_minute(meant: Moment, held: Moment) -> bool:
    by = shift(meant, held)
    if by is None:
        return str(meant.local)[:10] == str(held.local)[:10]
    return abs(by) < timedelta(minutes=1) or meant.zone != held.zone


def _alike(meant: Any, held: Any) -> bool:
    first, second = _squeezed(_text(meant)), _squeezed(_text(held))
    return second in first


def _text(element: Any) -> str:
    match element:
        case Typed():
            return element.value
        case Address():
            return element.box + element.extended + element.street + element.city + element.code + element.country
        case _:
            return show_part(element)
