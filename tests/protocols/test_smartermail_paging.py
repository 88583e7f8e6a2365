"""A list out of pages is whole, or it is no list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from instep.errors import Transient
from instep.protocols.smartermail.paging import Page, whole, without_doubles

Change = Callable[[list[int], int], None]
"""Changes the server's list before a page is read; told the list and how many pages were read."""


def entries(ids: list[int]) -> list[dict[str, Any]]:
    return [{"Id": f"i{id}"} for id in ids]


def reading(count: int, change: Change, *, total: bool = True, limit: int = 10**6) -> tuple[list[str], list[int], int]:
    there, asked = list(range(count)), 0

    async def read(skip: int, take: int) -> Page:
        nonlocal asked
        change(there, asked)
        asked += 1
        return Page(entries(there[skip : skip + min(take, limit)]), len(there) if total else None)

    found = asyncio.run(whole(read, "Folder", 10))
    return [entry["Id"] for entry in found], there, asked


def nothing(there: list[int], asked: int) -> None:
    pass


@pytest.mark.parametrize("total", [True, False], ids=["announced", "not announced"])
@pytest.mark.parametrize("count", [0, 1, 2, 9, 10, 11, 19, 20, 25, 100])
@pytest.mark.parametrize("limit", [2, 3, 10, 1000])
def test_quiet_list_is_read_whole(count: int, total: bool, limit: int) -> None:
    found, there, _ = reading(count, nothing, total=total, limit=limit)
    assert found == [f"i{id}" for id in there]


def once(at: int, do: Callable[[list[int]], object]) -> Change:
    def change(there: list[int], asked: int) -> None:
        if asked == at:
            do(there)

    return change


CHANGES: list[tuple[str, Callable[[list[int]], object]]] = [
    ("an entry before the border is deleted", lambda there: there.pop(3)),
    ("an entry after the border is deleted", lambda there: there.pop(20)),
    ("one is inserted before", lambda there: there.insert(0, 99)),
    ("one is inserted after", lambda there: there.append(99)),
    ("one goes before, another comes after", lambda there: (there.pop(0), there.append(99))),
    ("one comes before, another goes after", lambda there: (there.insert(0, 99), there.pop())),
    ("one moves from the front to the end", lambda there: there.append(there.pop(0))),
    ("one moves from the end to the front", lambda there: there.insert(0, there.pop())),
    ("it is emptied", lambda there: there.clear()),
]


@pytest.mark.parametrize(("situation", "do"), CHANGES, ids=[row[0] for row in CHANGES])
@pytest.mark.parametrize("total", [True, False], ids=["announced", "not announced"])
def test_change_between_pages_is_noticed(situation: str, do: Callable[[list[int]], object], total: bool) -> None:
    found, there, _ = reading(25, once(1, do), total=total)
    assert sorted(found) == sorted(f"i{id}" for id in there)


def test_list_that_never_holds_still_is_refused() -> None:
    with pytest.raises(Transient, match="did not add up"):
        reading(25, lambda there, asked: there.insert(0, 100 + asked))


WRONG: list[tuple[str, Callable[[int, int], Page]]] = [
    ("less than announced", lambda skip, take: Page(entries([1, 2, 3][skip:]), 5)),
    ("more than announced", lambda skip, take: Page(entries([1, 2, 3]), 2)),
    ("the same page again and again", lambda skip, take: Page(entries([1, 2, 3]), 9)),
    ("one page again and again, nothing announced", lambda skip, take: Page(entries([1, 2, 3]), None)),
    ("an identifier twice", lambda skip, take: Page(entries([1, 2, 1]), 3)),
    ("nothing of what is announced", lambda skip, take: Page([], 4)),
    ("one at a time for ever", lambda skip, take: Page(entries(list(range(9))[skip : skip + 1]), 9)),
]


@pytest.mark.parametrize(("situation", "page"), WRONG, ids=[row[0] for row in WRONG])
def test_pages_that_do_not_add_up_are_no_list(situation: str, page: Callable[[int, int], Page]) -> None:
    async def read(skip: int, take: int) -> Page:
        return page(skip, take)

    with pytest.raises(Transient, match="did not add up"):
        asyncio.run(whole(read, "Folder", 10))


def test_doubles_keep_their_first_and_entries_without_an_id_stay() -> None:
    assert without_doubles([{"id": 1, "n": 1}, {"x": 1}, {"ID": "1", "n": 2}, {"x": 2}]) == [
        {"id": 1, "n": 1},
        {"x": 1},
        {"x": 2},
    ]
