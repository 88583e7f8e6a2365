"""How many writes go at once, as a table of what was measured before."""

from __future__ import annotations

import pytest

from instep.connectors.dav.pace import Pace

MEASURED = [
    ("nothing yet: one, to see", [], 1),
    ("one alone: now the most", [(1, 0.1)], 4),
    ("several are faster", [(1, 0.1), (4, 0.03)], 4),
    ("several are slower", [(1, 0.1), (4, 0.2)], 1),
    ("no difference: one is kinder", [(1, 0.1), (4, 0.1)], 1),
    ("it changes its mind", [(1, 0.1), (4, 0.03), (4, 0.5)], 1),
]


@pytest.mark.parametrize(("situation", "measured", "width"), MEASURED, ids=[row[0] for row in MEASURED])
def test_width(situation: str, measured: list[tuple[int, float]], width: int) -> None:
    pace = Pace(4)
    for tried, seconds in measured:
        pace.took(tried, 25, seconds * 25)
    assert pace.width() == width


def test_server_that_locks_writes_out_gets_one_at_a_time_for_good() -> None:
    pace = Pace(4)
    pace.took(1, 25, 9.0)
    pace.settle_for_one()
    assert pace.width() == 1
    pace.took(1, 25, 9.0)
    assert pace.width() == 1


def test_account_allowed_one_at_a_time_never_sends_more() -> None:
    pace = Pace(1)
    pace.took(1, 25, 1.0)
    assert pace.width() == 1
