"""What a side can hold, as data, and what a value becomes there (RULES 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from instep.core.fields import EMPTY, Field, fields_of, same
from instep.core.model import Item, Kind, Moment


@dataclass(frozen=True, slots=True)
class Bar:
    """Why a side does not take a sort of item at all, and what a person can do about that; ``why`` begins small, and
    ``advice`` says NAME where a command wants the account's."""

    why: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """What a side can hold of one field.

    ``absent``: nothing at all. ``most``: that many elements, the first ones. ``minutes``: no seconds. ``dates``: no
    time of day. ``length``: that many characters. ``without``: parts of an element or compound that it cannot hold.
    ``barred``: why an item that says anything there is not taken at all.
    """

    absent: bool = False
    most: int | None = None
    minutes: bool = False
    dates: bool = False
    length: int | None = None
    without: frozenset[str] = frozenset()
    barred: Bar | None = None


FieldLimits = Mapping[str, Limit]
Limits = Mapping[Kind, FieldLimits]
ABSENT = Limit(absent=True)
NO_LIMITS: FieldLimits = {}


def project(field: Field, value: Any, limit: Limit | None) -> Any:
    """The value as the side would hold it; the value itself where nothing limits it."""
    if limit is None or value is None:
        return value
    if limit.absent:
        return EMPTY[field.shape]
    if isinstance(value, tuple):
        kept = value if limit.most is None else value[: limit.most]
        return tuple(_part(v, limit) for v in kept)
    return _part(value, limit)


def _part(value: Any, limit: Limit) -> Any:
    if isinstance(value, str) and limit.length is not None:
        return value[: limit.length]
    if isinstance(value, Moment):
        return _moment(value, limit)
    if limit.without:
        return replace(value, **{name: _BLANK[type(getattr(value, name))] for name in limit.without})
    return value


_BLANK: dict[type, Any] = {str: "", frozenset: frozenset(), tuple: (), int: 0, bool: False}


def _moment(value: Moment, limit: Limit) -> Moment:
    local = value.local
    if isinstance(local, datetime):
        if limit.dates:
            return Moment(local.date())
        if limit.minutes:
            return Moment(local.replace(second=0, microsecond=0), value.zone, value.offset)
    return value


def same_through(field: Field, left: Any, right: Any, limit_left: Limit | None, limit_right: Limit | None) -> bool:
    """Equal by meaning, or one is what the other becomes through that side's limits."""
    if same(field, left, right):
        return True
    if limit_right is not None and same(field, project(field, left, limit_right), right):
        return True
    return limit_left is not None and same(field, project(field, right, limit_left), left)


def holds(field: Field, value: Any, limit: Limit | None) -> bool:
    """True when the side can hold the value as it is."""
    return limit is None or same(field, project(field, value, limit), value)


def bar_of(item: Item, limits: FieldLimits) -> Bar | None:
    """Why the side does not take the item at all; ``None`` where it does."""
    for field in fields_of(item):
        limit = limits.get(field.name)
        if limit is None or limit.barred is None:
            continue
        if not same(field, getattr(item, field.name), EMPTY[field.shape]):
            return limit.barred
    return None


def with_tail(field: Field, old: str, new: str, onto: str, limit: Limit | None) -> str:
    """The new text with the tail that only the other side can hold, where the old text was its cut form (RULES 5)."""
    if limit is None or limit.length is None or not new or not same(field, onto[: limit.length], old):
        return new
    return new + onto[limit.length :]
