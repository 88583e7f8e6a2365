"""How Alembic reaches the database: through the connection (and transaction) that it is given."""

from __future__ import annotations

from alembic import context

from instep.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
