"""Moves and renames: vanished items beside new ones of the same side, before any deletion is planned (RULES 15)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable
from dataclasses import replace

from instep.connectors.base import Fetched
from instep.core.model import Item, Side
from instep.core.plain import digest
from instep.core.plan import Absent
from instep.engine.work import Case, PairWork
from instep.store import links as link_table


def find_moves(works: list[PairWork]) -> None:
    """Give every vanished item that turns up elsewhere on its side its link back, within its pair."""
    for side in Side:
        for work in works:
            _renamed(work, side)


def _renamed(work: PairWork, side: Side) -> None:
    vanished = [
        c
        for c in work.cases.values()
        if c.now.get(side) is Absent.GONE and isinstance(c.now.get(side.other), Fetched) and c.link.href(side)
    ]
    if not vanished or not work.loose[side]:
        return
    for key in (_uid, digest):
        _pair_up(work, side, vanished, key)


def _uid(item: Item) -> Hashable:
    return item.uid


def _pair_up(work: PairWork, side: Side, vanished: list[Case], key: Callable[[Item], Hashable]) -> None:
    gone: dict[Hashable, list[Case]] = defaultdict(list)
    for case in vanished:
        seen = case.memory.left if side is Side.LEFT else case.memory.right
        if case.now.get(side) is Absent.GONE and (value := key(seen)):
            gone[value].append(case)
    new: dict[Hashable, list[Fetched]] = defaultdict(list)
    for fetched in work.loose[side].values():
        if value := key(fetched.item):
            new[value].append(fetched)
    for value, cases in gone.items():
        if len(cases) == 1 and len(new.get(value, ())) == 1:
            _relink(work, side, cases[0], new[value][0])


def _relink(work: PairWork, side: Side, case: Case, fetched: Fetched) -> None:
    old = case.link.href(side)
    del work.loose[side][fetched.href]
    work.settle(side, old)
    if side is Side.LEFT:
        case.link = replace(case.link, left_href=fetched.href, left_etag=None)
    else:
        case.link = replace(case.link, right_href=fetched.href, right_etag=None)
    case.now[side] = fetched
    if not work.run.options.dry_run:
        with work.run.db.transaction() as tx:
            link_table.touch(tx, [(case.link.id, side, fetched.href, None)])
