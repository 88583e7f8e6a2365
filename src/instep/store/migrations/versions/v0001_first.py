"""The first schema. Frozen: what changes later is a version of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "blob",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "blob_part",
        sa.Column("blob_id", sa.String(length=64), nullable=False),
        sa.Column("part_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("blob_id", "part_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history",
        sa.Column("id", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("run_id", _WHOLE, nullable=False),
        sa.Column("pair_id", _WHOLE, nullable=False),
        sa.Column("link_id", _WHOLE, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), server_default="", nullable=False),
        sa.Column("op", sa.Text(), server_default="", nullable=False),
        sa.Column("href", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("folded_name", sa.Text(), server_default="", nullable=False),
        sa.Column("uid", sa.Text(), server_default="", nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("before_item", sa.String(length=64), nullable=True),
        sa.Column("before_document", sa.String(length=64), nullable=True),
        sa.Column("before_media", sa.Text(), server_default="", nullable=False),
        sa.Column("after_item", sa.String(length=64), nullable=True),
        sa.Column("after_document", sa.String(length=64), nullable=True),
        sa.Column("after_media", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("history_account", "history", ["account", "id"])
    op.create_index("history_deletions", "history", ["pair_id", "side", "op", "at"])
    op.create_index("history_link", "history", ["link_id"])
    op.create_index("history_run", "history", ["run_id"])
    op.create_table(
        "lease",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), server_default="", nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("machine", sa.Text(), server_default="", nullable=False),
        sa.Column("pid", _WHOLE, nullable=False),
        sa.Column("started", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("renewed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
    op.create_table(
        "pair",
        sa.Column("id", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("left", sa.Text(), server_default="", nullable=False),
        sa.Column("right", sa.Text(), server_default="", nullable=False),
        sa.Column("left_name", sa.Text(), server_default="", nullable=False),
        sa.Column("right_name", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), server_default="", nullable=False),
        sa.Column("on_conflict", sa.Text(), server_default="", nullable=False),
        sa.Column("left_token", sa.Text(), nullable=True),
        sa.Column("right_token", sa.Text(), nullable=True),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("options", sa.Text(), server_default="", nullable=False),
        sa.Column("left_nature", sa.Text(), server_default="", nullable=False),
        sa.Column("right_nature", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "kind", "left", "right", name="pair_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run",
        sa.Column("id", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("report", sa.Text(), server_default="", nullable=False),
        sa.Column("dry", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("run_account", "run", ["account", "id"])
    op.create_table(
        "conflict",
        sa.Column("id", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("pair_id", _WHOLE, nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("link_id", _WHOLE, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("left_href", sa.Text(), nullable=True),
        sa.Column("right_href", sa.Text(), nullable=True),
        sa.Column("left_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("right_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", sa.Text(), server_default="", nullable=False),
        sa.Column("candidates", sa.Text(), server_default="", nullable=False),
        sa.Column("left_document", sa.String(length=64), nullable=True),
        sa.Column("left_media", sa.Text(), server_default="", nullable=False),
        sa.Column("right_document", sa.String(length=64), nullable=True),
        sa.Column("right_media", sa.Text(), server_default="", nullable=False),
        sa.Column("left_item", sa.String(length=64), nullable=True),
        sa.Column("right_item", sa.String(length=64), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("pair_id", "subject", name="conflict_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "journal",
        sa.Column("id", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("run_id", _WHOLE, nullable=False),
        sa.Column("pair_id", _WHOLE, nullable=False),
        sa.Column("link_id", _WHOLE, nullable=True),
        sa.Column("side", sa.Text(), server_default="", nullable=False),
        sa.Column("op", sa.Text(), server_default="", nullable=False),
        sa.Column("href", sa.Text(), nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("intent_item", sa.String(length=64), nullable=True),
        sa.Column("like_document", sa.String(length=64), nullable=True),
        sa.Column("like_media", sa.Text(), server_default="", nullable=False),
        sa.Column("left_document", sa.String(length=64), nullable=True),
        sa.Column("left_media", sa.Text(), server_default="", nullable=False),
        sa.Column("right_document", sa.String(length=64), nullable=True),
        sa.Column("right_media", sa.Text(), server_default="", nullable=False),
        sa.Column("left_item", sa.String(length=64), nullable=True),
        sa.Column("right_item", sa.String(length=64), nullable=True),
        sa.Column("other_href", sa.Text(), nullable=True),
        sa.Column("other_etag", sa.Text(), nullable=True),
        sa.Column("payload", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("journal_pair", "journal", ["pair_id"])
    op.create_table(
        "link",
        sa.Column("id", _WHOLE, autoincrement=True, nullable=False),
        sa.Column("pair_id", _WHOLE, nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("left_href", sa.Text(), nullable=True),
        sa.Column("left_etag", sa.Text(), nullable=True),
        sa.Column("right_href", sa.Text(), nullable=True),
        sa.Column("right_etag", sa.Text(), nullable=True),
        sa.Column("unsettled", sa.Boolean(), nullable=False),
        sa.Column("uid", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("link_left", "link", ["pair_id", "left_href"])
    op.create_index("link_right", "link", ["pair_id", "right_href"])
    op.create_index("link_uid", "link", ["uid"])
    op.create_table(
        "remark",
        sa.Column("pair_id", _WHOLE, nullable=False),
        sa.Column("side", sa.String(length=16), nullable=False),
        sa.Column("href", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pair_id", "side", "href"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "link_body",
        sa.Column("link_id", _WHOLE, autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("left_item", sa.String(length=64), nullable=True),
        sa.Column("right_item", sa.String(length=64), nullable=True),
        sa.Column("left_document", sa.String(length=64), nullable=True),
        sa.Column("left_media", sa.Text(), server_default="", nullable=False),
        sa.Column("right_document", sa.String(length=64), nullable=True),
        sa.Column("right_media", sa.Text(), server_default="", nullable=False),
        sa.Column("elements", sa.Text(), server_default="", nullable=False),
        sa.Column("held", sa.Text(), server_default="", nullable=False),
        sa.Column("swings", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("link_id"),
    )
