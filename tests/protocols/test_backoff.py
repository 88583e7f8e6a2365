"""Waiting times as a table."""

from __future__ import annotations

import pytest

from instep.protocols.backoff import told_to_wait, wait_before

DATE = "Mon, 05 Jan 2026 10:00:00 GMT"
TOLD = [
    ({"retry-after": "120"}, 120.0),
    ({"retry-after": " 0 "}, 0.0),
    ({}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": "-5"}, None),
    ({"retry-after": "²"}, None),
    ({"retry-after": "Mon, 05 Jan 2026 10:01:00 GMT", "date": DATE}, 60.0),
    ({"retry-after": "Mon, 05 Jan 2026 09:00:00 GMT", "date": DATE}, 0.0),
    ({"retry-after": "Mon, 05 Jan 2026 10:01:00 GMT"}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), TOLD)
def test_told_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert told_to_wait(headers) == seconds


WAITS = [(2, None, 60, 1.0), (3, None, 60, 2.0), (9, None, 60, 60.0), (2, 7.0, 60, 7.0), (2, 61.0, 60, None)]


@pytest.mark.parametrize(("attempt", "told", "longest", "wait"), WAITS)
def test_wait_before(attempt: int, told: float | None, longest: float, wait: float | None) -> None:
    assert wait_before(attempt, told, longest) == wait
