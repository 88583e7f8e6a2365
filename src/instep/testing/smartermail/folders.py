"""What a mailbox holds: folders, and items in the server's own JSON terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from instep.core.model import Kind
from instep.testing.smartermail.exchange import Json

OWNER: Final = 10
MANAGE: Final = 8
READ: Final = 4


@dataclass
class Item:
    """One item. ``data`` has the keys in camelCase and the server's inner form, free of switches; ``name`` is its last
    path segment in CalDAV or CardDAV, ``document`` the form it has there, as of revision ``documented``."""

    id: str
    number: int
    name: str
    data: Json
    revision: int = 0
    document: bytes | None = None
    documented: int = -1


@dataclass
class Folder:
    """One folder of one kind. ``owner`` is an e-mail address, or ``@domain`` for a domain's resource; ``shares`` say
    who else may do what (0 none, 2 availability, 4 read, 8 manage); ``changes`` are revision, segment, whether gone.
    """

    kind: Kind
    id: str
    number: int
    owner: str
    name: str
    color: str = ""
    primary: bool = False
    web: bool = False
    shares: dict[str, int] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    changes: list[tuple[int, str, bool]] = field(default_factory=list)

    @property
    def domain(self) -> str:
        """The domain it belongs to."""
        return self.owner.rpartition("@")[2]

    @property
    def resource(self) -> bool:
        """True for what belongs to the domain, not to a person."""
        return self.owner.startswith("@")

    def permission(self, email: str) -> int:
        """What somebody may do here."""
        return OWNER if email == self.owner else self.shares.get(email, 0)

    def named(self, name: str) -> Item | None:
        """The item at a path segment."""
        return self.items.get(self.names.get(name, ""))
