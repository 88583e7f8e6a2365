"""The schema's version: told without Alembic, brought up to date with it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from instep.errors import StateDamaged
from instep.store.schema import metadata

VERSIONS = ("0001", "0002")
"""All versions of the schema, oldest first; the last is the one this program works with."""


def is_current(connection: Connection) -> bool:
    """True when the schema is this program's own, False when it is older or nothing is there yet.

    Raises ``StateDamaged`` for a newer schema and for the database of another program.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return False
    if "alembic_version" not in tables:
        raise StateDamaged(
            "The file is a database, but not Instep's.", "Check INSTEP_HOME, or move the file away to begin anew."
        )
    version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if version not in VERSIONS:
        raise StateDamaged(
            f"The state database was written by a newer version of Instep (schema {version}; this version knows "
            f"{VERSIONS[-1]}).",
            "Install that version, or set INSTEP_HOME to another folder.",
        )
    return str(version) == VERSIONS[-1]


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version inside the connection's transaction: all of it or nothing."""
    if not inspect(connection).get_table_names():
        # What the migrations come to, without their way: a tenth of the time, and Alembic is not imported.
        metadata.create_all(connection, checkfirst=False)
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:version)"), {"version": VERSIONS[-1]})
        return
    # Alembic takes longer to import than an idle run takes altogether.
    migrate(connection)


def migrate(connection: Connection) -> None:
    """Go the way of the migrations, from whatever version there is, also from none."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
