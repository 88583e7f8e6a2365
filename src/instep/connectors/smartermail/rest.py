"""The server over its REST interface, in the terms of this connector."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from instep.codecs.smartermail import id_of
from instep.connectors.smartermail.known import Known
from instep.core.model import Kind
from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.entries import without
from instep.protocols.smartermail.events import EventFolder
from instep.protocols.smartermail.finding import look
from instep.protocols.smartermail.folders import Folder, Json, Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.opening import open_folder
from instep.protocols.smartermail.replies import named
from instep.protocols.smartermail.sources import create_source, sources

_RECURS: Final = "isRecurring"


class RestServer:
    """A mailbox behind a ``RestClient``, which is this account's own."""

    def __init__(self, rest: RestClient) -> None:
        self._rest = rest

    @property
    def address(self) -> str:
        """The mailbox's address, in lower case."""
        return self._rest.user.casefold()

    @property
    def traffic(self) -> tuple[int, int]:
        """Requests made and bytes moved so far."""
        return self._rest.http.requests, self._rest.http.bytes

    async def build(self) -> int:
        """Read the build from the start page of the web mail, without credentials; 0 where it names none."""
        product = await look(self._rest.http, self._rest.base)
        return product.build if product is not None else 0

    async def sources(self, kind: Kind) -> list[Source]:
        """List the folders of a kind; signs in where that is still to be done."""
        return await sources(self._rest, kind)

    async def make(self, kind: Kind, name: str) -> Source:
        """Make a folder."""
        return await create_source(self._rest, kind, name)

    def folder(self, source: Source, known: Known) -> Folder:
        """Open a folder with the call forms that are known."""
        folder = open_folder(self._rest, source, Forms(known.forms, known.learn))
        return _Calendar(folder) if isinstance(folder, EventFolder) else folder

    async def close(self) -> None:
        """Close the connections."""
        await self._rest.settle()
        await self._rest.http.close()


@dataclass(frozen=True, slots=True)
class _Calendar:
    """A calendar of which the connector itself sees to it that nobody is mailed unasked (``meetings``).

    Only the summary in a listing says plainly whether an appointment recurs (facts 3.4); what the recurrence object of
    the detail means, no source tells. So the plain word is put into the detail, and taken out before it is sent back.
    """

    events: EventFolder
    recurs: dict[str, bool] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    @property
    def source(self) -> Source:
        """The folder."""
        return self.events.source

    async def listing(self) -> list[Json]:
        """The summaries of all events."""
        entries = await self.events.listing()
        for entry in entries:
            id, said = id_of(Kind.EVENT, entry), named(entry, _RECURS)
            if id is not None and isinstance(said, bool):
                self.recurs[id] = said
        return entries

    async def item(self, id: str) -> Json | None:
        """One event, and whether it recurs; ``None`` for an error too."""
        found = await self.events.item(id)
        if found is None or named(found, _RECURS) is not None:
            return found
        if id not in self.recurs:
            await self.listing()
        if id not in self.recurs:
            return found
        self.told.add(id)
        return {**found, _RECURS: self.recurs[id]}

    async def create(self, item: Json) -> str | None:
        """Make an event."""
        id = await self.events.create(without(item, _RECURS))
        if id is not None and named(item, _RECURS) is not True:
            self.recurs[id] = False
        return id

    async def update(self, id: str, item: Json) -> None:
        """Send the whole event."""
        await self.events.update(id, without(item, _RECURS) if id in self.told else item)

    async def delete(self, id: str) -> None:
        """Remove an event; a person was asked about one with guests."""
        await self.events.delete(id, guests=True)
