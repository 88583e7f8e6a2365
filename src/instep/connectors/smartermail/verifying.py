"""What a server made of a write, compared with what it was sent; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instep.core.fields import fields_of, same, same_item
from instep.core.limits import FieldLimits, same_through
from instep.core.model import Item, Kind, name_of
from instep.core.rewriting import rewritten

Leaf = tuple[str, ...]

# What a server rightly empties by itself when something beside it changes; all other keys must stay as they were sent.
_COUPLED = {
    Kind.CONTACT: frozenset[str](),
    Kind.EVENT: frozenset({"reminder", "emailnotification", "emailnotificationenabled", "enddate", "end", "endwithtz"}),
    Kind.TASK: frozenset({"reminder", "reminderset", "start", "due", "usedatetime", "percentcomplete"}),
    Kind.NOTE: frozenset[str](),
}
_NOTHING: tuple[Any, ...] = (None, "", [], {}, 0, False)


def emptied(kind: Kind, before: Mapping[str, Any], sent: Mapping[str, Any], held: Mapping[str, Any]) -> list[str]:
    """Return the top keys that had a value, were sent with one, and came back without one or with fewer elements.

    A value that came back otherwise is the server's form of it, not a loss; nor is one that it never held.
    """
    was, there = dict(_leaves(before)), dict(_leaves(held))
    lost = {
        path[0]
        for path, value in _leaves(sent)
        if path[0] not in _COUPLED[kind] and _less(was.get(path), value, there.get(path))
    }
    return sorted(lost)


def _leaves(value: Any, path: Leaf = ()) -> Iterator[tuple[Leaf, Any]]:
    """Each value of an object that is no object itself; a list counts as one value."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key).casefold()))
    elif path:
        yield path, value


def _less(was: Any, sent: Any, held: Any) -> bool:
    if was in _NOTHING or sent in _NOTHING:
        return False
    if isinstance(was, list) and isinstance(sent, list):
        return not isinstance(held, list) or len(held) < min(len(was), len(sent))
    return held is None or (isinstance(sent, str) and held in _NOTHING)


def is_the_write(intent: Item, before: Item | None, held: Item, limits: FieldLimits) -> bool:
    """True when all that is held is the intent up to rewriting, or was there before: nobody else wrote meanwhile."""
    for field in fields_of(intent):
        meant, there = getattr(intent, field.name), getattr(held, field.name)
        if same_through(field, meant, there, None, limits.get(field.name)):
            continue
        changed = before is None or not same(field, getattr(before, field.name), meant)
        if not (changed and rewritten(meant, there)):
            return False
    return True


def is_ours(intent: Item, found: Item, limits: FieldLimits) -> bool:
    """True when an item that was not there before is what a creation made: the intent, through what the store holds."""
    if same_item(intent, found):
        return True
    named = name_of(intent) == name_of(found)
    return named and all(
        same_through(f, getattr(intent, f.name), getattr(found, f.name), None, limits.get(f.name))
        or rewritten(getattr(intent, f.name), getattr(found, f.name))
        for f in fields_of(intent)
    )
