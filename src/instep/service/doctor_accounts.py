"""The doctor's look at one account: its desktop folder, its password, its last run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from instep.accounts.account import Account
from instep.accounts.trial import Outcome
from instep.engine.report import Status
from instep.errors import SecretUnavailable
from instep.service.doctor import Check
from instep.service.doctor_computer import clock
from instep.service.installation import Installation
from instep.service.signing_in import is_signed_in, standing, way_in
from instep.store import runs as run_table
from instep.store.conflicts import of_account
from instep.store.database import Tx
from instep.store.runs import RunRow

_FILES = "files:"
_WORDS = {
    Status.IN_STEP: (Outcome.OK, "in step", ""),
    Status.CONFLICTS: (Outcome.NOTE, "conflicts wait", "Decide them: Conflicts, or instep conflicts."),
    Status.PROBLEMS: (Outcome.NOTE, "single items were left out", "The report of the run says which, and why."),
    Status.HALTED: (Outcome.NOTE, "a guard stopped it", "Synchronize again, look at the list, and answer."),
    Status.STOPPED: (Outcome.NOTE, "a person stopped it", "The next run goes on from there."),
    Status.FAILED: (Outcome.FAILED, "it could not go on", "Test the account."),
}


def checks(here: Installation, account: Account) -> Iterator[Check]:
    """Look at one account without network. Raises ``StateDamaged`` when the state cannot be read."""
    yield _desktop(account)
    if account.enabled and (why := here.secrets.unattended(account)):
        yield Check(
            "scheduled runs", Outcome.NOTE, "would have nobody to ask for the passphrase", why, "", account.name
        )
    if account.enabled and account.is_smartermail:
        yield _sign_in(here, account)
    if not here.home.state.exists():
        yield Check("last run", Outcome.NOTE, "none yet", "Synchronize it once.", account=account.name)
        return
    with here.db.reading() as tx:
        yield from _runs(tx, account)


def _sign_in(here: Installation, account: Account) -> Check:
    try:
        missing = account.two_step and not is_signed_in(here, account)
    except SecretUnavailable:
        missing = False
    outcome = Outcome.NOTE if missing else Outcome.OK
    advice = "Sign in again: on the account's page, or instep account login." if missing else ""
    return Check("sign-in", outcome, way_in(account), advice, standing(here, account), account.name)


def _desktop(account: Account) -> Check:
    if not account.enabled:
        return Check("account", Outcome.NOTE, "switched off", "Runs without a name leave it out.", "", account.name)
    if not account.desktop.startswith(_FILES):
        return Check("desktop folder", Outcome.NOT_KNOWN, "not a folder of files", account=account.name)
    folder = Path(account.desktop.removeprefix(_FILES)).expanduser()
    if not folder.is_dir():
        advice = "Put it back or mount it; nothing is deleted on the server while it is away."
        return Check("desktop folder", Outcome.NOTE, "not there", advice, str(folder), account.name)
    return Check("desktop folder", Outcome.OK, "there", about=str(folder), account=account.name)


def _runs(tx: Tx, account: Account) -> Iterator[Check]:
    newest = next(iter(run_table.of_account(tx, account.name, 1)), None)
    if newest is None:
        yield Check("last run", Outcome.NOTE, "none yet", "Synchronize it once.", account=account.name)
        return
    late = clock(datetime.now(UTC), newest.started)
    if late.outcome is not Outcome.OK:
        yield late
    yield _last(newest, account)
    if waiting := len(of_account(tx, account.name)):
        advice = "Decide them: Conflicts, or instep conflicts."
        yield Check("conflicts", Outcome.NOTE, f"{waiting} to decide", advice, account=account.name)


def _last(run: RunRow, account: Account) -> Check:
    when = f"{run.started:%Y-%m-%d %H:%M} UTC"
    if run.ended is None:
        advice = "If none goes on now, the next run finishes its work from the journal."
        return Check("last run", Outcome.NOTE, f"{when}: goes on, or was interrupted", advice, account=account.name)
    try:
        outcome, word, advice = _WORDS[Status(run.status)]
    except ValueError:
        return Check("last run", Outcome.NOT_KNOWN, when, account=account.name)
    about, kind = str(run.report.get("error", "")), str(run.report.get("failure_kind", ""))
    return Check("last run", outcome, f"{when}: {word}", advice, about, account.name, kind)
