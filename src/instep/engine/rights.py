"""A side that takes no writes: found out by a refused write, remembered, and asked about again (RULES 23).

A store may say beforehand that a collection is read-only, or only by refusing. The refusal is remembered with the pair,
so that the next run plans one way at once; it ends when the store says otherwise, or with a new try on another day.
"""

from __future__ import annotations

from dataclasses import replace

from instep.core.model import Side
from instep.core.plan import Direction
from instep.engine.policies import policy_of, takes_writes
from instep.engine.work import PairWork
from instep.errors import InstepError, ReadOnly, Where
from instep.store import pairs as pair_table

_KEY = "locked"


async def see_rights(work: PairWork) -> None:
    """Find out whether a side that refused a write before still refuses."""
    known = work.pair.options.get(_KEY)
    if known is None:
        return
    side = Side(known["side"])
    work.locked = side
    if work.pair.id in work.run.refused:
        return
    told = await _told(work, side)
    if told is False:
        _remember(work, side, told=True)
    elif told or known["told"] or known["day"] != _today(work):
        work.locked = None  # the next refusal, if there is one, is remembered again
        work.tried = side


async def _told(work: PairWork, side: Side) -> bool | None:
    """What the store says of its collection now; ``None`` where it does not say."""
    connector, place = work.run.connectors[side], work.collection(side)
    try:
        infos = await connector.collections()
    except InstepError:
        return work.info(side).writable
    return next((info.writable for info in infos if info.id == place), None)


def refused(work: PairWork, side: Side, error: InstepError) -> bool:
    """Remember that a side takes no writes; true when the run shall look at the pair again, one way."""
    if not isinstance(error, ReadOnly) or work.locked is not None:
        return False
    if work.tried is not side:
        where = work.run.side_name(side)
        work.report.notes.append(f"{where} takes no writes here ({error.message.rstrip('.')}): left as it is from now.")
    _remember(work, side, told=False)
    work.locked, work.relook = side, True
    work.run.refused.add(work.pair.id)
    return True


def _remember(work: PairWork, side: Side, *, told: bool) -> None:
    options = {**work.pair.options, _KEY: {"side": side.value, "day": _today(work), "told": told}}
    work.pair = replace(work.pair, options=options)
    if work.run.options.dry_run:
        return
    with work.run.db.transaction() as tx:
        if (pair := pair_table.get(tx, work.pair.id)) is not None:
            pair_table.change(tx, replace(pair, options={**pair.options, _KEY: options[_KEY]}))


def _today(work: PairWork) -> str:
    return f"{work.run.clock():%Y-%m-%d}"


def require_a_way(work: PairWork) -> None:
    """Raise ``ReadOnly`` when the side that the pair goes to takes no writes: nothing could be carried at all."""
    direction = policy_of(work).direction
    goal = {Direction.TO_SERVER: Side.RIGHT, Direction.TO_DESKTOP: Side.LEFT}.get(direction)
    asked = work.policy.direction
    if asked in {Direction.TWO_WAY, direction} and (goal is None or takes_writes(work, goal)):
        return
    side = Side.RIGHT if not takes_writes(work, Side.RIGHT) else Side.LEFT
    raise ReadOnly(
        f"The folder takes no writes, and nothing goes the other way (direction {asked.value}).",
        "Allow writing there, or give the pair another direction.",
        Where(collection=work.collection(side)),
    )
