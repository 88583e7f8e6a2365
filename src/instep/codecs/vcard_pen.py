"""Writes lines into one card in the card's own version, line end and grouping."""

from __future__ import annotations

from itertools import count
from typing import Final

from instep.codecs.contentline import Line, Params, escape_text, make_line, replace, rewrite
from instep.codecs.linetext import edit_head
from instep.codecs.vcard_read import Card

_COMPANIONS: Final = frozenset({"X-ABLABEL", "X-ABADR"})
_QUOTED: Final = (("ENCODING", ("QUOTED-PRINTABLE",)), ("CHARSET", ("UTF-8",)))


class Pen:
    """Collects the changes of one card's lines; ``finish`` gives the new document."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.version = card.version
        self.eol = card.document.eol
        self._changes: dict[int, bytes | None] = {}
        self._first: list[bytes] = []
        self._last: list[bytes] = []
        self._members: dict[str, list[int]] = {}
        self._left: set[int] = set()
        for index, line in card.component.indexed_lines():
            if line.group:
                self._members.setdefault(line.group.lower(), []).append(index)
        self._free = (name for name in (f"item{n}" for n in count(1)) if name not in self._members)

    def line(self, index: int) -> Line:
        """The line as it was read."""
        return self.card.document.lines[index]

    def escape(self, text: str) -> str:
        """Escape a text for the card's version; 2.1 knows only the semicolon, and line ends by quoted-printable."""
        if self.version != "2.1":
            return escape_text(text)
        return text.replace("\r\n", "\n").replace("\\", "\\\\").replace(";", "\\;")

    def again(self, line: Line, value: str, head: bytes | None = None) -> bytes:
        """Write a line with another value (and head)."""
        head = line.head if head is None else head
        if self.version != "2.1":
            return rewrite(line, value, self.eol, head=head)
        if b"BASE64" in head.upper():
            return rewrite(line, value, self.eol, head=head) + self.eol
        if line.encoding != "QUOTED-PRINTABLE" and ("\n" in value or not value.isascii()):
            head = edit_head(head, ("ENCODING", "CHARSET"), _QUOTED)
        return rewrite(line, value, self.eol, fold=0, head=head)

    def new(self, name: str, value: str, params: Params = (), group: str = "") -> bytes:
        """Write a line that was not there."""
        if self.version != "2.1":
            return make_line(name, value, params, group, self.eol)
        blank = Line(make_line(name, "", params, group, fold=0), 0)
        return self.again(blank, value)

    def put(self, index: int, raw: bytes) -> None:
        """Exchange a line."""
        self._changes[index] = raw

    def drop(self, index: int) -> None:
        """Remove a line, and in the end what only belonged to its group."""
        self._changes[index] = None
        self._left.add(index)

    def append(self, raw: bytes) -> None:
        """Add a line before the end of the card."""
        self._last.append(raw)

    def prepend(self, raw: bytes) -> None:
        """Add a line at the beginning of the card, before all that may say the same."""
        self._first.append(raw)

    def group_for(self, label: str) -> str:
        """Return a new group that has the label; empty when there is no label."""
        if not label:
            return ""
        group = next(self._free)
        self.append(self.new("X-ABLabel", self.escape(label), group=group))
        return group

    def relabelled(self, index: int, head: bytes, label: str) -> bytes:
        """Give a line another label and return the head that it needs for that."""
        group = self.line(index).group.lower()
        others = [i for i in self._members.get(group, ()) if i != index and self.line(i).name not in _COMPANIONS]
        at = self.card.labels.get(group)
        if group and not others:
            if at is not None and label:
                self.put(at, self.again(self.line(at), self.escape(label)))
            elif at is not None:
                self.put(at, b"")
            elif label:
                self.append(self.new("X-ABLabel", self.escape(label), group=self.line(index).group))
            return head
        bare = head.partition(b".")[2] if group else head
        self._left.add(index)
        new_group = self.group_for(label)
        return f"{new_group}.".encode() + bare if new_group else bare

    def finish(self) -> bytes:
        """Return the whole document with the changes made."""
        for indexes in self._members.values():
            own = [index for index in indexes if self.line(index).name not in _COMPANIONS]
            if own and all(index in self._left for index in own):
                self._changes.update(dict.fromkeys(set(indexes) - set(own)))
        component = self.card.component
        after_version = component.start + 1
        if self.line(after_version).name == "VERSION":
            after_version += 1
        insertions = {component.content_end: b"".join(self._last)}
        if self._first:
            insertions[after_version] = b"".join(self._first) + insertions.get(after_version, b"")
        return replace(self.card.document, self._changes, {at: raw for at, raw in insertions.items() if raw})
