"""What a side holds and the protocol in use cannot carry: it stays as it is there, which is no problem.

A series over an interface that is not known to keep one, a group where only the server knows who is in it. Such an item
counts as there: it is neither written over nor deleted (RULES 14). It is said once, with what a person can do. Each run
looks at it again, so it goes by itself as soon as the protocol, or what is known of the server, lets it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from shlex import quote

from instep.core.limits import bar_of
from instep.core.model import Item, Side
from instep.engine.noting import named
from instep.engine.work import PairWork, Step, Write
from instep.errors import NotCarried, Where
from instep.store.remarks import Remark

REASON = "staying"
"""The reason of a remark on an item that stays."""


def stay(work: PairWork, side: Side, href: str, etag: str | None, name: str, why: NotCarried) -> None:
    """Leave an item of a side as it is there; ``tell_staying`` says so where an earlier run has not."""
    new = href not in work.found[side].stayed_before and href not in work.staying[side]
    work.staying[side][href] = etag
    work.settle(side, href)
    if new:
        advice = why.advice.replace("NAME", quote(work.run.account))
        text = str(replace(why, advice=advice, where=Where()))
        work.newly_staying.append((side, name, text[:1].upper() + text[1:]))


def stays(work: PairWork, step: Step) -> bool:
    """True when a write of the step would bring a side what it does not take. Then nothing of the step is written, what
    is known of its link stays, and the item that is not taken stays where it is."""
    for write in step.writes:
        source = step.now.get(write.side.other)
        if source is None or write.item is None or (why := not_taken(work, write.side, write.item)) is None:
            continue
        stay(work, write.side.other, source.href, source.etag, step.name, why)
        step.writes, step.settlement, step.unsettled = [], None, True
        step.merged = step.linked = False
        if step.answered:
            work.asked.append(step.answered)  # the answer is carried out once that can be
        return True
    return False


def not_taken(work: PairWork, side: Side, item: Item) -> NotCarried | None:
    """Why a side does not take an item at all; ``None`` where it may."""
    bar = bar_of(item, work.replicas[side].limits)
    return NotCarried(bar.why, bar.advice) if bar is not None else None


def was_not_carried(work: PairWork, step: Step, write: Write, error: NotCarried) -> None:
    """A connector found out before it sent anything that it cannot write that: its source stays as it is."""
    step.unsettled = True
    for side, now in step.now.items():
        work.open[side][now.href] = None
    source = step.now.get(write.side.other)
    if source is not None:
        stay(work, write.side.other, source.href, source.etag, step.name, error)
    tell_staying(work)


def tell_staying(work: PairWork) -> None:
    """Say what stays that was not named before, those of one reason together, and count all."""
    groups: dict[tuple[Side, str], list[str]] = defaultdict(list)
    for side, name, why in work.newly_staying:
        groups[side, why].append(name)
    work.newly_staying.clear()
    for (side, why), names in groups.items():
        verb = "stays as it is" if len(names) == 1 else "stay as they are"
        work.report.notes.append(f"{named(names)}: {verb} ({work.run.side_name(side)}). {why}")
    for side in Side:
        work.report.staying[side] = len(work.staying[side])


def remarks(work: PairWork, side: Side) -> list[Remark]:
    """The remarks on what stays."""
    return [Remark(work.pair.id, side, href, etag, REASON) for href, etag in work.staying[side].items()]
