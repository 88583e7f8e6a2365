"""What stands behind the memory connector: exact, or as lossy, normalising and forgetful as a test wants it.

``MemoryStore`` lives as long as the test; persons edit it through ``put``, ``edit`` and ``remove``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from instep.codecs.scheduling import kept_quiet, quietened
from instep.connectors.base import (
    CollectionInfo,
    Create,
    Delete,
    Delta,
    Document,
    Fetched,
    Snapshot,
    Update,
    Write,
    Written,
)
from instep.connectors.memory.document import JSON, Form
from instep.connectors.memory.mailing import CALENDAR, Mail, Version, mails
from instep.core.fields import fields_of
from instep.core.limits import NO_LIMITS, Limits, project
from instep.core.model import Item, Kind, kind_of, name_of
from instep.errors import CodecError, CollectionVanished, ItemRefused, PreconditionFailed, ReadOnly, Where


@dataclass(frozen=True, slots=True)
class Traits:
    """How the store behaves. The defaults are an exact store that keeps everything.

    ``limits`` are applied to what is written; ``rewrite`` then normalises it. ``refuse`` gives the reason why an item
    is not taken, or ``None``. ``page`` is the number of entries per answer (0: all). ``tells_etag`` and ``tells_held``
    say what a write is answered with; ``answers_late`` answers only when the stream of writes has ended.
    ``unique_uids`` refuses a second item with the same uid. ``preconditions=False`` writes whatever was there before.
    ``schedules`` notes in ``outbox`` whom a server would have mailed because of a write of ours, acting for ``owner``
    (lower-case addresses; none: the organizer of every meeting).
    """

    limits: Limits = field(default_factory=dict)
    rewrite: Callable[[Item], Item] | None = None
    refuse: Callable[[Item], str | None] | None = None
    scope: Callable[[Item], bool] | None = None
    tokens: bool = True
    etags: bool = True
    own_hrefs: bool = True
    keeps_uids: bool = True
    unique_uids: bool = False
    preconditions: bool = True
    schedules: bool = False
    owner: frozenset[str] = frozenset()
    tells_etag: bool = True
    tells_held: bool = False
    answers_late: bool = False
    page: int = 0
    forms: Mapping[Kind, Form] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """What lies at one href: the document, and the item that was read from it or the reason why none could be."""

    document: Document
    etag: str
    content: Item | CodecError


@dataclass(slots=True)
class Shelf:
    """One collection: what it holds, and the log of changes from which tokens are answered."""

    info: CollectionInfo
    held: dict[str, Held] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    epoch: int = 0
    there: bool = True
    read_only: bool = False
    pages: dict[str, tuple[Snapshot | Delta, ...]] = field(default_factory=dict)


class MemoryStore:
    """The store itself: collections, and a person's hands in them."""

    def __init__(self, name: str = "Memory", traits: Traits | None = None) -> None:
        self.name = name
        self.traits = traits or Traits()
        self.shelves: dict[str, Shelf] = {}
        self.outbox: list[Mail] = []
        self.requests = 0
        self._versions = 0
        self._numbers = 0

    def add_collection(self, id: str, kinds: Iterable[Kind], name: str = "", default: bool = False) -> CollectionInfo:
        """Make an empty collection for these kinds and give its description."""
        held = frozenset(kinds)
        info = CollectionInfo(id, name or id, held, True, default_for=held if default else frozenset())
        self.shelves[id] = Shelf(info, epoch=self.next_number())
        return info

    def put(self, collection: str, item: Item, href: str | None = None) -> str:
        """A person makes an item; its href is told. Nothing is projected or rewritten: the person used the store."""
        chosen = href or self._new_id()
        form = self.form(kind_of(item))
        self._keep(self.shelf(collection), chosen, Document(form.write(item, None), form.media_type))
        return chosen

    def edit(self, collection: str, href: str, change: Callable[[Item], Item]) -> Item:
        """A person changes an item that can be read; ``LookupError`` where there is none."""
        shelf = self.shelf(collection)
        held = shelf.held[href]
        if isinstance(held.content, CodecError):
            raise LookupError(href)
        item = change(held.content)
        form = self.form(kind_of(item))
        self._keep(shelf, href, Document(form.write(item, held.document.data), form.media_type))
        return item

    def remove(self, collection: str, href: str) -> None:
        """A person deletes an item."""
        shelf = self.shelf(collection)
        del shelf.held[href]
        shelf.log.append(href)

    def damage(self, collection: str, href: str, data: bytes = b"\x00 not a document") -> None:
        """Another program leaves something unreadable at an href, new or old."""
        shelf = self.shelf(collection)
        kind = min(shelf.info.kinds)
        self._keep(shelf, href, Document(data, self.form(kind).media_type))

    def touch(self, collection: str, href: str) -> None:
        """The store gives an item a new version without changing it."""
        shelf = self.shelf(collection)
        self._keep(shelf, href, shelf.held[href].document)

    def items(self, collection: str) -> dict[str, Item]:
        """All that can be read, by href."""
        held = self.shelf(collection).held.items()
        return {href: h.content for href, h in held if not isinstance(h.content, CodecError)}

    def forget_tokens(self, collection: str) -> None:
        """Make every token given so far invalid."""
        self.shelf(collection).epoch = self.next_number()

    def vanish(self, collection: str) -> None:
        """Take the collection away; ``appear`` brings it back as it was."""
        self.shelves[collection].there = False

    def appear(self, collection: str) -> None:
        """Bring a vanished collection back."""
        self.shelves[collection].there = True

    def lock(self, collection: str, read_only: bool = True) -> None:
        """Make the collection refuse all writes, or take them again."""
        shelf = self.shelf(collection)
        shelf.read_only = read_only
        shelf.info = replace(shelf.info, writable=not read_only)

    def shelf(self, collection: str) -> Shelf:
        """The collection; ``CollectionVanished`` when it is not there."""
        shelf = self.shelves.get(collection)
        if shelf is None or not shelf.there:
            raise CollectionVanished(
                f'The collection "{collection}" is not there.',
                "Nothing was changed on the other side; look whether it was renamed or deleted.",
                Where(collection=collection),
            )
        return shelf

    def form(self, kind: Kind) -> Form:
        """How this store writes down a kind."""
        return self.traits.forms.get(kind, JSON)

    def in_scope(self, held: Held) -> bool:
        """Whether the item is inside the window or filter of the store."""
        return self.traits.scope is None or isinstance(held.content, CodecError) or self.traits.scope(held.content)

    def write(self, shelf: Shelf, write: Write) -> Written:
        """Carry out one write of ours; an ``InstepError`` says why not, and then nothing has changed."""
        where = Where(collection=shelf.info.name)
        if shelf.read_only:
            raise ReadOnly("The collection is read-only.", "Allow writing, or pair it one-way.", where)
        match write:
            case Create():
                return self._create(shelf, write, where)
            case Update():
                before = self._expected(shelf, write.href, write.etag, write.based_on, where)
                item = self._taken(shelf, write.item, before, write.href, where)
                return self._written(shelf, write.key, write.href, item, write.based_on, before)
            case Delete():
                before = self._expected(shelf, write.href, write.etag, write.based_on, where)
                if before is not None:
                    self._post(before, None)
                    self.remove(shelf.info.id, write.href)
                return Written(write.key, write.href)

    def _create(self, shelf: Shelf, write: Create, where: Where) -> Written:
        href = write.href if self.traits.own_hrefs and write.href else self._new_id()
        if href in shelf.held and self.traits.preconditions:
            raise PreconditionFailed("There is an item at this address already.", where=replace(where, item=href))
        item = self._taken(shelf, write.item, None, href, where)
        return self._written(shelf, write.key, href, item, write.like, None)

    def _expected(
        self, shelf: Shelf, href: str, etag: str | None, based_on: Document | None, where: Where
    ) -> Held | None:
        held = shelf.held.get(href)
        if not self.traits.preconditions:
            return held
        if held is None:
            raise PreconditionFailed("The item is not there any more.", where=replace(where, item=href))
        if etag is not None:
            expected = etag == held.etag
        else:
            expected = based_on is None or based_on.data == held.document.data
        if not expected:
            raise PreconditionFailed("The item was changed in the meantime.", where=replace(where, item=href))
        return held

    def _taken(self, shelf: Shelf, item: Item, before: Held | None, href: str, where: Where) -> Item:
        at = replace(where, item=name_of(item))
        if kind_of(item) not in shelf.info.kinds:
            raise ItemRefused(f"The collection takes no {kind_of(item)}.", "Pair another collection.", at)
        reason = self.traits.refuse(item) if self.traits.refuse else None
        if reason:
            raise ItemRefused(reason, where=at)
        if not self.traits.keeps_uids:
            known = before.content if before else None
            own = known.uid if known is not None and not isinstance(known, CodecError) else self._new_id()
            item = replace(item, uid=own)
        if self.traits.unique_uids and item.uid and item.uid in self._uids(shelf, without=href):
            raise ItemRefused("The collection holds an item with the same uid already.", where=at)
        limits = self.traits.limits.get(kind_of(item), NO_LIMITS)
        names = {f.name: project(f, getattr(item, f.name), limits[f.name]) for f in fields_of(item) if f.name in limits}
        limited = replace(item, **names)
        return self.traits.rewrite(limited) if self.traits.rewrite else limited

    def _uids(self, shelf: Shelf, without: str) -> set[str]:
        rest = (h.content for href, h in shelf.held.items() if href != without)
        return {content.uid for content in rest if not isinstance(content, CodecError)}

    def _written(
        self, shelf: Shelf, key: int, href: str, item: Item, onto: Document | None, before: Held | None
    ) -> Written:
        form = self.form(kind_of(item))
        base = onto.data if onto is not None and onto.media_type == form.media_type else None
        data = form.write(item, base)
        if self.traits.schedules and form.media_type == CALENDAR:
            data = quietened(data) if before is None else kept_quiet(before.document.data, data)
        held = self._keep(shelf, href, Document(data, form.media_type))
        self._post(before, held)
        etag = held.etag if self.traits.etags and self.traits.tells_etag else None
        return Written(key, href, etag, self.fetched(href, held) if self.traits.tells_held else None)

    def fetched(self, href: str, held: Held) -> Fetched | None:
        """The item as the engine gets it; ``None`` when it cannot be read."""
        if isinstance(held.content, CodecError):
            return None
        return Fetched(href, held.etag if self.traits.etags else None, held.document, held.content)

    def _keep(self, shelf: Shelf, href: str, document: Document) -> Held:
        self._versions += 1
        forms = {self.form(kind) for kind in shelf.info.kinds}
        content = _read(document, [f for f in forms if f.media_type == document.media_type], href)
        held = Held(document, f'"{self._versions}"', content)
        shelf.held[href] = held
        shelf.log.append(href)
        return held

    def _post(self, before: Held | None, after: Held | None) -> None:
        if self.traits.schedules:
            self.outbox += mails(_version(before), _version(after), self.traits.owner)

    def next_number(self) -> int:
        """A number never given before."""
        self._numbers += 1
        return self._numbers

    def _new_id(self) -> str:
        return f"id-{self.next_number()}"


def _version(held: Held | None) -> Version | None:
    if held is None or isinstance(held.content, CodecError):
        return None
    return Version(held.content, held.document)


def _read(document: Document, forms: Iterable[Form], href: str) -> Item | CodecError:
    failure = CodecError("The document has a format that this store does not know.", where=Where(item=href))
    for form in forms:
        try:
            return form.read(document.data)
        except CodecError as error:
            error.where.item = error.where.item or href
            failure = error
    return failure
