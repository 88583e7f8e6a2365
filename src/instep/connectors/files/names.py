"""File names that every file system takes, and the hrefs made of them.

An href is the file's name, followed by ``#`` and the key of the item where a file holds several.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from pathlib import PurePath

from instep.core.model import Item, Kind, Note, kind_of, name_of

SUFFIXES: dict[Kind, tuple[str, ...]] = {
    Kind.CONTACT: (".vcf",),
    Kind.EVENT: (".ics",),
    Kind.TASK: (".ics",),
    Kind.NOTE: (".md", ".txt", ".markdown", ".ics"),
}
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$)")
_SAFE_UID = re.compile(r"[A-Za-z0-9_+@=-][A-Za-z0-9_+@=.-]{0,110}(?<!\.)")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_QUOTED = re.compile(r"(?:%[0-9A-F]{2})+")
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co"})
_LENGTH = 80
_BYTES = 180


def is_item_file(name: str, kind: Kind) -> bool:
    """Whether a name is that of a file that may hold items of the kind: right suffix, not hidden."""
    return not name.startswith(".") and suffix_of(name) in SUFFIXES[kind]


def suffix_of(name: str) -> str:
    """The suffix in lower case, with its dot; ``""`` for a name that is nothing but a suffix."""
    return PurePath(name).suffix.lower()


def folded(name: str) -> str:
    """What two names have in common when a file system that ignores case or normalisation takes them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def stem_of(item: Item) -> str:
    """A file name without suffix for an item: its uid where that is safe, a hash where not, else its name."""
    if item.uid and not isinstance(item, Note):
        if _SAFE_UID.fullmatch(item.uid) and not _is_reserved(item.uid):
            return item.uid
        return hashlib.sha256(item.uid.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return safe_stem(name_of(item) if not isinstance(item, Note) or item.title else "Note", kind_of(item))


def safe_stem(title: str, kind: Kind = Kind.NOTE) -> str:
    """A title as a file name: readable, in NFC, without anything that some file system forbids; never empty."""
    text = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", title))
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _INVISIBLE)
    text = _shortened(" ".join(text.split()).lstrip(".-~ ")).rstrip(". ")
    if not text:
        return {Kind.NOTE: "Note", Kind.CONTACT: "Contact", Kind.EVENT: "Appointment", Kind.TASK: "Task"}[kind]
    if not _is_reserved(text):
        return text
    head, dot, rest = text.partition(".")
    return f"{head.rstrip()}_{dot}{rest}"


def _shortened(text: str) -> str:
    text = text[:_LENGTH]
    while len(text.encode("utf-8")) > _BYTES:
        text = text[:-1]
    return text


def _is_reserved(stem: str) -> bool:
    # Windows reserves the name whatever follows the first dot
    return _RESERVED.fullmatch(stem.partition(".")[0].rstrip()) is not None


def free_name(stem: str, suffix: str, is_taken: Callable[[str], bool]) -> str:
    """The first of ``stem``, ``stem 2``, ``stem 3`` … that is not taken, with the suffix."""
    number, name = 1, f"{stem}{suffix}"
    while is_taken(name):
        number += 1
        name = f"{stem} {number}{suffix}"
    return name


class TakenNames:
    """The folded names in a set of hrefs that a plan makes longer by one with each new item.

    Folding the whole set each time would take the square of a first sync's size.
    """

    def __init__(self) -> None:
        self._asked: AbstractSet[str] = frozenset()
        self._seen: set[str] = set()
        self._names: set[str] = set()
        self._expected = ""

    def expect(self, href: str) -> None:
        """Remember the href that was just proposed: most likely it is what the set grows by."""
        self._expected = href

    def names_in(self, taken: AbstractSet[str]) -> AbstractSet[str]:
        """The folded names of the files in ``taken``, a set that may be the one of the last call, changed."""
        grown = len(taken) - len(self._seen)
        if taken is self._asked and grown == 0:
            return self._names
        if taken is self._asked and grown == 1 and self._expected in taken and self._expected not in self._seen:
            new = {self._expected}
        else:
            new = set(taken) - self._seen
            if len(new) != grown:
                new, self._seen, self._names = set(taken), set(), set()
        self._asked = taken
        self._seen |= new
        self._names |= {folded(parts_of(href)[0]) for href in new}
        return self._names


def href_of(name: str, key: str = "") -> str:
    """The href of a file, or of the item with this key in it; what could not be stored as text is percent-encoded."""
    return f"{_quoted(name)}#{_quoted(key)}" if key else _quoted(name)


def parts_of(href: str) -> tuple[str, str]:
    """The file name and the item's key (``""``: the file holds one item) of an href."""
    name, _, key = href.partition("#")
    return _unquoted(name), _unquoted(key)


def is_plain(name: str) -> bool:
    """Whether a name stays inside its folder and is not hidden."""
    return bool(name) and not name.startswith(".") and not any(c in name for c in "/\\\0")


def _quoted(text: str) -> str:
    return "".join(c if _storable(c) else "".join(f"%{byte:02X}" for byte in os.fsencode(c)) for c in text)


def _storable(character: str) -> bool:
    return character not in "%#\x7f" and character >= " " and not "\ud800" <= character <= "\udfff"


def _unquoted(text: str) -> str:
    return _QUOTED.sub(lambda match: os.fsdecode(bytes.fromhex(match[0].replace("%", ""))), text)
