"""Blobs take less room: half of their hash names them, and a version may be stored as what differs from another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COLUMNS = {
    "link_body": ("left_item", "right_item", "left_document", "right_document"),
    "journal": ("intent_item", "like_document", "left_document", "right_document", "left_item", "right_item"),
    "history": ("before_item", "before_document", "after_item", "after_document"),
    "conflict": ("left_document", "right_document", "left_item", "right_item"),
    "blob_part": ("blob_id", "part_id"),
    "blob": ("id",),
}


def upgrade() -> None:
    """Shorten all names of blobs, and give blobs a base."""
    for table, columns in _COLUMNS.items():
        shortened = ", ".join(f"{column} = substr({column}, 1, 32)" for column in columns)
        op.execute(f"UPDATE {table} SET {shortened}")
    op.add_column("blob", sa.Column("base", sa.String(length=64), nullable=True))
