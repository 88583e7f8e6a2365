"""The tables, as they are in the newest version; the same on SQLite and PostgreSQL.

Ids are never used twice (people and other rows remember them). Values for programs are JSON in text columns; times are
microseconds since 1970 in UTC; sides and kinds are stored by their words. A column that ends in ``_item`` or
``_document`` holds the id of a blob. Those are no foreign keys: every removal of a blob would look through all tables,
where ``blobs.sweep`` looks once.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Whole = BigInteger().with_variant(Integer(), "sqlite")


class Utc(TypeDecorator[datetime]):
    """A time in UTC as whole microseconds since 1970: the same in every database, and compared as a number."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The number of a time; a time without a zone is refused, as nobody knows when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """The time of a number."""
        return None if value is None else _EPOCH + timedelta(microseconds=int(value))


class Words(TypeDecorator[str]):
    """Text of people. What no database takes (half of a surrogate pair, NUL) is stored as U+FFFD: a broken name must
    not stop a run. The item itself is a blob, and exact."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """The text, in characters that can be stored."""
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return _UNSTORABLE.sub("\ufffd", value)


metadata = MetaData()


def _id() -> Column[int]:
    return Column("id", Whole, primary_key=True, autoincrement=True)


def _pair() -> Column[int]:
    return Column("pair_id", Whole, ForeignKey("pair.id", ondelete="CASCADE"), nullable=False)


def _text(name: str) -> Column[str]:
    return Column(name, Words, nullable=False, default="", server_default="")


def _maybe(name: str) -> Column[str]:
    return Column(name, Text)


def _blob(name: str) -> Column[str]:
    return Column(name, String(64))


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False)


blob = Table(
    "blob",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("form", Integer, nullable=False),
    Column("linked", Boolean, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("base", String(64)),
)
blob_part = Table(
    "blob_part",
    metadata,
    Column("blob_id", String(64), primary_key=True),
    Column("part_id", String(64), primary_key=True),
    sqlite_with_rowid=False,
)
pair = Table(
    "pair",
    metadata,
    _id(),
    _text("account"),
    _text("kind"),
    _text("left"),
    _text("right"),
    _text("left_name"),
    _text("right_name"),
    _text("direction"),
    _text("on_conflict"),
    _maybe("left_token"),
    _maybe("right_token"),
    _flag("begun"),
    _text("options"),
    _text("left_nature"),
    _text("right_nature"),
    UniqueConstraint("account", "kind", "left", "right", name="pair_once"),
    sqlite_autoincrement=True,
)
link = Table(
    "link",
    metadata,
    _id(),
    _pair(),
    _text("state"),
    _maybe("left_href"),
    _maybe("left_etag"),
    _maybe("right_href"),
    _maybe("right_etag"),
    _flag("unsettled"),
    _text("uid"),
    Index("link_left", "pair_id", "left_href"),
    Index("link_right", "pair_id", "right_href"),
    Index("link_uid", "uid"),
    sqlite_autoincrement=True,
)
link_body = Table(
    "link_body",
    metadata,
    Column("link_id", Whole, ForeignKey("link.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    _text("name"),
    _blob("left_item"),
    _blob("right_item"),
    _blob("left_document"),
    _text("left_media"),
    _blob("right_document"),
    _text("right_media"),
    _text("elements"),
    _text("held"),
    _text("swings"),
)
remark = Table(
    "remark",
    metadata,
    Column("pair_id", Whole, ForeignKey("pair.id", ondelete="CASCADE"), primary_key=True),
    Column("side", String(16), primary_key=True),
    Column("href", Text, primary_key=True),
    _maybe("etag"),
    _text("reason"),
    _text("detail"),
    sqlite_with_rowid=False,
)
journal = Table(
    "journal",
    metadata,
    _id(),
    Column("run_id", Whole, nullable=False),
    _pair(),
    Column("link_id", Whole),
    _text("side"),
    _text("op"),
    _maybe("href"),
    _maybe("etag"),
    _text("uid"),
    _text("name"),
    _blob("intent_item"),
    _blob("like_document"),
    _text("like_media"),
    _blob("left_document"),
    _text("left_media"),
    _blob("right_document"),
    _text("right_media"),
    _blob("left_item"),
    _blob("right_item"),
    _maybe("other_href"),
    _maybe("other_etag"),
    _text("payload"),
    Index("journal_pair", "pair_id"),
    sqlite_autoincrement=True,
)
history = Table(
    "history",
    metadata,
    _id(),
    Column("run_id", Whole, nullable=False),
    Column("pair_id", Whole, nullable=False),
    Column("link_id", Whole),
    Column("at", Utc, nullable=False),
    _text("side"),
    _text("op"),
    _text("href"),
    _text("name"),
    _text("folded_name"),
    _text("uid"),
    _text("account"),
    _text("kind"),
    _blob("before_item"),
    _blob("before_document"),
    _text("before_media"),
    _blob("after_item"),
    _blob("after_document"),
    _text("after_media"),
    Index("history_account", "account", "id"),
    Index("history_run", "run_id"),
    Index("history_link", "link_id"),
    Index("history_deletions", "pair_id", "side", "op", "at"),
    sqlite_autoincrement=True,
)
conflict = Table(
    "conflict",
    metadata,
    _id(),
    _pair(),
    _text("subject"),
    Column("link_id", Whole),
    _text("reason"),
    _text("name"),
    Column("at", Utc, nullable=False),
    _maybe("left_href"),
    _maybe("right_href"),
    _text("left_digest"),
    _text("right_digest"),
    _text("fields"),
    _text("candidates"),
    _blob("left_document"),
    _text("left_media"),
    _blob("right_document"),
    _text("right_media"),
    _blob("left_item"),
    _blob("right_item"),
    _maybe("resolution"),
    UniqueConstraint("pair_id", "subject", name="conflict_once"),
    sqlite_autoincrement=True,
)
run = Table(
    "run",
    metadata,
    _id(),
    _text("account"),
    Column("started", Utc, nullable=False),
    Column("ended", Utc),
    _text("status"),
    _text("report"),
    _flag("dry"),
    Index("run_account", "account", "id"),
    sqlite_autoincrement=True,
)
lease = Table(
    "lease",
    metadata,
    Column("account", Text, primary_key=True),
    _text("token"),
    _text("purpose"),
    _text("host"),
    _text("machine"),
    Column("pid", Whole, nullable=False),
    _text("started"),
    _text("place"),
    Column("since", Utc, nullable=False),
    Column("renewed", Utc, nullable=False),
)

BLOB_COLUMNS = tuple(
    column
    for table in metadata.sorted_tables
    for column in table.columns
    if column.name.endswith(("_item", "_document"))
)
"""Every column that keeps a blob alive."""
