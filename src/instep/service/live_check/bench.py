"""The workplace of one live check: folders of its own, items of its own, and what was learned at it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from instep.codecs.smartermail_dialect import Dialect
from instep.core.model import Kind
from instep.errors import AccountError, CollectionError, InstepError, ItemRefused, Transient
from instep.protocols.smartermail.entries import with_values
from instep.protocols.smartermail.folders import Folder, Json, Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.opening import open_folder
from instep.protocols.smartermail.paging import id_in
from instep.protocols.smartermail.sources import create_source, sources
from instep.service.live_check.dav import DavDesk
from instep.service.live_check.desk import Choices, Desk
from instep.service.live_check.names import name_in

_FORMS_AT_MOST = 6
_KEYS = {Kind.CONTACT: "displayAs", Kind.EVENT: "subject", Kind.TASK: "subject", Kind.NOTE: "subject"}


@dataclass
class Bench:
    """``tag`` begins the name of everything that is made; ``places`` are the folders to work in, by kind, ``own`` the
    kinds of those that were made for it.

    ``learned`` are call forms that worked, in the words of the client and the connector; ``dialect`` is what the lenses
    may rely on, ``said`` which of its fields were answered. ``sources`` are the person's folders as they are listed,
    ``new_event_forms`` the forms that were seen to make an event, ``tried`` the kinds of which something was made.
    """

    desk: Desk
    choices: Choices
    tag: str
    places: dict[Kind, Source] = field(default_factory=dict)
    own: set[Kind] = field(default_factory=set)
    sources: dict[Kind, list[Source]] = field(default_factory=dict)
    learned: dict[str, str] = field(default_factory=dict)
    dialect: Dialect = field(default_factory=Dialect)
    said: set[str] = field(default_factory=set)
    dav: DavDesk | None = None
    dav_why: str = ""
    new_event_forms: list[str] | None = None
    tried: set[Kind] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.forms = Forms({}, self.learned.__setitem__)

    @property
    def day(self) -> date:
        """A Monday next year in the first half of March: a series that begins there meets a change of the clock."""
        march = date(self.desk.today.year + 1, 3, 1)
        return march + timedelta(days=(7 - march.weekday()) % 7)

    @property
    def private(self) -> tuple[str, ...]:
        """What a server might write into an object of ours although it is the person's, in small letters."""
        user = self.desk.rest.user.casefold()
        return user.partition("@")[0], user.rpartition("@")[2]

    async def furnish(self) -> None:
        """Make a folder of each kind, where the server lets; raises ``AccountError`` and ``Transient``."""
        for kind in Kind:
            try:
                self.sources[kind] = await sources(self.desk.rest, kind)
            except CollectionError:
                continue
            try:
                self.places[kind] = await create_source(self.desk.rest, kind, self.tag)
                self.own.add(kind)
            except (AccountError, Transient):
                raise
            except InstepError:
                home = next((s for s in self.sources[kind] if s.primary), None)
                if kind in self.choices.inside and home is not None:
                    self.places[kind] = home

    def name(self, what: str) -> str:
        """Name an item; ``what`` in small letters, figures, spaces and hyphens."""
        return f"{self.tag}: {what}"

    def folder(self, kind: Kind, forms: Forms | None = None) -> Any:
        """Open the place of a kind."""
        return open_folder(self.desk.rest, self.places[kind], forms or self.forms)

    async def make(self, kind: Kind, what: str, more: Json | None = None, forms: Forms | None = None) -> str:
        """Make an item of this name, in whichever form the server takes, and return its id.

        Raises what the folder's ``create`` does; ``ItemRefused`` also when it is nowhere to be seen.
        """
        name = self.name(what)
        folder: Folder = self.folder(kind, forms)
        item = {_KEYS[kind]: name, **(more or {})}
        self.tried.add(kind)
        for _ in range(_FORMS_AT_MOST):
            doubts = len(str(self.learned))
            try:
                id = await folder.create(item)
            except Transient:
                # The server may fail at a form that it does not take; it may have made the item all the same.
                id = await self.found(kind, name)
                if id is None and forms is None and len(str(self.learned)) > doubts:
                    continue
                if id is None:
                    raise
            id = id or await self.found(kind, name)
            if id is None:
                break
            return id
        raise ItemRefused("The server says that it took the item, and does not show it.")

    async def found(self, kind: Kind, name: str) -> str | None:
        """Find an item of ours by its name in the place of its kind."""
        return next(iter(await self.all_named(kind, name)), None)

    async def all_named(self, kind: Kind, name: str) -> list[str]:
        """Give the ids of all items of ours of one name."""
        entries = await self.folder(kind).listing()
        return [id_in(entry) for entry in entries if name_in(kind, entry) == name]

    async def shown(self, kind: Kind, id: str) -> Json:
        """Read an item of ours. Raises ``ItemRefused`` when the server does not show it."""
        item: Json | None = await self.folder(kind).item(id)
        if item is None:
            raise ItemRefused("The server does not show what it has just taken.")
        return item

    async def change(self, kind: Kind, id: str, **values: Any) -> Json:
        """Read an item of ours, send it back whole with other values, and read it again."""
        item = with_values(await self.shown(kind, id), **values)
        for _ in range(_FORMS_AT_MOST):
            doubts = len(str(self.learned))
            try:
                await self.folder(kind).update(id, item)
                break
            except Transient:
                if len(str(self.learned)) == doubts:
                    raise
        return await self.shown(kind, id)

    def learn_dialect(self, field_name: str, value: Any) -> None:
        """Note what the lenses may rely on."""
        self.dialect = replace(self.dialect, **{field_name: value})
        self.said.add(field_name)
