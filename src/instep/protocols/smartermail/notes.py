"""The calls on one folder of notes, whose order of owner and folder differs from call to call (facts 3.6)."""

from __future__ import annotations

from dataclasses import dataclass

from instep.protocols.smartermail.client import RestClient
from instep.protocols.smartermail.entries import (
    identified,
    is_missing,
    made_id,
    one_of,
    own,
    page_of,
    placed,
    require_writable,
    without,
)
from instep.protocols.smartermail.folders import Json, Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.paging import has_doubles, unsteady
from instep.protocols.smartermail.replies import Reply, item_refusal


@dataclass(frozen=True, slots=True)
class NoteFolder:
    """One folder of notes; see ``Folder`` for the promises."""

    rest: RestClient
    source: Source
    forms: Forms

    async def listing(self) -> list[Json]:
        """Read the folder in one piece; its own count must agree."""
        reply = await self.rest.ask("GET", "notes/notes", self.source.owner, self.source.id, reads=True)
        page = page_of(reply, self.source, "notes", "results", total="count")
        if page.total not in (None, len(page.entries)) or has_doubles(page.entries):
            raise unsteady(self.source.name)
        return own(page.entries, self.source)

    async def item(self, id: str) -> Json | None:
        """Read one note."""
        reply = await self.rest.ask("GET", "notes/note", id, self.source.id, self.source.owner, reads=True)
        if is_missing(reply, self.source):
            return None
        return one_of(reply, "note", id, self.source)

    async def create(self, item: Json) -> str | None:
        """Make a note."""
        require_writable(self.source)
        body = placed(without(item, "id"), self.source.owner, "sourceOwner", self.source.id, "sourceId")
        reply = await self._write("note-put", body=body)
        return made_id(reply.told("note")) or made_id(reply.told("id", "noteId"))

    async def update(self, id: str, item: Json) -> None:
        """Send the whole note with its identifier."""
        require_writable(self.source)
        await self._write("note-patch", id, body=identified(item, id))

    async def delete(self, id: str) -> None:
        """Remove one note."""
        require_writable(self.source)
        reply = await self._ask("note-delete", id, body=None)
        if not (reply.done or reply.missing):
            raise item_refusal(reply, self.source.name, "deleted")

    async def _write(self, call: str, *id: str, body: Json) -> Reply:
        reply = await self._ask(call, *id, body=body)
        if not reply.done:
            raise item_refusal(reply, self.source.name, "stored")
        return reply

    async def _ask(self, call: str, *id: str, body: Json | None) -> Reply:
        path = (*id, self.source.id, self.source.owner)
        return await self.rest.ask("POST", f"notes/{call}", *path, body=body, reads=False)
