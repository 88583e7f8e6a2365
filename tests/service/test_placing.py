"""A pair knows its desktop again: another folder is not taken for it, the same one moved or written otherwise is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from instep.accounts.account import Account
from instep.core.model import Kind
from instep.service.placing import is_left_behind, place_of
from instep.store.pairs import Pair


def ann(folder: Path) -> Account:
    return Account("ann", email="ann@example.org", desktop=f"files:{folder}")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """A pair that knew the desktop ``old``, which holds a contact."""
    (tmp_path / "old" / "contacts").mkdir(parents=True)
    (tmp_path / "old" / "contacts" / "jane.vcf").touch()
    options = {"desktop": place_of(ann(tmp_path / "old"))}
    return Pair(1, "ann", Kind.CONTACT, "contacts", "https://s/c/", options=options)


def test_same_folder_written_otherwise_is_the_same(pair: Pair, tmp_path: Path) -> None:
    assert not is_left_behind(ann(tmp_path / "x" / ".." / "old"), pair)
    if sys.platform != "win32":
        (tmp_path / "link").symlink_to(tmp_path / "old")
        assert not is_left_behind(ann(tmp_path / "link"), pair)


def test_pair_that_knew_none_yet_takes_any(tmp_path: Path) -> None:
    assert not is_left_behind(ann(tmp_path / "new"), Pair(1, "ann", Kind.CONTACT, "contacts", "https://s/c/"))


def test_folder_moved_as_a_whole_is_the_same(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "old").rename(tmp_path / "new")
    assert not is_left_behind(ann(tmp_path / "new"), pair)


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "a full folder"])
def test_another_folder_beside_the_old_one_is_another(pair: Pair, tmp_path: Path, there: str) -> None:
    if there != "nothing":
        (tmp_path / "new" / "contacts").mkdir(parents=True)
    if there == "a full folder":
        (tmp_path / "new" / "contacts" / "john.vcf").touch()
    assert is_left_behind(ann(tmp_path / "new"), pair)


def test_empty_folder_is_another_though_the_old_one_is_away(pair: Pair, tmp_path: Path) -> None:
    (tmp_path / "old").rename(tmp_path / "unmounted")
    (tmp_path / "new" / "contacts").mkdir(parents=True)
    (tmp_path / "new" / "contacts" / ".hidden").touch()
    assert is_left_behind(ann(tmp_path / "new"), pair)
