"""How many writes at once are worth it: a far server gains from several, a near one often loses; it is measured."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Pace:
    """Seconds per write at each width that was tried; ``most`` is the greatest width allowed."""

    most: int
    _taken: dict[int, float] = field(default_factory=dict)

    def width(self) -> int:
        """Return how many writes the next group sends at once: first one, then the most, then what was faster."""
        if 1 not in self._taken:
            return 1
        if self.most not in self._taken:
            return self.most
        return min(self._taken, key=lambda width: (self._taken[width], width))

    def took(self, width: int, count: int, seconds: float) -> None:
        """Note what a group of ``count`` writes cost."""
        self._taken[width] = seconds / count

    def settle_for_one(self) -> None:
        """Send one at a time from now on: the server locks writes out that come together."""
        self.most = 1
        self._taken = {1: 0.0}
