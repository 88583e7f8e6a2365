"""Items as plain JSON-able values and back, exactly; and a digest that is equal where items mean the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from instep.core.model import Item, Kind


def to_plain(item: Item, put: Callable[[bytes], str]) -> dict[str, Any]:
    """Give the item as JSON-able values, without empty fields; bytes of 256 and more go through ``put``, which gives
    the reference that is kept in their place."""
    raise NotImplementedError


def from_plain(kind: Kind, plain: dict[str, Any], get: Callable[[str], bytes]) -> Item:
    """Give back the very item of ``to_plain``; ``get`` gives the bytes of a reference."""
    raise NotImplementedError


def digest(item: Item) -> str:
    """Give a SHA-256 (hex) that is equal for items that are the same by meaning (``fields.same_item``)."""
    raise NotImplementedError
