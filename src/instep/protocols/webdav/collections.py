"""What a server says about a collection, as a value (RFC 4791 5.2, RFC 6352 6.2, RFC 3744 5.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from instep.protocols.webdav.names import (
    ADDRESSBOOK_COLOR,
    CALENDAR_COLOR,
    COMPONENTS,
    CTAG,
    DISPLAY_NAME,
    PRIVILEGES,
    REPORTS,
    RESOURCE_TYPE,
    SYNC_TOKEN,
    D,
    Flavour,
)
from instep.protocols.webdav.xml import Element, Resource, names_in

COLLECTION_PROPS = (
    RESOURCE_TYPE,
    DISPLAY_NAME,
    COMPONENTS,
    PRIVILEGES,
    REPORTS,
    CTAG,
    SYNC_TOKEN,
    CALENDAR_COLOR,
    ADDRESSBOOK_COLOR,
)
# A server that does not say what a calendar holds is trusted with what calendars always held; never with journals.
_USUAL_COMPONENTS = frozenset({"VEVENT", "VTODO"})
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class FoundCollection:
    """One address book or calendar. ``url`` is absolute with a slash at its end; ``components`` are the iCalendar
    components that a calendar takes, as the server tells them (``tells_components``) or as is usual.

    ``writable`` is None where the server does not say. ``color`` is ``#rrggbb`` or empty. ``ctag`` and ``sync_token``
    are opaque, empty where the server has none; ``syncs`` tells whether it announces the sync-collection report.
    """

    url: str
    name: str
    flavour: Flavour
    components: frozenset[str] = frozenset()
    writable: bool | None = None
    color: str = ""
    ctag: str = ""
    sync_token: str = ""
    syncs: bool = False
    tells_components: bool = True


def found_collection(resource: Resource, url: str) -> FoundCollection | None:
    """Return what ``resource`` (asked for ``COLLECTION_PROPS``) is; None for all but calendars and address books."""
    types = names_in(resource.props.get(RESOURCE_TYPE))
    flavour = next((f for f in Flavour if f.resource_type in types), None)
    if flavour is None or not 200 <= resource.status < 300:
        return None
    components = _components(resource) if flavour is Flavour.CALENDAR else frozenset[str]()
    color = _COLOR.match(resource.text(CALENDAR_COLOR) or resource.text(ADDRESSBOOK_COLOR))
    return FoundCollection(
        url=url.rstrip("/") + "/",
        name=resource.text(DISPLAY_NAME) or unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2]),
        flavour=flavour,
        components=components or _USUAL_COMPONENTS if flavour is Flavour.CALENDAR else components,
        writable=_writable(resource.props.get(PRIVILEGES)),
        color=color[0].lower() if color else "",
        ctag=resource.text(CTAG),
        sync_token=resource.text(SYNC_TOKEN),
        syncs=D + "sync-collection" in names_in(resource.props.get(REPORTS)),
        tells_components=bool(components) or flavour is not Flavour.CALENDAR,
    )


def _components(resource: Resource) -> frozenset[str]:
    """What the server tells; empty when it does not."""
    prop = resource.props.get(COMPONENTS)
    if prop is None:
        return frozenset()
    return frozenset((node.get("name") or "").upper() for node in prop.iterdescendants() if node.get("name"))


def _writable(privileges: Element | None) -> bool | None:
    if privileges is None:
        return None
    names = names_in(privileges)
    if not names:
        return None
    return bool(names & {D + "write", D + "all"}) or {D + "bind", D + "write-content"} <= names
