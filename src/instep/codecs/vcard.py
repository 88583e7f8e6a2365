"""The lens between vCard and ``Contact``: 3.0 (RFC 2426), 4.0 (RFC 6350), and 2.1 as it is found."""

from __future__ import annotations

from instep.codecs.contentline import Component, Document, make_line, replace
from instep.codecs.vcard_read import components_of, read_card
from instep.codecs.vcard_write import write_card
from instep.core.model import Contact
from instep.errors import CodecError, Where

__all__ = ["append", "read", "read_all", "remove", "write"]


def read(raw: bytes, where: str = "", index: int = 0) -> Contact:
    """Read the card number ``index`` (from 0) of a document.

    ``where`` names the file in messages. Raises ``CodecError`` when the document has no such card, the card is cut off,
    or the file is UTF-16; a line that makes no sense is no error, it stays in the document.
    """
    document, component = _pick(raw, where, index)
    return read_card(document, component, where).contact


def read_all(raw: bytes, where: str = "") -> tuple[Contact | CodecError, ...]:
    """Read all cards of a file; the place in the result is the ``index`` that ``write`` takes.

    A card that cannot be read stands as its ``CodecError``. Raises ``CodecError`` when the file has no card at all.
    """
    document, components = components_of(raw, where)
    out: list[Contact | CodecError] = []
    for component in components:
        try:
            out.append(read_card(document, component, where).contact)
        except CodecError as error:
            out.append(error)
    return tuple(out)


def write(item: Contact, onto: bytes | None = None, index: int = 0, version: str = "3.0") -> bytes:
    """Write ``item`` as a new card, or onto the card number ``index`` of the document ``onto``.

    Of an existing document only the lines of what differs are changed, in the card's own version and line ends; lines
    that the model does not know stay. ``version`` (``3.0`` or ``4.0``) counts only for a new card. An empty ``uid``
    keeps the one that is there. Raises ``CodecError`` as ``read`` does.
    """
    if onto is None:
        onto = _blank(item, version)
        index = 0
    document, component = _pick(onto, "", index)
    return write_card(read_card(document, component, ""), item)


def append(item: Contact, onto: bytes, version: str = "3.0") -> bytes:
    """Return the document with one more card at its end, all before it byte for byte the same."""
    end = b"" if not onto or onto.endswith((b"\r", b"\n")) else b"\r\n"
    return onto + end + write(item, version=version)


def remove(onto: bytes, index: int) -> bytes:
    """Return the document without the card number ``index``, everything else byte for byte the same.

    Raises ``CodecError`` when there is no such card.
    """
    document, component = _pick(onto, "", index)
    return replace(document, dict.fromkeys(range(component.start, component.end)))


def _pick(raw: bytes, where: str, index: int) -> tuple[Document, Component]:
    document, components = components_of(raw, where)
    if not 0 <= index < len(components):
        raise CodecError(f"holds {len(components)} contacts, none with number {index + 1}", "", Where(item=where))
    return document, components[index]


def _blank(item: Contact, version: str) -> bytes:
    """A card with the lines that the version wants in any case (N and FN, which servers insist on)."""
    lines = [make_line("BEGIN", "VCARD"), make_line("VERSION", version)]
    if item.uid:
        lines.append(make_line("UID", ""))
    if version != "4.0":
        lines.append(make_line("N", ";;;;"))
    lines.append(make_line("FN", ""))
    if item.modified is not None:
        lines.append(make_line("REV", item.modified.strftime("%Y%m%dT%H%M%SZ")))
    lines.append(make_line("END", "VCARD"))
    return b"".join(lines)
