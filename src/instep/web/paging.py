"""Long lists a page at a time, and numbers in addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

T = TypeVar("T")

_LARGEST = 2**53  # what a number of ours can be; a larger one fits into no database


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Part of a list: ``shown`` are the entries of page ``number`` of ``pages`` (from 1), ``total`` counts all."""

    shown: Sequence[T]
    number: int
    pages: int
    total: int


def page_of(entries: Sequence[T], number: int, size: int) -> Page[T]:
    """Return the page of that number, or the nearest there is."""
    pages = max(1, -(-len(entries) // size))
    number = min(max(number, 1), pages)
    return Page(entries[(number - 1) * size : number * size], number, pages, len(entries))


def asked_number(request: Request, name: str, default: int = 0) -> int:
    """Return a whole number of the request's query; the default for anything else."""
    text = request.query_params.get(name, "")
    return min(int(text), _LARGEST) if text.isascii() and text.isdecimal() and len(text) <= 16 else default


def path_number(request: Request, name: str) -> int:
    """Return a number of the address; the page "not found" for one that nothing has."""
    number = int(request.path_params[name])
    if not 0 < number <= _LARGEST:
        raise HTTPException(404, "There is no such page.")
    return number
