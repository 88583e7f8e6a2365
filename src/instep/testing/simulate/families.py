"""Families of schedules: what goes wrong in each. A family is data; every number is a chance at each occasion."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Any

from instep.connectors.memory import Traits
from instep.core.limits import ABSENT, Limit, Limits
from instep.core.model import Contact, Item, Kind


@dataclass(frozen=True, slots=True)
class Family:
    """What goes wrong, and how often.

    ``desktop`` and ``server`` give a store's traits from dice. ``meddle``: people act in the middle of a run.
    ``hide``: a listing lacks an item; ``doubt``: nobody can say whether an item is gone; ``lag``: an item that is there
    is not found; ``vanish``: a whole folder is away for a run. ``fail``: a request fails before it took effect;
    ``lose``: a write's answer is lost after it did; ``end``: the connection ends the run. ``forget``: tokens mean
    nothing any more; ``echo``: what was told is told again; ``touch``: a version moves without a change. ``squat``:
    somebody takes the very address of a new item. ``death``: a run is killed.
    """

    name: str
    says: str
    desktop: Callable[[Random], Traits] = field(default=lambda dice: Traits(tokens=dice.random() < 0.3))
    server: Callable[[Random], Traits] = field(default=lambda dice: Traits())
    desktops: int = 1
    folders: int = 1
    meddle: float = 0.02
    hide: float = 0.0
    doubt: float = 0.0
    lag: float = 0.0
    vanish: float = 0.0
    fail: float = 0.0
    lose: float = 0.0
    end: float = 0.0
    forget: float = 0.0
    echo: float = 0.0
    touch: float = 0.0
    squat: float = 0.0
    death: float = 0.0

    def quiet(self) -> Family:
        """The same stores when everybody is good to us: what a schedule comes to rest under."""
        return Family(self.name, self.says, self.desktop, self.server, self.desktops, self.folders, meddle=0.0)


def changed_from(family: Family) -> tuple[str, ...]:
    """The numbers in which a family differs from the one of its name, as ``name=number``."""
    usual = FAMILIES.get(family.name, Family(family.name, ""))
    pairs = ((name, getattr(family, name)) for name in NUMBERS)
    return tuple(f"{name}={value:g}" for name, value in pairs if value != getattr(usual, name))


def varied(family: Family, settings: Mapping[str, float]) -> Family:
    """The family with some of its numbers set otherwise; ``ValueError`` for a name that is no number of a family."""
    for name in settings.keys() - NUMBERS.keys():
        raise ValueError(f"{name} is no number of a family; there are: {', '.join(NUMBERS)}.")
    values: dict[str, Any] = {name: NUMBERS[name](value) for name, value in settings.items()}
    return replace(family, **values)


# Lossy stores -----------------------------------------------------------------------------------------------------

_SMALL: dict[Kind, tuple[dict[str, Limit], ...]] = {
    Kind.CONTACT: (
        {"telephones": Limit(most=2)},
        {"emails": Limit(most=1), "job_title": ABSENT},
        {"note": Limit(length=30), "categories": ABSENT},
        {"telephones": Limit(without=frozenset({"types"})), "spouse": ABSENT},
    ),
    Kind.EVENT: ({"start": Limit(minutes=True), "end": Limit(minutes=True)}, {"description": Limit(length=30)}),
    Kind.TASK: ({"description": ABSENT}, {"categories": ABSENT, "location": Limit(length=8)}),
    Kind.NOTE: ({"categories": ABSENT}, {"body": Limit(length=30)}),
}


def _limits(dice: Random) -> Limits:
    return {kind: dice.choice(choices) for kind, choices in _SMALL.items()}


def _lossy(dice: Random) -> Traits:
    return Traits(tokens=dice.random() < 0.4, limits=_limits(dice) if dice.random() < 0.8 else {})


# Rewriting stores -------------------------------------------------------------------------------------------------


def shouting(item: Item) -> Item:
    """A store that writes some texts in capitals."""
    return _texts(item, str.upper)


def whispering(item: Item) -> Item:
    """A store that writes the same texts small."""
    return _texts(item, str.lower)


def bare(item: Item) -> Item:
    """A store that keeps nothing but letters and digits of telephone numbers, and ends texts with a line."""
    if not isinstance(item, Contact):
        return item
    kept = tuple(replace(t, value="".join(c for c in t.value if c.isalnum())) for t in item.telephones)
    return replace(item, telephones=kept, note=f"{item.note.rstrip()}\n" if item.note else "")


def quoting(item: Item) -> Item:
    """A store that puts marks around some texts."""
    return _texts(item, lambda text: text if not text or text.startswith("«") else f"«{text}»")


_QUOTED = ("company", "location")


def _texts(item: Item, form: Callable[[str], str]) -> Item:
    values: dict[str, Any] = {n: form(getattr(item, n)) for n in _QUOTED if isinstance(getattr(item, n, None), str)}
    return replace(item, **values)


def _rewriting(dice: Random) -> Traits:
    return Traits(
        tokens=dice.random() < 0.5,
        rewrite=dice.choice((None, shouting, whispering, bare, quoting)),
        tells_held=dice.random() < 0.3,
        tells_etag=dice.random() < 0.7,
    )


# Etags and tokens -------------------------------------------------------------------------------------------------


def _etags(dice: Random) -> Traits:
    return Traits(
        etags=dice.random() < 0.6,
        tells_etag=dice.random() < 0.5,
        tokens=dice.random() < 0.5,
        own_hrefs=dice.random() < 0.6,
        keeps_uids=dice.random() < 0.8,
        answers_late=dice.random() < 0.3,
    )


def _tokens(dice: Random) -> Traits:
    return Traits(tokens=True, page=dice.choice((0, 0, 1, 2)), tells_etag=dice.random() < 0.7)


def _listing(dice: Random) -> Traits:
    # An item hidden before it was ever seen is doubled by anybody, unless the store knows its uid (RFC 4791 5.3.2.1).
    return Traits(tokens=False, etags=dice.random() < 0.8, unique_uids=True)


def _any(dice: Random) -> Traits:
    base = dice.choice((_lossy, _rewriting, _etags, _tokens))(dice)
    return replace(base, limits=_limits(dice)) if dice.random() < 0.3 else base


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family("lossy", "Stores that hold fewer, shorter or coarser values.", _lossy, _lossy),
        Family(
            "rewriting",
            "Stores that write everything in their own way, also against each other.",
            _rewriting,
            _rewriting,
        ),
        Family("etags", "Versions that are missing, not told, or move by themselves.", _etags, _etags, touch=0.1),
        Family("tokens", "Tokens that are lost, weak, or come in pages.", _tokens, _tokens, forget=0.15, echo=0.3),
        Family(
            "listings",
            "Listings that lack items, items that are not found though they are there, folders that are away.",
            server=_listing,
            folders=2,
            hide=0.15,
            doubt=0.2,
            lag=0.05,
            vanish=0.1,
        ),
        Family(
            "errors",
            "Requests that fail before, and answers that are lost after they took effect.",
            folders=2,
            fail=0.05,
            lose=0.1,
            end=0.02,
            squat=0.05,
        ),
        Family("desktops", "Two desktops on one server, at the same time.", desktops=2, meddle=0.03, squat=0.03),
        Family("death", "The program dies at any request and any commit.", death=0.7, folders=2),
        Family(
            "everything",
            "All of it at once, on stores of any sort.",
            _any,
            _any,
            desktops=2,
            folders=2,
            meddle=0.03,
            doubt=0.05,
            lag=0.02,
            fail=0.02,
            lose=0.03,
            end=0.01,
            forget=0.05,
            echo=0.1,
            touch=0.03,
            squat=0.02,
            death=0.3,
        ),
    )
}
NUMBERS: dict[str, type[int] | type[float]] = {
    f.name: int if isinstance(f.default, int) else float for f in fields(Family) if isinstance(f.default, int | float)
}
"""The numbers of a family that can be set otherwise."""
