"""The doctor finds what is wrong, says what to do, and changes nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from instep.accounts.home import Home
from instep.accounts.trial import Outcome
from instep.service.doctor import Check, examine
from instep.service.doctor_computer import clock, installed, room
from instep.service.doctor_parts import Need, parts
from instep.service.installation import Installation

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SETTINGS = """\
[accounts.work]
url = "https://dav.example.org"
email = "anna@example.org"
desktop = "files:{desk}"
password = "none"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An installation with one account that never ran; its desktop is there, and key stores are left alone."""
    monkeypatch.setenv("INSTEP_SECRETS", "vault")
    place = Home(tmp_path / "home")
    place.prepare()
    (tmp_path / "desk").mkdir()
    place.config.write_text(SETTINGS.format(desk=tmp_path / "desk"))
    return place


def looked_at(home: Home, *, online: bool = False) -> list[Check]:
    """What the doctor says of a home."""

    async def collect(here: Installation) -> list[Check]:
        return [check async for check in examine(here, online=online)]

    with Installation(home) as here:
        return asyncio.run(collect(here))


def the(name: str, found: list[Check]) -> Check:
    """The one check of that name."""
    [check] = [check for check in found if check.name == name]
    return check


def test_a_sound_installation_has_nothing_that_failed(home: Home) -> None:
    found = looked_at(home)
    assert [check.name for check in found if check.outcome is Outcome.FAILED] == []
    names = ("Python", "installation", "free disk", "clock", "time zones", "home folder", "settings", "passwords")
    assert [check.name for check in found][:9] == [*names, "state database"]


def test_looking_makes_and_changes_no_file(home: Home) -> None:
    def files() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in home.path.iterdir()}

    before = files()
    looked_at(home)
    assert files() == before


def _spoil_settings(home: Home) -> None:
    home.config.write_text("[accounts.work]\nurll = 3\n")


def _open_folder(home: Home) -> None:
    home.path.chmod(0o755)


def _shut_folder(home: Home) -> None:
    home.config.unlink()
    home.path.rmdir()
    home.path.write_text("a file in its place")


def _spoil_state(home: Home) -> None:
    home.state.write_bytes(b"this is no database " * 500)


def _anothers_state(home: Home) -> None:
    with sqlite3.connect(home.state) as db:
        db.execute("CREATE TABLE songs (title TEXT)")


def _newer_state(home: Home) -> None:
    with Installation(home) as here:
        assert here.db
    with sqlite3.connect(home.state) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")


def _torn_state(home: Home) -> None:
    with Installation(home) as here:
        assert here.db
    with sqlite3.connect(home.state) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with home.state.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)


def _no_desktop(home: Home) -> None:
    (home.path.parent / "desk").rmdir()


@pytest.mark.parametrize(
    ("harm", "name", "outcome", "words"),
    [
        pytest.param(_spoil_settings, "settings", Outcome.FAILED, "urll", id="a wrong setting is named"),
        pytest.param(_open_folder, "home folder", Outcome.NOTE, "chmod 700", id="a folder open to others is told"),
        pytest.param(_shut_folder, "home folder", Outcome.FAILED, "no folder", id="a file in the folder's place"),
        pytest.param(_spoil_state, "state database", Outcome.FAILED, "move it away", id="no database at all"),
        pytest.param(
            _anothers_state, "state database", Outcome.FAILED, "not Instep's", id="another program's database"
        ),
        pytest.param(_newer_state, "state database", Outcome.FAILED, "newer version", id="a newer state"),
        pytest.param(_torn_state, "state database", Outcome.FAILED, "damaged", id="a page of it is torn"),
        pytest.param(_no_desktop, "desktop folder", Outcome.NOTE, "nothing is deleted", id="a desktop that is away"),
    ],
)
def test_what_is_wrong_is_found_with_what_to_do(
    home: Home, harm: object, name: str, outcome: Outcome, words: str
) -> None:
    harm(home)  # type: ignore[operator]
    check = the(name, looked_at(home))
    assert check.outcome is outcome
    assert words in " ".join((check.detail, check.about, check.advice))
    assert check.advice


def test_a_damaged_state_stops_no_other_check(home: Home) -> None:
    _spoil_state(home)
    found = looked_at(home)
    assert the("desktop folder", found).outcome is Outcome.OK
    assert the("last run", found).error == "StateDamaged"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_in_the_home_is_found(home: Home) -> None:
    os.chown(home.config, 4242, -1)
    assert "another user" in the("home folder", looked_at(home)).detail


@pytest.mark.parametrize(
    ("free", "outcome"),
    [
        pytest.param(200_000_000_000, Outcome.OK, id="plenty"),
        pytest.param(900_000_000, Outcome.NOTE, id="little"),
        pytest.param(1_000_000, Outcome.FAILED, id="next to nothing"),
    ],
)
def test_room_on_the_disk(free: int, outcome: Outcome) -> None:
    assert room(free, "/somewhere").outcome is outcome


@pytest.mark.parametrize(
    ("now", "newest", "outcome"),
    [
        pytest.param(NOW, None, Outcome.OK, id="no run yet"),
        pytest.param(NOW, datetime(2026, 5, 31, tzinfo=UTC), Outcome.OK, id="a run yesterday"),
        pytest.param(NOW, datetime(2026, 6, 2, tzinfo=UTC), Outcome.FAILED, id="a run tomorrow"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), None, Outcome.FAILED, id="an empty battery"),
    ],
)
def test_the_clock(now: datetime, newest: datetime | None, outcome: Outcome) -> None:
    assert clock(now, newest).outcome is outcome


@pytest.mark.parametrize(
    ("wanted", "outcome", "words"),
    [
        pytest.param(Need("lxml", "5.3", "6.0", ""), Outcome.OK, "complete", id="new enough"),
        pytest.param(Need("lxml", "5.10", "5.9", ""), Outcome.FAILED, "lxml 5.9 (needs 5.10)", id="too old"),
        pytest.param(Need("lxml", "5.3", None, ""), Outcome.FAILED, "lxml missing", id="missing"),
        pytest.param(Need("starlette", "1.0", None, "web"), Outcome.NOTE, "without web", id="no pages"),
        pytest.param(Need("radicale", "3.5", None, "demo"), Outcome.OK, "without demo", id="an extra nobody misses"),
    ],
)
def test_the_parts_of_the_installation(wanted: Need, outcome: Outcome, words: str) -> None:
    check = installed([wanted])
    assert (check.outcome, words in check.detail) == (outcome, True), check


def test_every_part_says_its_version_and_licence() -> None:
    found = {part.name: part for part in parts()}
    assert {"click", "SQLAlchemy", "lxml", "tzdata"} <= set(found)
    assert [part for part in found.values() if not part.version or part.licence == "not said"] == []


def test_online_says_what_the_test_of_the_account_says(home: Home) -> None:
    home.config.write_text(home.config.read_text().replace("https://dav.example.org", "https://localhost:9"))
    found = looked_at(home, online=True)
    check = the("address", found)
    assert (check.outcome, check.account, check.error) == (Outcome.FAILED, "work", "Unreachable")
