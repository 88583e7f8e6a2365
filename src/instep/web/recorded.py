"""Runs out of the store, in words: what each was, what came of it, what its report says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from instep.core.model import Kind, Side
from instep.engine.report import Counts, PairReport, Problem, Status
from instep.store import lease
from instep.store.runs import RunRow
from instep.web.site import Site
from instep.web.wording import asked_words, outcome


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run as a list shows it. ``sort`` is what it was (empty for a synchronization), ``tone`` how much it wants a
    person, ``words`` what came of it; ``goes_on``: somebody works on it now."""

    row: RunRow
    sort: str
    words: str
    tone: str
    goes_on: bool = False


def lines_of(site: Site, rows: list[RunRow]) -> list[RunLine]:
    """Lay out runs, newest first."""
    open_ = [row for row in rows if row.ended is None]
    working = lease.working(site.here.db) if open_ else frozenset()
    newest = {row.account: row.id for row in reversed(open_)}
    return [line_of(row, row.account in working and newest.get(row.account) == row.id) for row in rows]


def line_of(row: RunRow, goes_on: bool) -> RunLine:
    """Lay out one run; ``goes_on``: its account is being worked on, and this is its newest run."""
    sort = "Preview" if row.dry else asked_words(row.asked)
    if row.ended is None:
        if goes_on:
            return RunLine(row, sort, "goes on now", "busy", True)
        rest = "nothing was written" if row.dry else "the next synchronization finishes what it had begun"
        return RunLine(row, sort, f"was interrupted; {rest}", "quiet" if row.dry else "bad")
    tones = {Status.IN_STEP: "good", Status.FAILED: "bad", Status.PROBLEMS: "bad", Status.STOPPED: "quiet"}
    tone = "quiet" if row.dry else tones.get(Status(row.status), "asks")
    return RunLine(row, sort, outcome(row).removeprefix("preview: "), tone)


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """An item that an undo or a restore left as it was, and why."""

    side: str
    name: str
    reason: str


def pairs_of(row: RunRow) -> list[PairReport]:
    """What a synchronization did for each pair, as its report tells it."""
    whole = row.status in {Status.IN_STEP, Status.CONFLICTS, Status.PROBLEMS}
    return [_pair(plain, whole) for plain in row.report.get("pairs", ())]


def _pair(plain: dict[str, Any], whole: bool) -> PairReport:
    problems = [
        Problem(Side(p["side"]), p["item"], p["message"], p.get("error", "")) for p in plain.get("problems", ())
    ]
    return PairReport(
        Kind(plain["kind"]),
        plain["desktop"],
        plain["server"],
        Counts(**plain["desktop_actions"]),
        Counts(**plain["server_actions"]),
        plain["linked"],
        plain["merged"],
        plain["conflicts"],
        problems,
        staying={side: plain.get("staying", {}).get(side.value, 0) for side in Side},
        complete=whole,
    )


def left_alone(row: RunRow) -> list[LeftAlone]:
    """What an undo or a restore left as it was."""
    items = row.report.get("items", ())
    return [LeftAlone(i["side"], i["name"], i["reason"]) for i in items if i["outcome"] == "refused"]
