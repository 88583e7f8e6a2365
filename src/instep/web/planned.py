"""A plan as its page shows it: counted in words, one sort of change at a time where a person wants that, in pages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from starlette.requests import Request

from instep.core.model import Side
from instep.engine.asked import REASONS
from instep.engine.planfile import PlanFile, PlannedPair, Refusal
from instep.engine.planned import PlannedItem, PlannedQuestion, PlannedWrite
from instep.engine.report import Report
from instep.engine.sentences import counted, field_labels
from instep.web.paging import Page, asked_number, page_of
from instep.web.progress import Passing

PAGE = 80  # items that one page shows
ASKS = 40  # questions that one pair shows
_FIELDS = 12  # fields that are named of one item
LINK = "link"
_WOULD = {"create": "would be made", "update": "would be changed", "delete": "would be deleted"}
_DOES = {"create": "Make", "update": "Change", "delete": "Delete"}


@dataclass
class PreviewLive:
    """A look ahead: ``plan`` once it is made. For an account without pairs ``offered`` says what would be paired and
    ``lacks`` what the server has no folder for; ``unpaired`` tells that case."""

    passing: Passing = field(default_factory=Passing)
    plan: PlanFile | None = None
    unpaired: bool = False
    offered: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)

    def view(self, request: Request) -> PlanView | None:
        """What of the plan a request wants to see."""
        return None if self.plan is None else view_of(self.plan, request)


@dataclass
class AppliedLive:
    """A plan being carried out, and what came of it."""

    plan: PlanFile
    passing: Passing = field(default_factory=Passing)
    report: Report | None = None
    refused: list[Refusal] = field(default_factory=list)

    def left(self, request: Request) -> Page[Refusal]:
        """A page of what was not done."""
        return page_of(self.refused, asked_number(request, "page", 1), PAGE)


@dataclass(frozen=True, slots=True)
class Sort:
    """One sort of change of a pair: its name in the address, what it is, and whether it is being shown alone."""

    key: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a plan in words: what would be done, and why."""

    kind: str
    name: str
    does: list[str]
    reason: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan as a page shows it; ``only`` is the sort of change that is shown alone, empty for all. ``sorts`` and
    ``asked`` tell by pair what would be done and, with its reason, what would be asked."""

    plan: PlanFile
    summary: str
    sorts: dict[int, list[Sort]]
    asked: dict[int, list[tuple[str, str]]]
    lines: Page[Line]
    only: str
    stops: bool

    @property
    def asks(self) -> int:
        """How many conflicts would be a person's to decide."""
        return sum(len(pair.asks) for pair in self.plan.pairs)


def view_of(plan: PlanFile, request: Request) -> PlanView:
    """Lay out the part of a plan that a request's query names (``only``, ``page``)."""
    only = request.query_params.get("only", "")
    sorts = {pair.id: _sorts(pair, only) for pair in plan.pairs}
    if not any(sort.chosen for known in sorts.values() for sort in known):
        only = ""
    found = [(pair, item) for pair, item in plan.items if not only or only in _keys(pair, item)]
    part = page_of(found, asked_number(request, "page", 1), PAGE)
    lines = [Line(pair.kind.value, item.name, _does(pair, item), item.reason) for pair, item in part.shown]
    shown = Page(lines, part.number, part.pages, part.total)
    asked = {pair.id: [(ask.name, _why_asked(pair, ask)) for ask in pair.asks[:ASKS]] for pair in plan.pairs}
    return PlanView(plan, _summary(plan), sorts, asked, shown, only, any(pair.stops for pair in plan.pairs))


def _keys(pair: PlannedPair, item: PlannedItem) -> set[str]:
    return {f"{pair.id}.{write.side.value}.{write.op}" for write in item.writes} or {f"{pair.id}.{LINK}"}


def _sorts(pair: PlannedPair, only: str) -> list[Sort]:
    counts = Counter(key for item in pair.items for key in _keys(pair, item))
    words = {
        f"{pair.id}.{side}.{op}": f"{would} on the {side}"
        for side in (Side.LEFT.value, Side.RIGHT.value)
        for op, would in _WOULD.items()
    }
    words[f"{pair.id}.{LINK}"] = "found the same on both sides"
    return [Sort(key, f"{counts[key]} {said}", key == only) for key, said in words.items() if counts[key]]


def _does(pair: PlannedPair, item: PlannedItem) -> list[str]:
    return [_write(pair, write) for write in item.writes] or ["Nothing to write: they belong together"]


def _write(pair: PlannedPair, write: PlannedWrite) -> str:
    labels = field_labels(pair.kind, write.fields)
    more = f" and {len(labels) - _FIELDS} more" if len(labels) > _FIELDS else ""
    what = f": {', '.join(labels[:_FIELDS])}{more}" if labels else ""
    return f"{_DOES[write.op]} on the {write.side.value}{what}"


def _why_asked(pair: PlannedPair, ask: PlannedQuestion) -> str:
    reason = REASONS.get(ask.reason, ask.reason)
    return f"{reason}: {', '.join(field_labels(pair.kind, ask.fields))}" if ask.fields else reason


def _summary(plan: PlanFile) -> str:
    writes = [write.op for _, item in plan.items for write in item.writes]
    asks = sum(len(pair.asks) for pair in plan.pairs)
    problems = sum(len(pair.problems) for pair in plan.pairs)
    parts = [
        f"{counted(len(writes), 'change')} would be written" if writes else "",
        f"{counted(asks, 'conflict')} would be yours to decide" if asks else "",
        f"{counted(problems, 'problem')} came up" if problems else "",
    ]
    said = ", ".join(part for part in parts if part)
    return f"{said}. Nothing has been written." if said else "Both sides are in step: there is nothing to do."
