"""Links: which left item and which right item are the same thing, with what each side was seen to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from instep.core.model import Item, Side
from instep.store.blobs import Native
from instep.store.database import Tx


@dataclass(frozen=True, slots=True)
class LinkHead:
    """What a run needs of every link. ``state``: ``linked``, ``provisional``, ``dormant``, ``declined``.

    An href is ``None`` on a side where the link has no item; an etag of ``None`` is unknown. ``unsettled``: to be
    planned again also when no etag moved (RULES 1). ``id`` 0: not stored yet; ids are never used twice.
    """

    id: int
    pair_id: int
    state: str
    left_href: str | None
    left_etag: str | None
    right_href: str | None
    right_etag: str | None
    unsettled: bool = False

    def href(self, side: Side) -> str | None:
        """The href of a side."""
        return self.left_href if side is Side.LEFT else self.right_href

    def etag(self, side: Side) -> str | None:
        """The etag of a side."""
        return self.left_etag if side is Side.LEFT else self.right_etag


@dataclass(frozen=True, slots=True)
class Link:
    """A whole link: the head, and both memories (RULES 1).

    ``elements``: field to ``{"left": [ids], "right": [ids]}`` (RULES 3); ``held``: field to the side that alone can hold
    it (RULES 2); ``swings``: counters (RULES 10); all three hold JSON values only.
    """

    id: int
    pair_id: int
    state: str
    left_href: str | None
    left_etag: str | None
    right_href: str | None
    right_etag: str | None
    unsettled: bool = False
    uid: str = ""
    name: str = ""
    left_seen: Item | None = None
    right_seen: Item | None = None
    left_document: Native | None = None
    right_document: Native | None = None
    elements: dict[str, Any] = field(default_factory=dict)
    held: dict[str, Any] = field(default_factory=dict)
    swings: dict[str, Any] = field(default_factory=dict)

    @property
    def head(self) -> LinkHead:
        """The light part."""
        return LinkHead(
            self.id,
            self.pair_id,
            self.state,
            self.left_href,
            self.left_etag,
            self.right_href,
            self.right_etag,
            self.unsettled,
        )

    def href(self, side: Side) -> str | None:
        """The href of a side."""
        return self.left_href if side is Side.LEFT else self.right_href

    def etag(self, side: Side) -> str | None:
        """The etag of a side."""
        return self.left_etag if side is Side.LEFT else self.right_etag

    def seen(self, side: Side) -> Item | None:
        """What a side was seen to hold."""
        return self.left_seen if side is Side.LEFT else self.right_seen

    def document(self, side: Side) -> Native | None:
        """The document last read from a side."""
        return self.left_document if side is Side.LEFT else self.right_document


def heads(tx: Tx, pair_id: int) -> Iterator[LinkHead]:
    """All links of a pair, light, in the order of their ids; read while ``tx`` is open."""
    raise NotImplementedError


def heads_by_href(tx: Tx, pair_id: int, side: Side, hrefs: Iterable[str]) -> dict[str, LinkHead]:
    """The links that hold these hrefs on a side; hrefs without a link are not in the answer."""
    raise NotImplementedError


def unsettled(tx: Tx, pair_id: int) -> list[LinkHead]:
    """The links of a pair to be planned again in any case (unsettled, or provisional)."""
    raise NotImplementedError


def count(tx: Tx, pair_id: int) -> int:
    """How many links a pair has, in all states."""
    raise NotImplementedError


def load(tx: Tx, ids: Iterable[int]) -> dict[int, Link]:
    """Whole links by id, read in batches; ids without a link are not in the answer."""
    raise NotImplementedError


def save(tx: Tx, links: Iterable[Link]) -> list[int]:
    """Store links, new ones (id 0) and changed ones, in batches; gives their ids in the order given."""
    raise NotImplementedError


def touch(tx: Tx, moved: Iterable[tuple[int, Side, str, str | None]]) -> None:
    """Store hrefs and etags that moved without a change of content: ``(link id, side, href, etag)``."""
    raise NotImplementedError


def remove(tx: Tx, ids: Iterable[int]) -> None:
    """Forget links."""
    raise NotImplementedError


def find_uid(tx: Tx, account: str, side: Side, uids: Iterable[str]) -> dict[str, list[LinkHead]]:
    """The links of all pairs of an account with these uids that have an item on a side (RULES 15)."""
    raise NotImplementedError
