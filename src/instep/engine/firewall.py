"""The invitation firewall: no write makes a server mail anybody unless a person said yes to that item (RULES 25).

Runs over planned steps. A write that a scheduling store could answer with mail is taken out of its step and becomes a
question; what else the step does goes on. Steps that only make sense together (a move's new item and the removal of
the old one) wait together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from instep.codecs.scheduling import guests_are_quiet, organizer_is_quiet
from instep.connectors.base import Document, Fetched, Scheduling
from instep.core.fields import fields_of
from instep.core.invitations import Mail, Part, sending
from instep.core.merge import winner_by_time
from instep.core.model import Item, Kind, Side
from instep.core.plan import OnConflict
from instep.engine.answers import shown
from instep.engine.asking import with_versions
from instep.engine.mailing import SENDS_MAIL, HeldMail, held_mail, may_send
from instep.engine.questions import Choice, Resolution
from instep.engine.record import native
from instep.engine.work import PairWork, Step, Write
from instep.errors import CodecError
from instep.store import conflicts as conflict_table
from instep.store.conflicts import ConflictRow

_NOBODY: frozenset[str] = frozenset()
_KINDS = frozenset({Kind.EVENT, Kind.TASK})
Loud = tuple[Step, Write, tuple[Mail, ...]]


async def firewall(works: Sequence[PairWork]) -> None:
    """Take every write that could send mail out of the steps and deletions of these pairs, and ask about it.

    A write to which a person said yes stays, if both versions and the mail still are those that were shown. Doing it
    again changes nothing. Nothing is written anywhere. A step must know the item of each side that it updates or
    deletes (``now``).
    """
    rows: dict[int, list[ConflictRow]] = {}
    for unit in _units([w for w in works if w.kind in _KINDS and not w.halted]):
        loud = [(step, write, mails) for work, step in unit.parts for write, mails in await loud_writes(work, step)]
        if not loud:
            continue
        row = _row(unit, rows)
        if row is not None and may_send(row) and _as_shown(row, unit, loud):
            unit.anchor[1].answered = row.id
        else:
            _hold(unit, loud)


# What could send --------------------------------------------------------------------------------------------------


async def loud_writes(work: PairWork, step: Step) -> list[tuple[Write, tuple[Mail, ...]]]:
    """The writes of a step that could make a store send mail, with what it would send."""
    found = []
    for write in step.writes:
        if mails := await _mails(work, step, write):
            found.append((write, mails))
    return found


async def _mails(work: PairWork, step: Step, write: Write) -> tuple[Mail, ...]:
    before = step.now[write.side] if write.op != "create" else None
    old = before.item if before is not None else None
    # Read for an unknown person first, who may be the organizer: only what could send at all is asked of the store.
    if not sending(old, write.item, _NOBODY).mails or (before and _quiet(before.document, Part.UNSURE)):
        return ()
    replica = work.replicas[write.side]
    match await replica.scheduling():
        case Scheduling.NONE:
            return ()
        case Scheduling.MARKED if write.op == "create":
            return ()
    would = sending(old, write.item, await replica.owners())
    if write.op == "delete" and would.part is Part.ATTENDEE:
        return ()  # it goes with ``Schedule-Reply: F`` (RFC 6638 8.1)
    return () if before is not None and _quiet(before.document, would.part) else would.mails


def _quiet(document: Document, part: Part) -> bool:
    """True when the document is marked so that the server mails nobody about it."""
    if document.media_type != "text/calendar":
        return False
    try:
        guests = part is Part.ATTENDEE or guests_are_quiet(document.data)
        return guests and (part is Part.ORGANIZER or organizer_is_quiet(document.data))
    except CodecError:
        return False


# What waits together ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Unit:
    """Steps that depend on each other, each with its pair, in the order in which they are carried out."""

    parts: list[tuple[PairWork, Step]] = field(default_factory=list)

    @property
    def anchor(self) -> tuple[PairWork, Step]:
        """The step whose link the question is about: of a move that of the old item, for the new one may have none."""
        if self.is_move:
            return next(part for part in self.parts if part[1].forget and part[1].after is not None)
        return next((part for part in self.parts if part[1].link is not None), self.parts[0])

    @property
    def now(self) -> dict[Side, Fetched]:
        """Both sides' items as they are, as far as the steps know them."""
        return {side: fetched for _, step in reversed(self.parts) for side, fetched in step.now.items()}

    def item(self, side: Side) -> Item | None:
        """The item of a side."""
        fetched = self.now.get(side)
        return fetched.item if fetched is not None else None

    @property
    def is_move(self) -> bool:
        """True for a new item in one pair and the removal of the old one in another."""
        return any(step.forget and step.after is not None for _, step in self.parts)


def _units(works: Sequence[PairWork]) -> list[_Unit]:
    units: dict[int, _Unit] = {}
    parts = [(w, s) for w in works for s in w.steps] + [(w, s) for w in works for s in w.deletions]
    for work, step in parts:
        units.setdefault(id(step.after or step), _Unit()).parts.append((work, step))
    for unit in units.values():
        unit.parts.sort(key=lambda part: part[1].after is not None)
    return list(units.values())


# What was asked before --------------------------------------------------------------------------------------------


def _row(unit: _Unit, known: dict[int, list[ConflictRow]]) -> ConflictRow | None:
    """The open question about the unit's link, or about the one item that has none yet; ``known`` fills as pairs are
    looked up."""
    work, step = unit.anchor
    if work.pair.id not in known:
        with work.run.db.reading() as tx:
            known[work.pair.id] = conflict_table.of_pair(tx, work.pair.id)
    rows = known[work.pair.id]
    if step.link is not None:
        return next((r for r in rows if r.link_id == step.link.id), None)
    places = {side: unit.now[side].href if side in unit.now else None for side in Side}
    alone = [r for r in rows if r.link_id is None and r.reason == SENDS_MAIL]
    return next((r for r in alone if (r.left_href, r.right_href) == (places[Side.LEFT], places[Side.RIGHT])), None)


def _as_shown(row: ConflictRow, unit: _Unit, loud: Sequence[Loud]) -> bool:
    if (row.left_digest, row.right_digest) != (shown(unit.item(Side.LEFT)), shown(unit.item(Side.RIGHT))):
        return False
    told, now = held_mail(row), _held_mail(loud, None)
    return told is not None and (told.ops, told.mails, row.fields) == (now.ops, now.mails, sorted(_groups(loud)))


def _held_mail(loud: Sequence[Loud], decided: Resolution | None) -> HeldMail:
    mails = tuple(dict.fromkeys(mail for _, _, mails in loud for mail in mails))
    return HeldMail(tuple(sorted({write.op for _, write, _ in loud})), mails, decided)


def _decided(unit: _Unit, *, whole: bool) -> Resolution | None:
    """What decided the clash that the write carries out, a person or the pair's rule; kept, or it would clash again."""
    work, step = unit.anchor
    if step.answer is not None and step.answer.choice is Choice.BOTH and not whole:
        return Resolution(Choice.SERVER)  # the copy is made; what is left of *keep both* is to keep the server's
    if step.answer is not None:
        return step.answer
    match work.policy.on_conflict:
        case OnConflict.SERVER:
            return Resolution(Choice.SERVER)
        case OnConflict.DESKTOP:
            return Resolution(Choice.DESKTOP)
        case OnConflict.NEWEST:
            left, right = unit.item(Side.LEFT), unit.item(Side.RIGHT)
            winner = winner_by_time(left, right) if left and right else Side.LEFT if left else Side.RIGHT
            return Resolution(Choice(winner.value)) if winner is not None else None
    return None


# Holding ----------------------------------------------------------------------------------------------------------


def _hold(unit: _Unit, loud: Sequence[Loud]) -> None:
    followed = {id(step.after) for _, step in unit.parts if step.after is not None}
    whole = unit.is_move or any(id(step) in followed for step, _, _ in loud)
    question = _question(unit, loud, _decided(unit, whole=whole))
    for _, step in unit.parts:
        for write in list(step.writes):
            if whole or any(write is held for _, held, _ in loud):
                step.writes.remove(write)
                step.held.append(write)
    kept = [part for part in unit.parts if part[1].held and _kept(*part, moves=unit.is_move)]
    work, step = unit.anchor
    if not any(step is other for _, other in kept):
        link = step.link.id if step.link is not None else None
        work.questions.append(with_versions(question, unit.item(Side.LEFT), unit.item(Side.RIGHT), link))
    elif step.question is None:
        step.question = question


def _kept(work: PairWork, step: Step, *, moves: bool) -> bool:
    """Let a step remember only what it still does; False when nothing is left of it and it is gone."""
    step.unsettled, step.merged, step.swings = True, False, {}
    made = [write for write in step.held if write.op == "create"]
    if made or any(write.op == "delete" for write in step.held):
        step.settlement, step.forget = None, False
    if any(step is other for other in work.deletions):
        work.deletions = [other for other in work.deletions if other is not step]
        work.steps.append(step)
    if step.link is not None and not moves:
        step.after = None if step.after is not None and step.after.held else step.after
        return True
    if step.link is None and not made:
        return True  # a first match: the link is made, its fields stay open
    work.steps = [other for other in work.steps if other is not step]
    for write in () if step.loose else made:
        source = step.now[write.side.other]
        work.waiting[write.side.other][source.href] = source.etag
    return False


def _question(unit: _Unit, loud: Sequence[Loud], decided: Resolution | None) -> ConflictRow:
    work, step = unit.anchor
    left, right = unit.now.get(Side.LEFT), unit.now.get(Side.RIGHT)
    return ConflictRow(
        0,
        work.pair.id,
        step.link.id if step.link is not None else None,
        SENDS_MAIL,
        step.name,
        work.run.clock(),
        left.href if left is not None else None,
        right.href if right is not None else None,
        fields=sorted(_groups(loud)),
        candidates=_held_mail(loud, decided).to_row(),
        left_document=native(left.document) if left is not None else None,
        right_document=native(right.document) if right is not None else None,
    )


def _groups(loud: Sequence[Loud]) -> set[str]:
    return {f.clash_group for _, w, _ in loud if w.item is not None for f in fields_of(w.item) if f.name in w.changed}
