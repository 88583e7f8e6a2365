"""Memories between the core, the journal and the links: as values, as JSON, as what a link holds."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

from instep.core.memory import Memory
from instep.core.model import CLASS_OF, Kind
from instep.core.plain import from_plain, to_plain
from instep.engine.work import PairWork
from instep.store.links import Link


def plain_memory(memory: Memory) -> dict[str, Any]:
    """A memory as JSON values."""

    def put(data: bytes) -> str:
        return b64encode(data).decode("ascii")

    return {
        "left": to_plain(memory.left, put),
        "right": to_plain(memory.right, put),
        "elements": plain_elements(memory),
    }


def plain_elements(memory: Memory) -> dict[str, Any]:
    """The numbering of elements as JSON values."""
    return {name: {"left": list(ids[0]), "right": list(ids[1])} for name, ids in memory.elements.items()}


def memory_from(kind: Kind, plain: dict[str, Any]) -> Memory:
    """The memory back from JSON values."""
    elements = {n: (tuple(v["left"]), tuple(v["right"])) for n, v in plain["elements"].items()}
    return Memory(from_plain(kind, plain["left"], b64decode), from_plain(kind, plain["right"], b64decode), elements)


def memory_of(work: PairWork, link: Link) -> Memory:
    """The link's memory as the core wants it."""
    return memory_of_link(work.kind, link)


def memory_of_link(kind: Kind, link: Link) -> Memory:
    """The memory of a link between items of a kind."""
    empty = CLASS_OF[kind]()
    ids = {name: (tuple(v["left"]), tuple(v["right"])) for name, v in link.elements.items()}
    left = link.left_seen if link.left_seen is not None else empty
    right = link.right_seen if link.right_seen is not None else empty
    return Memory(left, right, ids, first=left == empty and right == empty)
