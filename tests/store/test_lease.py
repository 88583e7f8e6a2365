"""The lease: exclusive between processes, free again at once when its holder is dead."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from instep.errors import Busy
from instep.store import lease, processes
from instep.store.database import Database
from instep.store.schema import lease as table

HOLDER = """
import sys
from instep.errors import Busy
from instep.store import lease
from instep.store.database import Database
db = Database.open(sys.argv[1])
sys.stdin.readline()
try:
    lease.take(db, "work", "sync")
except Busy as e:
    print("busy", e, flush=True)
else:
    print("taken", flush=True)
    sys.stdin.readline()
"""


def _holder(path: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def _says(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait(30)
    for pipe in (process.stdin, process.stdout):
        assert pipe
        pipe.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An existing database file."""
    Database.open(tmp_path / "home" / "state.db").close()
    return tmp_path / "home" / "state.db"


def test_an_account_that_is_taken_is_refused_with_purpose_process_and_time(db: Database) -> None:
    lease.take(db, "work", "sync")
    with pytest.raises(Busy, match=rf"since \d{{4}}-.* \(sync, process {os.getpid()}\)") as caught:
        lease.take(db, "work", "verify")
    assert caught.value.where.account == "work"
    assert caught.value.advice


def test_another_account_is_free(db: Database) -> None:
    lease.take(db, "work", "sync")
    lease.take(db, "home", "sync")


def test_a_released_account_is_free_again(db: Database) -> None:
    lease.release(db, lease.take(db, "work", "sync"))
    with pytest.raises(ZeroDivisionError), lease.held(db, "work", "sync"):
        raise ZeroDivisionError
    lease.take(db, "work", "sync")


def test_of_processes_racing_for_a_lease_one_gets_it(path: Path) -> None:
    racing = [_holder(path) for _ in range(3)]
    try:
        for process in racing:
            _go(process)
        told = sorted(_says(p) for p in racing)
        assert [t.split()[0] for t in told] == ["busy", "busy", "taken"]
    finally:
        for process in racing:
            _end(process)


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="needs kill -9 and waitid")
def test_the_lease_of_a_killed_process_is_taken_over_at_once_even_before_its_parent_noticed(path: Path) -> None:
    holder = _holder(path)
    db = Database.open(path)
    try:
        _go(holder)
        assert _says(holder) == "taken"
        with pytest.raises(Busy, match=f"process {holder.pid}"):
            lease.take(db, "work", "sync")
        holder.kill()
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)  # dead, and left in the table of processes
        lease.take(db, "work", "sync")
    finally:
        db.close()
        _end(holder)


def test_a_process_with_the_number_of_the_dead_one_is_not_taken_for_it(db: Database) -> None:
    lease.take(db, "work", "sync")
    with db.transaction() as tx:
        tx.connection.execute(update(table).values(started="before the flood"))
    lease.take(db, "work", "sync")


def test_a_copy_of_the_database_is_free_while_the_original_is_held(path: Path, tmp_path: Path) -> None:
    db = Database.open(path)
    lease.take(db, "work", "sync")
    shutil.copytree(path.parent, tmp_path / "copy")
    copy = Database.open(tmp_path / "copy" / "state.db")
    lease.take(copy, "work", "sync")
    with pytest.raises(Busy):
        lease.take(db, "work", "sync")
    copy.close()
    db.close()


def _two_hours_pass(db: Database) -> None:
    with db.transaction() as tx:
        tx.connection.execute(update(table).values(renewed=datetime.now(UTC) - timedelta(hours=2)))


def test_another_computers_lease_is_believed_for_an_hour_after_it_was_renewed(db: Database) -> None:
    held = lease.take(db, "work", "sync")
    with db.transaction() as tx:
        tx.connection.execute(update(table).values(machine="elsewhere", host="laptop"))
    with pytest.raises(Busy, match=r"on laptop.*free again at"):
        lease.take(db, "work", "sync")
    _two_hours_pass(db)
    lease.renew(db, held)
    with pytest.raises(Busy):
        lease.take(db, "work", "sync")
    _two_hours_pass(db)
    lease.take(db, "work", "sync")
    with pytest.raises(Busy, match="was lost"):
        lease.renew(db, held)
    lease.release(db, held)
    with pytest.raises(Busy):
        lease.take(db, "work", "sync")


def test_whether_a_process_is_dead_is_known_on_its_own_computer_only() -> None:
    me = processes.this_process()
    cases = {
        "this one": (me, False),
        "one that started at another time": (replace(me, started="long ago"), True),
        "one that is not there": (replace(me, pid=2**22 + 1), True),
        "one on another computer": (replace(me, machine="elsewhere"), None),
    }
    assert {name: processes.is_dead(p) for name, (p, _) in cases.items()} == {n: d for n, (_, d) in cases.items()}
