"""How an account stands, in one sentence, from what is stored and what goes on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from instep.accounts.account import Account
from instep.engine.report import Status
from instep.engine.sentences import counted
from instep.store import conflicts, pairs, runs
from instep.store.database import Tx
from instep.store.runs import RunRow
from instep.web.jobs import Job
from instep.web.progress import SyncLive
from instep.web.render import Clock
from instep.web.site import Site
from instep.web.wording import remedy

# The last synchronization that ended, and the newest undo or restore after it: that wrote one side alone.
_Last = tuple[RunRow | None, RunRow | None]
_NOT_CARRIED = "The next synchronization carries to the other side what was taken back"


class Tone(StrEnum):
    """How much a sentence wants a person."""

    GOOD = "good"
    BUSY = "busy"
    ASKS = "asks"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Standing:
    """One account as its card shows it. ``waiting`` conflicts have no answer yet; ``more`` says the rest in a line.
    ``answer`` is where a stop of the last run can be answered, empty when Synchronize has to ask anew; ``remedy`` what
    to do about a failure, and where."""

    account: Account
    id: str
    tone: Tone
    sentence: str
    more: str = ""
    waiting: int = 0
    job: Job | None = None
    last: RunRow | None = None
    answer: str = ""
    remedy: tuple[str, str] | None = None


def standings(site: Site, clock: Clock) -> list[Standing]:
    """How all accounts stand, in the order of the settings."""
    known = site.here.accounts()
    with site.here.db.reading() as tx:
        open_ = conflicts.waiting(tx)
        last = {account.name: _last(tx, account) for account in known}
    return [_standing(site, clock, account, last[account.name], open_.get(account.name, 0)) for account in known]


def standing(site: Site, clock: Clock, account: Account) -> Standing:
    """How one account stands."""
    with site.here.db.reading() as tx:
        open_, last = conflicts.waiting(tx), _last(tx, account)
    return _standing(site, clock, account, last, open_.get(account.name, 0))


def _last(tx: Tx, account: Account) -> _Last:
    """The account's last run, as far as it says something about the folders that are paired now, and what was undone or
    brought back since."""
    last = runs.last(tx, account.name)
    if (
        last is not None
        and last.status == Status.IN_STEP
        and not any(p.begun for p in pairs.of_account(tx, account.name))
    ):
        # It was about others, let go since, or about an account of this name that was removed.
        return None, None
    return last, runs.asked_after(tx, account.name, last.id) if last else None


def _standing(site: Site, clock: Clock, account: Account, found: _Last, waiting: int) -> Standing:
    last, since = found
    job = next(iter(site.jobs.running(account.name)), None)
    tone, sentence, more = _said(clock, account, last, waiting, job)
    if tone is Tone.GOOD and since is not None and since.ended is not None:
        did = "Undone" if since.asked.startswith("undo") else "Brought back"
        tone, sentence, more = Tone.QUIET, _NOT_CARRIED, f"{did} {clock.when(since.ended)}"
    id = site.id_of(account.name)
    cause = str(last.report.get("failure_kind", "")) if tone is Tone.BAD and last else ""
    return Standing(account, id, tone, sentence, more, waiting, job, last, _answer(site, last), remedy(cause, id))


def _answer(site: Site, last: RunRow | None) -> str:
    if last is None or last.status != Status.HALTED:
        return ""
    asked = site.jobs.last(last.account, "sync")
    live = asked.live if asked is not None and not asked.running else None
    return f"/jobs/{asked.id}" if asked and isinstance(live, SyncLive) and live.run == last.id else ""


def _said(clock: Clock, account: Account, last: RunRow | None, waiting: int, job: Job | None) -> tuple[Tone, str, str]:
    if job is not None:
        return Tone.BUSY, f"{job.title} …", ""
    if not account.enabled:
        return Tone.QUIET, "Switched off", ""
    if last is None or last.ended is None:
        return Tone.QUIET, "Not synchronized yet", ""
    at = clock.when(last.ended)
    match last.status:
        case Status.FAILED:
            why = str(last.report.get("error", "The last synchronization failed."))
            return Tone.BAD, why.removeprefix(f"{account.name}: "), f"Tried {at}"
        case Status.STOPPED:
            return Tone.QUIET, "Stopped by you; the next synchronization goes on from there", f"Stopped {at}"
        case Status.HALTED:
            return Tone.ASKS, "Stopped, to ask you first", f"Stopped {at}"
    if waiting:
        return (
            Tone.ASKS,
            f"{counted(waiting, 'conflict')} wait{'s' if waiting == 1 else ''} for you",
            f"Synchronized {at}",
        )
    if last.status == Status.PROBLEMS:
        number = sum(len(pair.get("problems", ())) for pair in last.report.get("pairs", ()))
        return Tone.BAD, f"{counted(number, 'item')} could not be synchronized", f"Synchronized {at}"
    if last.status == Status.CONFLICTS:
        return Tone.ASKS, "Your decisions are carried out by the next synchronization", f"Synchronized {at}"
    return Tone.GOOD, f"In step since {at}", ""
