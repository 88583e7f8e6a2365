"""Questions about what one look leaves to another: they stand with their answers, and what they name waits (RULES 7).

A look leaves a link or a new item to the next one where it may just be on the move, or may come from a folder that is
not looked at now.
"""

from __future__ import annotations

from collections.abc import Iterable

from instep.core.model import Side
from instep.engine.work import PairWork
from instep.store.conflicts import ConflictRow


def let_stand(work: PairWork, rows: Iterable[ConflictRow]) -> None:
    """Keep the questions of a pair that cannot be asked anew by this look, before anything is planned."""
    for row in rows:
        named = _named(row)
        if row.link_id is not None:
            if row.link_id in work.later:
                work.asked.append(row.id)
        elif any(href in work.waiting[side] or href in work.postponed[side] for side, href in named):
            work.asked.append(row.id)
            for side, href in named:
                _let_wait(work, side, href)


def _named(row: ConflictRow) -> list[tuple[Side, str]]:
    """The items that a question without a link is about."""
    hrefs = ((Side.LEFT, row.left_href), (Side.RIGHT, row.right_href))
    named = [(side, href) for side, href in hrefs if href is not None]
    if row.reason == "match":
        named += [(Side(c["side"]), c["href"]) for c in row.candidates]
    return named


def _let_wait(work: PairWork, side: Side, href: str) -> None:
    if (fetched := work.loose[side].pop(href, None)) is not None:
        work.waiting[side][href] = fetched.etag
        work.settle(side, href)
