"""The calls on one task list (facts 3.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    with_values,
)
from instep.protocols.smartermail.folders import Json, Source
from instep.protocols.smartermail.forms import Forms
from instep.protocols.smartermail.paging import Page, has_doubles, whole
from instep.protocols.smartermail.replies import Reply, item_refusal, named, rows

_LISTS = ("details", "results", "tasks", "taskList")


@dataclass(frozen=True, slots=True)
class TaskFolder:
    """One task list; see ``Folder`` for the promises. ``ids`` remembers which identifiers came as numbers."""

    rest: RestClient
    source: Source
    forms: Forms
    ids: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    async def listing(self) -> list[Json]:
        """Read the list in one piece; in pages where that is no call of this server."""
        reply = await self.rest.ask("GET", "tasks", self.source.owner, self.source.id, reads=True)
        if reply.status in (404, 405):
            return own(await whole(self._page, self.source.name), self.source)
        page = page_of(reply, self.source, *_LISTS)
        if page.total not in (None, len(page.entries)) or has_doubles(page.entries):
            return own(await whole(self._page, self.source.name), self.source)
        return own(page.entries, self.source)

    async def _page(self, skip: int, take: int) -> Page:
        wanted = {"skip": skip, "take": take, "search": "", "sortField": "subject", "sortDescending": False}
        filters = {"categories": [], "showNonCategorized": True, "filterFlags": {}}
        body = {
            "sources": [{"owner": self.source.owner, "id": self.source.id}],
            "searchParams": {**wanted, **filters},
        }
        return page_of(await self.rest.ask("POST", "tasks/tasks-all", body=body, reads=True), self.source, *_LISTS)

    async def item(self, id: str) -> Json | None:
        """Read one task."""
        reply = await self.rest.ask("GET", "tasks", self.source.owner, self.source.id, id, reads=True)
        if is_missing(reply, self.source):
            return None
        task = one_of(reply, "details", id, self.source)
        if task is not None:
            self.ids[id] = named(task, "id") or id
        return task

    async def create(self, item: Json) -> str | None:
        """Make a task; only an identifier in the answer proves that it is there."""
        require_writable(self.source)
        return _made(await self._save(with_values(item, id=None)))

    async def update(self, id: str, item: Json) -> None:
        """Send the whole task with its identifier."""
        require_writable(self.source)
        reply = await self._save(identified(item, id))
        if _made(reply) != id:
            raise item_refusal(reply, self.source.name, "stored")

    async def _save(self, item: Json) -> Reply:
        body = [placed(item, self.source.owner, "sourceOwner", self.source.id, "sourceId")]
        reply = await self.rest.ask("POST", "tasks/save", body=body, reads=False)
        if not reply.done:
            raise item_refusal(reply, self.source.name, "stored")
        return reply

    async def delete(self, id: str) -> None:
        """Remove one task."""
        require_writable(self.source)
        body = [{"sourceOwner": self.source.owner, "sourceId": self.source.id, "id": self.ids.get(id, id)}]
        reply = await self.rest.ask("POST", "tasks/delete", body=body, reads=False)
        if not (reply.done or reply.missing):
            raise item_refusal(reply, self.source.name, "deleted")


def _made(reply: Reply) -> str | None:
    saved = rows(reply.json, "tasks", "details", "results") or []
    return made_id(saved[0]) if len(saved) == 1 else None
