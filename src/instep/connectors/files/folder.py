"""One folder of files as a place of items: listing, reading, proving, writing. Blocking; no thread of its own.

Writes to different files may run at the same time; everything else takes its turn.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

from instep.connectors.base import (
    Create,
    Delete,
    Document,
    Entry,
    Fetched,
    FetchResult,
    Foreign,
    Missing,
    Presence,
    Unreadable,
    Update,
    Write,
    Written,
)
from instep.connectors.files import durable, formats
from instep.connectors.files.fingerprints import Fingerprint, Fingerprints, digest
from instep.connectors.files.formats import MEDIA_TYPES, Piece
from instep.connectors.files.names import (
    SUFFIXES,
    TakenNames,
    folded,
    free_name,
    href_of,
    is_item_file,
    is_plain,
    parts_of,
    stem_of,
    suffix_of,
)
from instep.core.model import Item, Kind, kind_of, name_of
from instep.errors import (
    CodecError,
    CollectionVanished,
    InstepError,
    ItemRefused,
    ItemUnreadable,
    PreconditionFailed,
    Where,
)


class Folder:
    """One folder, seen for one kind. ``known`` may be shared between the kinds of one folder."""

    def __init__(self, path: Path, kind: Kind, known: Fingerprints, suffix: str, root: Path | None = None) -> None:
        """``root`` is the folder of folders, out of which no link is followed; for None that is the folder itself."""
        self.path = path
        self._root = Path(os.path.realpath(root or path))
        self.kind = kind
        self.suffix = suffix
        self._known = known
        self._names: set[str] | None = None
        self._taken = TakenNames()
        self._cleared = False
        self._last: tuple[str, bytes, tuple[Piece, ...]] = ("", b"", ())

    # Listing -------------------------------------------------------------------------------------------------------

    def listing(self) -> tuple[Entry, ...]:
        """All items there are; ``CollectionVanished`` when the folder is not there, cannot be read, or is another one
        than before and empty (a drive that is not mounted)."""
        now = time.time_ns()
        try:
            identity = self._identity()
            with os.scandir(self.path) as found:
                files = sorted((e for e in found if is_item_file(e.name, self.kind)), key=lambda e: e.name)
                entries = [entry for file in files for entry in self._entries(file, now)]
        except OSError as error:
            raise durable.folder_error(self.path, error) from None
        if not files and self._is_unmounted(identity):
            raise CollectionVanished(
                "The folder is empty and is not the one it was.",
                "Is its drive connected? If you emptied it on purpose, put one item into it and run again.",
                Where(collection=str(self.path)),
            )
        names = {file.name for file in files}
        self._known.folder = identity
        self._known.keep_only(names, SUFFIXES[self.kind])
        self._known.save()
        self._names = {folded(name) for name in names}
        return tuple(entries)

    def _identity(self) -> tuple[int, int]:
        status = self.path.stat()
        return status.st_dev, status.st_ino

    def _is_unmounted(self, identity: tuple[int, int]) -> bool:
        # only the folder's number counts: a device may get another one each time the computer starts
        return not self._known.is_empty and self._known.folder[1] != identity[1]

    def _entries(self, file: os.DirEntry[str], now: int) -> list[Entry]:
        try:
            if not file.is_file():
                return []
            status = file.stat()
        except OSError:
            return [Entry(href_of(file.name), None)]
        known = self._known.get(file.name, status)
        if known is None:
            try:
                known = _fingerprint(self._content(file.name), file.name)
            except FileNotFoundError:
                return []
            except OSError:
                return [Entry(href_of(file.name), f"unreadable {status.st_mtime_ns} {status.st_size}")]
            self._known.put(file.name, status, known, now)
        if known.pieces:
            return [Entry(href_of(file.name, key), etag) for key, etag in known.pieces]
        return [Entry(href_of(file.name), known.etag)]

    # Reading -------------------------------------------------------------------------------------------------------

    def check(self) -> tuple[int, int]:
        """Make sure that the folder is there and can be read, and say which one it is."""
        try:
            identity = self._identity()
            with os.scandir(self.path) as found:
                if next(found, None) is None and self._is_unmounted(identity):
                    raise FileNotFoundError(2, "another folder is there, and it is empty")
        except OSError as error:
            raise durable.folder_error(self.path, error) from None
        return identity

    def fetch(self, hrefs: Iterable[str]) -> list[FetchResult]:
        """The items at these hrefs, in their order."""
        self.check()
        return [self._fetch(href) for href in hrefs]

    def _fetch(self, href: str) -> FetchResult:
        name, key = parts_of(href)
        if not is_plain(name) or not is_item_file(name, self.kind):
            return Missing(href)
        try:
            _, pieces = self._load(name)
        except (FileNotFoundError, IsADirectoryError):
            return Missing(href)
        except OSError as error:
            reason = CodecError(f"cannot be read ({error.strerror})", "Allow reading the file.", self._where(name))
            return Unreadable(href, None, reason)
        piece = _piece(pieces, key, name)
        return Missing(href) if piece is None else self._result(href, name, piece)

    def _result(self, href: str, name: str, piece: Piece) -> FetchResult:
        document = Document(piece.data, MEDIA_TYPES[suffix_of(name)])
        etag = digest(piece.data)
        try:
            if piece.broken is not None:
                raise piece.broken
            item = formats.read(piece.data, name)
        except CodecError as error:
            return Unreadable(href, etag, replace(error, where=self._where(name)), document)
        if kind_of(item) is not self.kind:
            return Foreign(href, etag)
        return Fetched(href, etag, document, item)

    def _load(self, name: str) -> tuple[bytes, tuple[Piece, ...]]:
        raw = self._content(name)
        # one big file is asked for piece by piece, and splitting it each time would take the square of its size
        last = self._last
        if last[0] == name and last[1] == raw:
            return raw, last[2]
        pieces = formats.split(raw, name)
        if len(pieces) > 1:
            self._last = (name, raw, pieces)
        return raw, pieces

    def _content(self, name: str) -> bytes:
        return durable.read_bytes(self._place(name))

    def _place(self, name: str) -> Path:
        """Where the file really is. ``OSError`` for a link that leads elsewhere: planted in a folder that others may
        write to, it would carry any text of this computer to the server, or have a server's text written over it."""
        path = self.path / name
        if not path.is_symlink():
            return path
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(self._root) or not is_item_file(target.name, self.kind):
            raise OSError(errno.EINVAL, "it is a link that leads out of the folder")
        return target

    def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """Whether items are gone: only where the folder was there, readable and the same before and after."""
        asked = tuple(hrefs)
        try:
            before = self.check()
            answers = {href: self._presence(href) for href in asked}
            same = self.check() == before
        except InstepError:
            same = False
        return answers if same else dict.fromkeys(asked, Presence.UNKNOWN)

    def _presence(self, href: str) -> Presence:
        name, key = parts_of(href)
        if not is_plain(name):
            return Presence.UNKNOWN
        if not os.path.lexists(self.path / name):
            return Presence.GONE
        try:
            _, pieces = self._load(name)
        except OSError:
            return Presence.UNKNOWN
        alone = len(pieces) == 1
        if href in {href_of(name, "" if alone else piece.key) for piece in pieces}:
            return Presence.PRESENT
        # An item whose file came to hold more, or fewer, is listed under another address now: its uid tells which.
        unclear = not key and any(piece.key.startswith("~") for piece in pieces)
        if unclear or any(isinstance(self._result(href, name, piece), Unreadable) for piece in pieces):
            return Presence.UNKNOWN
        return Presence.GONE

    # Writing -------------------------------------------------------------------------------------------------------

    def propose(self, item: Item, taken: AbstractSet[str]) -> str:
        """The href of a new file for the item, not one of ``taken``."""
        if self._names is None:
            self._names = {folded(name) for name in _names_in(self.path)}
        names, reserved = self._names, self._taken.names_in(taken)

        def is_taken(name: str) -> bool:
            return folded(name) in names or folded(name) in reserved or os.path.lexists(self.path / name)

        href = href_of(free_name(stem_of(item), self.suffix, is_taken))
        self._taken.expect(href)
        return href

    def write(self, write: Write) -> Written:
        """Carry out one write; an ``InstepError`` says why not, and then nothing has changed."""
        name, key = parts_of(write.href or "")
        if isinstance(write, Create) and write.href is None:
            name = parts_of(self.propose(write.item, frozenset()))[0]
        if not is_plain(name) or not is_item_file(name, self.kind):
            raise ItemRefused("This is no name for a file of this folder.", where=self._where(name))
        if not self._cleared:
            durable.clear_abandoned(self.path)
            self._cleared = True
        try:
            match write:
                case Create():
                    return self._create(write, name, key)
                case Update():
                    return self._update(write, name, key)
                case Delete():
                    return self._delete(write, name, key)
        except OSError as error:
            self.check()
            raise durable.write_error(self.path / name, error) from None

    def _create(self, write: Create, name: str, key: str) -> Written:
        if key:
            raise ItemRefused("A new item gets a file of its own.", where=self._where(name))
        data = self._encoded(write.item, name, None, 0, write.like)
        self.check()
        durable.create(self.path / name, data)
        if self._names is not None:
            self._names.add(folded(name))
        return self._written(write.key, name, Piece(0, "", data))

    def _update(self, write: Update, name: str, key: str) -> Written:
        raw, pieces, piece = self._expected(name, key, write.etag, write.based_on)
        data = self._encoded(write.item, name, raw, piece.index, None)
        if data == raw:
            return self._written(write.key, name, piece)
        durable.replace(self.path / name, raw, data)
        now = formats.after_update(pieces, data, name, piece.index)
        if len(now) > 1:
            self._last = (name, data, now)
        return self._written(write.key, name, now[min(piece.index, len(now) - 1)])

    def _delete(self, write: Delete, name: str, key: str) -> Written:
        raw, pieces, piece = self._expected(name, key, write.etag, write.based_on)
        if len(pieces) > 1:
            durable.replace(self.path / name, raw, formats.without(raw, name, piece.index))
        else:
            durable.remove(self.path / name, raw)
            if self._names is not None:
                self._names.discard(folded(name))
        return Written(write.key, write.href)

    def _expected(
        self, name: str, key: str, etag: str | None, based_on: Document | None
    ) -> tuple[bytes, tuple[Piece, ...], Piece]:
        try:
            raw, pieces = self._load(name)
        except FileNotFoundError:
            self.check()
            raise PreconditionFailed("The file is not there any more.", where=self._where(name)) from None
        except OSError as error:
            reason = f"The file cannot be read ({error.strerror}), so it is not changed."
            raise ItemUnreadable(reason, "Allow reading the file.", self._where(name)) from None
        piece = _piece(pieces, key, name)
        if piece is None:
            raise PreconditionFailed("The item is not in the file any more.", where=self._where(name))
        same = digest(piece.data) == etag if etag is not None else based_on is None or based_on.data == piece.data
        if not same:
            raise PreconditionFailed("The file was changed by another program.", where=self._where(name))
        return raw, pieces, piece

    def _encoded(self, item: Item, name: str, onto: bytes | None, index: int, like: Document | None) -> bytes:
        try:
            return formats.write_new(item, name, like) if onto is None else formats.write(item, name, onto, index)
        except CodecError as error:
            raise replace(error, where=Where(collection=str(self.path), item=f"{name} ({name_of(item)})")) from None

    def _written(self, key: int, name: str, piece: Piece) -> Written:
        href = href_of(name, piece.key)
        held = self._result(href, name, piece)
        return Written(key, href, digest(piece.data), held if isinstance(held, Fetched) else None)

    def _where(self, name: str) -> Where:
        return Where(collection=str(self.path), item=name)


def _fingerprint(raw: bytes, name: str) -> Fingerprint:
    pieces = formats.split(raw, name)
    if len(pieces) == 1:
        return Fingerprint(digest(raw))
    return Fingerprint(digest(raw), tuple((piece.key, digest(piece.data)) for piece in pieces))


def _piece(pieces: tuple[Piece, ...], key: str, name: str) -> Piece | None:
    if not key:
        return pieces[0] if len(pieces) == 1 else None
    if len(pieces) == 1:
        # the last one left of several still answers to its key
        return pieces[0] if formats.has_key(pieces[0], key, name) else None
    return next((piece for piece in pieces if piece.key == key), None)


def _names_in(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except OSError as error:
        raise durable.folder_error(folder, error) from None
