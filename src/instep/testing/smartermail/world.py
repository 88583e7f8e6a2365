"""The whole server in memory: people, folders, items, clock, and what a test may do to it directly."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from instep.core.model import Kind
from instep.testing.smartermail.clock import Clock
from instep.testing.smartermail.exchange import Json
from instep.testing.smartermail.faults import Faults
from instep.testing.smartermail.folders import OWNER, Folder, Item
from instep.testing.smartermail.intrusion import Intrusion
from instep.testing.smartermail.people import Person
from instep.testing.smartermail.records import Mail, Records
from instep.testing.smartermail.sessions import Sessions
from instep.testing.smartermail.shapes import whole
from instep.testing.smartermail.switches import Switches

_SPACE: Final = uuid.UUID("6f2c1a52-6c5d-4c0e-9f0b-5f0d1c5b0a11")
_PRIMARY: Final = {
    Kind.CONTACT: "My Contacts",
    Kind.EVENT: "My Calendar",
    Kind.TASK: "Tasks",
    Kind.NOTE: "My Notes",
}
EXTENSION: Final = {Kind.CONTACT: ".vcf", Kind.EVENT: ".ics", Kind.TASK: ".ics", Kind.NOTE: ""}


@dataclass
class World:
    """The data of a stand-in for a SmarterMail server.

    ``build`` is the number in ``100.0.BUILD``; ``old_version`` (such as ``15.7.6970``) makes it a server of the time
    before REST. Everything may be changed while it serves; hold ``lock`` for several changes at once.
    """

    switches: Switches = field(default_factory=Switches)
    build: int = 9800
    old_version: str = ""
    clock: Clock = field(default_factory=Clock)
    people: dict[str, Person] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict)
    sessions: Sessions = field(default_factory=Sessions)
    intrusion: Intrusion = field(default_factory=Intrusion)
    records: Records = field(default_factory=Records)
    faults: Faults = field(default_factory=Faults)
    revision: int = 0
    numbers: int = 1000
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @classmethod
    def demo(cls, switches: Switches | None = None, **more: Any) -> World:
        """Make a small world with Anna and Ben at example.com, whose password is ``correct horse``."""
        from instep.testing.smartermail.seeds import furnish

        world = cls(switches or Switches(), **more)
        furnish(world)
        return world

    @property
    def mails(self) -> list[Mail]:
        """All that would have been mailed."""
        return self.records.mails

    def person(self, email: str, password: str = "correct horse", **more: Any) -> Person:
        """Add a person with a primary folder of each kind."""
        person = Person(email.lower(), password, **more)
        self.people[person.email] = person
        for kind, name in _PRIMARY.items():
            self.folder(person.email, kind, name, primary=True)
        return person

    def folder(self, owner: str, kind: Kind, name: str, **more: Any) -> Folder:
        """Add a folder; ``owner`` is an address, or ``@domain`` for a resource of the domain."""
        number = self.number()
        folder = Folder(kind, self.guid(number), number, owner, name, **more)
        with self.lock:
            self.folders[folder.id] = folder
        return folder

    def primary(self, email: str, kind: Kind) -> Folder:
        """The person's own folder of a kind."""
        return next(f for f in self.folders.values() if f.owner == email and f.kind is kind and f.primary)

    def visible(self, email: str, kind: Kind) -> list[Folder]:
        """All folders of a kind that somebody may at least see, their own first."""
        found = [f for f in self.folders.values() if f.kind is kind and f.permission(email) > 0]
        return sorted(found, key=lambda f: (f.owner != email, not f.primary, f.number))

    def items(self, email: str, kind: Kind, folder: Folder | None = None) -> dict[str, Json]:
        """Everything in a folder (the primary one unless named), as id -> data; to look at, not to change."""
        return {item.id: item.data for item in (folder or self.primary(email, kind)).items.values()}

    def put(self, email: str, kind: Kind, data: Mapping[str, Any], folder: Folder | None = None) -> str:
        """Add an item as a person does on the web; keys as REST has them, in camelCase, and those left out are empty.
        Gives its id."""
        with self.lock:
            return self.add(folder or self.primary(email, kind), whole(kind, data)).id

    def edit(self, email: str, kind: Kind, id: str, folder: Folder | None = None, /, **changes: Any) -> None:
        """Change some keys of an item as a person does on the web."""
        with self.lock:
            place = folder or self.primary(email, kind)
            self.replace(place, place.items[id], whole(kind, {**place.items[id].data, **changes}))

    def remove(self, email: str, kind: Kind, id: str, folder: Folder | None = None) -> None:
        """Delete an item as a person does on the web."""
        with self.lock:
            place = folder or self.primary(email, kind)
            self.drop(place, place.items[id])

    def add(self, folder: Folder, data: Json, name: str = "") -> Item:
        """Put a whole new item into a folder."""
        number = self.number()
        id = self.guid(number)
        item = Item(id, number, name or f"{self.guid(number + 500_000)}{EXTENSION[folder.kind]}", data)
        if folder.kind is not Kind.NOTE and not data.get("uid"):
            data["uid"] = self.guid(number + 900_000)
        if folder.kind is Kind.NOTE:
            data["dateCreated"] = data["lastModifiedUTC"] = self.clock.text()
        folder.items[id] = item
        folder.names[item.name] = id
        self._moved(folder, item)
        return item

    def replace(self, folder: Folder, item: Item, data: Json) -> None:
        """Give an item other data."""
        if folder.kind is Kind.NOTE:
            data = {**data, "dateCreated": item.data["dateCreated"], "lastModifiedUTC": self.clock.text()}
        if folder.kind is not Kind.NOTE:
            data = {**data, "uid": data.get("uid") or item.data["uid"]}
        item.data = data
        self._moved(folder, item)

    def drop(self, folder: Folder, item: Item) -> None:
        """Take an item away."""
        del folder.items[item.id]
        folder.names.pop(item.name, None)
        self.revision += 1
        folder.changes.append((self.revision, item.name, True))

    def _moved(self, folder: Folder, item: Item) -> None:
        self.revision += 1
        item.revision = self.revision
        folder.changes.append((self.revision, item.name, False))

    def number(self) -> int:
        """A number that was never given before."""
        self.numbers += 1
        return self.numbers

    def guid(self, number: int) -> str:
        """The GUID that belongs to a number; the same in every world."""
        return str(uuid.uuid5(_SPACE, str(number)))

    def may_write(self, folder: Folder, email: str) -> bool:
        """Whether somebody may change what is in a folder."""
        allowed = folder.permission(email)
        return not folder.web and (allowed == OWNER or (allowed >= 8 and self.switches.permission_8 == "manage"))
