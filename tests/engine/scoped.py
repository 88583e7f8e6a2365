"""A stage whose pair has a window, and events so many days from its today."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from engine.stage import Stage
from instep.connectors.memory import Traits
from instep.core.model import Event, Kind, Moment, Side
from instep.core.scope import Scope
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store.pairs import Pair

COUNTS = 4
"""How many items a begun stage has."""

SORTS: dict[str, dict[str, Traits]] = {
    "listings here, tokens there": {},
    "tokens on both sides": {"left_traits": Traits(), "right_traits": Traits()},
    "listings on both sides": {"right_traits": Traits(tokens=False)},
    "a server with ids of its own": {"right_traits": Traits(own_hrefs=False, answers_late=True)},
}


@dataclass
class Window(Stage):
    """A pair with a scope: 30 days back and ahead, if not said otherwise."""

    kind: Kind = Kind.EVENT
    scope: Scope = field(default_factory=lambda: Scope(30, 30))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rescope(self.scope)

    @classmethod
    def begun(cls, tmp_path: Path, **more: Any) -> Window:
        """A stage after its first run, with four items; ``Party`` is tomorrow, the others stay in for long."""
        stage = cls(tmp_path, **more)
        side = Side.RIGHT if stage.direction == "to-desktop" else Side.LEFT
        stage.put(side, on(stage, "Party", 1))
        for number in range(COUNTS - 1):
            stage.put(side, replace(on(stage, f"Item {number}", 1), rules=("FREQ=DAILY",)))
        report = stage.pair_run()
        assert not report.problems and stage.links() == COUNTS
        return stage

    def stored(self) -> Pair:
        """The pair as it is stored."""
        with self.db.reading() as tx:
            pair = pair_table.get(tx, self.pair.id)
        assert pair is not None
        return pair

    def rescope(self, scope: Scope) -> None:
        """A person chooses another scope."""
        with self.db.transaction() as tx:
            pair = pair_table.get(tx, self.pair.id)
            assert pair is not None
            pair_table.change(tx, replace(pair, options={**pair.options, "scope": scope.to_json()}))

    def in_days(self, days: int) -> date:
        """The day so many days from today."""
        return self.time.date() + timedelta(days=days)

    def moved_to(self, days: int) -> Callable[[Any], Any]:
        """The edit that gives an item another day."""
        day = self.in_days(days)
        return lambda i: replace(i, start=Moment(day), end=Moment(day + timedelta(days=1)))

    def day(self, side: Side, name: str = "Party") -> date:
        """On which day an event is."""
        found: Any = self.item(side, name)
        day = found.start.local
        assert isinstance(day, date)
        return day

    def state(self, name: str = "Party") -> str:
        """The state of a link."""
        with self.db.reading() as tx:
            links = link_table.load(tx, [head.id for head in link_table.heads(tx, self.pair.id)])
        return next(link.state for link in links.values() if link.name == name)


def on(stage: Stage, name: str, days: int) -> Event:
    """An all-day event so many days from today."""
    day = stage.time.date() + timedelta(days=days)
    return Event(uid=f"uid-{name}", summary=name, start=Moment(day), end=Moment(day + timedelta(days=1)))
