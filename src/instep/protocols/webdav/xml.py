"""WebDAV's XML: request bodies out, multi-status answers in, tolerant of what real servers send (RFC 4918 13, 14)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from lxml import etree  # type: ignore[import-untyped]

from instep.errors import NotADavServer, Transient
from instep.protocols.origins import shown
from instep.protocols.webdav.names import PREFIXES, D

Element = Any
_CLARK = re.compile(r"(\{[^}]*\})(.+)", re.DOTALL)
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:[0-8]|1[124-9]|2\d|3[01]|x0?[0-8bcefBCEF]|x1[0-9a-fA-F]);")
_ABSOLUTE = re.compile(r"https?://[^/]*(/.*)?\Z", re.IGNORECASE | re.DOTALL)
_DECLARED = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)")
_LEGIBLE = re.compile(rb"utf-?8|us-ascii|ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)
_INSUFFICIENT_STORAGE = 507


@dataclass(frozen=True, slots=True)
class Resource:
    """One ``response`` of a multi-status: ``href`` is the path as the server wrote it, percent-encoding untouched.

    ``status`` is that of the resource itself (200 where only properties have one). ``props`` are the properties that
    the server gave, by Clark name; ``refused`` those it did not, with the status of each.
    """

    href: str
    status: int = 200
    props: Mapping[str, Element] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a property's text without white space around it, ``""`` where it is missing."""
        return text_of(self.props.get(name)).strip()


@dataclass(frozen=True, slots=True)
class MultiStatus:
    """A whole multi-status answer; ``truncated`` when the server said that there is more (RFC 6578 3.6).

    ``url`` is where it came from, after redirects.
    """

    url: str
    resources: tuple[Resource, ...]
    sync_token: str = ""
    truncated: bool = False


def text_of(element: Element | None) -> str:
    """Return the text of an element with everything inside it, ``""`` for None."""
    return "" if element is None else "".join(element.itertext())


def hrefs_in(element: Element | None) -> list[str]:
    """Return the texts of all ``href`` elements inside a property, in order."""
    if element is None:
        return []
    return [text.strip() for node in element.iter(D + "href") if (text := text_of(node)).strip()]


def names_in(element: Element | None) -> frozenset[str]:
    """Return the Clark names of everything inside a property."""
    if element is None:
        return frozenset()
    return frozenset(node.tag for node in element.iterdescendants() if isinstance(node.tag, str))


def tag(name: str, content: str = "", attributes: str = "") -> str:
    """Return an element of a request: Clark name, inner XML already escaped, attributes with a leading blank."""
    match = _CLARK.fullmatch(name)
    if match is None:
        raise ValueError(f"not a Clark name: {name}")
    prefixed = f"{PREFIXES[match[1]]}:{match[2]}"
    return f"<{prefixed}{attributes}>{content}</{prefixed}>" if content else f"<{prefixed}{attributes}/>"


def quoted(text: str) -> str:
    """Return a text escaped for a request."""
    return escape(text)


def document(name: str, content: str) -> bytes:
    """Return a whole request body with the root ``name`` and all namespaces that are used inside."""
    used = {name, *re.findall(r"<([A-Z]):", content)}
    spaces = "".join(
        f' xmlns:{prefix}="{space[1:-1]}"'
        for space, prefix in PREFIXES.items()
        if prefix in used or name.startswith(space)
    )
    return f'<?xml version="1.0" encoding="utf-8"?>{tag(name, content, spaces)}'.encode()


def prop_request(names: Iterable[str]) -> str:
    """Return a ``prop`` element that asks for these properties."""
    return tag(D + "prop", "".join(tag(name) for name in names))


def parse(body: bytes, url: str) -> Element:
    """Return the root of an XML answer, with entities, network and document types switched off.

    Raises ``NotADavServer`` when the answer is no XML at all, ``Transient`` when it is XML that breaks off or is
    damaged. Control characters, which some servers pass on from items, are dropped.
    """
    if not body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise NotADavServer(f"{shown(url)} did not answer with XML.", "Check the server's address.")
    try:
        root = _parse(body)
    except etree.XMLSyntaxError as first:
        try:
            root = _parse(_FORBIDDEN.sub(b"", body))
        except etree.XMLSyntaxError:
            if re.match(rb"\s*<(?:!doctype\s+)?html", body, re.IGNORECASE):
                raise NotADavServer(f"{shown(url)} answered with a web page.", "Check the server's address.") from first
            raise Transient(
                f"{shown(url)} answered with damaged XML (line {first.lineno}).", "Try again later."
            ) from first
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotADavServer(f"{shown(url)} answered with a document type, which no DAV server sends.")
    return root


def _parse(body: bytes) -> Element:
    # Large text is normal (photos), so the library's own bounds are lifted; but only where no entity can be declared,
    # which in an encoding that does not write "<" as "<" cannot be told.
    declared = _DECLARED.search(body, 0, max(body.find(b">"), 0))
    legible = b"\0" not in body[:4] and (declared is None or _LEGIBLE.fullmatch(declared[1]) is not None)
    huge = legible and re.search(rb"<!\s*(?:DOCTYPE|ENTITY)", body, re.IGNORECASE) is None
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=huge,
        remove_comments=True,
    )
    root = etree.fromstring(body, parser)
    if root is None:
        raise etree.XMLSyntaxError("empty", 0, 0, 0)
    return root


def parse_multistatus(body: bytes, url: str) -> MultiStatus:
    """Return the multi-status answer from ``url``; raises as ``parse``, and ``NotADavServer`` for other XML."""
    root = parse(body, url)
    if root.tag != D + "multistatus":
        raise NotADavServer(f"{shown(url)} answered with XML that is not WebDAV's.", "Check the server's address.")
    resources, truncated = [], False
    own_path = path_of(url, url)
    for node in root.iterchildren(D + "response"):
        for resource in _resources(node, url):
            if resource.status == _INSUFFICIENT_STORAGE and resource.href.rstrip("/") == own_path.rstrip("/"):
                truncated = True
            else:
                resources.append(resource)
    return MultiStatus(url, tuple(resources), text_of(root.find(D + "sync-token")).strip(), truncated)


def _resources(node: Element, url: str) -> Iterable[Resource]:
    props: dict[str, Element] = {}
    refused: dict[str, int] = {}
    for propstat in node.iterchildren(D + "propstat"):
        status = _status(propstat.find(D + "status"), 200)
        for prop in propstat.iterchildren(D + "prop"):
            for value in prop.iterchildren(tag=etree.Element):
                if 200 <= status < 300:
                    props[value.tag] = value
                else:
                    refused[value.tag] = status
    status = _status(node.find(D + "status"), 200)
    for href in node.iterchildren(D + "href"):
        if text := text_of(href).strip():
            yield Resource(path_of(url, text), status, props, refused)


def _status(element: Element | None, default: int) -> int:
    match = re.search(r"\b([1-5]\d\d)\b", text_of(element).partition(" ")[2] or text_of(element))
    return int(match[1]) if match else default


def path_of(url: str, href: str) -> str:
    """Return the path (and query) of ``href`` as found in an answer from ``url``; host and scheme are dropped.

    Servers behind a proxy write their inner host into hrefs; a member is always on the server that was asked.
    """
    if match := _ABSOLUTE.match(href):
        return match[1] or "/"
    if href.startswith("/"):
        return href
    base = urlsplit(url).path or "/"
    return urljoin(base, "./" + href)


def error_condition(body: bytes, url: str) -> str:
    """Return the Clark name of the first precondition in a ``DAV:error`` body, ``""`` where there is none."""
    try:
        root = parse(body, url)
    except (NotADavServer, Transient):
        return ""
    if root.tag != D + "error":
        return ""
    return next((node.tag for node in root.iterchildren() if isinstance(node.tag, str)), "")
