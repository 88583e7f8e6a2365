"""What lies where under ``/webdav/``, and the properties that each thing has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree.ElementTree import Element

from instep.core.model import Kind
from instep.testing.smartermail.dav_xml import APPLE, CAL, CARD, CS, DAV, element, href
from instep.testing.smartermail.folders import READ, Folder, Item
from instep.testing.smartermail.people import Person
from instep.testing.smartermail.world import World

ROOT = "/webdav/"
SYNC = "https://stand-in.invalid/sync"


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree as one person sees it."""

    world: World
    person: Person

    @property
    def principal(self) -> str:
        """The person's principal."""
        return f"{ROOT}principals/{quote(self.person.domain)}/{quote(self.person.local)}/"

    def home(self, kind: Kind) -> str:
        """Where the collections of a kind are."""
        word = "card" if kind is Kind.CONTACT else "cal"
        return f"{ROOT}{word}/{quote(self.person.domain)}/{quote(self.person.local)}/"

    def path(self, folder: Folder) -> str:
        """The collection of a folder."""
        return f"{self.home(folder.kind)}{folder.number}/"

    def member(self, folder: Folder, item: Item) -> str:
        """The path of an item."""
        return self.path(folder) + quote(item.name)

    def folders(self, home: Kind) -> Iterator[Folder]:
        """The collections in a home: calendars with task lists, or address books."""
        kinds = (Kind.CONTACT,) if home is Kind.CONTACT else (Kind.EVENT, Kind.TASK)
        for kind in kinds:
            if kind is Kind.TASK and self.world.switches.tasks_collection == "hidden":
                continue
            for folder in self.world.visible(self.person.email, kind):
                if folder.permission(self.person.email) >= READ:
                    yield folder

    def folder_at(self, path: str) -> Folder | None:
        """The folder whose collection is at a path."""
        for kind in (Kind.EVENT, Kind.CONTACT):
            if path.startswith(self.home(kind)):
                return next((folder for folder in self.folders(kind) if self.path(folder) == path), None)
        return None

    def root_props(self) -> tuple[Element, ...]:
        """The properties of the root."""
        return (element(f"{DAV}resourcetype", element(f"{DAV}collection")), self._me())

    def principal_props(self) -> tuple[Element, ...]:
        """The properties of the person's principal."""
        return (
            element(f"{DAV}resourcetype", element(f"{DAV}principal")),
            element(f"{DAV}displayname", self.person.name or self.person.local),
            self._me(),
            href(f"{DAV}principal-URL", self.principal),
            href(f"{CAL}calendar-home-set", self.home(Kind.EVENT)),
            href(f"{CARD}addressbook-home-set", self.home(Kind.CONTACT)),
            href(f"{CAL}calendar-user-address-set", f"mailto:{self.person.email}"),
        )

    def home_props(self) -> tuple[Element, ...]:
        """The properties of a home."""
        return (
            element(f"{DAV}resourcetype", element(f"{DAV}collection")),
            self._me(),
            href(f"{DAV}owner", self.principal),
        )

    def folder_props(self, folder: Folder) -> tuple[Element, ...]:
        """The properties of a folder's collection."""
        contacts = folder.kind is Kind.CONTACT
        type_name = f"{CARD}addressbook" if contacts else f"{CAL}calendar"
        last = folder.changes[-1][0] if folder.changes else 0
        props = [
            element(f"{DAV}resourcetype", element(f"{DAV}collection"), element(type_name)),
            element(f"{DAV}displayname", self.name_of(folder)),
            self._me(),
            self._rights(folder),
            self._reports(contacts),
            element(f"{CS}getctag", f"{folder.number}-{last}"),
        ]
        if self.world.switches.sync_collection == "there":
            props.append(element(f"{DAV}sync-token", f"{SYNC}/{folder.number}/{last}"))
        if folder.color:
            props.append(element(f"{APPLE}calendar-color", folder.color))
        if folder.kind is Kind.EVENT or (folder.kind is Kind.TASK and self._says_vtodo()):
            comp = Element(f"{CAL}comp", name="VEVENT" if folder.kind is Kind.EVENT else "VTODO")
            props.append(element(f"{CAL}supported-calendar-component-set", comp))
        return tuple(props)

    def item_props(self, folder: Folder, item: Item) -> tuple[Element, ...]:
        """The properties of an item, its document apart."""
        return (
            element(f"{DAV}resourcetype"),
            element(f"{DAV}getetag", etag_of(item)),
            element(f"{DAV}getcontenttype", content_type(folder)),
        )

    def name_of(self, folder: Folder) -> str:
        """The name that people read; of a shared one with its owner's."""
        if folder.owner == self.person.email or folder.resource:
            return folder.name
        return f"{folder.owner.partition('@')[0]} - {folder.name}"

    def _says_vtodo(self) -> bool:
        return self.world.switches.tasks_collection == "vtodo"

    def _me(self) -> Element:
        return href(f"{DAV}current-user-principal", self.principal)

    def _rights(self, folder: Folder) -> Element:
        rights = ["read"]
        if self.world.may_write(folder, self.person.email):
            rights += ["write", "write-content", "bind", "unbind"]
        privileges = (element(f"{DAV}privilege", element(f"{DAV}{right}")) for right in rights)
        return element(f"{DAV}current-user-privilege-set", *privileges)

    def _reports(self, contacts: bool) -> Element:
        names = [f"{CARD}addressbook-multiget", f"{CARD}addressbook-query"]
        if not contacts:
            names = [f"{CAL}calendar-multiget", f"{CAL}calendar-query"]
        if self.world.switches.sync_collection == "there":
            names.append(f"{DAV}sync-collection")
        reports = (element(f"{DAV}supported-report", element(f"{DAV}report", element(name))) for name in names)
        return element(f"{DAV}supported-report-set", *reports)


def etag_of(item: Item) -> str:
    """The ETag of an item as it is now."""
    return f'"{item.number}-{item.revision}"'


def content_type(folder: Folder) -> str:
    """The media type of a folder's items."""
    match folder.kind:
        case Kind.CONTACT:
            return "text/vcard; charset=utf-8"
        case Kind.TASK:
            return "text/calendar; charset=utf-8; component=VTODO"
        case _:
            return "text/calendar; charset=utf-8; component=VEVENT"
