"""Undo as a plan like any other, built from history: refused item by item where something has changed since (RULES 24).

An update is turned back and a deleted item made again as by a person's hand, which the next run carries. A copy that a
run made is removed, and its link declined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from instep.connectors.base import Fetched, FetchResult, Foreign, Missing, Unreadable
from instep.core.fields import fields_of, same
from instep.core.model import Item, Side, kind_of
from instep.engine.byhand import Intent, Outcome
from instep.engine.deeds import Deed
from instep.engine.present import Present, Subject, means_the_same, present
from instep.engine.record import document_of
from instep.engine.work import ByHand, Fate, PairWork, Step, Write
from instep.store.history import Image

CHANGED = "It has changed since, so it stays as it is."
NOT_THERE = "It is not there any more."


async def plan_undo(work: PairWork, deeds: Sequence[Deed]) -> list[Intent]:
    """Say for every deed of a pair what undoing it writes, or why nothing is written. Writes nothing itself."""
    subjects = {id(deed): subject_of(deed) for deed in deeds}
    making = [subjects[id(deed)] for deed in deeds if deed.undoing == "create"]
    found = await present(work, subjects.values(), making)
    return [_intent(work, deed, subjects[id(deed)], found) for deed in deeds]


def subject_of(deed: Deed) -> Subject:
    """The item of a deed, to be looked for."""
    image = deed.before or deed.after
    uid = image.item.uid if image is not None and image.item is not None else ""
    return Subject(deed.side, deed.href, deed.number, uid)


def _intent(work: PairWork, deed: Deed, subject: Subject, found: Present) -> Intent:
    intent = Intent(work.kind, deed.side, deed.undoing, deed.name, work=work)
    before, after = deed.before, deed.after
    if before is None:
        assert after is not None and after.item is not None
        return _take_back(work, intent, subject, found, after.item)
    assert before.item is not None
    if after is None:
        return make_again(work, intent, subject, found, before)
    assert after.item is not None
    return _turn_back(work, intent, subject, found, before.item, after.item)


def _turn_back(work: PairWork, intent: Intent, subject: Subject, found: Present, before: Item, after: Item) -> Intent:
    now = found.at(subject)
    if not isinstance(now, Fetched):
        return intent.refuse(why_not(now))
    if means_the_same(work, subject.side, before, now.item):
        intent.outcome = Outcome.ALREADY
        return intent
    if not means_the_same(work, subject.side, after, now.item):
        return intent.refuse(CHANGED)
    return rewrite(work, intent, subject, found, now, before)


def rewrite(work: PairWork, intent: Intent, subject: Subject, found: Present, now: Fetched, version: Item) -> Intent:
    """Plan to give what is there the fields of a version; the rest of it, as its uid, stays."""
    if refusal := _read_only(work, subject.side):
        return intent.refuse(refusal)
    fields = [f for f in fields_of(now.item) if not same(f, getattr(now.item, f.name), getattr(version, f.name))]
    item = replace(now.item, **{f.name: getattr(version, f.name) for f in fields})
    names = tuple(f.name for f in fields)
    write = Write("update", subject.side, item, now.href, now.etag, now.document, names)
    intent.action = "update"
    return _with_step(intent, subject, found, Fate.EDIT, write, {subject.side: now})


def make_again(work: PairWork, intent: Intent, subject: Subject, found: Present, image: Image) -> Intent:
    """Plan to make an item again as it was, unless it is there, or another version of it."""
    item, side = image.item, subject.side
    assert item is not None
    now = found.at(subject)
    if isinstance(now, Unreadable):
        return intent.refuse(why_not(now))
    there = [now] if isinstance(now, Fetched) and (subject in found.remade or _is_it(now.item, item)) else []
    there += found.others(subject, item)
    if any(means_the_same(work, side, item, other.item) for other in there):
        intent.outcome = Outcome.ALREADY
        return intent
    if there:
        return intent.refuse("Another version of it is there.")
    if refusal := _read_only(work, side):
        return intent.refuse(refusal)
    href = work.replicas[side].propose(item, work.hrefs[side])
    if href is not None:
        work.hrefs[side].add(href)
    fate = Fate.REVIVE if found.taken_back(subject) else Fate.LOOSE
    write = Write("create", side, item, href, None, document_of(image.document))
    intent.action = "create"
    return _with_step(intent, subject, found, fate, write, {})


def _is_it(now: Item, item: Item) -> bool:
    """True when what is at the item's old address is some version of it, and not another item."""
    return kind_of(now) is kind_of(item) and (not item.uid or not now.uid or now.uid == item.uid)


def _take_back(work: PairWork, intent: Intent, subject: Subject, found: Present, made: Item) -> Intent:
    now = found.at(subject)
    if found.taken_back(subject):
        intent.outcome = Outcome.ALREADY
        return intent
    if isinstance(now, Missing) and found.is_gone(subject):
        intent.outcome = Outcome.ALREADY
        # A person removed the copy, and wants no more than that: its origin must not follow.
        intent.step = _step(intent, subject, found, Fate.DECLINE, {}) if subject in found.links else None
        return intent
    if not isinstance(now, Fetched):
        return intent.refuse(why_not(now))
    if not means_the_same(work, subject.side, made, now.item):
        return intent.refuse(CHANGED)
    if refusal := _read_only(work, subject.side):
        return intent.refuse(refusal)
    write = Write("delete", subject.side, None, now.href, now.etag, now.document)
    return _with_step(intent, subject, found, Fate.DECLINE, write, {subject.side: now})


def _with_step(
    intent: Intent, subject: Subject, found: Present, fate: Fate, write: Write, now: dict[Side, Fetched]
) -> Intent:
    intent.step = _step(intent, subject, found, fate, now)
    intent.step.writes.append(write)
    return intent


def _step(intent: Intent, subject: Subject, found: Present, fate: Fate, now: dict[Side, Fetched]) -> Step:
    link = found.links.get(subject)
    number = link.id if link is not None else subject.number
    return Step(None, intent.name, now, by_hand=ByHand(fate, subject.side, number))


def _read_only(work: PairWork, side: Side) -> str:
    info = work.info(side)
    return f"The {side.value}'s folder “{info.name}” takes no writes." if info.writable is False else ""


def why_not(now: FetchResult | None) -> str:
    """Why an item cannot be worked on."""
    match now:
        case Unreadable():
            return "It cannot be read as it is now, so it stays as it is."
        case Foreign():
            return "It has become an item of another kind."
        case _:
            return NOT_THERE
