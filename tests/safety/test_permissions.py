"""Whatever Instep makes is for its person alone, however careless the computer is; what others planted is not used."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from cli.desk import Desk
from engine.stage import Stage
from instep.accounts.home import Home, is_anothers
from instep.cli.logs import start_logging
from instep.connectors.files import durable, folders
from instep.connectors.files.fingerprints import Fingerprint, Fingerprints
from instep.core.model import Kind
from instep.errors import ConfigError
from instep.store.database import Database

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights of this kind are POSIX's")
Run = Callable[..., Result]
SOMEBODY = 4242


@pytest.fixture
def careless() -> Iterator[None]:
    """A computer on which new files are open to everybody."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def open_to_others(folder: Path) -> list[str]:
    """All that somebody else could read, write or enter below a folder, itself among it."""
    return [f"{path.name} {mode(path):o}" for path in (folder, *folder.rglob("*")) if mode(path) & 0o077]


def test_everything_of_a_whole_day_is_private_without_any_umask(
    run: Run, desk: Desk, home: Path, tmp_path: Path, careless: None
) -> None:
    made, log = tmp_path / "made", tmp_path / "instep.log"
    words = ["--url", desk.server.url, "--email", "alice@example.org", "--login", desk.server.login, "--insecure-http"]
    words += ["--desktop", f"files:{made}", "--password-stdin"]
    assert run("account", "add", "work", *words, input=f"{desk.server.password}\n").exit_code == 0
    for name, text in (("contacts", desk.files[0].read_bytes()), ("notes", b"# Milk\n")):
        (made / name).mkdir(mode=0o700, exist_ok=True)
        (made / name / f"1{desk.files[0].suffix if name == 'contacts' else '.md'}").write_bytes(text)
    for words in (
        ["sync", "work", "--yes", "--log-file", str(log), "-vv"],
        ["history"],
        ["conflicts"],
        ["verify", "work"],
    ):
        assert run(*words).exit_code in (0, 1)
    for file in made.glob("*/1.*"):
        file.chmod(0o600)  # these two were a person's own
    assert {"config.toml", "state.db", "vault.json"} <= {path.name for path in home.iterdir()}
    assert open_to_others(home) == open_to_others(made) == []
    assert mode(log) == 0o600


def test_the_files_beside_an_open_state_are_private_too(tmp_path: Path, careless: None) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    stage = Stage(folder)
    stage.pair_run()
    assert {"state.db", "state.db-wal", "state.db-shm"} <= {path.name for path in folder.iterdir()}
    assert open_to_others(folder) == []
    stage.db.close()


def test_a_state_that_was_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.db.close()
    (tmp_path / "state.db").chmod(0o666)
    Database.open(tmp_path / "state.db").close()
    assert mode(tmp_path / "state.db") == 0o600


def test_the_memory_of_a_folder_is_private(tmp_path: Path, careless: None) -> None:
    memory = Fingerprints(tmp_path / "files" / "x.json")
    memory.put("a.vcf", tmp_path.stat(), Fingerprint("1"), 1 << 62)
    memory.save()
    assert open_to_others(tmp_path / "files") == []


FOLDERS = [(0o700, 0o600), (0o750, 0o640), (0o770, 0o660), (0o777, 0o666)]


@pytest.mark.parametrize(("around", "expected"), FOLDERS, ids=lambda rights: f"{rights:o}")
def test_a_new_item_is_as_private_as_its_folder(tmp_path: Path, careless: None, around: int, expected: int) -> None:
    folder = tmp_path / "contacts"
    folder.mkdir()
    folder.chmod(around)
    durable.create(folder / "a.vcf", b"x")
    assert mode(folder / "a.vcf") == expected
    (folder / "a.vcf").chmod(0o640)
    durable.replace(folder / "a.vcf", b"x", b"y")
    assert mode(folder / "a.vcf") == 0o640, "a person's own choice stays"


def test_a_new_folder_is_as_private_as_what_is_around_it(tmp_path: Path, careless: None) -> None:
    folders.make_folder(tmp_path / "new", "contacts", frozenset({Kind.CONTACT}))
    folders.make_folder(tmp_path / "new", "Über/uns", frozenset({Kind.NOTE}))
    assert open_to_others(tmp_path / "new") == []


def plant(path: Path, target: Path) -> None:
    """Put a link there as another user of the machine would."""
    if os.geteuid() != 0:
        pytest.skip("only root can make what belongs to somebody else")
    path.symlink_to(target)
    os.chown(path, SOMEBODY, SOMEBODY, follow_symlinks=False)


PLACES = [
    "config.toml",
    "state.db",
    "state.db-wal",
    "state.db-shm",
    "vault.json",
    ".config.toml.lock",
    ".vault.json.lock",
]


@pytest.mark.parametrize("name", PLACES)
def test_a_link_that_somebody_planted_in_the_home_is_refused(tmp_path: Path, name: str) -> None:
    home, target = Home(tmp_path / "home"), tmp_path / "precious"
    home.path.mkdir(mode=0o777)
    target.write_text("as it was")
    plant(home.path / name, target)
    with pytest.raises(ConfigError, match="another user"):
        home.prepare()
    assert target.read_text() == "as it was"


def test_a_home_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path / "home")
    home.path.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can make what belongs to somebody else")
    os.chown(home.path, SOMEBODY, SOMEBODY)
    with pytest.raises(ConfigError, match="another user"):
        home.prepare()
    monkeypatch.setattr(os, "geteuid", lambda: SOMEBODY)
    home.prepare()


def test_a_log_file_that_somebody_put_there_is_not_written(tmp_path: Path) -> None:
    log, target = tmp_path / "instep.log", tmp_path / "precious"
    target.write_text("as it was")
    plant(log, target)
    with pytest.raises(ConfigError, match="another user"):
        start_logging(0, log)
    assert target.read_text() == "as it was"


def test_a_log_file_of_ones_own_is_closed_to_others(tmp_path: Path) -> None:
    log = tmp_path / "instep.log"
    log.write_text("earlier\n")
    log.chmod(0o644)
    start_logging(0, log)
    start_logging(0, None)
    assert mode(log) == 0o600 and log.read_text() == "earlier\n"


def test_what_belongs_to_oneself_or_root_or_nobody_is_no_others(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    assert [is_anothers(tmp_path / name) for name in ("mine", "nothing")] == [False, False]
