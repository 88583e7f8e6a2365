"""Scope: which items of a pair take part, by a window of days and by categories (RULES 16). Pure: today is given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from instep.core.extent import extent
from instep.core.model import Event, Item, Task

LONGEST = 36500
"""The longest window in days, about a hundred years."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A window of ``past`` and ``future`` days around today (``None``: without a limit), and the categories of which
    an item must have one (empty: any item)."""

    past: int | None = None
    future: int | None = None
    categories: tuple[str, ...] = ()

    @property
    def limits(self) -> bool:
        """True when it leaves anything out at all."""
        return self != EVERYTHING

    def inside(self, item: Item, today: date) -> bool:
        """Say whether an item takes part on a day (in UTC).

        An appointment or a task is in the window when any day of it is; a series with all its occurrences counts as
        one. Without a date it is always in the window, as contacts and notes are.
        """
        return self._categorized(item) and self._in_window(item, today)

    def enters_on(self, item: Item, today: date) -> date | None:
        """The next day on which time alone brings an item in; ``None`` when it is in already, or time never does."""
        if not self._categorized(item) or self._in_window(item, today) or not isinstance(item, Event | Task):
            return None
        reach = extent(item)
        if reach is None or self.future is None:
            return None
        try:
            enters = reach.first - timedelta(days=self.future)
        except OverflowError:
            return None
        return enters if enters > today else None

    def sentence(self) -> str:
        """What takes part, for a person; empty for everything."""
        parts = []
        if self.past is not None:
            parts.append(f"{self.past} days back")
        if self.future is not None:
            parts.append(f"{self.future} days ahead")
        if self.categories:
            parts.append(f"only {' or '.join(self.categories)}")
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """A plain form for storing; empty for everything."""
        plain = {"past": self.past, "future": self.future, "categories": list(self.categories)}
        return {name: value for name, value in plain.items() if value is not None and value != []}

    @classmethod
    def from_json(cls, plain: Any) -> Scope:
        """The scope from its plain form; what is missing is without a limit."""
        if not isinstance(plain, dict):
            return cls()
        return cls(plain.get("past"), plain.get("future"), tuple(plain.get("categories", ())))

    def _categorized(self, item: Item) -> bool:
        wanted = {folded(name) for name in self.categories}
        return not wanted or any(folded(name) in wanted for name in item.categories)

    def _in_window(self, item: Item, today: date) -> bool:
        if (self.past is None and self.future is None) or not isinstance(item, Event | Task):
            return True
        reach = extent(item)
        if reach is None:
            return True
        over = self.past is not None and reach.last is not None and (today - reach.last).days > self.past
        ahead = self.future is not None and (reach.first - today).days > self.future
        return not over and not ahead


EVERYTHING = Scope()
"""The scope that leaves nothing out."""


def folded(category: str) -> str:
    """A category as it is compared: without regard to case and white space around it."""
    return category.strip().casefold()
