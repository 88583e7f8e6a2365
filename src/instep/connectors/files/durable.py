"""Writes that are whole or not at all, and what the operating system's errors mean to people.

A file is written beside its place under a hidden name, brought to the disk, and then takes its place in one step; so
a crash, a full disk or a pulled plug leaves either the old file or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
import time
from pathlib import Path

from instep.errors import (
    CollectionVanished,
    InstepError,
    ItemRefused,
    PreconditionFailed,
    ReadOnly,
    StoreFull,
    Transient,
    Where,
)

LARGEST = 200 << 20  # bytes; what is larger is no item, and would only fill the memory
_PREFIX, _SUFFIX = ".instep-", ".tmp"
_ABANDONED_AFTER = 600.0  # seconds; no write of a living process takes that long
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_AWAY = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENOTCONN, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.ELOOP})
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
_SHARING = frozenset({32, 33})  # Windows: another program has the file open
# Opening a pipe otherwise lasts until somebody writes into it.
_AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_counter = itertools.count()


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """The whole file; ``OSError`` as it comes, and for what is too large or no file, as a pipe that never ends."""
    handle = os.open(path, _AT_ONCE)
    try:
        status = os.fstat(handle)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        if status.st_size > most:
            raise OSError(errno.EFBIG, f"it is larger than {most >> 20} MB")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(handle)


def create(path: Path, data: bytes) -> None:
    """Make a new file; ``PreconditionFailed`` when there is one of that name, and it stays as it is."""
    temporary = _written_beside(path, data, None)
    try:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            _rename_where_nothing_is(temporary, path)
    except FileExistsError:
        raise PreconditionFailed("A file of this name is there already.", where=_where(path)) from None
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _rename_where_nothing_is(temporary: Path, path: Path) -> None:
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    temporary.rename(path)


def replace(path: Path, before: bytes, data: bytes) -> None:
    """Exchange the content of a file that holds ``before``; its permissions stay, a link is followed.

    ``PreconditionFailed`` when another program changed it in the meantime; then it holds what that program wrote.
    """
    target = Path(os.path.realpath(path))
    mode = target.stat()
    if not os.access(target, os.W_OK):
        raise ItemRefused("The file is write-protected.", "Allow writing to it, or leave it as it is.", _where(path))
    temporary = _written_beside(target, data, mode)
    try:
        with target.open("rb") as old:
            if old.read() != before:
                raise _changed(path)
            if os.name == "nt":
                old.close()  # an open file cannot be replaced there
            temporary.replace(target)
            overwritten = _read_again(old, before)
    except FileNotFoundError:
        raise _changed(path) from None
    finally:
        temporary.unlink(missing_ok=True)
    if overwritten != before:
        _put_back(target, data, overwritten, mode)
        raise _changed(path)
    sync_folder(target.parent)


def _read_again(old: object, before: bytes) -> bytes:
    # a program that wrote into the old file while it was exchanged wrote into what is now nameless: fetch it from there
    if getattr(old, "closed", True):
        return before
    old.seek(0)  # type: ignore[attr-defined]
    content = old.read()  # type: ignore[attr-defined]
    assert isinstance(content, bytes)
    return content


def _put_back(target: Path, ours: bytes, theirs: bytes, mode: os.stat_result) -> None:
    if read_bytes(target) == ours:
        _written_beside(target, theirs, mode).replace(target)
        sync_folder(target.parent)


def remove(path: Path, before: bytes) -> None:
    """Delete a file (or link) that holds ``before``; ``PreconditionFailed`` when it does not, and it stays."""
    aside = _hidden_beside(path)
    try:
        if read_bytes(path) != before:
            raise _changed(path)
        path.rename(aside)
    except FileNotFoundError:
        raise _changed(path) from None
    if not aside.is_symlink() and read_bytes(aside) != before:
        with contextlib.suppress(FileExistsError):
            _rename_where_nothing_is(aside, path)
        raise _changed(path)
    aside.unlink()
    sync_folder(path.parent)


def clear_abandoned(folder: Path) -> None:
    """Remove hidden files that a killed process left half-written; never fails."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                with contextlib.suppress(OSError):
                    if time.time() - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED_AFTER:
                        Path(entry.path).unlink()


def sync_folder(folder: Path) -> None:
    """Bring a folder's own entries to the disk, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def _hidden_beside(path: Path) -> Path:
    return path.with_name(f"{_PREFIX}{os.getpid()}-{next(_counter)}{_SUFFIX}")


def _written_beside(path: Path, data: bytes, like: os.stat_result | None) -> Path:
    temporary = _hidden_beside(path)
    try:
        with os.fdopen(os.open(temporary, _NEW, _rights_of_new(path.parent)), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if like is not None:
            _give_rights(temporary, like)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _rights_of_new(folder: Path) -> int:
    """A new file is as private as its folder: who may not look into that may not read this either, wherever it goes."""
    return stat.S_IMODE(folder.stat().st_mode) & 0o666 | 0o600


def _give_rights(path: Path, like: os.stat_result) -> None:
    if hasattr(os, "chown"):
        now = path.stat()
        if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
            with contextlib.suppress(OSError):
                os.chown(path, like.st_uid, like.st_gid)
    path.chmod(stat.S_IMODE(like.st_mode))


def _where(path: Path) -> Where:
    return Where(collection=str(path.parent), item=path.name)


def _changed(path: Path) -> PreconditionFailed:
    return PreconditionFailed("The file was changed or removed by another program in the meantime.", where=_where(path))


def folder_error(folder: Path, error: OSError) -> InstepError:
    """Why a folder could not be listed."""
    where = Where(collection=str(folder))
    if error.errno in _AWAY:
        return CollectionVanished(
            "The folder is not there.", "Is its drive connected, or was it renamed? Nothing was changed.", where
        )
    if error.errno in _FORBIDDEN:
        return CollectionVanished("The folder may not be read.", "Allow reading it. Nothing was changed.", where)
    return Transient(f"The folder could not be read ({_reason(error)}).", "It is tried again.", where)


def write_error(path: Path, error: OSError) -> InstepError:
    """Why a file could not be written; nothing of it was."""
    where = _where(path)
    if error.errno in _FULL:
        return StoreFull("The disk or its quota is full; the file was not written.", "Make room and run again.", where)
    if getattr(error, "winerror", None) in _SHARING:
        return Transient("Another program has the file open.", "It is tried again; close it there.", where)
    if error.errno in _FORBIDDEN:
        return ReadOnly(
            f"Nothing can be written into the folder ({_reason(error)}).",
            "Allow writing there, or keep this pair one-way.",
            where,
        )
    if error.errno in _AWAY:
        return CollectionVanished("The folder is not there any more.", "Is its drive connected?", where)
    if error.errno in (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ):
        return ItemRefused(f"The file system does not take this file name ({_reason(error)}).", where=where)
    return Transient(f"The file could not be written ({_reason(error)}).", "It is tried again.", where)


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
