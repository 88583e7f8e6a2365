"""When each account is synchronized by itself next; pure: moments, settings and what happened in, seconds out.

A refused password is never tried again until a person acted, since servers lock a login that fails too often. While the
network is away only the waiting grows. A computer that slept, or whose clock was set, makes nothing due twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from instep.accounts.account import Account
from instep.engine.report import Report
from instep.errors import (
    Busy,
    ConfigError,
    InsecureRefused,
    LoginRefused,
    LoginsPaused,
    SecretUnavailable,
    SignInNeeded,
    Transient,
    Unreachable,
)

SETTLE = 10.0  # seconds without a change, after which a person (or a program that writes many files) seems done
LONGEST_SETTLE = 120.0  # seconds after the first change that waits, however busy the desktop is
BUSY_AGAIN = 60.0
_FIRST_AGAIN, _MOST_AGAIN = 60.0, 3600.0
_FIRST_AFTER_FAILURE, _MOST_AFTER_FAILURE = 300.0, 6 * 3600.0


class Why(StrEnum):
    """What made an account due."""

    START = "start"
    EVERY = "every"
    CHANGES = "changes"
    AGAIN = "again"  # what was due before could not be done


class Outcome(StrEnum):
    """What a run means for the next one."""

    DONE = "done"  # also with conflicts, problems, a guard's stop, and when a person stopped it
    AWAY = "away"  # network or server; passes by itself
    BUSY = "busy"  # another process works on the account
    FAILED = "failed"
    REFUSED = "refused"  # nothing will be better before a person acts


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant on two clocks, in seconds: ``steady`` is never set but may stand still while the computer sleeps;
    ``wall`` goes on, but may be set."""

    steady: float
    wall: float

    def since(self, earlier: Moment) -> float:
        """How many seconds passed, by the clock that saw more of them."""
        return max(self.steady - earlier.steady, self.wall - earlier.wall)

    def ago(self, seconds: float) -> Moment:
        """The moment this many seconds earlier; one that lies in the future is now."""
        return Moment(self.steady - max(seconds, 0.0), self.wall - max(seconds, 0.0))


Span = tuple[Moment, Moment]
"""A first and a last moment."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the schedule knows of an account; ``ended`` is when its last run ended or, if there was none, when the
    schedule began; ``changes`` the first and the last change of the desktop that no run has seen yet, ``carried`` those
    that the run that goes on sees; ``tries`` how often what was due could not be done; ``refused``: a person must do
    something first."""

    ended: Moment
    started: bool = False
    running: bool = False
    changes: Span | None = None
    carried: Span | None = None
    outcome: Outcome = Outcome.DONE
    tries: int = 0
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """In how many seconds (0 or less: now) an account is due, and why."""

    after: float
    why: Why


def due(account: Account, standing: Standing, now: Moment) -> Due | None:
    """Say when an account is due next; ``None`` when nothing makes it due by itself."""
    if not account.enabled or standing.running or standing.refused or not is_automatic(account):
        return None
    if standing.tries:
        # A change on the desktop does not bring the network back: nothing is sooner than the next try.
        return Due(_pause(account, standing) - now.since(standing.ended), Why.AGAIN)
    found: list[Due] = []
    if account.sync_at_start and not standing.started:
        found.append(Due(0.0, Why.START))
    if account.sync_every:
        found.append(Due(account.sync_every * 60.0 - now.since(standing.ended), Why.EVERY))
    if account.sync_after_changes and standing.changes:
        first, last = standing.changes
        found.append(Due(min(SETTLE - now.since(last), LONGEST_SETTLE - now.since(first)), Why.CHANGES))
    return min(found, key=lambda due: due.after, default=None)


def is_automatic(account: Account) -> bool:
    """Whether anything but the program's end makes the account run by itself."""
    return account.sync_at_start or account.sync_every > 0 or account.sync_after_changes


def _pause(account: Account, standing: Standing) -> float:
    doubled = 2.0 ** min(standing.tries - 1, 20)
    match standing.outcome:
        case Outcome.BUSY:
            return BUSY_AGAIN
        case Outcome.AWAY:
            # Whoever wants a run every five minutes does not wait an hour for a network that is back.
            most = min(account.sync_every * 60.0, _MOST_AGAIN) if account.sync_every else _MOST_AGAIN
            return max(min(_FIRST_AGAIN * doubled, most), _FIRST_AGAIN)
        case _:
            return max(min(_FIRST_AFTER_FAILURE * doubled, _MOST_AFTER_FAILURE), account.sync_every * 60.0)


def begun(standing: Standing) -> Standing:
    """A run of the account begins, whoever wanted it: it sees all changes up to now."""
    return replace(standing, running=True, started=True, changes=None, carried=standing.changes)


def ended(standing: Standing, outcome: Outcome, now: Moment, *, asked: bool = False) -> Standing:
    """A run ended. ``asked``: a person wanted it, so that nothing is owed when it failed, and one that worked shows
    that whatever was refused is well again."""
    after = replace(standing, running=False, ended=now, outcome=outcome, carried=None)
    if outcome is Outcome.DONE:
        return replace(after, tries=0, refused=False)
    after = replace(after, changes=standing.carried or standing.changes)
    if outcome is Outcome.REFUSED:
        return replace(after, tries=0, refused=True)
    if asked:
        return after
    if outcome is Outcome.BUSY:
        # Whether the other process fails or not says nothing about our own tries.
        return replace(after, tries=max(standing.tries, 1))
    return replace(after, tries=(standing.tries if standing.outcome is outcome else 0) + 1)


def changed(standing: Standing, now: Moment) -> Standing:
    """Something changed on the account's desktop that was not our own doing."""
    first = standing.changes[0] if standing.changes else now
    return replace(standing, changes=(first, now))


def acted(standing: Standing) -> Standing:
    """A person did something about the account (stored settings or a password): what was refused or could
    not be done is tried again soon."""
    if not standing.refused and not standing.tries:
        return standing
    return replace(standing, refused=False, tries=1, outcome=Outcome.AWAY)


_OUTCOMES = {
    Busy: Outcome.BUSY,
    Unreachable: Outcome.AWAY,
    Transient: Outcome.AWAY,
    # Nothing is sent while the pause lasts, so trying costs nothing, and the account is back when it ends.
    LoginsPaused: Outcome.AWAY,
    LoginRefused: Outcome.REFUSED,
    SignInNeeded: Outcome.REFUSED,
    InsecureRefused: Outcome.REFUSED,
    ConfigError: Outcome.REFUSED,
    # A key store that is locked at login opens later; whatever else fails may pass, too.
    SecretUnavailable: Outcome.FAILED,
}


def outcome_of(report: Report) -> Outcome:
    """Say what a run's report means for the next run."""
    if report.cancelled or not report.failure:
        return Outcome.DONE
    return _BY_NAME.get(report.failure_kind, Outcome.FAILED)


_BY_NAME = {error.__name__: outcome for error, outcome in _OUTCOMES.items()}
