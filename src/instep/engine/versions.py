"""The versions of each item that history holds, numbered, with what each changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from instep.core.diff import Relation, Row, diff
from instep.core.model import Item, Kind, Side
from instep.core.plain import digest
from instep.errors import ConfigError
from instep.store import history
from instep.store.database import Database, Tx
from instep.store.history import HistoryRow, Image

FOUND = "found"
"""The action of a version that a person wrote: as Instep found it before it wrote over it."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an item on one side; ``image`` is ``None`` for a deletion.

    ``action``: ``create``, ``update``, ``delete`` by Instep, or ``found``. ``changes`` are the fields that differ from
    the version before on the same side, both values as text (left: before, right: this one).
    """

    number: int
    at: datetime
    run: int
    side: Side
    action: str
    image: Image | None
    changes: tuple[Row, ...] = ()

    @property
    def item(self) -> Item | None:
        """The item as it was, ``None`` for a deletion."""
        return self.image.item if self.image is not None else None


@dataclass(frozen=True, slots=True)
class Known:
    """An item of which history holds something. ``number`` is how it is called: that of its link, or, where it never
    had one, ``h`` and the number of its first write."""

    number: str
    account: str
    kind: Kind | None
    name: str
    rows: tuple[HistoryRow, ...]  # oldest first

    @property
    def link_id(self) -> int | None:
        """The number of its link, also when that is no more."""
        return int(self.number) if self.number.isdecimal() else None


def find(db: Database, text: str, account: str | None = None, limit: int | None = None) -> list[Known]:
    """The items whose name held ``text`` at some time, case apart, or that are called so; newest first.

    ``limit`` is how many of the newest writes of that name are looked at, so that of many items only some are found.
    """
    with db.reading() as tx:
        if (called := _called(tx, text.strip())) and account in (None, called.account):
            return [called]
        rows = history.rows(tx, account=account, text=text.strip(), limit=limit)
        return _grouped(tx, rows)


def called(db: Database, number: str) -> Known | None:
    """The item that is called so; ``None`` when history holds none."""
    with db.reading() as tx:
        return _called(tx, number)


def the_one(db: Database, text: str, account: str | None = None) -> Known:
    """The item that is called so, or the only one of that name.

    Raises ``ConfigError`` when there is none, and when several have the name: it then lists them with their numbers.
    """
    found = find(db, text, account)
    exact = [k for k in found if k.name.casefold() == text.strip().casefold()]
    chosen = exact if len(exact) == 1 else found
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise ConfigError(f"The history holds no item called “{text}”.", "See: instep history --item TEXT")
    names = "; ".join(f"{k.number} {k.name} ({k.kind.value if k.kind else ''}, {k.account})" for k in chosen[:20])
    more = f"; and {len(chosen) - 20} more" if len(chosen) > 20 else ""
    raise ConfigError(f"Several items fit “{text}”: {names}{more}.", "Give the number of the one you mean.")


def _called(tx: Tx, text: str) -> Known | None:
    if text.isdecimal():
        rows = history.rows(tx, link_id=int(text))
        return _known(text, rows) if rows else None
    if text[:1] in ("h", "H") and text[1:].isdecimal() and (row := history.get(tx, int(text[1:]))) is not None:
        return next((k for k in _grouped(tx, [row]) if k.link_id is None), None) if row.link_id is None else None
    return None


def _grouped(tx: Tx, found: Iterable[HistoryRow]) -> list[Known]:
    """Whole items of some of their rows."""
    some = list(found)
    whole = history.of_links(tx, dict.fromkeys(row.link_id for row in some if row.link_id is not None))
    known: dict[str, Known] = {}
    seen: set[tuple[int, Side, str]] = set()
    for row in some:
        if row.link_id is not None:
            known.setdefault(str(row.link_id), _known(str(row.link_id), whole[row.link_id]))
            continue
        place = (row.pair_id, row.side, row.href)
        if place in seen:
            continue
        seen.add(place)
        rows = [r for r in history.rows(tx, pair_id=row.pair_id, href=row.href) if r.side is row.side]
        rows = [r for r in rows if r.link_id is None]
        number = f"h{rows[-1].id}"
        known.setdefault(number, _known(number, rows))
    return list(known.values())


def _known(number: str, rows: list[HistoryRow]) -> Known:
    return Known(number, rows[0].account, rows[0].kind, rows[0].name, tuple(reversed(rows)))


def versions(db: Database, known: Known) -> list[Version]:
    """All versions of an item, oldest first, numbered from 1."""
    with db.reading() as tx:
        images = history.images(tx, [row.id for row in known.rows])
    found: list[Version] = []
    last: dict[Side, Image] = {}

    def add(row: HistoryRow, action: str, image: Image | None) -> None:
        old = last.get(row.side)
        before = old.item if old is not None else None
        item = image.item if image is not None else None
        changes = _changes(before, item) if item is not None and before is not None else ()
        found.append(Version(len(found) + 1, row.at, row.run_id, row.side, action, image, changes))
        if image is not None:
            last[row.side] = image

    for row in known.rows:
        both = images[row.id]
        if _item(both.before) is not None and not _same(both.before, last.get(row.side)):
            add(row, FOUND, both.before)
        add(row, row.op, both.after if row.op != "delete" else None)
    return found


def _item(image: Image | None) -> Item | None:
    return image.item if image is not None else None


def _same(one: Image | None, other: Image | None) -> bool:
    a, b = _item(one), _item(other)
    return a is not None and b is not None and digest(a) == digest(b)


def _changes(before: Item, item: Item) -> tuple[Row, ...]:
    return tuple(row for row in diff(before, item) if row.relation is not Relation.SAME)


def version(db: Database, known: Known, number: int) -> Version:
    """One version; ``ConfigError`` when the item has none of that number."""
    found = versions(db, known)
    if not 1 <= number <= len(found):
        raise ConfigError(
            f"“{known.name}” has the versions 1 to {len(found)}, not {number}.",
            f"See: instep history --item {known.number}",
        )
    return found[number - 1]
