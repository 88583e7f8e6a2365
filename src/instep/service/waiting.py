"""What waits for a person, and what of it is news: told once, whichever run found it, and never for the network."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from instep.core.harmless import plain
from instep.engine.report import Report
from instep.errors import ConfigError, InsecureRefused, LoginRefused, SecretUnavailable
from instep.store import conflicts, runs
from instep.store.database import Database


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of one account waits: ``conflicts`` are their ids, ``stops`` the pairs that a guard stopped; ``blocked`` is
    what a person must do before anything goes on (a word of the text, not a sentence), or empty."""

    conflicts: frozenset[int] = frozenset()
    stops: frozenset[int] = frozenset()
    blocked: str = ""


@dataclass
class Told:
    """What a person was told already, per account; lasts as long as the program."""

    _known: dict[str, Waiting] = field(default_factory=dict)

    def begin(self, db: Database, names: Iterable[str]) -> None:
        """Take what waits already for granted: it was told by whoever found it."""
        for name in names:
            with db.reading() as tx:
                last = runs.last(tx, name)
            # Which pairs were stopped is not kept; those of the first run are taken for the same.
            self._known[name] = Waiting(_open(db, name), _ANY if last and last.status == "halted" else frozenset())

    def news(self, db: Database, report: Report, *, quiet: bool = False) -> str:
        """Say what has come to wait since this was last asked, in one sentence; empty for nothing.

        ``quiet`` takes it for told: a person sees it on the screen already.
        """
        before = self._known.get(report.account, Waiting())
        after = waiting(db, report, before)
        self._known[report.account] = after
        return "" if quiet else sentence(report.account, before, after)


_ANY = frozenset({-1})


def waiting(db: Database, report: Report, before: Waiting) -> Waiting:
    """What waits after a run; a run that failed says nothing about the stops before it."""
    found = _open(db, report.account)
    if report.failure:
        blocked = _blocked(report)
        # The network that is away now does not mean that the password is right.
        return Waiting(found, before.stops, blocked or (before.blocked if report.unreachable else ""))
    stops = frozenset(pair.pair_id for pair in report.pairs if pair.stopped)
    return Waiting(found, stops)


def sentence(account: str, before: Waiting, after: Waiting) -> str:
    """Say what waits now and did not before; the account's name is all that it tells of a person."""
    new = len(after.conflicts - before.conflicts)
    parts: list[str] = []
    if after.blocked and after.blocked != before.blocked:
        parts.append(after.blocked)
    if new:
        parts.append("a conflict waits for your decision" if new == 1 else f"{new} conflicts wait for your decision")
    if before.stops != _ANY and after.stops - before.stops:
        parts.append("a guard stopped something and waits for your answer")
    return f"{plain(account)}: {'; '.join(parts)}." if parts else ""


_BLOCKED = {
    LoginRefused: "the server refused the password",
    SecretUnavailable: "the password cannot be read",
    InsecureRefused: "the settings need a correction",
    ConfigError: "the settings need a correction",
}


def _blocked(report: Report) -> str:
    return next((words for error, words in _BLOCKED.items() if error.__name__ == report.failure_kind), "")


def _open(db: Database, account: str) -> frozenset[int]:
    with db.reading() as tx:
        return frozenset(conflicts.undecided(tx, account))
