"""What counts as a change of the desktop, and that our own writes do not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from instep.accounts.account import Account
from instep.service.watch import Watch, watch_of


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A desktop with a contact, an appointment and a picture."""
    desk = tmp_path / "desk"
    (desk / "contacts").mkdir(parents=True)
    (desk / "contacts" / "jane.vcf").write_text("jane")
    (desk / "lunch.ics").write_text("lunch")
    (desk / "photo.jpg").write_text("photo")
    (desk / "contacts" / ".jane.vcf.swp").write_text("half")
    return desk


def later(file: Path) -> None:
    status = file.stat()
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def replaced(file: Path) -> None:
    """The same size and time, as a backup program leaves it."""
    status = file.stat()
    new = file.with_name(".new")
    new.write_text("J" * status.st_size)
    os.utime(new, ns=(status.st_atime_ns, status.st_mtime_ns))
    new.replace(file)


CHANGES: list[tuple[str, Callable[[Path], object], bool]] = [
    ("nothing", lambda desk: None, False),
    ("a new contact", lambda desk: (desk / "contacts" / "joe.vcf").write_text("joe"), True),
    ("a contact in capital letters", lambda desk: (desk / "contacts" / "JOE.VCF").write_text("joe"), True),
    ("a deleted contact", lambda desk: (desk / "contacts" / "jane.vcf").unlink(), True),
    ("a contact of another size", lambda desk: (desk / "contacts" / "jane.vcf").write_text("jane doe"), True),
    ("a contact of another time", lambda desk: later(desk / "contacts" / "jane.vcf"), True),
    ("a contact of the same size and time", lambda desk: replaced(desk / "contacts" / "jane.vcf"), True),
    ("a renamed contact", lambda desk: (desk / "contacts" / "jane.vcf").rename(desk / "contacts" / "j.vcf"), True),
    ("an appointment in the desktop's own folder", lambda desk: (desk / "lunch.ics").write_text("lunch at one"), True),
    ("a note in a new folder", lambda desk: ((desk / "n").mkdir(), (desk / "n" / "a.md").write_text("a")), True),
    (
        "a contact in a folder that is called vcf",
        lambda desk: ((desk / "vcf").mkdir(), (desk / "vcf" / "a.vcf").write_text("a")),
        True,
    ),
    ("a folder that is gone", lambda desk: (desk / "contacts").rename(desk / ".contacts"), True),
    ("a picture", lambda desk: (desk / "photo.jpg").write_text("another"), False),
    ("a hidden file", lambda desk: (desk / "contacts" / ".jane.vcf.swp").write_text("whole"), False),
    ("an empty folder", lambda desk: (desk / "empty").mkdir(), False),
    ("a link to nothing", lambda desk: (desk / "x.vcf").symlink_to(desk / "nowhere"), False),
]


@pytest.mark.parametrize(("name", "happens", "noticed"), CHANGES, ids=[row[0] for row in CHANGES])
def test_change_is_noticed_once(desk: Path, name: str, happens: Callable[[Path], object], noticed: bool) -> None:
    watch = Watch(desk)
    happens(desk)
    assert watch.look() is noticed
    assert watch.look() is False


def test_own_writes_are_no_change(desk: Path) -> None:
    watch = Watch(desk)
    (desk / "contacts" / "new.vcf").write_text("new")
    (desk / "lunch.ics").unlink()
    assert watch.look(own_writes=2) is False


def test_edit_beside_own_writes_is_noticed(desk: Path) -> None:
    watch = Watch(desk)
    (desk / "contacts" / "new.vcf").write_text("new")
    (desk / "lunch.ics").write_text("lunch at one")
    assert watch.look(own_writes=1) is True


def test_folder_that_is_away_for_a_while_has_not_changed(desk: Path) -> None:
    watch = Watch(desk)
    desk.rename(desk.with_name("away"))
    assert watch.look() is False
    desk.with_name("away").rename(desk)
    assert watch.look() is False
    (desk / "lunch.ics").write_text("lunch at one")
    assert watch.look() is True


def test_desktop_that_appears_later_is_watched_from_then_on(tmp_path: Path) -> None:
    watch = Watch(tmp_path / "desk")
    (tmp_path / "desk").mkdir()
    assert watch.look() is False
    (tmp_path / "desk" / "jane.vcf").write_text("jane")
    assert watch.look() is True


def test_only_a_folder_of_files_is_watched(desk: Path) -> None:
    assert watch_of(Account("work", desktop=f"files:{desk}")) is not None
    assert watch_of(Account("work", desktop="outlook:")) is None
