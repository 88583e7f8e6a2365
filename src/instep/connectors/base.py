"""What every store looks like to the engine: one small asynchronous Protocol.

A connector opens collections as replicas. A replica tells what changed, gives items, proves absences and applies
writes. It decides nothing: no matching, no merging, no retry of a refused write. What it can do and hold is data
(``Capabilities``). All items pass as values of the model together with the native document they were read from.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from instep.core.limits import FieldLimits, Limits
from instep.core.model import Item, Kind
from instep.errors import InstepError


@dataclass(frozen=True, slots=True)
class Document:
    """An item as its store holds it: exact bytes and their media type (``text/vcard``, ``text/calendar``,
    ``text/markdown``, ``text/plain`` …)."""

    data: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """One folder. ``id`` is opaque and stable between runs (a URL, a relative path); ``writable`` is ``None`` where the
    store does not say; ``default_for`` are the kinds for which this is the store's own default folder. ``protocol``
    is how it is reached (``CalDAV``, ``CardDAV``, ``REST``), for people; empty where a store has only one way."""

    id: str
    name: str
    kinds: frozenset[Kind]
    writable: bool | None = None
    color: str = ""
    default_for: frozenset[Kind] = frozenset()
    protocol: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a store that a person reads in the account's test: what it is about in a word or two (``build``,
    ``security``, ``tasks``), what was found, and what to do. ``fine`` is False for what wants attention."""

    name: str
    detail: str
    advice: str = ""
    fine: bool = True


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a store can do and hold. ``limits`` names only what it cannot hold as it is.

    ``own_hrefs``: we choose the href of what we create (``Replica.propose``), so it is a mark. ``keeps_uids``: the
    uid we write stays. ``tokens``: ``changes`` can answer from a token. ``preconditions``: a write on another version
    is refused, by the store itself or by a look just before. ``schedules``: the server mails guests by itself (RFC
    6638). ``findings`` are for people.
    """

    product: str
    kinds: frozenset[Kind]
    limits: Limits = field(default_factory=dict)
    own_hrefs: bool = True
    keeps_uids: bool = True
    tokens: bool = False
    preconditions: bool = True
    schedules: bool = False
    creates_collections: bool = False
    findings: tuple[Finding, ...] = ()


class Scheduling(StrEnum):
    """Whether a store mails the people of a meeting by itself when we write it (RFC 6638)."""

    NONE = "none"  # it mails nobody
    MARKED = "marked"  # it does, but what we create is marked so that it mails nobody about it
    ALWAYS = "always"  # it does, also about what we create


# What changed ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """An item that is there. ``href`` and ``etag`` are opaque; an etag of ``None`` is unknown: look at the content."""

    href: str
    etag: str | None


class Absence(StrEnum):
    """Why an item is reported gone. An absence from a snapshot is not reported: the engine sees it."""

    TOMBSTONE = "tombstone"  # the store says it was removed: proof
    OUT_OF_SCOPE = "out of scope"  # it is there, but not in the window or filter any more


@dataclass(frozen=True, slots=True)
class Gone:
    """An item that the store reports gone, and why."""

    href: str
    why: Absence = Absence.TOMBSTONE


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is there. ``token`` marks this state for a later ``changes``; ``None`` without tokens."""

    entries: tuple[Entry, ...]
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed since the token that was given."""

    changed: tuple[Entry, ...]
    gone: tuple[Gone, ...]
    token: str


@dataclass(frozen=True, slots=True)
class Page:
    """A part of an answer; the rest is had by ``changes(next)``. ``token`` inside the part is not to be saved."""

    part: Snapshot | Delta
    next: str


@dataclass(frozen=True, slots=True)
class TokenInvalid:
    """The token means nothing to the store any more: ask again with ``None`` and compare everything."""


Changes = Snapshot | Delta | Page | TokenInvalid

# Items ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fetched:
    """An item as it is now."""

    href: str
    etag: str | None
    document: Document
    item: Item


@dataclass(frozen=True, slots=True)
class Missing:
    """The store said that there is nothing at this href. No proof of deletion by itself (RULES 14)."""

    href: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """There is something, but it cannot be read; ``document`` is what could be had of it. ``NotCarried`` says that
    nothing is broken: the item, which ``where.item`` names, stays as it is there, and that is no problem."""

    href: str
    etag: str | None
    error: InstepError
    document: Document | None = None


@dataclass(frozen=True, slots=True)
class Foreign:
    """There is an item, but of another kind than this replica was opened for."""

    href: str
    etag: str | None


FetchResult = Fetched | Missing | Unreadable | Foreign


class Presence(StrEnum):
    """The answer to: is this item really gone?"""

    PRESENT = "present"
    GONE = "gone"  # proved: 404/410 while the collection itself answered as the same before and after
    UNKNOWN = "unknown"  # everything else


# Writes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Create:
    """Make an item. ``href`` is the one ``propose`` gave (``None`` where the store assigns ids). ``like`` is the native
    document of the other side, used as the base where its format fits, so that nothing unknown is lost. Where the store
    answers ``Scheduling.MARKED`` the new item is written so that nobody is mailed about it, now or later."""

    key: int
    href: str | None
    item: Item
    like: Document | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """Change an item from ``based_on`` (with ``etag``) to ``item``; only what differs is rewritten in the document, and
    what it says about who is mailed stays as it is."""

    key: int
    href: str
    etag: str | None
    based_on: Document
    item: Item


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove an item if it still is the version ``etag``, without a mail to anybody where that can be helped."""

    key: int
    href: str
    etag: str | None
    based_on: Document | None = None


Write = Create | Update | Delete


@dataclass(frozen=True, slots=True)
class Written:
    """A create, update or delete took effect. ``etag`` is that of the write's own version where the store told it.
    ``held`` is the item as the store holds it where that is known without another request."""

    key: int
    href: str
    etag: str | None = None
    held: Fetched | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A write did not take effect, as far as is known (``Transient``: unknown, journal and look again)."""

    key: int
    error: InstepError


Outcome = Written | Failed


@runtime_checkable
class Replica(Protocol):
    """One collection, seen for one kind."""

    @property
    def info(self) -> CollectionInfo:
        """The collection."""

    @property
    def kind(self) -> Kind:
        """The kind this replica was opened for."""

    @property
    def limits(self) -> FieldLimits:
        """What this collection cannot hold of the kind's fields."""

    async def changes(self, since: str | None) -> Changes:
        """Tell what changed since a token (or a page's ``next``), or list everything for ``None``.

        Raises ``CollectionVanished`` when the collection is not there (never answers an empty snapshot then),
        ``Transient``, ``AccountError``.
        """

    def fetch(self, hrefs: Iterable[str]) -> AsyncIterator[FetchResult]:
        """Give the items at these hrefs, each href exactly once, in any order, in batches inside."""

    async def confirm(self, hrefs: Iterable[str]) -> dict[str, Presence]:
        """Ask the store itself whether these items are gone (RULES 14)."""

    async def scheduling(self) -> Scheduling:
        """Tell whether the store mails people because of our writes; asked only before a meeting is written.

        Costs at most one request in the life of a connector and never raises: a store that does not answer is taken
        for one that mails.
        """

    async def owners(self) -> frozenset[str]:
        """The addresses of the person in whose name the store mails for this collection, in lower case.

        Empty where it does not tell; then nobody counts as that person. Never raises; asked only of a store that
        schedules, before a meeting is written.
        """

    def propose(self, item: Item, taken: AbstractSet[str] = frozenset()) -> str | None:
        """The href that a creation of this item would use, not one of ``taken``; ``None`` where the store assigns it.

        Deterministic for the same item and collection content; writes nothing.
        """

    def apply(self, writes: AsyncIterable[Write]) -> AsyncIterator[Outcome]:
        """Carry out writes; every write's key is answered exactly once, perhaps only after the stream has ended."""


@runtime_checkable
class Connector(Protocol):
    """One store of one account."""

    @property
    def name(self) -> str:
        """The name people know the store by ("Outlook", "SmarterMail", "Radicale", a folder's name)."""

    async def probe(self) -> Capabilities:
        """Find out what the store can do; the Test button. Never writes."""

    async def collections(self) -> list[CollectionInfo]:
        """The folders there are, defaults first."""

    async def create_collection(self, name: str, kinds: frozenset[Kind]) -> CollectionInfo:
        """Make a folder; ``ReadOnly`` where the store cannot."""

    async def open(self, collection: str, kind: Kind) -> Replica:
        """Open a folder by its ``CollectionInfo.id`` for one kind; costs no more than one request, and none where the
        answer of an earlier run makes it unnecessary. ``CollectionVanished`` when it is known not to be there."""

    async def close(self) -> None:
        """Let go of connections and threads."""

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests made and bytes moved so far (0, 0 for local stores)."""
