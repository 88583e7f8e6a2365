"""The run around what a person asks for item by item: recover, plan, show, guard, confirm, execute, report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime

from instep.connectors.base import Connector
from instep.core.guard import Stop, Tally, judge
from instep.core.model import Kind, Side
from instep.engine.approval import fingerprint
from instep.engine.byhand import HandReport, Intent, Outcome
from instep.engine.deeds import Deed, deeds
from instep.engine.events import Face, GuardAnswer, Phase
from instep.engine.execute import carry_out
from instep.engine.firewall import loud_writes
from instep.engine.mailing import sentence
from instep.engine.moving_back import join_moves
from instep.engine.recover import recover
from instep.engine.report import PairReport, kind_of_failure
from instep.engine.run import is_unreachable
from instep.engine.undo import CHANGED, plan_undo
from instep.engine.work import Options, PairWork, Run, new_uid, now
from instep.errors import AccountError, ConfigError, InstepError, Stopped, Where
from instep.store import history
from instep.store import journal as journal_table
from instep.store import links as link_table
from instep.store import pairs as pair_table
from instep.store import runs as run_table
from instep.store.database import Database
from instep.store.lease import held

Confirm = Callable[[HandReport], Awaitable[bool]]
Planner = Callable[["Hand"], Awaitable[list[Intent]]]

UNSEEN = "It is not what it was when you looked, so it stays as it is."
NOT_BEGUN = "You stopped it before its turn came."


async def _no(report: HandReport) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a person wants it. ``yes`` answers the question whether the plan shall be carried out, but no guard's;
    ``send`` is their word that a server may mail people because of it (RULES 25), ``sending`` that it may because of
    the items with these marks. ``approved`` are the marks of what a dry run showed them: nothing else is written."""

    dry_run: bool = False
    yes: bool = False
    send: bool = False
    sending: frozenset[str] = frozenset()
    approved: frozenset[str] | None = None
    own_addresses: frozenset[str] = frozenset()
    confirm: Confirm = _no
    face: Face = field(default_factory=Face)


@dataclass(slots=True)
class Hand:
    """The run while it goes on: pairs are opened when they are needed."""

    run: Run
    works: dict[int, PairWork]

    async def work(self, pair_id: int, kind: Kind | None = None) -> PairWork:
        """A pair, opened; of one that was let go the account's only pair of that kind, as when it was paired again.

        Raises ``CollectionError`` when one of its folders is not there, ``ConfigError`` when the pair is no more.
        """
        with self.run.db.reading() as tx:
            pair = pair_table.get(tx, pair_id)
            alike = [p for p in pair_table.of_account(tx, self.run.account) if p.kind is kind] if pair is None else []
        if pair is None and len(alike) != 1:
            raise ConfigError("Its two folders are not paired any more.", "Pair them again: instep pair.")
        pair = pair or alike[0]
        pair_id = pair.id
        if pair_id not in self.works:
            report = PairReport(pair.kind, pair.left_name or pair.left, pair.right_name or pair.right, pair_id=pair.id)
            work = PairWork(self.run, pair, report)
            for side in Side:
                work.replicas[side] = await self.run.connectors[side].open(work.collection(side), work.kind)
            self.works[pair_id] = work
            work.tell(Phase.LOOKING)
        return self.works[pair_id]

    def homes(self, numbers: Iterable[int | None]) -> dict[int | None, int]:
        """In which pair each link is now: its item may have moved since (RULES 15)."""
        with self.run.db.reading() as tx:
            links = link_table.load(tx, {number for number in numbers if number is not None})
        return {number: link.pair_id for number, link in links.items()}


async def undo(
    db: Database,
    run_id: int,
    desktop: Connector,
    server: Connector,
    wanted: Wanted,
    texts: Sequence[str] = (),
    *,
    clock: Callable[[], datetime] = now,
) -> HandReport:
    """Undo what a run wrote, or the items of it whose name holds one of ``texts``.

    An interrupted run is finished first. Raises ``ConfigError`` when there is no such run or nothing of it to undo; all
    other errors are ``HandReport.failure``. What was undone until then is recorded and can itself be undone.
    """
    account = account_of_run(db, run_id)

    async def plan(hand: Hand) -> list[Intent]:
        with db.reading() as tx:
            found = deeds(tx, run_id, texts)
            wrote = bool(found) or bool(history.rows(tx, run_id=run_id, limit=1))
        if not found:
            raise _nothing(run_id, account, texts if wrote else ())
        return await _plan(hand, found)

    return await by_hand(db, account, f"undo {run_id}", desktop, server, wanted, plan, clock=clock)


def account_of_run(db: Database, run_id: int) -> str:
    """The account of a run; ``ConfigError`` when there is no such run, or when it was a dry one."""
    with db.reading() as tx:
        row = run_table.get(tx, run_id)
    if row is None:
        raise ConfigError(f"There is no run {run_id}.", "See: instep history")
    if row.dry:
        raise ConfigError(f"Run {run_id} was a dry run: it wrote nothing.", "See: instep history")
    return row.account


def _nothing(run_id: int, account: str, texts: Sequence[str]) -> ConfigError:
    where = Where(account=account)
    if texts:
        named = ", ".join(f"“{text}”" for text in texts)
        return ConfigError(f"Run {run_id} wrote no item whose name holds {named}.", "See: instep history", where)
    return ConfigError(
        f"Run {run_id} wrote nothing that could be undone, or it is older than what the history keeps.",
        "See: instep history",
        where,
    )


async def _plan(hand: Hand, found: Sequence[Deed]) -> list[Intent]:
    homes = hand.homes(deed.number for deed in found)
    by_pair: dict[int, list[Deed]] = defaultdict(list)
    for deed in found:
        by_pair[homes.get(deed.number, deed.pair_id)].append(deed)
    undone: list[tuple[Deed, Intent]] = []
    for pair_id, mine in by_pair.items():
        try:
            intents = await plan_undo(await hand.work(pair_id, mine[0].kind), mine)
        except AccountError:
            raise
        except InstepError as error:
            intents = [Intent(d.kind, d.side, d.undoing, d.name).refuse(str(error)) for d in mine]
        undone += zip(mine, intents)
    join_moves(undone)
    return [intent for _, intent in undone]


# The run around it ------------------------------------------------------------------------------------------------


async def by_hand(
    db: Database,
    account: str,
    asked: str,
    desktop: Connector,
    server: Connector,
    wanted: Wanted,
    plan: Planner,
    *,
    clock: Callable[[], datetime] = now,
) -> HandReport:
    """Plan, show, guard, confirm, carry out and report what a person asked for; errors as for ``undo``."""
    options = Options(dry_run=wanted.dry_run, own_addresses=wanted.own_addresses)
    run = Run(db, account, 0, {Side.LEFT: desktop, Side.RIGHT: server}, options, wanted.face, clock, new_uid)
    hand, report = Hand(run, {}), HandReport(account, asked)
    try:
        with held(db, account, asked.partition(" ")[0]) if not wanted.dry_run else nullcontext():
            if not wanted.dry_run:
                await _recover(hand)
            run.require_going()
            report.intents = await plan(hand)
            await _held_to(hand, report, wanted)
            if wanted.dry_run:
                report.foreseen = [stop.sentence() for work in hand.works.values() for stop, _ in _stops(work, report)]
            elif await _allowed(hand, report, wanted):
                await _carry_out(hand, report)
    except ConfigError:
        raise
    except InstepError as error:
        error.where.account = error.where.account or account
        report.failure, report.unreachable = str(error), is_unreachable(error)
        report.cancelled = isinstance(error, Stopped)
        report.failure_kind = kind_of_failure(error)
    return report


async def _recover(hand: Hand) -> None:
    """Finish what an interrupted run had begun, as every run does before anything else (RULES 18)."""
    with hand.run.db.reading() as tx:
        rows = journal_table.open_rows(tx, hand.run.account)
    for pair_id in dict.fromkeys(row.pair_id for row in rows):
        await recover(await hand.work(pair_id), [row for row in rows if row.pair_id == pair_id])


async def _held_to(hand: Hand, report: HandReport, wanted: Wanted) -> None:
    """Leave alone what would make a server mail somebody (RULES 25), and what a person did not see."""
    for intent in report.intents:
        work, step = intent.work, intent.step
        if work is None or step is None:
            continue
        hand.run.require_going()
        intent.mark = fingerprint(work, step)
        if not wanted.send and intent.mark not in wanted.sending:
            intent.mails = tuple(mail for _, sent in await loud_writes(work, step) for mail in sent)
        if intent.mails:
            intent.refuse(sentence(intent.mails, f"the {intent.side.value}"))
        elif wanted.approved is not None and intent.outcome is Outcome.PLANNED and intent.mark not in wanted.approved:
            intent.refuse(UNSEEN)


async def _allowed(hand: Hand, report: HandReport, wanted: Wanted) -> bool:
    """True when somebody said yes to the plan, and no guard stopped all of it."""
    if not any(intent.step is not None for intent in report.intents):
        return False
    if any(intent.outcome is Outcome.PLANNED for intent in report.intents):
        report.waits = not (wanted.yes or await wanted.confirm(report))
    if report.waits:
        return False
    for work in hand.works.values():
        await _guard(work, report)
    return any(intent.step is not None for intent in report.intents)


def _stops(work: PairWork, report: HandReport) -> Iterator[tuple[Stop, list[Intent]]]:
    """What the guard stops, with the items that it is about."""
    with work.run.db.reading() as tx:
        total = link_table.count(tx, work.pair.id)
    for side in Side:
        mine = [i for i in report.intents if i.work is work and i.side is side and i.outcome is Outcome.PLANNED]
        gone = tuple(i.name for i in mine if i.action == "delete")
        edits = sum(i.action == "update" for i in mine)
        stop = judge(Tally(side, total, len(gone), edits, source_left=total, names=gone))
        if stop is not None:
            yield stop, mine


async def _guard(work: PairWork, report: HandReport) -> None:
    for stop, mine in list(_stops(work, report)):
        if await work.run.face.guard(work.run.account, work.kind, stop) is not GuardAnswer.GO:
            report.stopped.append(stop.sentence())
            for intent in mine:
                intent.step = None
                if intent.half is not None:
                    intent.half.step = None


async def _carry_out(hand: Hand, report: HandReport) -> None:
    run = hand.run
    with run.db.transaction() as tx:
        run.id = report.run = run_table.start(tx, run.account, run.clock(), asked=report.asked)
    try:
        for phase in (Phase.WRITING, Phase.DELETING):
            for work in hand.works.values():
                mine = [i for i in report.intents if i.work is work and i.step is not None]
                steps = [i.step for i in mine if (i.action == "delete") is (phase is Phase.DELETING) and i.step]
                if not work.halted:
                    await carry_out(work, steps, phase)
    except BaseException as error:
        report.failure = str(error) if isinstance(error, InstepError) else "It was interrupted."
        report.cancelled = isinstance(error, Stopped)
        report.failure_kind = kind_of_failure(error)
        raise
    finally:
        _tell(report)
        with run.db.transaction() as tx:
            run_table.finish(tx, run.id, run.clock(), report.status.value, report.lasting())


def _tell(report: HandReport) -> None:
    """What came of each item that was to be written."""
    for intent in report.intents:
        work, step = intent.work, intent.step
        if intent.outcome is not Outcome.PLANNED or work is None or step is None:
            continue
        if step.done:
            intent.outcome = Outcome.DONE
            continue
        said = [p.message for p in work.report.problems if p.item == step.name and p.side is intent.side]
        general = [p.message for p in work.report.problems if not p.item]
        reason = (said or general or [NOT_BEGUN if report.cancelled else CHANGED])[0]
        intent.outcome, intent.reason = Outcome.REFUSED, reason
