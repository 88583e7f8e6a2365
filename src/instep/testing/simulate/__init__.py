"""A deterministic simulation: the real engine and the real store between simulated stores, one seed, no real time.

``simulate(seed, family)`` lets people create, edit, delete and move items at any moment while stores lose, rewrite,
hide and fail, and programs die. It watches that nothing is lost, invented, doubled or deleted without proof. A schedule
that breaks a promise gives a story in plain words and the line that replays it.
"""

from instep.testing.simulate.families import FAMILIES, Family
from instep.testing.simulate.schedule import Outcome, simulate

__all__ = ["FAMILIES", "Family", "Outcome", "simulate"]
