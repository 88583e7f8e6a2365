"""A plan as a file: what ``instep plan --out`` writes and ``instep apply`` carries out (RULES 20).

It names account, state and pairs, so that it is never applied elsewhere, and is sealed against edits by accident. It
holds names and fields of items, and no secret.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from instep.core.model import Kind
from instep.engine.planned import PlannedItem, PlannedQuestion
from instep.engine.report import PairReport, Report
from instep.errors import ConfigError, Where
from instep.store import history as history_table
from instep.store import pairs as pair_table
from instep.store import runs as run_table
from instep.store.database import Database, Tx

VERSION = 1
_ANEW = "Make it anew: instep plan NAME --out FILE."


@dataclass(frozen=True, slots=True)
class PlannedStop:
    """A guard's stop that the plan would meet."""

    reason: str
    side: str
    sentence: str


@dataclass(frozen=True, slots=True)
class PlannedPair:
    """What a plan holds for one pair; ``first``: its first synchronization was not done then."""

    id: int
    kind: Kind
    desktop: str
    server: str
    first: bool
    items: tuple[PlannedItem, ...]
    asks: tuple[PlannedQuestion, ...] = ()
    stops: tuple[PlannedStop, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A whole plan. ``run`` and ``made`` (UTC) are the id and the start of the dry run that made it: no other state
    database has the same."""

    account: str
    run: int
    made: str
    on_conflict: str | None
    pairs: tuple[PlannedPair, ...]

    @property
    def items(self) -> list[tuple[PlannedPair, PlannedItem]]:
        """Everything that would be done."""
        return [(pair, item) for pair in self.pairs for item in pair.items]

    def to_json(self) -> dict[str, Any]:
        """The documented JSON of a plan."""
        plain: dict[str, Any] = {
            "instep_plan": VERSION,
            "account": self.account,
            "run": self.run,
            "made": self.made,
            "on_conflict": self.on_conflict,
            "pairs": [_plain_pair(pair) for pair in self.pairs],
        }
        return {**plain, "seal": _seal(plain)}


def plan_of(db: Database, report: Report, on_conflict: str | None) -> PlanFile:
    """The plan that a dry run's report holds."""
    with db.reading() as tx:
        row = run_table.get(tx, report.run)
        begun = {pair.id for pair in pair_table.of_account(tx, report.account) if pair.begun}
    made = row.started.isoformat() if row is not None else ""
    pairs = tuple(_planned_pair(pair, first=pair.pair_id not in begun) for pair in report.pairs)
    return PlanFile(report.account, report.run, made, on_conflict, pairs)


def _planned_pair(pair: PairReport, *, first: bool) -> PlannedPair:
    stops = tuple(PlannedStop(stop.reason.value, stop.side.value, stop.sentence()) for stop in pair.stops)
    problems = tuple(f"{p.item}: {p.message}" if p.item else p.message for p in pair.problems)
    items, asks = tuple(pair.items), tuple(pair.asks)
    return PlannedPair(pair.pair_id, pair.kind, pair.desktop, pair.server, first, items, asks, stops, problems)


def _plain_pair(pair: PlannedPair) -> dict[str, Any]:
    return {
        "id": pair.id,
        "kind": pair.kind.value,
        "desktop": pair.desktop,
        "server": pair.server,
        "first": pair.first,
        "items": [item.to_json() for item in pair.items],
        "conflicts": [ask.to_json() for ask in pair.asks],
        "stops": [{"reason": s.reason, "side": s.side, "sentence": s.sentence} for s in pair.stops],
        "problems": list(pair.problems),
    }


def _seal(plain: dict[str, Any]) -> str:
    text = json.dumps(plain, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


# Reading ----------------------------------------------------------------------------------------------------------


def is_plan(data: bytes) -> bool:
    """True when a file's content is a plan of any version."""
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        return False
    return isinstance(plain, dict) and "instep_plan" in plain


def read_plan(data: bytes, name: str) -> PlanFile:
    """Give the plan in a file called ``name``.

    Raises ``ConfigError`` when it is no plan, one of a newer version, or was edited.
    """
    where = Where(item=name)
    if not is_plan(data):
        raise ConfigError("This is no plan of Instep.", _ANEW, where)
    plain = json.loads(data)
    version = plain["instep_plan"]
    if not isinstance(version, int) or version > VERSION:
        raise ConfigError("This plan was written by a newer version of Instep.", "Use that one, or plan anew.", where)
    seal = plain.pop("seal", None)
    if seal != _seal(plain):
        raise ConfigError("This plan is not as it was written; it was edited or cut.", _ANEW, where)
    try:
        rule = plain["on_conflict"]
        pairs = tuple(_read_pair(pair) for pair in plain["pairs"])
        return PlanFile(str(plain["account"]), int(plain["run"]), str(plain["made"]), rule and str(rule), pairs)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError("This plan lacks something that a plan has.", _ANEW, where) from error


def _read_pair(plain: Any) -> PlannedPair:
    return PlannedPair(
        int(plain["id"]),
        Kind(plain["kind"]),
        str(plain["desktop"]),
        str(plain["server"]),
        bool(plain["first"]),
        tuple(PlannedItem.from_json(item) for item in plain["items"]),
        tuple(PlannedQuestion.from_json(ask) for ask in plain["conflicts"]),
        tuple(PlannedStop(str(s["reason"]), str(s["side"]), str(s["sentence"])) for s in plain["stops"]),
        tuple(str(problem) for problem in plain["problems"]),
    )


def require_here(db: Database, plan: PlanFile, account: str) -> None:
    """Raise ``ConfigError`` unless the plan was made for this account with this state database."""
    with db.reading() as tx:
        row = run_table.get(tx, plan.run)
    if row is None or not row.dry or row.account != account or row.started.isoformat() != plan.made:
        raise ConfigError(
            "The plan was not made with this state, or is too old for it to be known.",
            f"Make it anew: instep plan {account} --out FILE.",
            Where(account=account),
        )


# What was refused -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item of a plan that was not carried out, and why."""

    kind: Kind
    name: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The documented JSON."""
        return {"kind": self.kind.value, "name": self.name, "reason": self.reason}


def refusals(db: Database, plan: PlanFile, report: Report) -> list[Refusal]:
    """The items of a plan that a run of it did not carry out, each with the reason."""
    known = {pair.pair_id: pair for pair in report.pairs}
    found = []
    with db.reading() as tx:
        for planned in plan.pairs:
            done = known.get(planned.id)
            left = [item for item in planned.items if done is None or item.fingerprint not in done.carried]
            since = _written_since(tx, planned.id, plan.run) if left else {}
            found += [Refusal(planned.kind, item.name, _why(done, item, since)) for item in left]
    return found


def _why(pair: PairReport | None, item: PlannedItem, since: dict[tuple[str, str, str], int]) -> str:
    if pair is None:
        return "its folders are not kept the same any more, or their kind is switched off"
    if pair.stopped:
        return "its pair was stopped"
    if item.fingerprint in pair.tried:
        return "it could not be written; the next sync tries again"
    if not pair.complete:
        return "its pair could not go on"
    runs = [since.get((write.side.value, write.op, item.name), 0) for write in item.writes]
    if runs and all(runs):
        return f"it is done already, by run {max(runs)}"
    return "it has changed since the plan was made" if item.writes else "it has changed, or is done already"


def _written_since(tx: Tx, pair_id: int, run: int) -> dict[tuple[str, str, str], int]:
    rows = history_table.rows(tx, pair_id=pair_id)
    return {(row.side.value, row.op, row.name): row.run_id for row in rows if row.run_id > run}


def covered(plan: PlanFile) -> frozenset[tuple[int, str, str]]:
    """The guard's stops that were shown with a plan: pair, reason and side."""
    return frozenset((pair.id, stop.reason, stop.side) for pair in plan.pairs for stop in pair.stops)
