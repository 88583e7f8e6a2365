"""A desktop of the simulation: its store, its state database, and the program that keeps both sides the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from instep.core.guard import Stop
from instep.core.model import Kind, Side
from instep.engine.events import Face, GuardAnswer
from instep.engine.questions import Choice, Question, Resolution
from instep.engine.report import Report
from instep.engine.run import synchronize
from instep.engine.work import Options
from instep.store import conflicts as conflict_table
from instep.store import history, lease
from instep.store import journal as journal_table
from instep.store import pairs as pair_table
from instep.store.conflicts import ConflictRow
from instep.store.database import Database
from instep.store.pairs import Pair
from instep.testing.faults import Killed
from instep.testing.simulate.families import Family
from instep.testing.simulate.items import identity_of, words_of
from instep.testing.simulate.ledger import Ledger
from instep.testing.simulate.people import People
from instep.testing.simulate.process import MortalDatabase, Process
from instep.testing.simulate.stores import Line, SimConnector, SimStore

ACCOUNT = "me"


@dataclass(slots=True)
class Desk:
    """One computer. ``db`` is the state database as its program has it; ``state`` is the same for those who look at it
    from outside, also after a death."""

    process: Process
    store: SimStore
    server: SimStore
    state: Database
    people: People
    ledger: Ledger
    db: MortalDatabase = field(init=False)
    uids: int = 0

    def __post_init__(self) -> None:
        self.db = MortalDatabase(self.state.engine, None, self.process)

    def pair_up(self, kind: Kind, folders: tuple[str, ...]) -> None:
        """Each folder with the server's of the same name."""
        with self.db.transaction() as tx:
            for folder in folders:
                pair_table.add(tx, Pair(0, ACCOUNT, kind, folder, folder, folder, folder))

    async def run(self, dice: Random, family: Family, clock: datetime, rule: str | None, kill_at: int) -> Report | None:
        """One run of the program, to its end or its death (``None``)."""
        self.process.start(kill_at)
        asks = rule in {None, "ask", "skip"}
        line = Line(self.process, dice, family, self.people.meddle, self.kept, asks, (self.store, self.server))
        left, right = (SimConnector(s, line, self.people.squat) for s in (self.store, self.server))
        face = Face(guard=self._guard(dice, family), decide=self._decide(dice, family, rule))
        options = Options(yes=True, on_conflict=rule)
        self.process.story.tell(f"{self.process.name} synchronizes.")
        try:
            lease.forget(self.db)  # the program that held it is dead
            report = await synchronize(
                self.db, ACCOUNT, left, right, options, face, clock=lambda: clock, new_uid=self._new_uid
            )
        except Killed:
            return None
        self._tell(report)
        if not report.failure and not any(pair.problems for pair in report.pairs):
            self.ledger.heard(self.process.name)
        return report

    def _new_uid(self) -> str:
        self.uids += 1
        return f"{self.process.name}-new-{self.uids}"

    def _guard(self, dice: Random, family: Family) -> Any:
        async def guard(account: str, kind: Kind, stop: Stop) -> GuardAnswer:
            quiet = family == family.quiet()
            answer = GuardAnswer.GO if quiet else dice.choice([*GuardAnswer])
            self.process.story.tell(f"The guard stops {self.process.name}: {stop.sentence()} Answer: {answer}.")
            if answer is GuardAnswer.RESTORE:
                self.ledger.past.clear()  # what somebody replaced may come back by this word
            return answer

        return guard

    def _decide(self, dice: Random, family: Family, rule: str | None) -> Any:
        async def decide(question: Question) -> Resolution | None:
            quiet = family == family.quiet()
            if (quiet and rule is None) or (not quiet and dice.random() < 0.4):
                return None
            choice = Choice.SERVER if quiet else dice.choice(question.choices)
            takes = {group: dice.choice(list(Side)) for group in question.fields} if choice is Choice.MERGE else {}
            identity = identity_of(question.left) or identity_of(question.right)
            self.ledger.decided.add(identity)
            if choice in {Choice.BOTH, Choice.NEW}:
                self.ledger.doubles[identity] += 1
            self.process.story.tell(f"{self.process.name} asks ({question.reason}) and hears: {choice}.", identity)
            return Resolution(choice, takes=takes)

        return decide

    def _tell(self, report: Report) -> None:
        done = ", ".join(f"{p.desktop}: {p.work} writes" for p in report.pairs)
        problems = "; ".join(f"{p.item} {p.message}" for pair in report.pairs for p in pair.problems)
        told = report.failure or problems or done
        self.process.story.tell(f"{self.process.name} is done ({report.status}): {told}")

    # What the state database holds --------------------------------------------------------------------------------

    def kept(self) -> frozenset[str]:
        """All words in history, open questions and the open journal."""
        with self.state.reading() as tx:
            rows = history.images(tx, [row.id for row in history.rows(tx)]).values()
            kept: list[object] = [i.item for images in rows for i in (images.before, images.after) if i is not None]
            for question in conflict_table.of_account(tx):
                kept += [question.left_item, question.right_item]
            for row in journal_table.open_rows(tx, ACCOUNT):
                kept += [row.before_left_item, row.before_right_item]
        return frozenset().union(*(words_of(item) for item in kept if item is not None))

    def questions(self) -> list[ConflictRow]:
        """The open questions."""
        with self.state.reading() as tx:
            return conflict_table.of_account(tx)

    def pairs(self) -> list[Pair]:
        """The pairs."""
        with self.state.reading() as tx:
            return pair_table.of_account(tx, ACCOUNT)

    def journal(self) -> int:
        """How many intended writes are open."""
        with self.state.reading() as tx:
            return len(journal_table.open_rows(tx, ACCOUNT))
