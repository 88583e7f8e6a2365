"""Running accounts side by side: what each run needs, and what is said while and after it runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from instep.accounts.account import Account
from instep.cli.dialog import Dialog
from instep.cli.logs import LOG
from instep.cli.output import complain, note
from instep.cli.progress import LiveProgress
from instep.cli.terminal import Terminal
from instep.core.guard import Stop
from instep.core.harmless import plain
from instep.core.model import Kind
from instep.engine.events import Face, FirstSync, GuardAnswer, PairFinished, Progress, RunEvent
from instep.engine.guarding import FIRST_WAITS
from instep.engine.questions import Question, Resolution
from instep.engine.report import PairReport, Report
from instep.engine.sentences import closing, pair_sentence, problem_lines
from instep.service.installation import Installation
from instep.service.running import Wishes, run_account
from instep.service.setup import Paired, paired_sentence

if TYPE_CHECKING:
    pass


class Runner:
    """Runs accounts; one that fails never stops the others."""

    def __init__(self, here: Installation, terminal: Terminal, wishes: Wishes, *, tell: bool = True) -> None:
        """``tell`` prints a sentence per pair on standard output; what goes wrong is said on standard error anyway."""
        self._here = here
        self._terminal = terminal
        self._wishes = wishes
        self._tell = tell
        self._asks = terminal.interactive()
        self._dialog = Dialog(terminal)
        self._live = LiveProgress(terminal)

    async def run(self, accounts: Sequence[Account], jobs: int = 1) -> list[Report]:
        """Synchronize the accounts, ``jobs`` at a time, and return their reports in the same order."""
        places = asyncio.Semaphore(jobs)

        async def one(account: Account) -> Report:
            async with places:
                report = await self._account(account)
                self._say(report, several=len(accounts) > 1)
                return report

        with self._live:
            return list(await asyncio.gather(*(one(account) for account in accounts)))

    async def _account(self, account: Account) -> Report:
        def paired(made: Paired) -> None:
            for proposal in made.proposals:
                note(f"{plain(account.name)}: paired {paired_sentence(proposal)}")
            for lack in made.lacks:
                LOG.info("%s: %s %s", account.name, lack.message, lack.advice)

        def resting() -> None:
            note(f"{plain(account.name)}: everything that is paired rests, as its kinds are switched off.")

        return await run_account(self._here, account, self._wishes, self._face(), paired=paired, resting=resting)

    def _face(self) -> Face:
        return Face(emit=self._emit, confirm_first=self._first, guard=self._guard, decide=self._decide)

    def _emit(self, event: RunEvent) -> None:
        if LOG.isEnabledFor(logging.INFO):
            match event:
                case Progress():
                    LOG.debug("%s · %s: %s %d/%d", *(event.account, event.kind, event.phase), event.done, event.total)
                case PairFinished():
                    LOG.info("%s: %s", event.account, pair_sentence(event.report))
                case _:
                    LOG.debug("%s", type(event).__name__)
        if self._asks:
            self._live.show(event)

    async def _first(self, question: FirstSync) -> bool:
        if self._wishes.yes:
            return True
        return await self._dialog.confirm_first(question) if self._asks and not self._wishes.dry_run else False

    async def _guard(self, account: str, kind: Kind, stop: Stop) -> GuardAnswer:
        if self._wishes.on_guard != "ask":
            return GuardAnswer(self._wishes.on_guard)
        if not self._asks or self._wishes.dry_run:
            return GuardAnswer.STOP
        return await self._dialog.guard(account, kind, stop)

    async def _decide(self, question: Question) -> Resolution | None:
        if not self._asks or self._wishes.dry_run or self._wishes.on_conflict not in (None, "ask"):
            return None
        return await self._dialog.decide(question)

    @staticmethod
    def _way_on(report: Report, pair: PairReport) -> str:
        again = f"instep sync {plain(report.account)}"
        if pair.stopped.startswith(FIRST_WAITS):
            return f"Say yes with: {again} --yes"
        return f"To go on: {again} --on-guard go (do it), or {again} --on-guard restore (put it back as it was)"

    def _say(self, report: Report, *, several: bool) -> None:
        LOG.info("%s", closing(report))
        if report.failure:
            LOG.error("%s", report.failure)
            complain(plain(report.failure))
        prefix = f"{plain(report.account)} · " if several else ""
        for pair in report.pairs:
            if self._tell:
                applied = self._wishes.approved is not None  # a plan; what it does not hold may still be to do
                self._live.print(f"{prefix}{pair_sentence(pair, dry_run=self._wishes.dry_run, of_a_plan=applied)}")
            elif pair.stopped:
                # JSON has only the status; why it waits must be said somewhere.
                note(f"{prefix}{pair_sentence(pair)}")
            for line in problem_lines(pair):
                note(line)
            for stop in pair.stops if self._tell else ():
                note(f"  The guard would stop this: {plain(stop.sentence())}")
            if pair.stopped and self._wishes.approved is None:
                note(f"  {self._way_on(report, pair)}")
        if self._tell and any(pair.conflicts for pair in report.pairs) and not self._wishes.dry_run:
            note(f"Decide with: instep conflicts {plain(report.account)}, then instep resolve ID …")
