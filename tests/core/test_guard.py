"""Which plans wait for a person's word (RULES 22), as a table."""

from __future__ import annotations

from typing import Any

import pytest

from instep.core.guard import Stop, StopReason, Tally, judge
from instep.core.model import Side

ROWS: list[tuple[str, dict[str, Any], StopReason | None]] = [
    ("nothing to do", {"before": 100}, None),
    ("49 deletions among many", {"before": 1000, "delete": 49}, None),
    ("50 deletions", {"before": 1000, "delete": 50}, StopReason.MASS_DELETION),
    ("a quarter exactly", {"before": 40, "delete": 10}, None),
    ("more than a quarter", {"before": 40, "delete": 11}, StopReason.MASS_DELETION),
    ("all but one of five, fewer than five", {"before": 5, "delete": 4}, None),
    ("five of six", {"before": 6, "delete": 5}, StopReason.MASS_DELETION),
    ("summed over a day", {"before": 34, "delete": 5, "recent": 6}, StopReason.MASS_DELETION),
    ("many a while ago but none now", {"before": 34, "recent": 60}, None),
    ("a side of five emptied", {"before": 5, "delete": 5, "source_left": 0}, StopReason.EMPTIED),
    ("emptied though one was edited here", {"before": 5, "delete": 4, "source_left": 0}, StopReason.EMPTIED),
    ("a side of four emptied", {"before": 4, "delete": 4, "source_left": 0}, None),
    ("19 of 20 edited", {"before": 20, "edit": 19}, None),
    ("20 of 40 edited", {"before": 40, "edit": 20}, None),
    ("20 of 39 edited", {"before": 39, "edit": 20}, StopReason.MASS_EDIT),
    ("one older version", {"before": 40, "rolled_back": 1}, None),
    ("one older version after a lost token", {"before": 40, "rolled_back": 1, "lost": True}, StopReason.ROLLBACK),
    ("two older versions", {"before": 40, "rolled_back": 2}, StopReason.ROLLBACK),
    ("a lost token alone", {"before": 40, "lost": True}, None),
]


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize(("says", "counts", "reason"), ROWS, ids=[r[0] for r in ROWS])
def test_a_tally_stops_as_the_table_says(
    side: Side, says: str, counts: dict[str, Any], reason: StopReason | None
) -> None:
    stop = judge(Tally(side, **{"source_left": 1, **counts}))
    assert (stop.reason if stop else None) is reason
    assert stop is None or (stop.side is side and stop.sentence())


def test_a_first_sync_is_never_stopped_for_its_edits() -> None:
    assert judge(Tally(Side.LEFT, 30, edit=30, source_left=30), first=True) is None


def test_a_stop_names_all_that_a_person_can_look_through() -> None:
    names = tuple(str(n) for n in range(1500))
    stop = judge(Tally(Side.LEFT, 2000, delete=1500, source_left=500, names=names))
    assert stop is not None and stop.names == names[:1000]


@pytest.mark.parametrize("reason", list(StopReason))
def test_every_stop_has_a_sentence_in_the_words_of_people(reason: StopReason) -> None:
    sentence = Stop(reason, Side.LEFT, 3, 9).sentence()
    assert sentence.endswith(".") and "left" not in sentence and "right" not in sentence


def test_deletions_of_the_last_day_are_told_apart() -> None:
    stop = judge(Tally(Side.RIGHT, 14, delete=6, recent=1, source_left=8))
    assert stop is not None
    assert stop.sentence() == "6 of 14 items would be deleted on the server, after 1 in the last 24 hours."
