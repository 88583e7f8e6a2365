"""What a person says about a pair's scope: which days and which categories take part (RULES 16)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from instep.core.model import Kind
from instep.core.scope import LONGEST, Scope, folded
from instep.errors import ConfigError, Where

_DATED = (Kind.EVENT, Kind.TASK)


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    """A change of a pair's scope. ``None`` and an empty tuple leave a part as it is; ``all_times`` and
    ``all_categories`` take the limits back."""

    past: int | None = None
    future: int | None = None
    categories: tuple[str, ...] = ()
    all_times: bool = False
    all_categories: bool = False

    def applied(self, before: Scope, kind: Kind, where: Where) -> Scope:
        """Return the scope after the change.

        Raises ``ConfigError`` for days below 0 or beyond a hundred years, for days of a kind that has none, for an
        empty category, and for a limit that is set and taken back in one breath.
        """
        self._require_sound(kind, where)
        if self.all_times:
            before = replace(before, past=None, future=None)
        if self.all_categories:
            before = replace(before, categories=())
        past = before.past if self.past is None else self.past
        future = before.future if self.future is None else self.future
        names = {folded(name): name.strip() for name in self.categories}
        return Scope(past, future, tuple(names.values()) or before.categories)

    def _require_sound(self, kind: Kind, where: Where) -> None:
        days = {"--past": self.past, "--future": self.future}
        said = {option: number for option, number in days.items() if number is not None}
        for option, number in said.items():
            if not 0 <= number <= LONGEST:
                advice = f"Say 0 to {LONGEST}, or --all-times for all."
                raise ConfigError(f"{option} {number} is no number of days that can be kept.", advice, where)
        if said and kind not in _DATED:
            advice = "Leave out --past and --future; only appointments and tasks have days."
            raise ConfigError(f"A pair of {kind} has no window of days.", advice, where)
        if said and self.all_times:
            raise ConfigError(f"{' and '.join(said)} and --all-times contradict each other.", "Say one of them.", where)
        if self.categories and self.all_categories:
            raise ConfigError("--category and --all-categories contradict each other.", "Say one of them.", where)
        if any(not folded(name) for name in self.categories):
            raise ConfigError("A category needs a name.", "Leave --category out, or name one.", where)


UNCHANGED = ScopeChoice()
"""The choice that changes nothing."""
