"""Changes to a document, collected line by line and carried out at once; a line nobody names stays byte for byte."""

from __future__ import annotations

from typing import Final

from instep.codecs.contentline import Document, make_line, replace, rewrite, split_structured


class Edit:
    """The changes to one document."""

    __slots__ = ("_changes", "_heads", "_insertions", "_new", "_pieces", "_values", "document", "eol")

    def __init__(self, document: Document) -> None:
        self.document: Final = document
        self.eol: Final = document.eol
        self._changes: Final[dict[int, bytes | None]] = {}
        self._heads: Final[dict[int, bytes]] = {}
        self._values: Final[dict[int, str]] = {}
        self._pieces: Final[dict[int, list[str | None]]] = {}
        self._insertions: Final[dict[int, list[bytes]]] = {}
        self._new: Final[dict[tuple[int, str], list[str]]] = {}

    def drop(self, index: int) -> None:
        """Take a line out."""
        self._changes[index] = None

    def drop_range(self, start: int, end: int) -> None:
        """Take all lines from ``start`` to before ``end`` out."""
        for index in range(start, end):
            self._changes[index] = None

    def head(self, index: int, head: bytes) -> None:
        """Give a line another name or other parameters."""
        self._heads[index] = head

    def value(self, index: int, value: str) -> None:
        """Give a line another value, which is escaped already."""
        self._values[index] = value

    def piece(self, index: int, position: int, text: str | None) -> None:
        """Exchange (None: take out) one of several comma-separated values; a line that keeps none goes."""
        pieces = self._pieces.get(index)
        if pieces is None:
            pieces = self._pieces[index] = list(split_structured(self.document.lines[index].value, ","))
        pieces[position] = text

    def add_piece(self, index: int, text: str) -> None:
        """Add one more comma-separated value to a line."""
        pieces = self._pieces.get(index)
        if pieces is None:
            pieces = self._pieces[index] = list(split_structured(self.document.lines[index].value, ","))
        pieces.append(text)

    def add_new(self, name: str, place: int, text: str) -> None:
        """Add a value to a new line of its own kind before ``place``; all such values share that line."""
        self._new.setdefault((place, name), []).append(text)

    def insert(self, index: int, data: bytes) -> None:
        """Put new lines before the line ``index``, after those already put there."""
        self._insertions.setdefault(index, []).append(data)

    def insert_first(self, index: int, data: bytes) -> None:
        """Put new lines before the line ``index``, and before what is already put there."""
        self._insertions.setdefault(index, []).insert(0, data)

    def raw(self) -> bytes:
        """Carry the changes out."""
        lines = self.document.lines
        changes = dict(self._changes)
        for (place, name), texts in self._new.items():
            self.insert(place, make_line(name, ",".join(texts), eol=self.eol))
        for index, pieces in self._pieces.items():
            kept = [text for text in pieces if text is not None]
            if kept:
                self._values[index] = ",".join(kept)
            else:
                changes[index] = None
        for index in self._heads.keys() | self._values.keys():
            if index not in changes:
                line = lines[index]
                value = self._values.get(index, line.value)
                changes[index] = rewrite(line, value, self.eol, head=self._heads.get(index))
        if not changes and not self._insertions:
            return self.document.raw
        insertions = {index: b"".join(data) for index, data in self._insertions.items()}
        return replace(self.document, changes, insertions)
