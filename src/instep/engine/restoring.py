"""Restoring: one version out of history is written back to the side it came from, as by a person's hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from instep.connectors.base import Connector, Fetched
from instep.engine.byhand import HandReport, Intent, Outcome
from instep.engine.present import Present, Subject, means_the_same, present
from instep.engine.undo import make_again, rewrite
from instep.engine.undoing import Hand, Wanted, by_hand
from instep.engine.versions import Known, Version, version
from instep.engine.work import ByHand, Fate, PairWork, Step, now
from instep.errors import ConfigError
from instep.store.database import Database


async def restore(
    db: Database,
    known: Known,
    number: int,
    desktop: Connector,
    server: Connector,
    wanted: Wanted,
    *,
    clock: Callable[[], datetime] = now,
) -> HandReport:
    """Write version ``number`` of an item back: onto what is there, or made again where nothing is.

    What it writes over is kept in history first, and the next run carries the version to the other side. An item whose
    copy was taken back by an undo is carried again. Raises ``ConfigError`` for a number that is none, for a version
    that is a deletion, and when the folders are not paired any more; other errors are ``HandReport.failure``.
    """
    chosen = version(db, known, number)
    if chosen.item is None:
        raise ConfigError(
            f"Version {number} of “{known.name}” is its deletion.", "Choose the version before it, or another one."
        )

    async def plan(hand: Hand) -> list[Intent]:
        home = hand.homes([known.link_id]).get(known.link_id, known.rows[0].pair_id)
        return [await _plan(await hand.work(home, known.kind), known, chosen)]

    return await by_hand(
        db, known.account, f"restore {known.number} {number}", desktop, server, wanted, plan, clock=clock
    )


async def _plan(work: PairWork, known: Known, chosen: Version) -> Intent:
    item, image = chosen.item, chosen.image
    assert item is not None and image is not None
    place = next(row.href for row in reversed(known.rows) if row.side is chosen.side)
    subject = Subject(chosen.side, place, known.link_id, item.uid)
    found = await present(work, [subject], [subject])
    intent = Intent(work.kind, chosen.side, "create", known.name, work=work)
    there = _there(subject, found, chosen)
    if there is None:
        return make_again(work, intent, subject, found, image)
    intent.action = "update"
    link = found.links.get(subject)
    fate = Fate.RELEASE if link is not None and link.state == "declined" else Fate.EDIT
    if means_the_same(work, subject.side, item, there.item):
        intent.outcome = Outcome.ALREADY
        if fate is Fate.RELEASE and link is not None:
            # Nothing is to be written, but its copy is wanted back on the other side.
            intent.step = Step(None, known.name, {}, by_hand=ByHand(fate, subject.side, link.id))
        return intent
    intent = rewrite(work, intent, subject, found, there, item)
    if intent.step is not None and intent.step.by_hand is not None:
        intent.step.by_hand = ByHand(fate, subject.side, intent.step.by_hand.item)
    return intent


def _there(subject: Subject, found: Present, chosen: Version) -> Fetched | None:
    """The item as it is now, at its own address or at another one under its uid."""
    item = chosen.item
    assert item is not None
    now = found.at(subject)
    if isinstance(now, Fetched) and (
        subject in found.links or subject in found.remade or not item.uid or now.item.uid == item.uid
    ):
        return now
    same_uid = [other for other in found.others(subject, item) if item.uid and other.item.uid == item.uid]
    return same_uid[0] if len(same_uid) == 1 else None
