"""Reads one card and remembers which of its lines said what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from instep.codecs.contentline import Component, Document, Line, parse, unescape_text
from instep.codecs.extras import read_extra
from instep.codecs.vcard_fields import (
    ELEMENT_FIELDS,
    NAME_PARTS,
    SILENT,
    SINGLE_NAMES,
    Claim,
    blocks,
    claim,
    plain_label,
    stays_here,
)
from instep.codecs.vcard_values import stamp_meant, text_of
from instep.core.model import Contact
from instep.errors import CodecError, Where

Origin = tuple[Any, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Card:
    """A contact and where it came from.

    ``singles`` gives the lines of each field of one value; ``elements`` the lines of each element of each set;
    ``words`` the lines of nicknames and categories; ``extras`` the line of each entry of ``contact.extra``;
    ``labels`` the line of ``X-ABLabel`` of each group.
    """

    document: Document
    component: Component
    version: str
    contact: Contact
    singles: Mapping[str, tuple[int, ...]]
    elements: Mapping[str, tuple[Origin, ...]]
    words: Mapping[str, tuple[int, ...]]
    extras: tuple[int, ...]
    labels: Mapping[str, int]


def components_of(raw: bytes, where: str) -> tuple[Document, tuple[Component, ...]]:
    """Return the document and its cards in order; raises ``CodecError`` when it has none."""
    document = parse(raw, where)
    cards = tuple(root for root in document.roots if root.name == "VCARD")
    if not cards:
        number = 1 if document.lines else 0
        raise CodecError("holds no contact (no BEGIN:VCARD)", "Is it a vCard file?", Where(item=where), number)
    return document, cards


def read_card(document: Document, component: Component, where: str) -> Card:
    """Read one card; raises ``CodecError`` for a card that is cut off, since what is missing would count as deleted."""
    if not component.closed:
        number = document.lines[component.start].number
        raise CodecError("the contact is cut off (no END:VCARD)", "Get the file again.", Where(item=where), number)
    return _Reader(document, component).card()


class _Reader:
    """Collects one card line by line."""

    def __init__(self, document: Document, component: Component) -> None:
        self.document = document
        self.component = component
        self.lines = list(component.indexed_lines())
        self.labels: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.fields: dict[str, Any] = {}
        self.singles: dict[str, list[int]] = {}
        self.blocked: set[str] = set()
        self.elements: dict[str, dict[Any, list[int]]] = {field: {} for field in ELEMENT_FIELDS}
        self.words: dict[str, list[int]] = {}
        self.said_words: dict[str, dict[str, None]] = {field: {} for field in ("nicknames", "categories")}
        self.extras: list[tuple[int, Any]] = []
        self.modified: datetime | None = None
        self.version = "3.0"

    def card(self) -> Card:
        for index, line in self.lines:
            if line.name == "X-ABLABEL" and line.group:
                self.labels[line.group.lower()] = index
                self.texts[line.group.lower()] = plain_label(text_of(line))
            elif line.name == "VERSION":
                self.version = line.value.strip()
        for index, line in self.lines:
            self._line(index, line)
        for field, found in self.elements.items():
            self.fields[field] = tuple(found)
        for field, words in self.said_words.items():
            self.fields[field] = tuple(words)
        contact = Contact(**self.fields, extra=tuple(extra for _, extra in self.extras), modified=self.modified)
        return Card(
            self.document,
            self.component,
            self.version,
            contact,
            {field: tuple(indexes) for field, indexes in self.singles.items()},
            {
                field: tuple((element, tuple(indexes)) for element, indexes in found.items())
                for field, found in self.elements.items()
            },
            {field: tuple(indexes) for field, indexes in self.words.items()},
            tuple(index for index, _ in self.extras),
            self.labels,
        )

    def _line(self, index: int, line: Line) -> None:
        if line.name in SILENT:
            if line.name == "REV":
                self.modified = stamp_meant(line.value)
            return
        label = self.texts.get(line.group.lower(), "") if line.group else ""
        said = claim(line, label)
        if (said is None or not self._settle(index, line, said)) and not stays_here(line):
            self.extras.append((index, read_extra(line, label)))

    def _settle(self, index: int, line: Line, said: Claim) -> bool:
        """Put what a line says in its place; False when the place is taken by another line."""
        match said.field:
            case field if field in self.elements:
                if said.value is not None:
                    self.elements[field].setdefault(said.value, []).append(index)
            case "nicknames" | "categories":
                self.said_words[said.field].update(dict.fromkeys(said.value))
                self.words.setdefault(said.field, []).append(index)
            case "name" | "organization":
                if said.field in self.singles:
                    return False
                self.singles[said.field] = [index]
                self._structured(said)
            case "is_group":
                self.fields["is_group"] = self.fields.get("is_group", False) or said.value
                self.singles.setdefault("is_group", []).append(index)
            case _:
                return self._single(index, line, said)
        return True

    def _single(self, index: int, line: Line, said: Claim) -> bool:
        field, value = said.field, said.value
        if not value:
            if field not in self.singles and field in SINGLE_NAMES and blocks(field, line):
                self.blocked.add(field)
                self.singles[field] = [index]
            return True
        if field in self.fields:
            # Programs write one value under several names (ANNIVERSARY and X-ANNIVERSARY); they then change together.
            if self.fields[field] != value:
                return False
            self.singles[field].append(index)
            return True
        if field in self.blocked:
            return False
        self.fields[field] = value
        self.singles[field] = [index]
        return True

    def _structured(self, said: Claim) -> None:
        parts = [unescape_text(part).replace("\r\n", "\n").strip() for part in said.value]
        if said.field == "name":
            self.fields.update(zip(NAME_PARTS, parts, strict=False))
            return
        while parts and not parts[-1]:
            parts.pop()
        self.fields["company"] = parts[0] if parts else ""
        self.fields["departments"] = tuple(parts[1:])
