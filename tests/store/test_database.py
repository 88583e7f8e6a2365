"""The database file: private, whole or refused, and usable from any copy."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from instep.core.model import Kind
from instep.errors import Busy, InstepError, StateDamaged, StoreFull
from instep.store import database, pairs, upgrade
from instep.store.database import Database
from instep.store.pairs import Pair
from instep.store.schema import metadata

A_PAIR = Pair(0, "work", Kind.NOTE, "notes", "/notes/")


def _with_pair(path: Path) -> Database:
    db = Database.open(path)
    with db.transaction() as tx:
        pairs.add(tx, A_PAIR)
    return db


def _pairs(path: Path) -> int:
    db = Database.open(path)
    try:
        with db.reading() as tx:
            return len(pairs.of_account(tx, "work"))
    finally:
        db.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are kept by POSIX systems only")
def test_a_new_database_and_its_side_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        db = _with_pair(tmp_path / "home" / "state.db")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    files = sorted((tmp_path / "home").iterdir())
    assert [f.name for f in files] == ["state.db", "state.db-shm", "state.db-wal"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    db.close()


@pytest.mark.skipif(os.name != "posix", reason="modes of files are kept by POSIX systems only")
def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    _with_pair(path).close()
    path.chmod(0o644)
    assert _pairs(path) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_file_becomes_a_database_with_the_tables_of_the_program(tmp_path: Path) -> None:
    (tmp_path / "state.db").touch()
    db = Database.open(tmp_path / "state.db")
    with db.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx.connection), metadata) == []
    db.close()


def test_the_migrations_make_the_very_tables_that_a_new_database_has() -> None:
    made = []
    for how in (upgrade.upgrade, upgrade.migrate):
        with create_engine("sqlite://").begin() as connection:
            how(connection)
            made.append(_described(connection))
    assert made[0] == made[1] and len(made[0]) > 10


def _described(connection: Connection) -> dict[str, list[Any]]:
    """Columns, keys and indexes of every table, and the version it is said to be."""
    tables = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    found: dict[str, list[Any]] = {}
    for table in sorted(tables):
        parts = ("table_xinfo", "foreign_key_list", "index_list")
        found[table] = [
            sorted(str(row[1:]) for row in connection.execute(text(f"PRAGMA {part}({table})"))) for part in parts
        ]
    found["version"] = [connection.execute(text("SELECT version_num FROM alembic_version")).scalar()]
    return found


def test_a_new_database_is_made_without_alembic(tmp_path: Path) -> None:
    code = (
        "import sys; from instep.store.database import Database; Database.open(sys.argv[1]).close(); "
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "state.db")], check=False).returncode == 0


def test_the_migrations_make_the_tables_of_the_program_on_every_database(db: Database) -> None:
    with db.reading() as tx:
        assert compare_metadata(MigrationContext.configure(tx.connection), metadata) == []
        assert upgrade.is_current(tx.connection)


def test_the_newest_migration_is_the_version_the_program_works_with() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(upgrade.__file__).with_name("migrations")))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_current_head() == upgrade.VERSIONS[-1]
    assert {s.revision for s in scripts.walk_revisions()} == set(upgrade.VERSIONS)


def test_opening_a_current_database_does_not_import_alembic(tmp_path: Path) -> None:
    _with_pair(tmp_path / "state.db").close()
    code = (
        "import sys; from instep.store.database import Database;"
        "Database.open(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "state.db")], check=False, timeout=60)
    assert done.returncode == 0


def test_every_transaction_is_flushed_to_the_disk_and_keeps_references(tmp_path: Path) -> None:
    db = Database.open(tmp_path / "state.db")
    with db.transaction() as tx:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        told = [tx.connection.execute(text(f"PRAGMA {name}")).scalar() for name in asked]
    assert told == ["wal", 2, 1, database.BUSY_SECONDS * 1000]
    db.close()


def _newer(path: Path) -> None:
    _with_pair(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()


def _other_program(path: Path) -> None:
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    raw.close()


def _overwritten(path: Path) -> None:
    _with_pair(path).close()
    data = path.read_bytes()
    path.write_bytes(data[:100] + os.urandom(len(data) - 100))


def _cut(path: Path) -> None:
    _with_pair(path).close()
    os.truncate(path, path.stat().st_size // 2)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "written by a newer version": (_newer, "newer version"),
    "of another program": (_other_program, "not Instep's"),
    "no database at all": (lambda p: p.write_bytes(b"Dear diary, " * 1000), "damaged"),
    "overwritten with noise": (_overwritten, "damaged"),
    "cut in half": (_cut, "damaged"),
    "a folder": (Path.mkdir, "cannot be used"),
}


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence_and_left_as_it_is(
    make: Callable[[Path], object], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "state.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StateDamaged, match=says) as caught:
        _pairs(path)
    assert caught.value.advice
    assert str(path) in str(caught.value)
    assert before == (path.read_bytes() if path.is_file() else b"")


def test_a_block_that_raises_leaves_nothing_behind(db: Database) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as tx:
        pairs.add(tx, A_PAIR)
        raise ZeroDivisionError
    with db.reading() as tx:
        assert pairs.of_account(tx, "work") == []


def test_a_reader_keeps_its_view_while_another_writes(db: Database) -> None:
    with db.reading() as view:
        assert pairs.of_account(view, "work") == []
        with db.transaction() as tx:
            pairs.add(tx, A_PAIR)
        assert pairs.of_account(view, "work") == []
    with db.reading() as tx:
        assert len(pairs.of_account(tx, "work")) == 1


def test_copies_taken_at_any_moment_open_and_go_on(tmp_path: Path) -> None:
    home = tmp_path / "home"
    db = _with_pair(home / "state.db")

    def copy(name: str) -> Path:
        shutil.copytree(home, tmp_path / name)
        return tmp_path / name / "state.db"

    with db.transaction() as tx:
        pairs.add(tx, Pair(0, "work", Kind.TASK, "tasks", "/tasks/"))
        inside = copy("inside a transaction")
    after = copy("after it, not yet in the main file")
    with db.reading() as tx:
        reading = copy("while somebody reads")
    db.close()
    closed = copy("closed")
    assert [_pairs(p) for p in (inside, after, reading, closed)] == [1, 2, 2, 2]
    for path in (inside, after, reading, closed):
        goes_on = Database.open(path)
        with goes_on.transaction() as tx:
            pairs.add(tx, Pair(0, "work", Kind.EVENT, "calendar", "/calendar/"))
        goes_on.close()


KILLED = """
import os, signal, sys
from instep.core.model import Kind
from instep.store import pairs
from instep.store.database import Database
from instep.store.pairs import Pair
db = Database.open(sys.argv[1])
with db.transaction() as tx:
    pairs.add(tx, Pair(0, "work", Kind.NOTE, "notes", "/notes/"))
with db.transaction() as tx:
    pairs.add(tx, Pair(0, "work", Kind.TASK, "tasks", "/tasks/"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name != "posix", reason="needs kill -9")
def test_a_process_killed_inside_a_transaction_leaves_what_was_done_before(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "state.db")], check=False, timeout=60)
    assert _pairs(tmp_path / "state.db") == 1


def test_two_processes_that_open_a_new_file_at_once_both_succeed(tmp_path: Path) -> None:
    code = "import sys; from instep.store.database import Database; Database.open(sys.argv[1]).close()"
    command = [sys.executable, "-c", code, str(tmp_path / "home" / "state.db")]
    started = [subprocess.Popen(command) for _ in range(3)]
    assert [p.wait(60) for p in started] == [0, 0, 0]


def test_a_migration_that_fails_leaves_the_file_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half_way(connection: object) -> None:
        upgrade.upgrade(connection)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(database, "upgrade", half_way)
    with pytest.raises(KeyboardInterrupt):
        Database.open(tmp_path / "state.db")
    monkeypatch.undo()
    assert _pairs(tmp_path / "state.db") == 0


def _busy(db: Database) -> None:
    with db.transaction() as tx, db.transaction() as second:
        pairs.add(tx, A_PAIR)
        pairs.add(second, A_PAIR)


def _full(db: Database) -> None:
    with db.transaction() as tx:
        pages = tx.connection.execute(text("PRAGMA page_count")).scalar()
        tx.connection.execute(text(f"PRAGMA max_page_count = {pages}"))
        for i in range(100):
            pairs.add(tx, Pair(0, "work", Kind.NOTE, "x" * 4000, str(i)))


@pytest.mark.parametrize(("fault", "kind"), [(_busy, Busy), (_full, StoreFull)], ids=["busy", "full"])
def test_what_the_system_refuses_is_told_in_our_words_and_nothing_happened(
    fault: Callable[[Database], None], kind: type[InstepError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    db = Database.open(tmp_path / "state.db")
    with pytest.raises(kind) as caught:
        fault(db)
    assert caught.value.advice
    with db.reading() as tx:
        assert pairs.of_account(tx, "work") == []
    db.close()
