"""The schedule at work: one task of the server that begins the runs that are due, and tells what came to wait.

Runs go through the same jobs as those that a person starts, so that pages show them, and there are never two for one
account. What a person starts is seen here too, and counts.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from instep.accounts.account import Account, name_key
from instep.core.model import Side
from instep.engine.report import Report, Status
from instep.errors import InstepError
from instep.service.notify import notify
from instep.service.schedule import Due, Moment, Outcome, Standing, Why, acted, begun, changed, due, ended, outcome_of
from instep.service.signing_in import needs_person
from instep.service.waiting import Told
from instep.service.watch import Watch, watch_of
from instep.store import runs
from instep.web.jobs import Job
from instep.web.pages.sync import synchronize
from instep.web.progress import SyncLive
from instep.web.site import Site

LOG = logging.getLogger("instep")
PACE = 2.0  # seconds between two looks at the clock
LOOK = 5.0  # seconds between two looks at a desktop; more where a look takes long
AT_A_TIME = 4  # runs that the schedule begins beside each other
_SHARE = 50  # a look at a desktop may take one fiftieth of the time


def moment() -> Moment:
    """Now, on both of the computer's clocks."""
    return Moment(time.monotonic(), time.time())


@dataclass(slots=True)
class _Desk:
    """The desktop of an account that follows changes: what it was, and when it is looked at next."""

    watch: Watch
    desktop: str
    next_look: float = 0.0


@dataclass
class Background:
    """The schedule of one site. ``tick`` does what is due now; ``run`` does that for ever."""

    site: Site
    clock: Callable[[], Moment] = moment
    tell: Callable[[str], bool] = notify
    told: Told = field(default_factory=Told)
    _accounts: dict[str, Account] | None = None
    _settings: tuple[int, int, int] | None = None
    _standings: dict[str, Standing] = field(default_factory=dict)
    _desks: dict[str, _Desk] = field(default_factory=dict)
    _goes_on: dict[str, Job] = field(default_factory=dict)
    _over: set[str] = field(default_factory=set)
    _own: set[str] = field(default_factory=set)

    async def run(self) -> None:
        """Keep the schedule until the task is cancelled; a defect in one look does not end it."""
        while True:
            try:
                await self.tick()
            except Exception as error:
                LOG.critical("schedule: defect", exc_info=error)
            await asyncio.sleep(PACE)

    async def tick(self) -> None:
        """Take in what happened since the last time, and begin what is due."""
        await self._read_settings()
        await self._take_jobs()
        await self._look_at_desks()
        await self._see_well_again()
        for account in self._due_now():
            await self._begin(account)

    def next(self, name: str) -> Due | None:
        """Say when an account runs by itself next; ``None`` when it does not."""
        key = name_key(name)
        account = (self._accounts or {}).get(key)
        standing = self._standings.get(key)
        return due(account, standing, self.clock()) if account and standing else None

    async def _read_settings(self) -> None:
        path = self.site.here.home.config
        try:
            status = path.stat()
            now = (status.st_mtime_ns, status.st_size, status.st_ino)
        except OSError:
            now = (0, 0, 0)
        if now == self._settings:
            return
        try:
            found = await asyncio.to_thread(self.site.here.accounts)
        except InstepError as error:
            # Half of an edit, perhaps: what was known before holds until the file can be read.
            LOG.warning("%s", error)
            self._settings = now
            return
        first, known = self._accounts is None, self._accounts or {}
        self._accounts = {account.key: account for account in found}
        if first:
            await asyncio.to_thread(self.told.begin, self.site.here.db, [account.name for account in found])
        # Whoever stores settings may have corrected them, or, where they are as they were, a password. Those of another
        # account say nothing: a refused password that is tried at each of them locks the login.
        touched = {key for key, account in self._accounts.items() if known.get(key) != account}
        for key in (touched or self._accounts.keys()) & self._standings.keys():
            self._standings[key] = acted(self._standings[key])
        for account in found:
            if account.key not in self._standings:
                self._standings[account.key] = await self._beginning(account, first=first)
        for gone in self._standings.keys() - self._accounts.keys():
            del self._standings[gone]
        await self._place_desks()
        self._settings = now

    async def _beginning(self, account: Account, *, first: bool) -> Standing:
        last: Moment | None = await asyncio.to_thread(self._last_ended, account)
        # What is wished for while the program runs did not miss its start.
        standing = Standing(last or self.clock(), started=not (first and account.sync_at_start))
        if not first:
            return standing
        # A computer that starts again is no person: a refused password would be tried at each start.
        standing = replace(standing, refused=await asyncio.to_thread(self._is_still_refused, account))
        # Nobody looked at the desktop while the program did not run.
        return changed(standing, self.clock())

    def _is_still_refused(self, account: Account) -> bool:
        """Whether a person has to do something first, and has stored nothing since that was found."""
        with self.site.here.db.reading() as tx:
            last = runs.last(tx, account.name)
        if last is None or last.ended is None or not needs_person(self.site.here, account):
            return False
        return self._settings_written() <= last.ended.timestamp()

    def _settings_written(self) -> float:
        try:
            return self.site.here.home.config.stat().st_mtime
        except OSError:
            return 0.0

    def _last_ended(self, account: Account) -> Moment | None:
        with self.site.here.db.reading() as tx:
            last = runs.last(tx, account.name)
        now = self.clock()
        if last is None or last.ended is None or last.ended.timestamp() > now.wall:
            # The clock was set back since: when that was, nobody knows, and it must put off no run for ever.
            return None
        return now.ago(now.wall - last.ended.timestamp())

    async def _see_well_again(self) -> None:
        # What was put right on the server is seen by a run of another program, which changes no settings.
        for key, standing in self._standings.items():
            if standing.refused and not standing.running and self._accounts and key in self._accounts:
                when = await asyncio.to_thread(self._last_well, self._accounts[key])
                if when is not None and when.wall > standing.ended.wall:
                    self._standings[key] = ended(standing, Outcome.DONE, when)

    def _last_well(self, account: Account) -> Moment | None:
        with self.site.here.db.reading() as tx:
            last = runs.last(tx, account.name)
        return None if last is None or last.status in (Status.FAILED, Status.STOPPED) else self._last_ended(account)

    async def _place_desks(self) -> None:
        assert self._accounts is not None
        wanted = {key: a for key, a in self._accounts.items() if a.enabled and a.sync_after_changes}
        self._desks = {
            key: desk for key, desk in self._desks.items() if key in wanted and wanted[key].desktop == desk.desktop
        }
        for key in wanted.keys() - self._desks.keys():
            if watch := await asyncio.to_thread(watch_of, wanted[key]):
                self._desks[key] = _Desk(watch, wanted[key].desktop)

    async def _look_at_desks(self) -> None:
        for key, desk in self._desks.items():
            standing = self._standings[key]
            # What a run writes is looked at when it has ended.
            if not standing.running and desk.next_look <= self.clock().steady:
                await self._look(key, desk, 0)

    async def _look(self, key: str, desk: _Desk, own_writes: int) -> None:
        began = time.monotonic()
        moved = await asyncio.to_thread(desk.watch.look, own_writes)
        now = self.clock()
        desk.next_look = now.steady + max(LOOK, _SHARE * (time.monotonic() - began))
        if moved and key in self._standings:
            self._standings[key] = changed(self._standings[key], now)

    async def _take_jobs(self) -> None:
        known = self.site.jobs.all()
        self._over &= {job.id for job in known}
        self._own &= {job.id for job in known}
        for job in known:
            key = name_key(job.account)
            if job.id in self._over or key not in self._standings:
                continue
            if job.id not in self._goes_on:
                self._goes_on[job.id] = job
                self._standings[key] = begun(self._standings[key])
            if not job.running:
                del self._goes_on[job.id]
                self._over.add(job.id)
                await self._take_end(key, job)

    async def _take_end(self, key: str, job: Job) -> None:
        report = _report(job)
        standing, asked = self._standings[key], job.id not in self._own
        if report is None:
            # Another piece of work of a person's, as an undo, is no run.
            seen = standing.carried or standing.changes
            self._standings[key] = replace(standing, running=False, changes=seen, carried=None)
        else:
            self._standings[key] = ended(standing, outcome_of(report), self.clock(), asked=asked)
        if desk := self._desks.get(key):
            await self._look(key, desk, _written(report))
        if report is not None and outcome_of(report) is not Outcome.BUSY:
            await self._tell_news(report, quiet=asked)

    async def _tell_news(self, report: Report, *, quiet: bool) -> None:
        news = await asyncio.to_thread(self.told.news, self.site.here.db, report, quiet=quiet)
        if news:
            await asyncio.to_thread(self.tell, news)

    def _due_now(self) -> list[Account]:
        now, found = self.clock(), list[tuple[float, Account, Why]]()
        for key, account in (self._accounts or {}).items():
            when = due(account, self._standings[key], now)
            if when is not None and when.after <= 0:
                found.append((when.after, account, when.why))
        found.sort(key=lambda one: one[0])
        free = AT_A_TIME - len([job for job in self._goes_on.values() if job.id in self._own])
        return [account for _, account, _ in found[: max(free, 0)]]

    async def _begin(self, account: Account) -> None:
        standing = self._standings[account.key]
        when = due(account, standing, self.clock())
        if when is not None and when.why is Why.EVERY:
            # A run of another program, as of a terminal, counts as well.
            last: Moment | None = await asyncio.to_thread(self._last_ended, account)
            if last is not None and last.wall > standing.ended.wall:
                self._standings[account.key] = replace(standing, ended=last)
                if (later := due(account, self._standings[account.key], self.clock())) and later.after > 0:
                    return
        self.begin_own(account)

    def begin_own(self, account: Account) -> Job:
        """Begin a run that no person asked for, or give what already goes on for the account."""
        busy = self.site.jobs.running(account.name)
        job = synchronize(self.site, account)
        if not busy:
            self._own.add(job.id)
            self._goes_on[job.id] = job
            if account.key in self._standings:
                self._standings[account.key] = begun(self._standings[account.key])
        return job

    async def at_exit(self) -> list[Account]:
        """The accounts that want a run before the program ends, and have something to gain from it."""
        await self._read_settings()
        await self._take_jobs()
        wanted = [account for account in (self._accounts or {}).values() if account.enabled and account.sync_at_exit]
        return [account for account in wanted if not self._standings[account.key].refused]


def _report(job: Job) -> Report | None:
    """What a synchronization reported; ``None`` for other work."""
    if job.what != "sync" or not isinstance(job.live, SyncLive):
        return None
    return job.live.report or Report(0, job.account, failure=job.failure or "It ended without a word.")


def _written(report: Report | None) -> int:
    """How many items a run wrote on the desktop."""
    return sum(pair.actions(Side.LEFT).total for pair in report.pairs) if report else 0
