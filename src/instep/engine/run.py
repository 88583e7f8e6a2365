"""One run of an account: recover, look, read, plan, guard, confirm, execute, record, close.

Pairs are looked at together, because an item that vanished from one may have moved to another, and deletions come after
the creations of all pairs. A pair that cannot go on leaves the others alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import datetime
from pathlib import PurePath

from instep.connectors.base import Connector
from instep.core.model import Side
from instep.engine.approval import approve, conclude, foretell, tell_carried
from instep.engine.closing import close
from instep.engine.conflicts import open_questions
from instep.engine.elsewhere import mark_blind
from instep.engine.events import Face, PairFinished, Phase, RunFinished, RunStarted
from instep.engine.execute import carry_out
from instep.engine.firewall import firewall
from instep.engine.followed import finish_moves
from instep.engine.guarding import confirmed, guarded
from instep.engine.keeping import keep
from instep.engine.looking import look
from instep.engine.moves import find_moves
from instep.engine.planning import known_uids, plan
from instep.engine.promises import keep_promises
from instep.engine.questions import Choice
from instep.engine.reading import read
from instep.engine.recover import recover
from instep.engine.relooking import hold_back_moved, hold_back_seen_twice
from instep.engine.report import PairReport, Report, kind_of_failure
from instep.engine.rights import require_a_way, see_rights
from instep.engine.unborn import adopt_unborn
from instep.engine.work import Options, PairWork, Run, new_uid, now
from instep.errors import AccountError, InstepError, LoginRefused, NotADavServer, Stopped, Unreachable
from instep.store import conflicts as conflict_table
from instep.store import journal as journal_table
from instep.store import pairs as pair_table
from instep.store import runs as run_table
from instep.store.database import Database
from instep.store.lease import held
from instep.store.pairs import Pair

PASSES = 4


async def synchronize(
    db: Database,
    account: str,
    desktop: Connector,
    server: Connector,
    options: Options | None = None,
    face: Face | None = None,
    *,
    clock: Callable[[], datetime] = now,
    new_uid: Callable[[], str] = new_uid,
) -> Report:
    """Bring the two sides of an account in step, as far as that needs no person's word.

    ``clock`` gives the time in UTC and ``new_uid`` a uid that nobody has; a simulation owns both. Never raises
    ``InstepError``: what ends the run is ``Report.failure``. What was written before is recorded, and the next run goes
    on from there.
    """
    options, face = options or Options(), face or Face()
    run = Run(db, account, 0, {Side.LEFT: desktop, Side.RIGHT: server}, options, face, clock, new_uid)
    started = clock()
    report = Report(0, account)
    try:
        with held(db, account, "sync") if not options.dry_run else nullcontext():
            with db.transaction() as tx:
                run.id = run_table.start(tx, account, run.clock(), dry=options.dry_run)
            report.run = run.id
            face.emit(RunStarted(account, run.id))
            try:
                options.require()
                await _passes(run, report)
                keep(run, report)
            except BaseException as error:
                report.failure = str(error) if isinstance(error, InstepError) else "The run was interrupted."
                report.failure_kind = kind_of_failure(error)
                raise
            finally:
                report.requests, report.bytes = _traffic(run)
                report.seconds = (clock() - started).total_seconds()
                with db.transaction() as tx:
                    run_table.finish(tx, run.id, run.clock(), report.status.value, report.lasting())
    except InstepError as error:
        _fail(report, error)
        if run.id:
            with db.transaction() as tx:
                run_table.finish(tx, run.id, run.clock(), report.status.value, report.lasting())
    face.emit(RunFinished(report))
    return report


def _fail(report: Report, error: InstepError) -> None:
    error.where.account = error.where.account or report.account
    report.failure, report.failure_kind = str(error), kind_of_failure(error)
    report.cancelled = isinstance(error, Stopped)
    report.unreachable = is_unreachable(error)


def is_unreachable(error: InstepError) -> bool:
    """True for errors that mean: the server or the login failed, not the data."""
    return isinstance(error, Unreachable | LoginRefused | NotADavServer)


def _traffic(run: Run) -> tuple[int, int]:
    moved = [c.traffic for c in run.connectors.values()]
    return sum(m[0] for m in moved), sum(m[1] for m in moved)


async def _passes(run: Run, report: Report) -> None:
    """Passes over the pairs until nobody answered a question and no step asked for another look."""
    reports: dict[int, PairReport] = {}
    wanted: frozenset[int] | None = run.options.pairs
    for _ in range(PASSES):
        works = _works(run, wanted, reports)
        report.pairs = list(reports.values())
        await _pass(run, works)
        again = {w.pair.id for w in works if (w.relook or (w.again and not w.halted)) and not w.report.stopped}
        once = run.options.dry_run or run.options.approved is not None
        if not once:
            again |= await _asked(run, works)
        if not again or once:
            break
        wanted = frozenset(again)
    for done in reports.values():
        run.face.emit(PairFinished(run.account, done))


def _works(run: Run, wanted: frozenset[int] | None, reports: dict[int, PairReport]) -> list[PairWork]:
    with run.db.reading() as tx:
        pairs = pair_table.of_account(tx, run.account)
    works = []
    for pair in pairs:
        if pair.kind not in run.options.kinds or (wanted is not None and pair.id not in wanted):
            continue
        known = reports.setdefault(pair.id, _report(pair))
        works.append(PairWork(run, pair, known))
    return works


def _report(pair: Pair) -> PairReport:
    return PairReport(pair.kind, pair.left_name or pair.left, pair.right_name or pair.right, pair_id=pair.id)


async def _pass(run: Run, works: list[PairWork]) -> None:
    await _each(works, _open)
    if not run.options.dry_run:
        await _recover(run, works)
    await _each(works, _look_and_read)
    mark_blind(run, works)
    looked = [w for w in works if not w.halted]
    adopt_unborn(looked)
    await finish_moves(looked)
    find_moves(looked)
    if not run.options.dry_run:
        await hold_back_seen_twice(looked)
        await hold_back_moved(looked)
    for work in works:
        if not work.halted:
            known_uids(work)
            plan(work)
    await _each(works, keep_promises)
    await firewall(works)
    approve(works)
    if run.options.dry_run:
        for work in works:
            foretell(work)
        return
    for work in works:
        if not work.halted and not (await confirmed(work) and await guarded(work)):
            work.halted = True
    ready = [w for w in works if not w.halted]
    await firewall(ready)  # a guard's answer may have brought other writes
    try:
        await _each(ready, _write)
        await _each(ready, _delete)
        await _each([w for w in ready if not w.halted], close if run.options.approved is None else conclude)
    finally:
        tell_carried(works)
    for work in ready:
        work.report.complete = not work.halted
        work.tell(Phase.DONE)


async def _each(works: list[PairWork], what: Callable[[PairWork], Awaitable[None]]) -> None:
    """Do something for every pair that still goes on; an error of one pair ends that pair only."""
    for work in works:
        if work.halted:
            continue
        work.run.require_going()
        try:
            await what(work)
        except AccountError:
            raise
        except InstepError as error:
            side = _side_of(work, error)
            if error.where.collection == work.collection(side):
                error.where.collection = work.report.server if side is Side.RIGHT else work.report.desktop
            work.problem(side, error.where.item, error)
            work.halted = True


def _side_of(work: PairWork, error: InstepError) -> Side:
    place = error.where.collection
    names = {work.collection(side): side for side in Side}
    names |= {work.report.server: Side.RIGHT, work.report.desktop: Side.LEFT}
    # Errors about files name the whole path, so that a person finds the folder.
    return names.get(place, Side.LEFT if PurePath(place).is_absolute() else Side.RIGHT)


async def _open(work: PairWork) -> None:
    for side in Side:
        work.replicas[side] = await work.run.connectors[side].open(work.collection(side), work.kind)
    await see_rights(work)


async def _recover(run: Run, works: list[PairWork]) -> None:
    with run.db.reading() as tx:
        rows = journal_table.open_rows(tx, run.account)
    by_pair = defaultdict(list)
    for row in rows:
        by_pair[row.pair_id].append(row)

    async def finish(work: PairWork) -> None:
        if by_pair.get(work.pair.id):
            await recover(work, by_pair[work.pair.id])

    await _each(works, finish)


async def _look_and_read(work: PairWork) -> None:
    await look(work)
    require_a_way(work)
    await read(work)


async def _write(work: PairWork) -> None:
    await carry_out(work, work.steps, Phase.WRITING)


async def _delete(work: PairWork) -> None:
    await carry_out(work, work.deletions, Phase.DELETING)


async def _asked(run: Run, works: list[PairWork]) -> set[int]:
    """Put the open questions to the face; gives the pairs for which something was decided."""
    if run.options.on_conflict not in {None, "ask"}:
        return set()
    decided: set[int] = set()
    for work in works:
        if work.halted:
            continue
        for question in open_questions(run.db, work.pair, run.side_name(Side.LEFT), run.side_name(Side.RIGHT)):
            if question.id in run.skipped:
                continue
            answer = await run.face.decide(question)
            if answer is None or answer.choice is Choice.SKIP:
                run.skipped.add(question.id)
                continue
            with run.db.transaction() as tx:
                conflict_table.set_resolution(tx, question.id, answer.to_json())
            # What was held may be a move, which is seen only where both of its pairs are looked at.
            decided |= {w.pair.id for w in works} if answer.choice is Choice.SEND else {work.pair.id}
    return decided
