"""Whatever happens during a write, the file is the old one or the new one, and people are told what to do."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from instep.connectors.files import durable
from instep.errors import (
    CollectionVanished,
    InstepError,
    ItemRefused,
    PreconditionFailed,
    ReadOnly,
    StoreFull,
    Transient,
)

OLD, NEW, THEIRS = b"old content", b"new content", b"their content"


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "anna.vcf"
    path.write_bytes(OLD)
    return path


WRITES: dict[str, Callable[[Path], None]] = {
    "create": lambda path: durable.create(path.with_name("new.vcf"), NEW),
    "replace": lambda path: durable.replace(path, OLD, NEW),
    "remove": lambda path: durable.remove(path, OLD),
}


def test_written_file_holds_the_new_content_and_nothing_else_is_left(file: Path) -> None:
    WRITES["create"](file)
    WRITES["replace"](file)
    assert {p.name: p.read_bytes() for p in file.parent.iterdir()} == {"anna.vcf": NEW, "new.vcf": NEW}
    durable.remove(file, NEW)
    assert [p.name for p in file.parent.iterdir()] == ["new.vcf"]


@pytest.mark.parametrize("write", ["create", "replace"])
@pytest.mark.parametrize("call", ["fsync", "link", "replace"])
def test_process_that_dies_in_a_write_leaves_the_old_file(
    file: Path, write: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: object, **kwargs: object) -> None:
        raise Killed

    monkeypatch.setattr(*((Path, "replace", die) if call == "replace" else (os, call, die)))
    try:
        WRITES[write](file)
    except Killed:
        assert {p.name: p.read_bytes() for p in file.parent.glob("*.vcf")} == {"anna.vcf": OLD}


@pytest.mark.parametrize("write", ["create", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO])
def test_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    file: Path, write: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError):
        WRITES[write](file)
    assert {p.name: p.read_bytes() for p in file.parent.iterdir()} == {"anna.vcf": OLD}


def test_creation_where_a_file_is_leaves_it(file: Path) -> None:
    with pytest.raises(PreconditionFailed):
        durable.create(file, NEW)
    assert {p.name: p.read_bytes() for p in file.parent.iterdir()} == {"anna.vcf": OLD}


def test_creation_works_where_the_file_system_has_no_links(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    with pytest.raises(PreconditionFailed):
        durable.create(file, NEW)
    WRITES["create"](file)
    assert {p.name: p.read_bytes() for p in file.parent.iterdir()} == {"anna.vcf": OLD, "new.vcf": NEW}


@pytest.mark.parametrize("write", ["replace", "remove"])
def test_file_that_another_program_changed_stays_as_it_wrote_it(file: Path, write: str) -> None:
    file.write_bytes(THEIRS)
    with pytest.raises(PreconditionFailed):
        WRITES[write](file)
    assert {p.name: p.read_bytes() for p in file.parent.iterdir()} == {"anna.vcf": THEIRS}


@pytest.mark.parametrize("write", ["replace", "remove"])
def test_file_that_another_program_removed_is_not_made_again(file: Path, write: str) -> None:
    file.unlink()
    with pytest.raises((PreconditionFailed, FileNotFoundError)):
        WRITES[write](file)
    assert list(file.parent.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be exchanged on Windows")
def test_edit_that_lands_in_the_moment_of_the_exchange_is_put_back(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exchange = Path.replace

    def with_a_late_edit(self: Path, target: Path) -> Path:
        if Path(target).read_bytes() == OLD:
            Path(target).write_bytes(THEIRS)
        return exchange(self, target)

    monkeypatch.setattr(Path, "replace", with_a_late_edit)
    with pytest.raises(PreconditionFailed):
        durable.replace(file, OLD, NEW)
    assert {p.name: p.read_bytes() for p in file.parent.iterdir()} == {"anna.vcf": THEIRS}


def test_edit_that_lands_in_the_moment_of_a_deletion_is_put_back(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def with_a_late_edit(self: Path, target: Path) -> Path:
        if self == file:
            self.write_bytes(THEIRS)
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", with_a_late_edit)
    with pytest.raises(PreconditionFailed):
        durable.remove(file, OLD)
    assert {p.name: p.read_bytes() for p in file.parent.iterdir()} == {"anna.vcf": THEIRS}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permissions_stay(file: Path, mode: int) -> None:
    file.chmod(mode)
    durable.replace(file, OLD, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_link_is_followed_for_an_update_and_removed_alone(file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "link.vcf"
    link.symlink_to(file)
    durable.replace(link, OLD, NEW)
    assert link.is_symlink() and file.read_bytes() == NEW
    durable.remove(link, NEW)
    assert not link.is_symlink() and file.read_bytes() == NEW


def test_write_protected_file_is_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ItemRefused):
        durable.replace(file, OLD, NEW)
    assert file.read_bytes() == OLD


def test_files_of_a_killed_process_are_cleared_only_when_they_are_old(file: Path) -> None:
    young, old, foreign = (file.with_name(n) for n in (".instep-1-1.tmp", ".instep-1-2.tmp", ".other.tmp"))
    for path in (young, old, foreign):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    os.utime(foreign, (0, 0))
    durable.clear_abandoned(file.parent)
    assert {p.name for p in file.parent.iterdir()} == {"anna.vcf", young.name, foreign.name}
    durable.clear_abandoned(file.parent / "that is not there")


@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        (errno.ENOSPC, StoreFull, "full"),
        (errno.EDQUOT, StoreFull, "quota"),
        (errno.EACCES, ReadOnly, "Permission denied"),
        (errno.EROFS, ReadOnly, "Read-only"),
        (errno.ENOENT, CollectionVanished, "not there"),
        (errno.ENAMETOOLONG, ItemRefused, "name"),
        (errno.EIO, Transient, "could not be written"),
    ],
)
def test_error_of_a_write_says_what_happened_to_which_file(code: int, error: type[InstepError], words: str) -> None:
    told = durable.write_error(Path("/home/anna/contacts/a.vcf"), OSError(code, os.strerror(code)))
    assert type(told) is error
    assert words in str(told) and "/home/anna/contacts" in str(told) and "a.vcf" in str(told)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOENT, CollectionVanished),
        (errno.ENOTDIR, CollectionVanished),
        (errno.ENOTCONN, CollectionVanished),
        (errno.EACCES, CollectionVanished),
        (errno.EIO, Transient),
    ],
)
def test_error_of_a_listing_is_never_an_empty_folder(code: int, error: type[InstepError]) -> None:
    told = durable.folder_error(Path("/home/anna/contacts"), OSError(code, os.strerror(code)))
    assert type(told) is error and "/home/anna/contacts" in str(told)
