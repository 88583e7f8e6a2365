"""Reading and writing the XML of DAV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from instep.testing.smartermail.exchange import Refusal, Response

DAV: Final = "{DAV:}"
CAL: Final = "{urn:ietf:params:xml:ns:caldav}"
CARD: Final = "{urn:ietf:params:xml:ns:carddav}"
CS: Final = "{http://calendarserver.org/ns/}"
APPLE: Final = "{http://apple.com/ns/ical/}"
for _prefix, _name in (("D", DAV), ("C", CAL), ("A", CARD), ("S", CS), ("I", APPLE)):
    ET.register_namespace(_prefix, _name[1:-1])


@dataclass(frozen=True, slots=True)
class Found:
    """One response of a multistatus: its href and properties, or a status instead."""

    href: str
    props: tuple[Element, ...] = ()
    status: int = 0


def parsed(body: bytes) -> Element | None:
    """Read a request's XML, None for an empty body; raises ``Refusal`` (400) for what is none."""
    if not body.strip():
        return None
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise Refusal(400, "A document type is not allowed.")
    try:
        return ET.fromstring(body)
    except ET.ParseError:
        raise Refusal(400, "The XML is not well-formed.") from None


def wanted(root: Element | None) -> list[str] | None:
    """The names of the properties that are asked for, None for all."""
    prop = root.find(f"{DAV}prop") if root is not None else None
    return None if prop is None else [child.tag for child in prop]


def element(name: str, *inside: Element | str) -> Element:
    """Make an element with texts and elements in it."""
    made = Element(name)
    for part in inside:
        if isinstance(part, str):
            made.text = (made.text or "") + part
        else:
            made.append(part)
    return made


def href(name: str, path: str) -> Element:
    """Make a property that is an address."""
    return element(name, element(f"{DAV}href", path))


def multistatus(found: Iterable[Found], names: Sequence[str] | None, *more: Element) -> Response:
    """Make a 207; of each response the properties asked for, and those that are not there with 404."""
    root = Element(f"{DAV}multistatus")
    for one in found:
        response = SubElement(root, f"{DAV}response")
        response.append(element(f"{DAV}href", one.href))
        if one.status:
            response.append(element(f"{DAV}status", f"HTTP/1.1 {one.status} {_REASONS.get(one.status, 'Status')}"))
            continue
        there = {prop.tag: prop for prop in one.props}
        if names is None:
            _propstat(response, 200, there.values())
            continue
        _propstat(response, 200, [there[name] for name in names if name in there])
        if missing := [element(name) for name in names if name not in there]:
            _propstat(response, 404, missing)
    for extra in more:
        root.append(extra)
    body = b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, "utf-8")
    return Response(207, body, (("Content-Type", "application/xml; charset=utf-8"),))


def refused(status: int, condition: str) -> Response:
    """Make an answer that names the condition that was not met."""
    body = ET.tostring(element(f"{DAV}error", element(condition)), "utf-8")
    return Response(status, body, (("Content-Type", "application/xml; charset=utf-8"),))


_REASONS: Final = {403: "Forbidden", 404: "Not Found", 507: "Insufficient Storage"}


def _propstat(response: Element, status: int, props: Iterable[Element]) -> None:
    propstat = SubElement(response, f"{DAV}propstat")
    propstat.append(element(f"{DAV}prop", *props))
    propstat.append(element(f"{DAV}status", "HTTP/1.1 200 OK" if status == 200 else "HTTP/1.1 404 Not Found"))
