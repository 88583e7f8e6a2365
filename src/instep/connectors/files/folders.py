"""The folders under a root: which there are, what they hold, how they are called; and making new ones."""

from __future__ import annotations

import os
import re
import shutil
import stat
from pathlib import Path

from instep.connectors.base import CollectionInfo
from instep.connectors.files import durable
from instep.connectors.files.names import SUFFIXES, folded, free_name, is_plain, safe_stem, suffix_of
from instep.core.model import Kind
from instep.errors import CollectionVanished, InstepError, Where

DEFAULT_NAMES = {Kind.CONTACT: "contacts", Kind.EVENT: "calendar", Kind.TASK: "tasks", Kind.NOTE: "notes"}
_DEFAULT_KINDS = {name: kind for kind, name in DEFAULT_NAMES.items()}
_KINDS_FILE = ".kinds"
_LONGEST_NOTE = 1 << 20  # bytes; a folder's name and colour take a line
_LOOKED_AT = 200  # files; enough to know what a folder is for
_COMPONENTS = {b"VEVENT": Kind.EVENT, b"VTODO": Kind.TASK, b"VJOURNAL": Kind.NOTE}
_COMPONENT = re.compile(rb"^BEGIN:(VEVENT|VTODO|VJOURNAL)", re.IGNORECASE | re.MULTILINE)
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
ROOT = "."


def folders_under(root: Path) -> list[CollectionInfo]:
    """The root itself where items lie in it, and its folders, hidden ones left out; defaults first.

    Raises ``CollectionVanished`` when the root is not there or may not be read.
    """
    try:
        with os.scandir(root) as entries:
            names = sorted(e.name for e in entries if not e.name.startswith(".") and e.is_dir())
        found = [info for name in names if (info := describe(root, name)) is not None]
        if holds_items(root):
            found.insert(0, describe(root, ROOT) or CollectionInfo(ROOT, root.name, frozenset()))
    except OSError as error:
        raise durable.folder_error(root, error) from None
    return sorted(found, key=lambda info: not info.default_for)


def path_of(root: Path, id: str) -> Path:
    """The path of a folder by its id; ``CollectionVanished`` for an id that leads anywhere else."""
    if id == ROOT:
        return root
    if not is_plain(id):
        raise CollectionVanished(f'There is no folder "{id}".', where=Where(collection=str(root)))
    return root / id


def holds_items(folder: Path) -> bool:
    """Whether a file in the folder itself looks like an item (text files alone may be anything)."""
    suffixes = SUFFIXES[Kind.CONTACT] + SUFFIXES[Kind.EVENT]
    with os.scandir(folder) as entries:
        return any(not e.name.startswith(".") and suffix_of(e.name) in suffixes for e in entries)


def describe(root: Path, id: str) -> CollectionInfo | None:
    """What a folder is; ``None`` when it cannot be read."""
    path = path_of(root, id)
    try:
        found = _kinds_in(path)
    except OSError:
        return None
    default = _DEFAULT_KINDS.get(id)
    kinds = found | _kinds_noted(path) | ({default} if default else set())
    if not kinds:
        kinds = set(Kind)  # empty and of no known name: it takes anything
    color = _line_of(path / "color")
    return CollectionInfo(
        id,
        _line_of(path / "displayname") or (root.resolve().name if id == ROOT else id),
        frozenset(kinds),
        os.access(path, os.W_OK),
        color if _COLOR.fullmatch(color) else "",
        frozenset({default}) if default else frozenset(),
    )


def _kinds_in(folder: Path) -> set[Kind]:
    with os.scandir(folder) as entries:
        names = sorted(e.name for e in entries if not e.name.startswith("."))
    kinds: set[Kind] = set()
    if any(suffix_of(name) == ".vcf" for name in names):
        kinds.add(Kind.CONTACT)
    for name in [name for name in names if suffix_of(name) == ".ics"][:_LOOKED_AT]:
        kinds |= _kinds_of(folder / name)
        if kinds >= {Kind.EVENT, Kind.TASK}:
            break
    if not kinds and any(suffix_of(name) in (".md", ".txt", ".markdown") for name in names):
        kinds.add(Kind.NOTE)
    return kinds


def _kinds_of(file: Path) -> set[Kind]:
    try:
        return {_COMPONENTS[name.upper()] for name in _COMPONENT.findall(durable.read_bytes(file))}
    except OSError:
        return set()


def _kinds_noted(folder: Path) -> set[Kind]:
    words = _line_of(folder / _KINDS_FILE).split()
    return {kind for kind in Kind if kind.value in words}


def _line_of(file: Path) -> str:
    try:
        text = durable.read_bytes(file, _LONGEST_NOTE)[:1000].decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return text.splitlines()[0].strip() if text else ""


def suffix_for(path: Path, kind: Kind) -> str:
    """The suffix of new files: that of the notes that are there already, and always the same for the other kinds."""
    if kind is not Kind.NOTE:
        return SUFFIXES[kind][0]
    try:
        present = {suffix_of(entry.name) for entry in path.iterdir() if not entry.name.startswith(".")}
    except OSError as error:
        raise durable.folder_error(path, error) from None
    return next((suffix for suffix in SUFFIXES[kind] if suffix in present), ".md")


def make_folder(root: Path, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
    """Make a folder for these kinds, and the root if it is not there; numbered where the name is in use.

    The default folder of a kind is used as it is when it is there already. Raises ``ReadOnly``, ``StoreFull`` or
    ``CollectionVanished`` with nothing made.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = safe_stem(name)
        if _DEFAULT_KINDS.get(stem) in kinds and (root / stem).is_dir():
            return _described(root, stem)
        used = {folded(present.name) for present in root.iterdir()}
        id = free_name(stem, "", lambda candidate: folded(candidate) in used)
        (root / id).mkdir(mode=stat.S_IMODE(root.stat().st_mode) & 0o777 | 0o700)
        try:
            _note_down(root / id, name, kinds)
            durable.sync_folder(root)
        except OSError:
            shutil.rmtree(root / id, ignore_errors=True)
            raise
    except OSError as error:
        raise durable.write_error(root / name, error) from None
    return _described(root, id)


def _note_down(folder: Path, name: str, kinds: frozenset[Kind]) -> None:
    if folder.name != name:
        durable.create(folder / "displayname", name.encode("utf-8", "replace"))
    if frozenset({_DEFAULT_KINDS.get(folder.name)}) != kinds:
        words = " ".join(sorted(kind.value for kind in kinds))
        durable.create(folder / _KINDS_FILE, words.encode())


def _described(root: Path, id: str) -> CollectionInfo:
    info = describe(root, id)
    if info is None:
        raise _unreadable(root / id)
    return info


def _unreadable(path: Path) -> InstepError:
    return CollectionVanished("The folder may not be read.", "Allow reading it.", Where(collection=str(path)))
