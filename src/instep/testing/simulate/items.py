"""Items whose every value can be recognised: each value that a person writes holds a word that nobody wrote before.

A word of an identity (``i7x``) stands in a name and never changes; a word of a value (``w12x``) is written once. Both
survive upper case and the loss of punctuation, as simulated stores do that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from instep.core.model import Contact, Event, Item, Kind, Note, Task, Typed
from instep.core.moments import moved
from instep.core.plain import to_plain
from instep.testing.builders import contact, event, note, task

_WORD = re.compile(r"w\d+x")
_NAME = re.compile(r"i\d+x")
TEXTS: dict[Kind, tuple[str, ...]] = {
    Kind.CONTACT: ("note", "company", "job_title", "spouse"),
    Kind.EVENT: ("location", "description"),
    Kind.TASK: ("location", "description"),
    Kind.NOTE: ("body",),
}
ELEMENTS: dict[Kind, tuple[str, ...]] = {Kind.CONTACT: ("telephones", "emails")}
TYPES = ("home", "work", "cell")
Word = Callable[[], str]


def text_of(value: Any) -> str:
    """Everything that an item, or one of its values, says; folded."""
    if isinstance(value, Contact | Event | Task | Note):
        value = to_plain(value, lambda data: data.hex())
    return str(value).casefold()


def words_of(value: Any) -> frozenset[str]:
    """The words of values in an item, in one value, or in any text."""
    return frozenset(_WORD.findall(text_of(value)))


def identity_of(item: Item | None) -> str:
    """The word by which an item is known for ever; empty when it has none."""
    found = _NAME.search(text_of(item)) if item is not None else None
    return found.group() if found else ""


def make(kind: Kind, identity: str, uid: str, word: Word) -> Item:
    """A new item with a value or two."""
    match kind:
        case Kind.CONTACT:
            return contact(f"{identity} Berg", uid=uid, note=word(), phone=word())
        case Kind.EVENT:
            return event(identity, "2026-03-02 10:00", uid=uid, location=word())
        case Kind.TASK:
            return task(identity, "2026-04-01", uid=uid, location=word())
        case Kind.NOTE:
            return note(identity, word(), uid=uid)


def changed(item: Item, kind: Kind, dice: Random, word: Word, *, removes: bool = True) -> tuple[Item, str]:
    """The item after one edit of a person, and what they did, as the end of a sentence.

    Without ``removes`` nothing is only taken away: in the very moment of a write nobody can tell that from a store that
    does not hold it (RULES 19).
    """
    acts: list[Callable[[], tuple[Item, str]]] = [lambda: _text(item, kind, dice, word, removes)] * 3
    acts.append(lambda: _categories(item, dice, word, removes))
    if kind in ELEMENTS:
        acts += [lambda: _elements(item, kind, dice, word, removes)] * 3
    if isinstance(item, Event) and item.start and item.end:
        acts.append(lambda: _schedule(item, dice))
    return dice.choice(acts)()


def _text(item: Item, kind: Kind, dice: Random, word: Word, removes: bool) -> tuple[Item, str]:
    name = dice.choice(TEXTS[kind])
    if removes and getattr(item, name) and dice.random() < 0.15:
        return _with(item, name, ""), f"empties {name}"
    new = word()
    value = f"{new} and more of it that a small store may cut off" if name in {"note", "description"} else new
    return _with(item, name, value), f"writes {new} into {name}"


def _categories(item: Item, dice: Random, word: Word, removes: bool) -> tuple[Item, str]:
    if removes and item.categories and dice.random() < 0.4:
        gone = dice.choice(item.categories)
        return _with(
            item, "categories", tuple(c for c in item.categories if c != gone)
        ), f"takes the category {gone} off"
    new = word()
    return _with(item, "categories", (*item.categories, new)), f"adds the category {new}"


def _elements(item: Item, kind: Kind, dice: Random, word: Word, removes: bool) -> tuple[Item, str]:
    name = dice.choice(ELEMENTS[kind])
    old: tuple[Typed, ...] = getattr(item, name)
    choice = dice.random()
    if removes and old and choice < 0.25:
        gone = dice.randrange(len(old))
        return _with(item, name, old[:gone] + old[gone + 1 :]), f"removes {old[gone].value} from {name}"
    new = word()
    if old and choice < 0.6:
        at = dice.randrange(len(old))
        replaced = (*old[:at], replace(old[at], value=new), *old[at + 1 :])
        return _with(item, name, replaced), f"changes {old[at].value} to {new} in {name}"
    added = Typed(new, frozenset({dice.choice(TYPES)}))
    return _with(item, name, (*old, added)), f"adds {new} to {name}"


def _schedule(item: Event, dice: Random) -> tuple[Item, str]:
    assert item.start is not None and item.end is not None
    by = timedelta(hours=dice.randrange(1, 8), seconds=dice.choice((0, 0, 30)))
    return replace(item, start=moved(item.start, by), end=moved(item.end, by)), f"moves it by {by}"


def _with(item: Item, name: str, value: Any) -> Item:
    return replace(item, **{name: value})
