"""Links: which left item and which right item are the same thing, with what each side was seen to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, or_, select, update

from instep.core.model import Item, Side
from instep.store import schema
from instep.store.batches import chunks, insert_returning, pack, replace, unpack
from instep.store.blobs import Native, Staged, flush
from instep.store.database import Tx
from instep.store.items import Loaded, stage_item, stage_native
from instep.store.items import load as load_items


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

    ``elements``: field to ``{"left": [ids], "right": [ids]}`` (RULES 3); ``held``: field to the side that alone can
    hold it (RULES 2); ``swings``: counters (RULES 10); all three hold JSON values only.
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


_LINK = schema.link.c
_BODY = schema.link_body.c
_HEAD = select(
    _LINK.id,
    _LINK.pair_id,
    _LINK.state,
    _LINK.left_href,
    _LINK.left_etag,
    _LINK.right_href,
    _LINK.right_etag,
    _LINK.unsettled,
)
_ITEMS = ("left_item", "right_item", "left_document", "right_document")


def _href(side: Side) -> Any:
    return _LINK.left_href if side is Side.LEFT else _LINK.right_href


def heads(tx: Tx, pair_id: int) -> Iterator[LinkHead]:
    """All links of a pair, light, in the order of their ids; read while ``tx`` is open."""
    query = _HEAD.where(_LINK.pair_id == pair_id).order_by(_LINK.id)
    rows = tx.connection.execute(query, execution_options={"yield_per": 2000})
    return (LinkHead(*row) for row in rows)


def heads_by_href(tx: Tx, pair_id: int, side: Side, hrefs: Iterable[str]) -> dict[str, LinkHead]:
    """The links that hold these hrefs on a side; hrefs without a link are not in the answer."""
    column = _href(side)
    found: dict[str, LinkHead] = {}
    for chunk in chunks(hrefs):
        query = _HEAD.where(_LINK.pair_id == pair_id, column.in_(chunk))
        for row in tx.connection.execute(query):
            head = LinkHead(*row)
            found[head.href(side) or ""] = head
    return found


def unsettled(tx: Tx, pair_id: int) -> list[LinkHead]:
    """The links of a pair to be planned again in any case (unsettled, or provisional)."""
    waiting = or_(_LINK.unsettled, _LINK.state == "provisional")
    query = _HEAD.where(_LINK.pair_id == pair_id, waiting).order_by(_LINK.id)
    return [LinkHead(*row) for row in tx.connection.execute(query)]


def declined(tx: Tx, pair_id: int) -> list[LinkHead]:
    """The links whose copy was taken back (RULES 24), by id."""
    query = _HEAD.where(_LINK.pair_id == pair_id, _LINK.state == "declined").order_by(_LINK.id)
    return [LinkHead(*row) for row in tx.connection.execute(query)]


def dormant(tx: Tx, pair_id: int) -> list[tuple[LinkHead, dict[str, Any]]]:
    """The links of a pair that rest because they are out of its scope, each with what it holds beside its memory."""
    query = _HEAD.add_columns(_BODY.held).join(schema.link_body)
    query = query.where(_LINK.pair_id == pair_id, _LINK.state == "dormant").order_by(_LINK.id)
    return [(LinkHead(*head), unpack(held)) for *head, held in tx.connection.execute(query)]


def count(tx: Tx, pair_id: int) -> int:
    """How many links a pair has; declined ones join nothing and do not count."""
    query = select(func.count()).select_from(schema.link).where(_LINK.pair_id == pair_id, _LINK.state != "declined")
    return int(tx.connection.execute(query).scalar_one())


def awake(tx: Tx, pair_id: int) -> int:
    """How many links of a pair take part: those that neither rest nor were declined."""
    query = select(func.count()).select_from(schema.link)
    query = query.where(_LINK.pair_id == pair_id, _LINK.state.in_(("linked", "provisional")))
    return int(tx.connection.execute(query).scalar_one())


def load(tx: Tx, ids: Iterable[int]) -> dict[int, Link]:
    """Whole links by id, read in batches; ids without a link are not in the answer."""
    found: dict[int, Link] = {}
    for chunk in chunks(ids):
        query = select(schema.link, schema.link_body).join(schema.link_body).where(_LINK.id.in_(chunk))
        rows = list(tx.connection.execute(query))
        loaded = load_items(tx, (getattr(row, name) for row in rows for name in _ITEMS))
        found.update((row.id, _link(row, loaded)) for row in rows)
    return found


def save(tx: Tx, links: Iterable[Link]) -> list[int]:
    """Store links, new ones (id 0) and changed ones, in batches; gives their ids in the order given."""
    ids: list[int] = []
    for chunk in chunks(links):
        staged = Staged()
        bodies = [_body(staged, link) for link in chunk]
        flush(tx, staged)
        new = iter(insert_returning(tx, schema.link, [_row(link) for link in chunk if link.id == 0]))
        if old := [{"key": link.id, **_row(link)} for link in chunk if link.id != 0]:
            tx.connection.execute(update(schema.link).where(_LINK.id == bindparam("key")), old)
        saved = [link.id or next(new) for link in chunk]
        replace(tx, schema.link_body, [{"link_id": key, **body} for key, body in zip(saved, bodies)])
        ids += saved
    return ids


def touch(tx: Tx, moved: Iterable[tuple[int, Side, str, str | None]]) -> None:
    """Store hrefs and etags that moved without a change of content: ``(link id, side, href, etag)``."""
    rows: dict[Side, list[dict[str, Any]]] = {Side.LEFT: [], Side.RIGHT: []}
    for key, side, href, etag in moved:
        rows[side].append({"key": key, "href": href, "etag": etag})
    for side, name in ((Side.LEFT, "left"), (Side.RIGHT, "right")):
        if rows[side]:
            values: dict[str, Any] = {f"{name}_href": bindparam("href"), f"{name}_etag": bindparam("etag")}
            tx.connection.execute(update(schema.link).where(_LINK.id == bindparam("key")).values(values), rows[side])


def remove(tx: Tx, ids: Iterable[int]) -> None:
    """Forget links."""
    for chunk in chunks(ids):
        tx.connection.execute(delete(schema.link).where(_LINK.id.in_(chunk)))


def find_uid(tx: Tx, account: str, side: Side, uids: Iterable[str]) -> dict[str, list[LinkHead]]:
    """The links of all pairs of an account with these uids that have an item on a side (RULES 15)."""
    found: dict[str, list[LinkHead]] = {}
    for chunk in chunks(u for u in uids if u):
        query = _HEAD.add_columns(_LINK.uid).join(schema.pair, schema.pair.c.id == _LINK.pair_id)
        query = query.where(schema.pair.c.account == account, _LINK.uid.in_(chunk), _href(side).is_not(None))
        for *head, uid in tx.connection.execute(query.order_by(_LINK.id)):
            found.setdefault(uid, []).append(LinkHead(*head))
    return found


def _row(link: Link) -> dict[str, Any]:
    return {
        "pair_id": link.pair_id,
        "state": link.state,
        "left_href": link.left_href,
        "left_etag": link.left_etag,
        "right_href": link.right_href,
        "right_etag": link.right_etag,
        "unsettled": link.unsettled,
        "uid": link.uid,
    }


def _body(staged: Staged, link: Link) -> dict[str, Any]:
    return {
        "name": link.name,
        "left_item": stage_item(staged, link.left_seen),
        "right_item": stage_item(staged, link.right_seen),
        **stage_native(staged, link.left_document, "left_document", "left_media"),
        **stage_native(staged, link.right_document, "right_document", "right_media"),
        "elements": pack(link.elements),
        "held": pack(link.held),
        "swings": pack(link.swings),
    }


def _link(row: Row[Any], loaded: Loaded) -> Link:
    return Link(
        row.id,
        row.pair_id,
        row.state,
        row.left_href,
        row.left_etag,
        row.right_href,
        row.right_etag,
        row.unsettled,
        row.uid,
        row.name,
        loaded.item(row.left_item),
        loaded.item(row.right_item),
        loaded.native(row.left_document, row.left_media),
        loaded.native(row.right_document, row.right_media),
        unpack(row.elements),
        unpack(row.held),
        unpack(row.swings),
    )
