"""Running one account: both sides connected, folders paired the first time, then synchronized, whichever face asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from instep.accounts.account import Account
from instep.accounts.connect import connect
from instep.engine.events import Face
from instep.engine.report import Report, kind_of_failure
from instep.errors import Busy, ConfigError, InstepError, Where, is_servers
from instep.service.installation import Installation
from instep.service.placing import remember_place, require_same_place
from instep.service.readdressing import is_elsewhere
from instep.service.setup import Paired, known_pairs, pair_up

if TYPE_CHECKING:
    from instep.connectors.base import Connector
    from instep.engine.work import Options

LOG = logging.getLogger("instep")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said about a run; ``pairs`` limits it to these pairs, ``approved`` to the steps of a plan, with
    which the guard's stops ``foreseen`` were shown. ``begin`` are the pairs whose first synchronization a person saw
    and said yes to, ``go`` and ``restore`` the marks of the guard's stops that were shown and answered so."""

    dry_run: bool = False
    on_conflict: str | None = None
    on_guard: str = "ask"
    yes: bool = False
    pairs: frozenset[int] | None = None
    approved: frozenset[str] | None = None
    foreseen: frozenset[tuple[int, str, str]] = frozenset()
    begin: frozenset[int] = frozenset()
    go: frozenset[str] = frozenset()
    restore: frozenset[str] = frozenset()


@asynccontextmanager
async def connected(here: Installation, account: Account) -> AsyncIterator[tuple[Connector, Connector]]:
    """Give the account's desktop and server for a while. Raises ``SecretUnavailable`` and ``ConfigError``."""
    desktop, server = connect(account, await here.secret(account), means=here.means(account))
    try:
        yield desktop, server
    finally:
        await asyncio.gather(desktop.close(), server.close(), return_exceptions=True)


async def run_account(
    here: Installation,
    account: Account,
    wishes: Wishes,
    face: Face,
    *,
    paired: Callable[[Paired], None] | None = None,
    resting: Callable[[], None] | None = None,
) -> Report:
    """Synchronize an account as wished; whatever goes wrong comes back as ``Report.failure``.

    Folders are paired by themselves the first time, which ``paired`` is told; ``resting`` is called when no pair takes
    part because their kinds are switched off.
    """
    try:
        return await _run(here, account, wishes, face, paired, resting)
    except InstepError as error:
        error.where.account = error.where.account or account.name
        kind = kind_of_failure(error)
        report = Report(0, account.name, failure=str(error), failure_kind=kind, unreachable=is_servers(error))
        _remember(here, report, wishes)
        return report
    except Exception as error:
        LOG.critical("%s: defect", account.name, exc_info=error)
        failure = f"{account.name}: a defect of Instep ended the run: {type(error).__name__}: {error}."
        return Report(0, account.name, failure=failure, failure_kind=kind_of_failure(error))


async def _run(
    here: Installation,
    account: Account,
    wishes: Wishes,
    face: Face,
    paired: Callable[[Paired], None] | None,
    resting: Callable[[], None] | None,
) -> Report:
    from instep.engine.run import synchronize

    async with connected(here, account) as (desktop, server):
        known = await known_pairs(here, account)
        if known and not any(pair.kind in account.wanted for pair in known) and resting:
            resting()
        if not known:
            if wishes.dry_run or wishes.approved is not None:
                raise _not_paired(account)
            made = await pair_up(here, account, desktop, server)
            if paired:
                paired(made)
            known = list(made.pairs)
        require_same_place(account, known)
        if not wishes.dry_run:
            remember_place(here, account, known)
        return await synchronize(here.db, account.name, desktop, server, options_of(here, account, wishes), face)


def _remember(here: Installation, report: Report, wishes: Wishes) -> None:
    """Keep what ended a run before it began: how the account stands is told by its last run."""
    from instep.engine.work import now
    from instep.store import runs

    with suppress(InstepError), here.db.transaction() as tx:
        report.run = runs.start(tx, report.account, now(), dry=wishes.dry_run)
        runs.finish(tx, report.run, now(), report.status.value, report.lasting())


def options_of(here: Installation, account: Account, wishes: Wishes) -> Options:
    """The engine's options for a run of an account as wished. Raises ``ConfigError`` for a wrong history setting."""
    from instep.engine.work import Options

    return Options(
        dry_run=wishes.dry_run,
        on_conflict=wishes.on_conflict,
        yes=wishes.yes,
        pairs=wishes.pairs,
        kinds=frozenset(account.wanted),
        approved=wishes.approved,
        foreseen=wishes.foreseen,
        own_addresses=account.own_addresses,
        retention=here.retention(),
        require=partial(require_unchanged, here, account),
    )


async def require_place(here: Installation, account: Account) -> None:
    """Raise ``ConfigError`` when the account's desktop is another one than its pairs and its history know."""
    require_same_place(account, await known_pairs(here, account))


def require_unchanged(here: Installation, account: Account) -> None:
    """Raise ``Busy`` when the settings say another place than those with which both sides were connected.

    Between that and the lease, another hand may have stored others, with pairs that belong to those.
    """
    now = next((one for one in here.accounts() if one.key == account.key), None)
    if now is None or is_elsewhere(account, now) or now.name != account.name:
        raise Busy(
            "The settings of this account were changed in this moment.", "Start again.", Where(account=account.name)
        )


def _not_paired(account: Account) -> ConfigError:
    return ConfigError(
        "No folders are paired, so there is nothing to look at.",
        "See what there is: instep folders, and pair it: instep pair; a sync without --dry-run pairs by itself.",
        Where(account=account.name),
    )
