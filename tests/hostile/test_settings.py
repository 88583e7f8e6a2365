"""Instep's own files, damaged or planted: settings, table of accounts, vault, memory of a folder, state."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.stage import Stage
from engine.test_run import person
from instep.accounts import config
from instep.accounts.bulk import import_table
from instep.accounts.home import Home
from instep.accounts.secret import Secret
from instep.accounts.vault import Vault
from instep.connectors.files.fingerprints import Fingerprints
from instep.core.model import Side
from instep.engine import conflicts
from instep.errors import ConfigError, InstepError, SecretUnavailable, StateDamaged
from instep.store import history
from instep.store.database import Database

_QUIET = settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
_ACCOUNT = b"""[accounts.work]
url = "https://dav.example.org/"
email = "a@example.org"
desktop = "files:/tmp/x"
kinds = ["contacts", "tasks"]
password = "keyring"
"""
_TABLE = b"name,url,email,login,password_command,desktop,kinds\nwork,https://x.example.org,a@example.org,a,,files:/x,contacts\n"
_PIECES = st.sampled_from(
    [
        *(
            b'"',
            b"[",
            b"]",
            b"{",
            b"}",
            b"=",
            b"\n",
            b"\r",
            b"\0",
            b"\xff",
            b"'''",
            b",",
            b";",
            b"nan",
            b"1e999",
            b"9" * 400,
        ),
        *(
            b"\\u0000",
            b"\\ud800",
            b"1979-05-27",
            b".",
            b"[[a]]",
            b"\xef\xbb\xbf",
            b"[accounts.work]",
            b"\xe2\x80\xae",
            b"-1",
        ),
    ]
)


def damaged(raw: bytes) -> st.SearchStrategy[bytes]:
    """The file with a few pieces put in or cut out."""
    edit = st.tuples(st.integers(0, len(raw)), st.integers(0, 12), st.one_of(_PIECES, st.binary(max_size=3)))

    def applied(edits: list[tuple[int, int, bytes]]) -> bytes:
        data = raw
        for at, cut, piece in edits:
            data = data[:at] + piece + data[at + cut :]
        return data

    return st.lists(edit, min_size=1, max_size=4).map(applied)


@_QUIET
@given(damaged(_ACCOUNT))
def test_settings_of_any_damage_are_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    home = Home(tmp_path)
    home.config.write_bytes(raw)
    try:
        assert all(account.name for account in config.load(home))
    except ConfigError as error:
        assert str(home.config) in str(error) or "account" in str(error)


@_QUIET
@given(damaged(_TABLE))
def test_a_table_of_any_damage_is_read_or_refused(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(raw)
    try:
        table = import_table(Home(tmp_path / "home"), file, dry_run=True)
        assert all(str(fault) for fault in table.faults)
    except ConfigError as error:
        assert str(error)


DEEP = [
    b"[" * 200_000,
    b"a = " + b"[" * 200_000,
    b"a" + b".a" * 200_000 + b" = 1",
    b"a = " + b"{b = " * 100_000,
    b"a = [\n" + b"[\n" * 50_000,
    b"a = " + b"9" * 9000,
]


@pytest.mark.parametrize("raw", DEEP, ids=lambda raw: repr(raw[:8]))
def test_settings_nested_without_end_are_refused(tmp_path: Path, raw: bytes) -> None:
    home = Home(tmp_path)
    home.config.write_bytes(raw)
    with pytest.raises(ConfigError):
        config.load(home)


@pytest.mark.parametrize(
    "raw", [b"[" * 200_000, b'{"a":' * 200_000, b"\xff\xfe", b"9" * 10_000, b'"\\ud800"'], ids=lambda raw: repr(raw[:8])
)
def test_a_vault_or_memory_of_nonsense_is_damaged_or_forgotten(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "vault.json"
    file.write_bytes(raw)
    with pytest.raises(SecretUnavailable):
        Vault(file, lambda new: Secret("x"), cost=16).get("work")
    assert Fingerprints(file).is_empty


def _opened(file: Path) -> None:
    db = Database.open(file)
    try:
        with db.reading() as tx:
            history.rows(tx, account=None, limit=None)
        conflicts.questions(db)
    finally:
        db.close()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    stage = Stage(tmp_path)
    for name in ("Anna", "Bert", "Carl"):
        stage.put(Side.LEFT, person(name, note="n" * 2000))
    stage.run()
    stage.db.close()
    return tmp_path / "state.db"


def _cut(raw: bytes, chance: random.Random) -> bytes:
    return raw[: chance.randrange(len(raw))]


def _overwritten(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    junk = bytes(chance.randrange(256) for _ in range(chance.choice((1, 16, 400, 4096))))
    return raw[:at] + junk + raw[at + len(junk) :]


def _shuffled(raw: bytes, chance: random.Random) -> bytes:
    pages = [raw[at : at + 4096] for at in range(0, len(raw), 4096)]
    chance.shuffle(pages)
    return b"".join(pages)


@pytest.mark.parametrize("damage", [_cut, _overwritten, _shuffled])
def test_a_damaged_state_is_used_or_refused_in_words(
    state: Path, damage: Callable[[bytes, random.Random], bytes], tmp_path: Path
) -> None:
    whole = state.read_bytes()
    for seed in range(25):
        copy = tmp_path / f"copy-{seed}.db"
        copy.write_bytes(damage(whole, random.Random(seed)))
        try:
            _opened(copy)
        except InstepError as error:
            assert isinstance(error, StateDamaged), error
            assert str(copy) in str(error)
