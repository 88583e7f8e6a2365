"""An undo or a restore as its page shows it: first what it would write, then what it wrote."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from instep.core.diff import diff
from instep.core.model import Item
from instep.engine.byhand import HandReport, Intent, Outcome
from instep.engine.mailing import sentence
from instep.engine.sentences import counted, field_labels
from instep.web.columns import lines_of
from instep.web.dates import style_of
from instep.web.paging import Page, asked_number, page_of
from instep.web.progress import Passing
from instep.web.render import Clock
from instep.web.side_by_side import Line

PAGE = 80
_FIELDS = 12
_WOULD = {"create": "would be made again", "update": "would be changed back", "delete": "would be removed"}
_DONE = {"create": "made again", "update": "changed back", "delete": "removed"}
_RESTORED = {"create": "would be made again", "update": "would be changed to this version"}


@dataclass(frozen=True, slots=True)
class HandItem:
    """One item in words. ``mails`` says whom a server would mail, empty where nobody; ``mark`` stands for what would be
    written; ``tone`` is a class of the stylesheet."""

    kind: str
    side: str
    name: str
    does: str
    tone: str
    reason: str
    mark: str
    mails: str
    action: str
    outcome: Outcome


@dataclass
class HandLive:
    """A run that a person asked for. ``run`` is the one that shall be undone, or ``item`` and ``version`` what shall
    be brought back. ``dry``: it is only looked at. ``becomes`` is an item as it is now, and what it would become."""

    dry: bool
    run: int = 0
    item: str = ""
    version: int = 0
    name: str = ""
    passing: Passing = field(default_factory=Passing)
    report: HandReport | None = None
    items: list[HandItem] = field(default_factory=list)
    becomes: tuple[Item | None, Item] | None = None

    @property
    def back(self) -> str:
        """The page that it was asked for on."""
        return f"/history/{self.run}" if self.run else f"/items/{self.item}"

    def take(self, report: HandReport) -> None:
        """Take in what came of it, in words, without what the engine worked with."""
        self.items = [_item(intent, restore=not self.run) for intent in report.intents]
        if not self.run and self.dry and len(report.intents) == 1:
            self.becomes = _becomes(report.intents[0])
        report.intents = []
        self.report = report

    def lines(self, request: Request) -> list[Line]:
        """An item as it is now beside what it would become."""
        if self.becomes is None:
            return []
        rows = diff(*self.becomes, style_of(Clock(request)))
        return lines_of(rows, "now", f"in version {self.version}")

    def count(self, outcome: str) -> int:
        """How many items came out so."""
        return sum(item.outcome == outcome for item in self.items)

    @property
    def marks(self) -> frozenset[str]:
        """What a person sees that would be written."""
        return frozenset(item.mark for item in self.items if item.outcome is Outcome.PLANNED)

    @property
    def mailing(self) -> list[HandItem]:
        """What is left alone because guests would be mailed."""
        return [item for item in self.items if item.mails]

    @property
    def carries(self) -> bool:
        """Whether something was written that the next synchronization carries to the other side."""
        return any(item.outcome is Outcome.DONE and item.action != "delete" for item in self.items)

    def page(self, request: Request) -> Page[HandItem]:
        """A page of the items: those that were or would be written first."""
        order = [Outcome.PLANNED, Outcome.DONE, Outcome.REFUSED, Outcome.ALREADY]
        return page_of(sorted(self.items, key=lambda i: order.index(i.outcome)), asked_number(request, "page", 1), PAGE)

    @property
    def summary(self) -> str:
        """What would be done, or was, in one sentence."""
        written = Outcome.PLANNED if self.dry else Outcome.DONE
        number, refused, already = self.count(written), self.count(Outcome.REFUSED), self.count(Outcome.ALREADY)
        if not number and not refused:
            return "Everything is so already; there is nothing to write."
        is_ = "would be" if self.dry else ("was" if number == 1 else "were")
        parts = [f"{counted(number, 'item')} {is_} written" if number else "Nothing can be written" if self.dry else ""]
        parts.append(f"{refused} left alone, with the reason below" if refused else "")
        parts.append(f"{already} already so" if already else "")
        said = ", ".join(part for part in parts if part)
        return f"{said[:1].upper()}{said[1:]}.{' Nothing has been written yet.' if self.dry else ''}"


def _item(intent: Intent, *, restore: bool) -> HandItem:
    match intent.outcome:
        case Outcome.ALREADY:
            does, tone = "is so already", "quiet"
        case Outcome.REFUSED:
            does, tone = "left alone", "asks"
        case Outcome.DONE:
            does, tone = "brought back" if restore else _DONE[intent.action], "good"
        case Outcome.PLANNED:
            does, tone = (_RESTORED if restore else _WOULD)[intent.action], ""
    labels = _labels(intent) if intent.outcome in {Outcome.PLANNED, Outcome.DONE} else ""
    mails = sentence(intent.mails, f"the {intent.side.value}") if intent.mails else ""
    kind = intent.kind.value if intent.kind else ""
    side = intent.side.value
    return HandItem(
        kind, side, intent.name, does, tone, intent.reason or labels, intent.mark, mails, intent.action, intent.outcome
    )


def _labels(intent: Intent) -> str:
    if intent.step is None or intent.kind is None or not intent.step.writes:
        return ""
    names = field_labels(intent.kind, intent.step.writes[0].changed)
    more = f" and {len(names) - _FIELDS} more" if len(names) > _FIELDS else ""
    return ", ".join(names[:_FIELDS]) + more


def _becomes(intent: Intent) -> tuple[Item | None, Item] | None:
    step = intent.step
    if step is None or not step.writes or step.writes[0].item is None:
        return None
    write = step.writes[0]
    now = step.now.get(write.side)
    assert write.item is not None
    return now.item if now is not None else None, write.item
